package display

import (
	"context"
	"runtime"
	"sync"
)

// Workers decode images for all display channels of a session.
type Workers struct {
	work   chan decodable
	stop   chan struct{}
	ended  sync.WaitGroup
	closed sync.Once
}

// NewWorkers starts n workers; 0 means one a core, at most four.
func NewWorkers(n int) *Workers {
	if n <= 0 {
		n = min(runtime.GOMAXPROCS(0), 4)
	}
	w := &Workers{work: make(chan decodable, 2*n), stop: make(chan struct{})}
	for range n {
		w.ended.Go(w.run)
	}
	return w
}

func (w *Workers) run() {
	for {
		select {
		case d := <-w.work:
			d.run()
		case <-w.stop:
			return
		}
	}
}

// A decodable is decoded by run, and depends on nothing else.
type decodable interface{ run() }

// do hands d to a worker. It blocks while all are busy, and drops d when ctx
// ends: then nobody waits for it.
func (w *Workers) do(ctx context.Context, d decodable) {
	select {
	case w.work <- d:
	case <-ctx.Done():
	case <-w.stop:
	}
}

// Close ends the workers and waits for them. The channels that use them must
// have been closed before.
func (w *Workers) Close() {
	w.closed.Do(func() { close(w.stop) })
	w.ended.Wait()
}
