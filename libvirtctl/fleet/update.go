package fleet

import (
	"context"
	"time"

	"saffron/libvirtctl"
)

// settle is how long Watch waits for more events before it asks for what has
// changed: starting a domain makes several.
const settle = 50 * time.Millisecond

// listKinds are the events after which a list has to be made new.
var listKinds = []libvirtctl.EventKind{
	libvirtctl.KindLifecycle, libvirtctl.KindAgent, libvirtctl.KindDeviceAdded, libvirtctl.KindDeviceRemoved,
	libvirtctl.KindPMWakeup, libvirtctl.KindPMSuspend, libvirtctl.KindPMSuspendDisk,
}

// list tells of a connection's domains, and of those that change. It watches
// before it lists, so that nothing falls between the two.
func (f *follower) list(ctx context.Context, o *Options) error {
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	events, err := f.events(within)
	if err != nil {
		return err
	}
	if err := f.relist(ctx, o); err != nil {
		return err
	}
	for e := range events {
		changed, all := gather(ctx, e, events)
		if all {
			err = f.relist(ctx, o)
		} else {
			err = f.update(ctx, o, changed)
		}
		if err != nil {
			return err
		}
	}
	return f.lost(ctx)
}

// events asks for the events that a list needs. Of all but those of the
// lifecycle, a host may not know some.
func (f *follower) events(ctx context.Context) (<-chan libvirtctl.Event, error) {
	events, err := f.h.Events(ctx, listKinds...)
	if err != nil && libvirtctl.IsRefusal(err) {
		return f.h.Events(ctx, libvirtctl.KindLifecycle)
	}
	return events, err
}

// gather takes the events that come together: the domains they are about, or
// all, if some were missed.
func gather(ctx context.Context, e libvirtctl.Event, events <-chan libvirtctl.Event) (changed map[libvirtctl.UUID]string, all bool) {
	changed = make(map[libvirtctl.UUID]string)
	settled := time.After(settle)
	for {
		changed[e.UUID] = e.Domain
		all = all || e.Kind == libvirtctl.KindMissed
		var more bool
		select {
		case e, more = <-events:
			if !more {
				return changed, all
			}
		case <-settled:
			return changed, all
		case <-ctx.Done():
			return changed, all
		}
	}
}

// relist tells of all domains.
func (f *follower) relist(ctx context.Context, o *Options) error {
	entries, err := o.inventory(ctx, f.h)
	if err != nil {
		return err
	}
	f.known = make(map[libvirtctl.UUID]*libvirtctl.Domain)
	for _, e := range entries {
		f.known[e.UUID] = e.Domain
	}
	f.send(ctx, Change{Listed: true, Entries: entries})
	return nil
}

// update tells of domains that may have changed.
func (f *follower) update(ctx context.Context, o *Options, changed map[libvirtctl.UUID]string) error {
	asking, cancel := o.within(ctx)
	defer cancel()
	var c Change
	for uuid := range changed {
		e, found, err := f.h.Entry(asking, uuid, o.Want)
		switch {
		case err != nil:
			return err
		case found:
			f.known[uuid] = e.Domain
			c.Entries = append(c.Entries, e)
		case f.known[uuid] != nil:
			c.Gone = append(c.Gone, f.known[uuid])
			delete(f.known, uuid)
		}
	}
	if len(c.Entries)+len(c.Gone) > 0 {
		f.send(ctx, c)
	}
	return nil
}
