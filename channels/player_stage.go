package channels

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"saffron/channels/mainchan"
	"saffron/codec/glz"
	"saffron/spice"
	"saffron/spice/capture"
	"saffron/spice/wire"
)

const (
	// playQueue bounds the frames between the recording and a channel's
	// handler, like the socket of a live one.
	playQueue = 8
	// settleTime bounds how long a player in the middle of a recording waits
	// for what is not drawn yet: it may wait for what comes later.
	settleTime = time.Second
)

// A stage is a session without links, into which a recording is played from its
// beginning.
type stage struct {
	s      *Session
	kinds  map[spice.ChannelType]Kind
	failed chan error // why the session has ended, capacity 1
	forget func() bool

	// Owned by the goroutine that dispatches.
	links map[int]*player // open links by number; nil: left out
	main  *player         // nil before it is opened

	mu      sync.Mutex
	players []*player // guarded by mu; all that were ever opened
}

// A player plays the frames of one link.
type player struct {
	ch    *channel
	link  capture.Link
	queue chan played
	ended chan struct{} // closed when all is played

	received, bytes atomic.Uint64

	mu      sync.Mutex
	handler Handler // guarded by mu; nil before it is made
	closed  bool    // guarded by mu; the handler is closed when it is made
}

// What is played is a frame, or a wish to know when all before is shown.
type played struct {
	frame    spice.Frame
	withheld bool
	settled  chan<- struct{}
	patience time.Duration // 0: any
}

func newStage(p *Player) *stage {
	s := blankSession(p.ctx, &p.o.Session)
	s.everyFrame = true
	s.timed.Store(p.o.Timed)
	s.shared.Window = glz.NewWindow(s.windowPixels(0)) // if there is no INIT
	st := &stage{s: s, kinds: s.kinds, failed: make(chan error, 1), links: map[int]*player{}}
	s.kinds = nil // what main lists is opened by the recording
	delete(st.kinds, spice.ChannelInputs)
	st.forget = context.AfterFunc(p.ctx, func() { s.end(spice.ErrClosed) })
	return st
}

// close ends everything that the stage started.
func (st *stage) close() {
	st.forget()
	st.s.end(spice.ErrClosed)
	st.mu.Lock()
	players := st.players
	st.mu.Unlock()
	for _, pl := range players {
		pl.close()
	}
	for _, pl := range st.links {
		if pl != nil {
			close(pl.queue)
		}
	}
	st.s.agent.Close()
	st.s.running.Wait()
	st.s.shared.Workers.Close()
}

// rest waits until a time has passed, change is closed, or the session ends.
func (st *stage) rest(wait time.Duration, change <-chan struct{}) error {
	var due <-chan time.Time
	if wait != forever {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		due = timer.C
	}
	select {
	case <-due:
		return nil
	case <-change:
		return nil
	case err := <-st.failed:
		return err
	case <-st.s.ctx.Done():
		return context.Cause(st.s.ctx)
	}
}

// dispatch hands a record on. It blocks while the channel's queue is full.
func (st *stage) dispatch(r *capture.Record) error {
	switch r.Kind {
	case capture.Opened:
		st.links[r.Link] = st.open(r.Opened)
	case capture.Closed:
		if pl := st.links[r.Link]; pl != nil {
			close(pl.queue)
		}
		delete(st.links, r.Link)
	case capture.Message:
		if pl := st.links[r.Link]; pl != nil {
			return st.send(pl, played{frame: r.Frame, withheld: r.Withheld})
		}
	}
	return nil
}

func (st *stage) send(pl *player, what played) error {
	select {
	case pl.queue <- what:
		return nil
	case err := <-st.failed:
		return err
	case <-st.s.ctx.Done():
		return context.Cause(st.s.ctx)
	}
}

// open makes the player of a link, or nil if its channel is left out. That goes
// for main, too, if it does not come first.
func (st *stage) open(link capture.Link) *player {
	kind, known := st.kinds[link.ID.Type]
	switch {
	case link.ID == mainID && len(st.links) == 0:
		kind = Kind{Type: spice.ChannelMain, Essential: true, New: newPlayedMain}
	case !known:
		return nil
	}
	pl := &player{
		ch: &channel{id: link.ID, kind: kind}, link: link,
		queue: make(chan played, playQueue), ended: make(chan struct{}),
	}
	st.mu.Lock()
	st.players = append(st.players, pl)
	st.mu.Unlock()
	st.s.progress.Open(link.ID)
	if link.ID.Type == spice.ChannelDisplay {
		st.s.shared.Join(link.ID)
	}
	var first <-chan struct{}
	if link.ID == mainID {
		st.main = pl
	} else if st.main != nil {
		first = st.main.ended
	}
	st.s.running.Go(func() { st.play(pl, first) })
	return pl
}

// newPlayedMain makes the handler of main.
func newPlayedMain(s *Session, _ spice.ChannelID, out Sender) (Handler, error) {
	s.main = mainchan.New((*mainSession)(s), out, s.o.Link.Log)
	return s.main, nil
}

