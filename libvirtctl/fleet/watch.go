package fleet

import (
	"context"
	"fmt"
	"sync"
	"time"

	"saffron/libvirtctl"
)

// A Change is something that is different now.
type Change struct {
	Host Host
	// Down is why the host is not there: connecting failed, or the connection
	// was lost. It comes once, until the host is back.
	Down error
	// Gap is how long the host was away before it came back. Nobody knows what
	// happened meanwhile.
	Gap time.Duration

	// Listed says that Entries are all domains of the host; else, they are
	// those that changed.
	Listed  bool
	Entries []libvirtctl.Entry
	Gone    []*libvirtctl.Domain // domains that are not there any more, or not wanted
	Event   *libvirtctl.Event    // an event, of Events
}

// Watch lists the domains of all hosts and tells of every change, which it
// learns from the hosts' events. The channel is closed when ctx ends; until
// then somebody has to read it.
func Watch(ctx context.Context, hosts []Host, options *Options) <-chan Change {
	o := options.set()
	return followAll(ctx, hosts, func(ctx context.Context, f *follower) error { return f.list(ctx, &o) }, &o)
}

// Events tells of what happens on all hosts: events of some kinds, or all. A
// Change has either an event, or that a host is down, or that it is back. The
// channel is closed when ctx ends; until then somebody has to read it.
func Events(ctx context.Context, hosts []Host, options *Options, kinds ...libvirtctl.EventKind) <-chan Change {
	o := options.set()
	return followAll(ctx, hosts, func(ctx context.Context, f *follower) error { return f.tell(ctx, kinds) }, &o)
}

// A follower follows a host.
type follower struct {
	host *Host
	h    *libvirtctl.Host // the connection; another after every loss
	out  chan<- Change
	gap  time.Duration // to be told of with the next change

	known map[libvirtctl.UUID]*libvirtctl.Domain // what Watch has told of
}

// followAll follows hosts, each by work, which works with a connection until
// that ends.
func followAll(ctx context.Context, hosts []Host, work func(context.Context, *follower) error, o *Options) <-chan Change {
	out := make(chan Change)
	var all sync.WaitGroup
	for _, host := range hosts {
		all.Go(func() {
			f := &follower{host: &host, out: out}
			f.follow(ctx, work, o)
		})
	}
	go func() {
		all.Wait()
		close(out)
	}()
	return out
}

// follow connects and works until ctx ends, again and again.
func (f *follower) follow(ctx context.Context, work func(context.Context, *follower) error, o *Options) {
	retry, down := o.Retry, time.Time{}
	for ctx.Err() == nil {
		began := time.Now()
		err := f.once(ctx, work, o, down)
		if ctx.Err() != nil {
			return
		}
		if f.h != nil { // it was there
			down, retry = time.Time{}, o.Retry
		}
		if down.IsZero() {
			down = time.Now()
			if f.h == nil {
				down = began
			}
			f.send(ctx, Change{Down: err})
		}
		f.h = nil
		select {
		case <-time.After(retry):
		case <-ctx.Done():
		}
		retry = min(2*retry, mostRetry)
	}
}

// once connects and works until the connection or ctx ends, and says why. It
// sets f.h if the host was there.
func (f *follower) once(ctx context.Context, work func(context.Context, *follower) error, o *Options, down time.Time) error {
	h, err := o.connect(ctx, f.host)
	if err != nil {
		return err
	}
	defer h.Close()
	f.h = h
	if !down.IsZero() {
		f.gap = time.Since(down)
	}
	return work(ctx, f)
}

// send hands a change on.
func (f *follower) send(ctx context.Context, c Change) {
	c.Host, c.Gap = *f.host, f.gap
	f.gap = 0
	select {
	case f.out <- c:
	case <-ctx.Done():
	}
}

// tell tells of a connection's events.
func (f *follower) tell(ctx context.Context, kinds []libvirtctl.EventKind) error {
	events, err := f.h.Events(ctx, kinds...)
	if err != nil {
		return err
	}
	f.send(ctx, Change{}) // the host is there
	for e := range events {
		f.send(ctx, Change{Event: &e})
	}
	return f.lost(ctx)
}

// lost says why a connection's events have ended.
func (f *follower) lost(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return fmt.Errorf("%w: %w", libvirtctl.ErrLost, f.h.LostCause())
}
