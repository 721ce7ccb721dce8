package channels

import (
	"context"
	"sync"

	"saffron/spice"
)

// Progress is where channels publish how far they have got, and wait for each
// other (WAIT_FOR_CHANNELS). Any goroutine may call its methods.
type Progress struct {
	mu      sync.Mutex
	serials map[spice.ChannelID]uint64 // guarded by mu; open channels only
	waiting int                        // guarded by mu
	changed chan struct{}              // guarded by mu; closed and replaced for waiters
}

// NewProgress returns the progress of a session without channels.
func NewProgress() *Progress {
	return &Progress{serials: map[spice.ChannelID]uint64{}, changed: make(chan struct{})}
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
	if p.waiting > 0 {
		close(p.changed)
		p.changed = make(chan struct{})
	}
}

// Wait returns when each channel listed has got as far, is closed, or does not
// exist; or when ctx ends, with its cause.
func (p *Progress) Wait(ctx context.Context, wait []spice.ChannelSerial) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.waiting++
	defer func() { p.waiting-- }()
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
	for _, w := range wait {
		if serial, open := p.serials[w.Channel]; open && serial < w.Serial {
			return false
		}
	}
	return true
}