// play runs a channel until its link was closed. After an error it takes the
// rest of the frames, so that nobody waits. main is closed when that channel
// has ended, nil if there is none.
func (st *stage) play(pl *player, main <-chan struct{}) {
	defer close(pl.ended)
	if main != nil { // what INIT says comes before all other channels
		select {
		case <-st.s.started:
		case <-main:
		case <-st.s.ctx.Done():
			return
		}
	}
	err := pl.start(st.s)
	if err == nil {
		st.s.event(ChannelOpened{pl.ch.id})
		err = st.feed(pl)
	}
	pl.close()
	st.s.progress.Close(pl.ch.id)
	st.s.shared.Leave(pl.ch.id)
	if err != nil {
		st.lost(pl, err)
		for what := range pl.queue {
			if what.settled != nil {
				close(what.settled)
			}
		}
	}
}

// start makes the handler.
func (pl *player) start(s *Session) error {
	handler, err := pl.ch.kind.New(s, pl.ch.id, playedSender{pl.link.Caps})
	if err != nil {
		return err
	}
	pl.mu.Lock()
	pl.handler, pl.ch.handler = handler, handler
	closed := pl.closed
	pl.mu.Unlock()
	if closed {
		handler.Close()
	}
	return nil
}

// close ends the handler. Any goroutine; it may be called twice.
func (pl *player) close() {
	pl.mu.Lock()
	pl.closed = true
	handler := pl.handler
	pl.mu.Unlock()
	if handler != nil {
		handler.Close()
	}
}

// feed plays what is in the queue until that is closed.
func (st *stage) feed(pl *player) error {
	var list []spice.Message
	for what := range pl.queue {
		if what.settled != nil {
			pl.drain(st.s.ctx, what.patience)
			close(what.settled)
			continue
		}
		pl.received.Add(1)
		pl.bytes.Add(uint64(len(what.frame.Body)))
		if what.withheld {
			if !pl.ch.kind.Deferred {
				st.s.progress.Commit(pl.ch.id, what.frame.Serial)
			}
			continue
		}
		var err error
		if list, err = what.frame.AppendMessages(list[:0]); err != nil {
			return &spice.ProtocolError{Channel: pl.ch.id, Type: what.frame.Type, Err: err}
		}
		for _, m := range list {
			if pl.ch.id == mainID && m.Type == mainchan.MsgMigrateSwitchHost {
				continue // the recording ends about here, but the picture stays
			}
			if err := st.s.deliver(pl.ch, m); err != nil {
				return err
			}
		}
		clear(list) // the bodies are not ours any more
	}
	pl.drain(st.s.ctx, 0)
	return nil
}

// A drainer is a handler that shows later what it has handled.
type drainer interface {
	Drain(ctx context.Context) error
}

// drain waits until what was handled is shown, or for as long as patience
// lasts, unless that is 0.
func (pl *player) drain(ctx context.Context, patience time.Duration) {
	d, ok := pl.ch.handler.(drainer)
	if !ok {
		return
	}
	if patience > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, patience)
		defer cancel()
	}
	_ = d.Drain(ctx) // what is shown by then is shown
}

// lost deals with a channel that cannot be played on.
func (st *stage) lost(pl *player, err error) {
	if st.s.ctx.Err() != nil {
		return
	}
	if pl.ch.kind.Essential && pl.ch.id.ID == 0 {
		select {
		case st.failed <- err:
		default:
		}
		return
	}
	st.s.event(ChannelFailed{pl.ch.id, err})
}

// settle waits until what was dispatched is shown, for as long as patience
// lasts.
func (st *stage) settle(patience time.Duration) error {
	var all []chan struct{}
	for _, pl := range st.links {
		if pl == nil {
			continue
		}
		settled := make(chan struct{})
		if err := st.send(pl, played{settled: settled, patience: patience}); err != nil {
			return err
		}
		all = append(all, settled)
	}
	return st.awaitAll(all)
}

// end waits until everything is shown, and ends all links.
func (st *stage) end() error {
	for n, pl := range st.links {
		if pl != nil {
			close(pl.queue)
		}
		delete(st.links, n)
	}
	st.mu.Lock()
	var all []chan struct{}
	for _, pl := range st.players {
		all = append(all, pl.ended)
	}
	st.mu.Unlock()
	return st.awaitAll(all)
}

func (st *stage) awaitAll(all []chan struct{}) error {
	for _, one := range all {
		select {
		case <-one:
		case err := <-st.failed:
			return err
		case <-st.s.ctx.Done():
			return context.Cause(st.s.ctx)
		}
	}
	select {
	case err := <-st.failed:
		return err
	default:
		return nil
	}
}

// info is Info of the session.
func (st *stage) info() Info {
	st.mu.Lock()
	players := slices.Clone(st.players)
	st.mu.Unlock()
	info := st.s.Info()
	for _, pl := range players {
		i := ChannelInfo{ID: pl.ch.id, Secure: pl.link.Secure, Caps: pl.link.Caps,
			Stats: spice.Stats{Received: pl.received.Load(), ReceivedBytes: pl.bytes.Load()}}
		pl.mu.Lock()
		i.add(pl.handler)
		pl.mu.Unlock()
		info.Channels = append(info.Channels, i)
	}
	slices.SortStableFunc(info.Channels, func(a, b ChannelInfo) int { return compareIDs(a.ID, b.ID) })
	return info
}

// A playedSender is the link to a server that is not there.
type playedSender struct{ caps spice.Caps }

func (s playedSender) Caps() spice.Caps              { return s.caps }
func (playedSender) Send(uint16, wire.Encoder) error { return nil }
func (playedSender) SendAll(...spice.Outgoing) error { return nil }
