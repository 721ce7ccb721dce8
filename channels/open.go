package channels

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"saffron/channels/port"
	"saffron/spice"
)

// A channel of a session. conn is nil while it is being opened.
type channel struct {
	id      spice.ChannelID
	kind    Kind
	conn    *spice.Conn // guarded by Session.mu until set, then not changed
	handler Handler     // set with conn
}

var (
	mainID   = spice.ChannelID{Type: spice.ChannelMain}
	display0 = spice.ChannelID{Type: spice.ChannelDisplay}
)

// openAhead opens display 0 before main has listed it, to save round trips: it
// dials while main is linked, and links as soon as INIT has come.
func (s *Session) openAhead() {
	if _, ok := s.kinds[spice.ChannelDisplay]; !ok {
		return
	}
	s.running.Go(func() {
		t, err := spice.Dial(s.ctx, spice.ChannelDisplay, &s.o.Link)
		if err != nil {
			return // an error here repeats itself on main, which reports it
		}
		select {
		case <-s.started:
		case <-s.ctx.Done():
			t.Close()
			return
		}
		var ch *channel
		if s.displays > 0 && s.sameServer(t) {
			ch = s.claim(display0)
		}
		if ch == nil {
			t.Close()
			return
		}
		s.open(ch, t)
	})
}

// sameServer reports whether t reached the address that main did.
func (s *Session) sameServer(t *spice.Transport) bool {
	addr, ok := t.RemoteAddr().(*net.TCPAddr)
	pinned := s.links.Target.Addr
	return !ok || pinned == "" || host(addr) == pinned
}

// maxOfType bounds the channels of one type that are open at a time. A server
// could list 256, each with memory of its own; machines have a few displays.
const maxOfType = 16

// maxClaims bounds how often one session opens channels. A server could list
// the same ones for ever, and refuse or close them each time.
const maxClaims = 1024

// full reports whether there are enough channels of a type. The caller holds mu.
func (s *Session) full(t spice.ChannelType) bool {
	n := 0
	for id := range s.channels {
		if id.Type == t {
			n++
		}
	}
	return n >= maxOfType
}

// claim returns id as a channel that is to be opened, or nil if it is one,
// there is no kind for it, or there are too many.
func (s *Session) claim(id spice.ChannelID) *channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.claimLocked(id)
}

func (s *Session) claimLocked(id spice.ChannelID) *channel {
	kind, known := s.kinds[id.Type]
	if !known || s.channels[id] != nil || s.full(id.Type) || s.claims == maxClaims || s.ctx.Err() != nil {
		return nil
	}
	s.claims++
	ch := &channel{id: id, kind: kind}
	s.channels[id] = ch
	s.progress.Open(id) // its server side may begin before adopt
	if id.Type == spice.ChannelDisplay {
		s.shared.Join(id) // likewise
	}
	return ch
}

// openListed opens what main lists, each in a goroutine. A channel that is open
// already, that there is no kind for, or one too many, is skipped.
func (s *Session) openListed(list []spice.ChannelID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.listed == nil {
		s.listed = map[spice.ChannelID]bool{}
	}
	for _, id := range list {
		s.listed[id] = true
		if ch := s.claimLocked(id); ch != nil {
			s.running.Go(func() { s.open(ch, nil) })
		}
	}
	s.changed()
}

// open links a claimed channel, over t if that is not nil, and runs it.
func (s *Session) open(ch *channel, t *spice.Transport) {
	conn, err := s.link(ch, t)
	if err == nil {
		var handler Handler
		if handler, err = ch.kind.New(s, ch.id, conn); err == nil {
			s.adopt(ch, conn, handler)
			return
		}
		conn.Close()
	}
	again := s.forget(ch, t != nil)
	switch {
	case again != nil:
		s.open(again, nil)
	case t == nil && s.ctx.Err() == nil:
		s.lost(ch, err)
	}
}

// forget drops a channel that did not open or has ended. If that was an attempt
// ahead of the list, the list decides: if it is there already and has the
// channel, forget claims it again.
func (s *Session) forget(ch *channel, ahead bool) (again *channel) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.channels, ch.id)
	if ch.conn != nil {
		s.info.Ended = append(s.info.Ended, ch.info())
	}
	s.progress.Close(ch.id)
	s.shared.Leave(ch.id)
	if ahead && s.listed[ch.id] {
		again = s.claimLocked(ch.id)
	}
	s.changed()
	return again
}

func (s *Session) link(ch *channel, t *spice.Transport) (*spice.Conn, error) {
	var hello []spice.Outgoing
	if ch.kind.Hello != nil {
		hello = ch.kind.Hello(s)
	}
	s.mu.Lock()
	session := s.info.Session
	s.mu.Unlock()
	if t == nil {
		var err error
		if t, err = spice.Dial(s.ctx, ch.id.Type, s.links); err != nil {
			return nil, err
		}
	}
	caps := ch.kind.Caps
	if s.links.Tap == nil { // what lies behind a descriptor would be missing in a recording
		caps = ch.kind.capsOver(t)
	}
	return spice.ConnectOver(s.ctx, t, ch.id, session, caps, s.links, hello...)
}

// capsOver returns what a channel announces over t.
func (k *Kind) capsOver(t *spice.Transport) spice.CapSet {
	if !t.PassesFiles() {
		return k.Caps
	}
	return spice.NewCapSet(append(k.Caps.List(), k.LocalCaps...)...)
}

// adopt makes a linked channel one of the session's and starts its reader.
func (s *Session) adopt(ch *channel, conn *spice.Conn, handler Handler) {
	s.mu.Lock()
	ch.conn, ch.handler = conn, handler
	s.channels[ch.id] = ch
	ending := s.ctx.Err() != nil
	s.changed()
	s.mu.Unlock()
	if ending { // teardown may have looked before conn was there
		conn.Close()
		handler.Close()
	}
	s.event(ChannelOpened{ch.id})
	s.running.Go(func() { s.read(ch) })
}

// changed wakes those who wait for a channel. The caller holds mu.
func (s *Session) changed() {
	close(s.change)
	s.change = make(chan struct{})
}

// Await returns when the channel id is open. It fails when the server has
// listed its channels and id is not among them or did not open, when the
// session ends, or with ctx.
func (s *Session) Await(ctx context.Context, id spice.ChannelID) error {
	for {
		s.mu.Lock()
		ch, change := s.channels[id], s.change
		open := ch != nil && ch.conn != nil
		hopeless := ch == nil && s.listed != nil
		s.mu.Unlock()
		switch {
		case open:
			return nil
		case hopeless:
			return fmt.Errorf("channels: the server has no %s channel, or it did not open", id)
		}
		select {
		case <-change:
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// mainGrace is how long the end of a channel waits for the end of main, which
// explains it better.
const mainGrace = time.Second

// hungUp reports whether the server may have gone away altogether.
func hungUp(err error) bool {
	var link *spice.LinkError
	return errors.Is(err, spice.ErrServerClosed) || errors.As(err, &link) && link.Code == spice.LinkOK
}

// lost deals with a channel that did not open or has ended.
func (s *Session) lost(ch *channel, err error) {
	if errors.Is(err, port.ErrUnwanted) {
		return // it was given up here
	}
	if ch.id != mainID && hungUp(err) {
		select {
		case <-s.ctx.Done():
			return
		case <-time.After(mainGrace):
		}
	}
	if ch.kind.Essential && ch.id.ID == 0 {
		s.end(err)
		return
	}
	s.event(ChannelFailed{ch.id, err})
}
