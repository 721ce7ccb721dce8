package channels

import (
	"context"
	"errors"
	"slices"
	"sync"

	"saffron/spice"
)

// Progress is where channels publish how far they have got, and wait for each
// other (WAIT_FOR_CHANNELS). Any goroutine may call its methods.
type Progress struct {
	mu      sync.Mutex
	serials map[spice.ChannelID]uint64                // guarded by mu; open channels only
	waiting map[spice.ChannelID][]spice.ChannelSerial // guarded by mu; what each that waits waits for
	changed chan struct{}                             // guarded by mu; closed and replaced for waiters
}

// NewProgress returns the progress of a session without channels.
func NewProgress() *Progress {
	return &Progress{
		serials: map[spice.ChannelID]uint64{}, waiting: map[spice.ChannelID][]spice.ChannelSerial{},
		changed: make(chan struct{}),
	}
}

// Open makes a channel one that others can wait for.
func (p *Progress) Open(id spice.ChannelID) { p.update(func() { p.serials[id] = 0 }) }

// Close ends all waiting for a channel.
func (p *Progress) Close(id spice.ChannelID) { p.update(func() { delete(p.serials, id) }) }

// Commit says that a channel has processed everything up to serial.
func (p *Progress) Commit(id spice.ChannelID, serial uint64) {
	p.update(func() {
		if _, open := p.serials[id]; open {
			p.serials[id] = serial
		}
	})
}

func (p *Progress) update(change func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change()
	if len(p.waiting) > 0 {
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

// ErrWaitCycle says that a channel would wait for one that waits for it.
var ErrWaitCycle = errors.New("channels: channels wait for each other")

// Wait makes channel id wait: it returns when each channel listed has got as
// far, is closed, or does not exist; or when ctx ends, with its cause. A wait
// that closes a circle is ErrWaitCycle at once; the others in the circle then
// wait until this channel has got far enough. Each channel waits once at a time.
func (p *Progress) Wait(ctx context.Context, id spice.ChannelID, wait []spice.ChannelSerial) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting[id] = wait
	defer delete(p.waiting, id)
	// Only the beginning of a wait can close a circle: progress opens them.
	if p.waitsFor(id, id, map[spice.ChannelID]bool{}) {
		return ErrWaitCycle
	}
	for !p.reached(wait) {
		changed := p.changed
		p.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-ctx.Done():
			err = context.Cause(ctx)
		}
		p.mu.Lock()
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *Progress) reached(wait []spice.ChannelSerial) bool {
	return !slices.ContainsFunc(wait, p.missing)
}

// missing reports whether a channel has still to come as far.
func (p *Progress) missing(w spice.ChannelSerial) bool {
	serial, open := p.serials[w.Channel]
	return open && serial < w.Serial
}

// waitsFor reports whether a channel waits for target, or for one that does.
// Those in seen have been looked at.
func (p *Progress) waitsFor(id, target spice.ChannelID, seen map[spice.ChannelID]bool) bool {
	seen[id] = true
	return slices.ContainsFunc(p.waiting[id], func(w spice.ChannelSerial) bool {
		return p.missing(w) && (w.Channel == target || !seen[w.Channel] && p.waitsFor(w.Channel, target, seen))
	})
}
