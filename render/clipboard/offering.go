package clipboard

import (
	"context"
	"sync"
)

// keepSize bounds the data that an offering keeps after they were asked for;
// more is kept only while somebody waits for it.
const keepSize = 1 << 20

// An offering is what this program offers. However many ask at once, each
// format is fetched once.
type offering struct {
	since   uint32 // on X11 the server's time when it was made; R/O once offered
	formats []Format
	fetch   Fetch
	ctx     context.Context // of the board
	spawn   func(func())    // runs a goroutine of the board

	mu    sync.Mutex
	calls map[Format]*call // guarded by mu
}

// A call is one fetch.
type call struct {
	done  chan struct{}
	users int // guarded by the offering's mu
	data  []byte
	err   error // like data R/O after done
}

func newOffering(ctx context.Context, spawn func(func()), formats []Format, fetch Fetch) *offering {
	return &offering{formats: formats, fetch: fetch, ctx: ctx, spawn: spawn, calls: map[Format]*call{}}
}

// get returns what is offered.
func (o *offering) get(ctx context.Context, f Format) ([]byte, error) {
	c := o.join(f)
	defer o.leave(f, c)
	select {
	case <-c.done:
		return c.data, c.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join returns the fetch of a format, which it begins if there is none.
func (o *offering) join(f Format) *call {
	o.mu.Lock()
	defer o.mu.Unlock()
	c := o.calls[f]
	if c == nil {
		c = &call{done: make(chan struct{})}
		o.calls[f] = c
		o.spawn(func() { o.run(f, c) })
	}
	c.users++
	return c
}

func (o *offering) run(f Format, c *call) {
	ctx, cancel := context.WithTimeout(o.ctx, fetchTime)
	defer cancel()
	c.data, c.err = o.fetch(ctx, f)
	close(c.done)
	o.mu.Lock()
	defer o.mu.Unlock()
	o.tidy(f, c)
}

func (o *offering) leave(f Format, c *call) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.users--
	select {
	case <-c.done:
		o.tidy(f, c)
	default:
	}
}

// tidy forgets a fetch that has ended, that nobody waits for, and that is not
// worth keeping. mu is locked.
func (o *offering) tidy(f Format, c *call) {
	if c.users == 0 && (c.err != nil || len(c.data) > keepSize) && o.calls[f] == c {
		delete(o.calls, f)
	}
}
