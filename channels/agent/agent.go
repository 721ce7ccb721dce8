package agent

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// A Sender sends on the main channel, and may block. *mainchan.Main is one. Its
// methods are called by one goroutine.
type Sender interface {
	// StartAgent opens the stream; the server may send so many pieces.
	StartAgent(tokens uint32) error
	// SendAgentData sends a piece of at most 2048 bytes, which is the caller's
	// again when it returns.
	SendAgentData(data []byte) error
	// GrantAgentTokens lets the server send so many more pieces.
	GrantAgentTokens(tokens uint32) error
}

// Options are the choices of New.
type Options struct {
	Out Sender // required

	// Local is the clipboard of this side. Nil: none is shared, and the agent
	// is not told of one.
	Local Local

	// MaxClipboard is the largest content that is taken from or given to the
	// guest, in bytes. It defaults to DefaultMaxClipboard; -1 is as large as a
	// message can be.
	MaxClipboard int64

	// Looks is what the guest's desktop is to leave out.
	Looks Looks

	// Changed is called when Connected, Ready or Stuck may be others. It must
	// not block. Any goroutine.
	Changed func()

	Log *slog.Logger // nil is silent
}

// Looks are what desktops of guests leave out to save bandwidth. Agents of
// Windows know them.
type Looks struct {
	NoWallpaper, NoFontSmoothing, NoAnimation bool

	Depth int // bits of a pixel; 0 leaves it
}

// Errors of what an agent is asked to do.
var (
	ErrNoAgent  = errors.New("the guest has no agent running")
	ErrGone     = errors.New("the guest's agent has ended")
	ErrStuck    = errors.New("the guest's agent does not answer any more")
	ErrClosed   = errors.New("the session has ended")
	ErrNotAgent = errors.New("the guest's agent cannot do that") // it lacks the capability
)

const (
	// grantAll is more pieces than a session can have; servers take it for no
	// limit.
	grantAll = 1<<32 - 1
	// grantAgain is after how many pieces as many are granted anew.
	grantAgain = 1 << 30
	// stuckAfter is how long an agent may take nothing.
	stuckAfter = 30 * time.Second
)

// Agent is the agent of the guest, whether there is one or not. Connect, Data
// and Tokens are for main's reader, all other methods for any goroutine.
type Agent struct {
	o   Options
	log *slog.Logger
	own Caps

	wake chan struct{} // capacity 1: there may be something to send
	stop chan struct{} // closed by Close
	done chan struct{} // closed when run has returned

	calls sync.Mutex // held while Local is called, and by the reader; before mu

	in stream // guarded by calls

	mu         sync.Mutex
	closed     bool
	begun      bool // the session is open: there is a server
	connected  bool
	ready      bool // caps are known
	stuck      bool
	generation uint64 // of agents
	caps       Caps   // the agent's
	received   uint32 // pieces since the last grant
	change     chan struct{}

	outbox   // see send.go
	settings settings
	monitor  monitorState
	volume   volumeState
	files    transfers
	max      int64 // of a clipboard's content
	held     [selections]selection
}

// New returns the agent of a session that is about to begin. Close ends it.
func New(o Options) *Agent {
	a := &Agent{
		o: o, log: o.Log, own: ownCaps(o.Local != nil), max: maxContent(o.MaxClipboard),
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}), change: make(chan struct{}),
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	for i := range a.held {
		a.held[i].turn = make(chan struct{}, 1)
	}
	go a.run()
	return a
}

// Close ends everything and returns when it has ended. A connection that takes
// nothing is to be closed first. It may be called twice.
func (a *Agent) Close() error {
	a.mu.Lock()
	if !a.closed {
		a.closed = true
		close(a.stop)
	}
	a.mu.Unlock()
	<-a.done
	a.calls.Lock()
	defer a.calls.Unlock()
	a.drop(ErrClosed)
	return nil
}

