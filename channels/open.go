package channels

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"saffron/channels/mainchan"
	"saffron/spice"
)

// A channel of a session. conn is nil while it is being opened.
type channel struct {
	id      spice.ChannelID
	kind    Kind
	conn    *spice.Conn // guarded by Session.mu
	handler Handler     // guarded by Session.mu; set with conn
}

var display0 = spice.ChannelID{Type: spice.ChannelDisplay}

// dialAhead dials the transport of the first display while main is linked, to
// save a round trip. stop gives it up.
func (s *Session) dialAhead(ctx context.Context) (ahead <-chan *spice.Transport, stop func()) {
	if _, ok := s.kinds[spice.ChannelDisplay]; !ok {
		return nil, func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	result := make(chan *spice.Transport, 1)
	s.running.Go(func() {
		defer cancel()
		// An error here repeats itself on main, which reports it.
		t, _ := spice.Dial(ctx, spice.ChannelDisplay, &s.o.Link)
		result <- t
	})
	return result, func() {
		cancel()
		if t := <-result; t != nil {
			t.Close()
		}
	}
}

// startMain runs the main channel.
func (s *Session) startMain(id spice.ChannelID, conn *spice.Conn) {
	main := mainchan.New((*mainSession)(s), conn, s.o.Link.Log)
	s.mu.Lock()
	s.main = main
	s.mu.Unlock()
	ch := &channel{id: id, kind: Kind{Type: id.Type, Essential: true}}
	s.adopt(ch, conn, main)
}

// openFirstDisplay opens display 0 before main has listed it.
func (s *Session) openFirstDisplay(hint uint32) {
	if s.ahead == nil {
		return
	}
	s.running.Go(func() {
		t := <-s.ahead
		if t == nil {
			return // the list will bring it
		}
		if hint == 0 || !s.sameServer(t) || !s.claim(display0) {
			t.Close()
			return
		}
		s.open(s.channels0(display0), t)
	})
}

// sameServer reports whether t reached the address that main did.
func (s *Session) sameServer(t *spice.Transport) bool {
	addr, ok := t.RemoteAddr().(*net.TCPAddr)
	pinned := s.o.Link.Target.Addr
	return !ok || pinned == "" || (&net.IPAddr{IP: addr.IP, Zone: addr.Zone}).String() == pinned
}

// claim makes id a channel that is being opened, unless it is one or there is
// no kind for it.
func (s *Session) claim(id spice.ChannelID) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	kind, known := s.kinds[id.Type]
	if !known || s.channels[id] != nil || s.ctx.Err() != nil {
		return false
	}
	s.channels[id] = &channel{id: id, kind: kind}
	return true
}

func (s *Session) channels0(id spice.ChannelID) *channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.channels[id]
}

// openListed opens what main lists. A channel that is open already, or that
// there is no kind for, is skipped.
func (s *Session) openListed(list []spice.ChannelID) {
	s.mu.Lock()
	if s.listed == nil {
		s.listed = map[spice.ChannelID]bool{}
	}
	for _, id := range list {
		s.listed[id] = true
	}
	s.changed()
	s.mu.Unlock()
	for _, id := range list {
		if s.claim(id) {
			ch := s.channels0(id)
			s.running.Go(func() { s.open(ch, nil) })
		}
	}
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
	s.openFailed(ch, err)
}

func (s *Session) link(ch *channel, t *spice.Transport) (*spice.Conn, error) {
	var hello []spice.Outgoing
	if ch.kind.Hello != nil {
		hello = ch.kind.Hello(s)
	}
	s.mu.Lock()
	session := s.info.Session
	s.mu.Unlock()
	if t != nil {
		return spice.ConnectOver(s.ctx, t, ch.id, session, ch.kind.Caps, &s.o.Link, hello...)
	}
	return spice.Connect(s.ctx, ch.id, session, ch.kind.Caps, &s.o.Link, hello...)
}

// openFailed forgets a channel that could not be opened. The first display may
// have been tried before main listed it: then the list decides.
func (s *Session) openFailed(ch *channel, err error) {
	s.mu.Lock()
	delete(s.channels, ch.id)
	listed, known := s.listed[ch.id], s.listed != nil
	s.changed()
	s.mu.Unlock()
	if !known || !listed || s.ctx.Err() != nil {
		return
	}
	s.lost(ch, err)
}

// adopt makes a linked channel one of the session's and starts its reader.
func (s *Session) adopt(ch *channel, conn *spice.Conn, handler Handler) {
	s.progress.Open(ch.id)
	s.mu.Lock()
	ch.conn, ch.handler = conn, handler
	s.channels[ch.id] = ch
	ending := s.ctx.Err() != nil
	s.changed()
	s.mu.Unlock()
	if ending { // teardown may have looked before conn was there
		conn.Close()
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

// lost deals with a channel that did not open or has ended.
func (s *Session) lost(ch *channel, err error) {
	if ch.id.Type != spice.ChannelMain && (errors.Is(err, spice.ErrServerClosed)) {
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
