package replayserver

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"time"

	"saffron/spice"
	"saffron/spice/spicetest"
)

// Options are the choices of New. The zero value works.
type Options struct {
	// Password is what clients must give, "" for none.
	Password string
	// RecordedSpeed sends each frame when it is its time; the default is at
	// once.
	RecordedSpeed bool
	// Event, if set, is told what happened, and when. Any goroutine calls it; it
	// must not block or close the server.
	Event func(Event, time.Time)
	// Log receives refusals and failures. Nil is silent.
	Log *slog.Logger
}

// An Event is something that happens to the server's clients.
type Event uint8

// The events, in the order in which they come for one client.
const (
	Connected Event = iota // something has connected to the port
	Ready                  // the first display is ready to draw
	Consumed               // all displays have taken in all of their messages
	Left                   // the client has gone
)

// String returns the event in a word.
func (e Event) String() string {
	return [...]string{"connected", "ready", "consumed", "left"}[e]
}

// A Server plays one recording to one client at a time: a new one takes the
// place of the one before.
type Server struct {
	o        Options
	tracks   map[spice.ChannelID]*track
	displays int
	broken   error
	server   spicetest.Server

	mu  sync.Mutex
	run *run // guarded by mu; nil before the first client
}

// A run is the session of one client.
type run struct {
	s      *Server
	ctx    context.Context // ends with main's link
	cancel context.CancelFunc
	begin  time.Time     // when INIT was sent ...
	first  time.Duration // ... which was recorded then

	mu       sync.Mutex
	ready    bool                     // guarded by mu
	linked   map[spice.ChannelID]bool // guarded by mu; displays, true when all is consumed
	last     time.Time                // guarded by mu; when the last of them was
	told     bool                     // guarded by mu; Consumed was
	patience *time.Timer              // guarded by mu; for displays that are never linked
}

// New returns a server for a recording, which must not change. It fails if that
// does not begin a session.
func New(recording []byte, o Options) (*Server, error) {
	s := &Server{o: o}
	var err error
	if s.tracks, s.broken, err = index(recording); err != nil {
		return nil, err
	}
	session, err := prepareMain(s.tracks)
	if err != nil {
		return nil, fmt.Errorf("replayserver: %w", err)
	}
	s.server = spicetest.Server{
		Password: o.Password, Session: session, Caps: map[spice.ChannelType]spice.CapSet{},
		Channels: others(s.tracks), Handler: s.play, Log: o.Log,
	}
	for id, t := range s.tracks {
		if id.Type == spice.ChannelDisplay {
			s.displays++
		}
		if s.server.Caps[id.Type] == nil || id.ID == 0 {
			s.server.Caps[id.Type] = t.link.Caps.Channel
		}
		if !t.link.Caps.Common.Has(spice.CapMiniHeader) {
			s.server.NoMiniHeader = true
		}
	}
	return s, nil
}

// Broken returns why the recording is not whole, or nil.
func (s *Server) Broken() error { return s.broken }

// Totals returns how many messages there are to send, and how many bytes their
// bodies have.
func (s *Server) Totals() (messages, bytes uint64) {
	for _, t := range s.tracks {
		messages += uint64(len(t.frames))
		for i := range t.frames {
			bytes += uint64(len(t.frames[i].Body))
		}
	}
	return messages, bytes
}

// Serve accepts connections from l until Close, then returns nil, or until
// accepting fails. It closes l.
func (s *Server) Serve(l net.Listener) error { return s.server.Serve(&noting{l, s}) }

// Close ends all connections and waits for everything that the server started.
func (s *Server) Close() { s.server.Close() }

func (s *Server) event(e Event, at time.Time) {
	if s.o.Event != nil {
		s.o.Event(e, at)
	}
}

// A noting listener tells of each connection.
type noting struct {
	net.Listener
	s *Server
}

func (l *noting) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err == nil {
		l.s.event(Connected, time.Now())
	}
	return c, err
}

// play runs one channel. spicetest calls it.
func (s *Server) play(c *spicetest.Channel) error {
	r := s.runOf(c)
	if r == nil {
		return errors.New("replayserver: a channel without a session")
	}
	defer context.AfterFunc(r.ctx, func() { c.Close() })()
	o := newOutlet(c, s.tracks[c.ID], nil)
	if s.o.RecordedSpeed {
		o.due = r.due
	}
	if c.ID == mainID {
		defer r.end()
	}
	var running sync.WaitGroup
	var left error
	running.Go(func() { left = o.receive() })
	if c.ID.Type == spice.ChannelDisplay {
		r.link(c.ID)
		running.Go(func() { r.watch(c, o) })
	}
	err := o.send()
	if err != nil {
		c.Close()
	}
	running.Wait() // until the client leaves
	err = cmp.Or(err, left)
	if c.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// runOf returns the session that a channel belongs to; main begins one.
func (s *Server) runOf(c *spicetest.Channel) *run {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.ID != mainID {
		return s.run
	}
	if s.run != nil {
		s.run.cancel()
	}
	r := &run{s: s, begin: time.Now(), first: s.tracks[mainID].frames[0].at, linked: map[spice.ChannelID]bool{}}
	r.ctx, r.cancel = context.WithCancel(c.Context())
	s.run = r
	return r
}

// due returns when something that was recorded is to be sent.
func (r *run) due(at time.Duration) time.Time { return r.begin.Add(at - r.first) }

// end ends the session with main's link.
func (r *run) end() {
	r.cancel()
	r.mu.Lock()
	if r.patience != nil {
		r.patience.Stop()
	}
	r.mu.Unlock()
	r.s.event(Left, time.Now())
}

func (r *run) link(id spice.ChannelID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.linked[id] = false
}

// watch tells how far a display is.
func (r *run) watch(c *spicetest.Channel, o *outlet) {
	select {
	case <-o.ready:
		r.mu.Lock()
		first := !r.ready
		r.ready = true
		r.mu.Unlock()
		if first {
			r.s.event(Ready, time.Now())
		}
	case <-c.Context().Done():
		return
	}
	select {
	case <-o.consumed:
		r.consumed(c.ID)
	case <-c.Context().Done():
	}
}

// otherDisplays is how long the displays that a client has not linked are
// waited for when the others are done.
const otherDisplays = time.Second

// consumed notes that a display is done.
func (r *run) consumed(id spice.ChannelID) {
	r.mu.Lock()
	r.linked[id], r.last = true, time.Now()
	missing := len(r.linked) < r.s.displays
	switch {
	case missing && r.patience == nil:
		r.patience = time.AfterFunc(otherDisplays, r.tell)
	case missing:
		r.patience.Reset(otherDisplays)
	}
	r.mu.Unlock()
	if !missing {
		r.tell()
	}
}

// tell says, once, that everything is consumed, if it is.
func (r *run) tell() {
	r.mu.Lock()
	tell := !r.told && r.ctx.Err() == nil
	for _, done := range r.linked {
		tell = tell && done
	}
	r.told = r.told || tell
	at := r.last
	r.mu.Unlock()
	if tell {
		r.s.event(Consumed, at)
	}
}
