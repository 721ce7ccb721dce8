package display

import "context"

// SetDelay makes the goroutines of a channel call f at the points where they
// take turns, each naming itself: "worker" before an image is decoded, "lane"
// before one is decoded in the window, and "committer" before a job is
// committed.
func (o *Options) SetDelay(f func(at string)) { o.delay = f }

// Do hands f to a worker.
func (w *Workers) Do(ctx context.Context, f func()) { w.do(ctx, work(f)) }

type work func()

func (f work) run() { f() }