// Connect says that the guest's agent came, with as many pieces as may be sent
// to it, or that there is none. Everything of an earlier one is void.
func (a *Agent) Connect(connected bool, tokens uint32) {
	a.calls.Lock()
	defer a.calls.Unlock()
	a.drop(ErrGone)
	a.mu.Lock()
	a.begun = true
	a.connected = connected && !a.closed
	a.tokens = uint64(tokens)
	if a.connected {
		a.startDue, a.announceDue, a.announceAsks = true, true, true
	} else {
		a.monitor.due = a.monitor.wanted != nil
	}
	a.notify()
	a.mu.Unlock()
	a.tell()
}

// drop forgets everything that belongs to a connection. The caller holds calls.
func (a *Agent) drop(cause error) {
	a.in = stream{}
	a.mu.Lock()
	a.generation++
	a.connected, a.ready, a.stuck = false, false, false
	a.caps, a.received, a.tokens = nil, 0, 0
	dropped := a.outbox.clear()
	a.settings = settings{}
	a.monitor.drop()
	a.volume.drop()
	a.files.drop(cause)
	withdrawn := a.dropClipboard(cause)
	a.signal()
	a.mu.Unlock()
	for _, m := range dropped {
		m.finish(cause)
	}
	for _, s := range withdrawn {
		a.o.Local.Withdrawn(s)
	}
}

// Data takes the next piece of the agent's stream, which is the agent's own from
// then on.
func (a *Agent) Data(p []byte) {
	a.calls.Lock()
	defer a.calls.Unlock()
	a.mu.Lock()
	connected := a.connected
	if a.received++; a.received == grantAgain {
		a.received = 0
		a.grantDue = grantAgain
		a.notify()
	}
	a.mu.Unlock()
	if !connected {
		return
	}
	if err := a.in.feed(p, (*inbox)(a)); err != nil {
		a.log.Debug("the guest's agent breaks the protocol", "err", err)
	}
}

// Tokens allows so many more pieces to be sent.
func (a *Agent) Tokens(n uint32) {
	a.mu.Lock()
	if a.connected {
		a.tokens = min(a.tokens+uint64(n), grantAll)
		a.fed()
	}
	a.mu.Unlock()
}

// Connected reports whether there is an agent.
func (a *Agent) Connected() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.connected
}

// Ready reports whether there is an agent that has said what it can do.
func (a *Agent) Ready() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.ready
}

// Stuck reports whether the agent has taken nothing for half a minute, although
// there is something for it.
func (a *Agent) Stuck() bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.stuck
}

// Caps returns what the agent can do, nil unless it is Ready.
func (a *Agent) Caps() Caps {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.caps
}

// Has reports whether the agent is ready and has a capability.
func (a *Agent) Has(capability int) bool { return a.Caps().Has(capability) }

// both reports whether both sides announced a capability. The caller holds mu.
func (a *Agent) both(capability int) bool { return a.own.Has(capability) && a.caps.Has(capability) }

// Await returns when the agent is Ready. It fails with ctx, or with ErrClosed.
func (a *Agent) Await(ctx context.Context) error {
	for {
		a.mu.Lock()
		ready, closed, change := a.ready, a.closed, a.change
		a.mu.Unlock()
		switch {
		case ready:
			return nil
		case closed:
			return ErrClosed
		}
		select {
		case <-change:
		case <-a.stop:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// signal wakes those who wait for another state. The caller holds mu.
func (a *Agent) signal() {
	close(a.change)
	a.change = make(chan struct{})
}

// tell calls Changed. The caller does not hold mu.
func (a *Agent) tell() {
	if a.o.Changed != nil {
		a.o.Changed()
	}
}

// usable returns why the agent takes no work, or nil. The caller holds mu.
func (a *Agent) usable() error {
	switch {
	case a.closed:
		return ErrClosed
	case !a.connected || !a.ready:
		return ErrNoAgent
	case a.stuck:
		return ErrStuck
	}
	return nil
}
