package display

import (
	"context"
	"sync"

	"saffron/spice"
)

// peers are the display channels that can bring images for each other. The zero
// value has none.
type peers struct {
	mu   sync.Mutex
	at   map[spice.ChannelID]uint64 // guarded by mu; see reach
	gone bool                       // guarded by mu; a channel has left
	left context.Context            // guarded by mu; ends when a channel leaves, nil if nobody asked
	end  context.CancelFunc         // guarded by mu; of left
}

// Join says that a channel may bring images from now on. The channel's handler
// does so, but where channels are linked one after the other it has to be said
// before the link is made: an image that another channel waits for may be on
// its way as soon as the server knows of the link. Any goroutine.
func (s *Shared) Join(id spice.ChannelID) {
	p := &s.peers
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, ok := p.at[id]; ok {
		return
	}
	if p.at == nil {
		p.at = map[spice.ChannelID]uint64{}
	}
	// Its images will be newer than all that have come from others.
	var newest uint64
	for _, n := range p.at {
		newest = max(newest, n)
	}
	p.at[id] = newest
}

// Leave says that a channel brings no more images: whoever waits for one that
// no other channel can bring does so no longer. Any goroutine; leaving twice is
// harmless.
func (s *Shared) Leave(id spice.ChannelID) {
	p := &s.peers
	p.mu.Lock()
	_, joined := p.at[id]
	delete(p.at, id)
	p.gone = p.gone || joined
	if joined && p.end != nil {
		p.end()
		p.left, p.end = nil, nil
	}
	p.mu.Unlock()
	if joined {
		s.Window.Bury(s.floor())
		s.Cache.wake()
	}
}

// reach says that a channel has come to GLZ image n. Servers number images as
// they send them, so the channel has brought all of its images before n. If a
// channel has left, this may tell others that theirs was to come from that one.
func (s *Shared) reach(id spice.ChannelID, n uint64) {
	p := &s.peers
	p.mu.Lock()
	if before, ok := p.at[id]; ok {
		p.at[id] = max(before, n)
	}
	gone := p.gone
	p.mu.Unlock()
	if gone {
		s.Window.Bury(s.floor())
	}
}

// floor returns the number of the GLZ image before which no channel has any more
// to bring.
func (s *Shared) floor() uint64 {
	p := &s.peers
	p.mu.Lock()
	defer p.mu.Unlock()
	first := true
	var floor uint64
	for _, n := range p.at {
		if first || n < floor {
			first, floor = false, n
		}
	}
	return floor
}

// alone reports whether a channel that waits waits in vain: there is no other.
func (s *Shared) alone() bool {
	p := &s.peers
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.at) < 2
}

// leaving returns a context that ends when the next channel leaves.
func (s *Shared) leaving() context.Context {
	p := &s.peers
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.left == nil {
		p.left, p.end = context.WithCancel(context.Background())
	}
	return p.left
}
