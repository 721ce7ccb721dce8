package libvirtctl

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/digitalocean/go-libvirt"
)

// An EventKind is what an event is about.
type EventKind string

// The kinds of events.
const (
	KindLifecycle           EventKind = "lifecycle"
	KindReboot              EventKind = "reboot"
	KindRTC                 EventKind = "rtc"
	KindWatchdog            EventKind = "watchdog"
	KindGraphics            EventKind = "graphics"
	KindIOError             EventKind = "io-error"
	KindControlError        EventKind = "control-error"
	KindDiskChange          EventKind = "disk-change"
	KindTray                EventKind = "tray"
	KindPMWakeup            EventKind = "pmwakeup"
	KindPMSuspend           EventKind = "pmsuspend"
	KindPMSuspendDisk       EventKind = "pmsuspend-disk"
	KindBalloon             EventKind = "balloon"
	KindDeviceRemoved       EventKind = "device-removed"
	KindBlockJob            EventKind = "block-job"
	KindTunable             EventKind = "tunable"
	KindAgent               EventKind = "agent"
	KindDeviceAdded         EventKind = "device-added"
	KindMigration           EventKind = "migration"
	KindJobCompleted        EventKind = "job-completed"
	KindDeviceRemovalFailed EventKind = "device-removal-failed"
	KindMetadata            EventKind = "metadata"
	KindBlockThreshold      EventKind = "block-threshold"
	KindMemoryFailure       EventKind = "memory-failure"
	KindMemoryDevice        EventKind = "memory-device"
	KindMAC                 EventKind = "mac"

	// KindMissed stands for events that were thrown away because nobody took
	// them: everything may have changed. It comes to every subscriber.
	KindMissed EventKind = "missed"
)

// EventKinds returns all kinds that libvirt has.
func EventKinds() []EventKind {
	kinds := make([]EventKind, len(eventTypes))
	for i, t := range eventTypes {
		kinds[i] = t.kind
	}
	return kinds
}

// An Event is something that happened to a domain. Its texts come from the
// host: they may hold anything. Its JSON form is part of the program's
// interface.
type Event struct {
	Time   time.Time `json:"time"` // when it came here
	Kind   EventKind `json:"kind"`
	Domain string    `json:"domain"`
	UUID   UUID      `json:"uuid"`
	ID     int       `json:"id"` // -1: not running

	// What happened, in a word or few: for KindLifecycle one of WhatStarted …
	What string `json:"what"`
	// Detail says more, such as why; "" if there is no more.
	Detail string `json:"detail,omitempty"`
	// Device is the alias of a device, or the target or file of a disk.
	Device string `json:"device,omitempty"`
	// Local and Remote are the ends of a console's channel.
	Local  string `json:"local,omitempty"`
	Remote string `json:"remote,omitempty"`
	// Value is the number that changed: memory in KiB, seconds of the clock's
	// offset, bytes of a threshold, a round of a migration.
	Value int64 `json:"value,omitempty"`
}

// What happens in a domain's life.
const (
	WhatDefined     = "defined"
	WhatUndefined   = "undefined"
	WhatStarted     = "started"
	WhatSuspended   = "suspended"
	WhatResumed     = "resumed"
	WhatStopped     = "stopped"
	WhatShutDown    = "shut down" // the guest is done; stopped follows
	WhatPMSuspended = "asleep"
	WhatCrashed     = "crashed"
)

// String says what happened, as in "work started (booted)".
func (e Event) String() string {
	var b strings.Builder
	for _, part := range []string{e.Domain, e.What, e.Device} {
		if part != "" {
			b.WriteString(part)
			b.WriteByte(' ')
		}
	}
	if e.Remote != "" {
		fmt.Fprintf(&b, "from %s ", e.Remote)
	}
	if e.Detail != "" {
		fmt.Fprintf(&b, "(%s)", e.Detail)
	}
	return strings.TrimSuffix(b.String(), " ")
}

// Events returns the host's events of some kinds, or of all kinds that it
// knows, from before the call returns: nothing that happens after is lost. The
// channel is closed when ctx ends or the connection does, which Lost tells
// apart; until then somebody has to take the events. Of those who are slow to
// do so some thousand events are kept, and what comes then is replaced by one
// KindMissed.
func (h *Host) Events(ctx context.Context, kinds ...EventKind) (<-chan Event, error) {
	all := len(kinds) == 0
	if all {
		kinds = EventKinds()
	}
	for _, k := range kinds {
		if typeOf(k) == nil {
			return nil, fmt.Errorf("libvirtctl: no events of kind %q; there are %s", k, joinKinds(EventKinds()))
		}
	}
	s := h.events.subscribe(kinds)
	if err := h.register(ctx, kinds, all); err != nil {
		h.events.unsubscribe(s)
		return nil, err
	}
	out := make(chan Event)
	go h.pump(ctx, s, out)
	return out, nil
}

func joinKinds(kinds []EventKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}

// pump hands a subscriber's events on until ctx or the connection ends.
func (h *Host) pump(ctx context.Context, s *subscription, out chan<- Event) {
	defer close(out)
	defer h.events.unsubscribe(s)
	for {
		for _, e := range h.events.take(s) {
			select {
			case out <- e:
			case <-ctx.Done():
				return
			}
		}
		select {
		case <-s.some:
		case <-ctx.Done():
			return
		case <-h.Lost():
			if !h.events.waits(s) {
				return
			}
		}
	}
}

// register asks the host for events of some kinds, at once for all. A kind
// once asked for comes until the connection ends. If optional, kinds that the
// host does not have are left out.
func (h *Host) register(ctx context.Context, kinds []EventKind, optional bool) error {
	var wait sync.WaitGroup
	failed := make([]error, len(kinds))
	for i, k := range kinds {
		wait.Go(func() { failed[i] = h.registerOne(ctx, typeOf(k)) })
	}
	wait.Wait()
	if optional && slices.Contains(failed, nil) {
		failed = slices.DeleteFunc(failed, IsRefusal)
	}
	return errors.Join(failed...)
}

// registerOne asks for a type of events unless that has been done.
func (h *Host) registerOne(ctx context.Context, t *eventType) error {
	turn := h.events.turn(t.kind)
	select {
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if h.events.registered(t.kind) {
		return nil
	}
	op := fmt.Sprintf("watch %s events", t.kind)
	err := h.call(ctx, op, func(l *libvirt.Libvirt) error {
		_, err := l.ConnectDomainEventCallbackRegisterAny(t.id, nil)
		return err
	})
	if err == nil {
		h.events.setRegistered(t.kind)
	}
	return err
}
