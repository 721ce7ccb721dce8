package window

import (
	"sync/atomic"
	"time"
)

// Counts are what a window has drawn.
type Counts struct {
	Frames uint64        // in which something had changed
	Time   time.Duration // it took to draw them, and to hand them to the screen
	Way    string        // how pictures get to the screen: "GPU", "shared memory" or "X11"
}

// counts are what the window's goroutine has drawn.
type counts struct {
	frames, nanos atomic.Uint64
	way           atomic.Uint32
}

func (c *counts) frame(began time.Time) {
	c.frames.Add(1)
	c.nanos.Add(uint64(time.Since(began)))
}

// Counts returns what has been drawn so far.
func (w *Window) Counts() Counts {
	return Counts{
		Frames: w.counts.frames.Load(), Time: time.Duration(w.counts.nanos.Load()),
		Way: [...]string{byGL: "GPU", byShared: "shared memory", byPut: "X11"}[w.counts.way.Load()],
	}
}
