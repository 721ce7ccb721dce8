package port

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"saffron/spice"
	"saffron/spice/wire"
)

// ErrUnwanted ends the channel of a port that nobody here asked for, so that it
// is there for others.
var ErrUnwanted = errors.New("port: nobody here wants it")

// A Sink takes what a guest sends. All but Close are called by one goroutine.
type Sink interface {
	// Opened says that the guest's side is open, Closed that it is no more.
	// What was not finished in between never will be. Of channels without names
	// the guest's side is always open.
	Opened()
	Closed()
	// Receive takes the next bytes, which are the caller's again when it
	// returns. Until then the guest has to wait. An error ends the channel.
	Receive(p []byte) error
	// Close says that the channel has ended, and makes Receive return. Any
	// goroutine, once; what it returns is not looked at.
	Close() error
}

// Options are the choices of New.
type Options struct {
	ID  spice.ChannelID
	Out Sender // required

	// Named says that the channel tells a name first.
	Named bool

	// Open returns what takes the stream of a port, or nil if that is not
	// wanted. It is called when the name is known.
	Open func(*Port) Sink

	Log *slog.Logger // nil is silent
}

// A Handler is one channel of a stream. Handle is for one goroutine; the other
// methods are for any.
type Handler struct {
	o      Options
	log    *slog.Logger
	begun  bool   // there is a port; owned by Handle
	opened bool   // the guest's side is open; owned by Handle
	room   []byte // for unpacking; owned by Handle

	mu     sync.Mutex
	port   *Port // guarded by mu; nil before its name is known
	sink   Sink  // guarded by mu; likewise
	closed bool  // guarded by mu
	counts Stats // guarded by mu
}

// New returns the handler of a channel that was just opened. It returns
// ErrUnwanted if there is no sink for a channel without a name.
func New(o Options) (*Handler, error) {
	h := &Handler{o: o, log: o.Log}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	if o.Named {
		return h, nil
	}
	if err := h.begin(""); err != nil {
		return nil, err
	}
	h.setOpened(true)
	return h, nil
}

// begin opens the sink.
func (h *Handler) begin(name string) error {
	p := newPort(h.o.ID, name, h.o.Out)
	h.begun = true
	h.mu.Lock()
	h.port, h.counts.Name = p, name
	h.mu.Unlock()
	sink := h.o.Open(p)
	if sink == nil {
		return ErrUnwanted
	}
	h.mu.Lock()
	late := h.closed
	if !late {
		h.sink = sink
	}
	h.mu.Unlock()
	if late {
		sink.Close()
		return spice.ErrClosed
	}
	return nil
}

// Close ends the handler and its sink. What Handle is given from then on goes
// nowhere.
func (h *Handler) Close() error {
	h.mu.Lock()
	sink, closed := h.sink, h.closed
	h.closed = true
	h.mu.Unlock()
	if sink != nil && !closed {
		sink.Close()
	}
	return nil
}

// Handle takes the next message. It blocks while the sink does. An error is a
// message that cannot be understood, the sink's, or ErrUnwanted.
func (h *Handler) Handle(m spice.Message) error {
	e, ok := Messages.Lookup(m.Type, true)
	if !ok {
		return nil
	}
	msg := e.New()
	if err := wire.Unmarshal(m.Body, msg); err != nil {
		return fmt.Errorf("port: %s: %w", e.Name, err)
	}
	err := h.handle(msg)
	m.Free()
	if err != nil && !errors.Is(err, ErrUnwanted) && !errors.Is(err, spice.ErrClosed) {
		return fmt.Errorf("port: %s: %w", e.Name, err)
	}
	return err
}

var (
	errTwice  = errors.New("it has come before")
	errNoInit = errors.New("it comes before the port's name")
)

func (h *Handler) handle(msg wire.Message) error {
	if init, ok := msg.(*Init); ok {
		if !h.o.Named || h.begun {
			return errTwice
		}
		h.mu.Lock()
		h.counts.Opened = init.Opened != 0 // known, even if nobody wants it
		h.mu.Unlock()
		if err := h.begin(init.Name); err != nil {
			return err
		}
		h.log.Debug("a port", "channel", h.o.ID.String(), "name", init.Name, "opened", init.Opened != 0)
		h.setOpened(init.Opened != 0)
		return nil
	}
	if !h.begun {
		return errNoInit
	}
	switch m := msg.(type) {
	case *EventMessage:
		h.event(m.Event)
		return nil
	case *Compressed:
		p, err := m.unpack(h.room)
		if err != nil {
			return err
		}
		if m.Compression != Plain {
			h.room = p[:0]
		}
		return h.receive(p, len(m.Bytes))
	case *Data:
		return h.receive(m.Bytes, len(m.Bytes))
	}
	return nil
}

func (h *Handler) event(e Event) {
	switch e {
	case EventOpened:
		h.setOpened(true)
	case EventClosed:
		h.setOpened(false)
	case EventBreak:
		h.log.Debug("a break from the guest", "channel", h.o.ID.String())
	}
}

// setOpened follows the guest's side.
func (h *Handler) setOpened(on bool) {
	if h.opened == on {
		return
	}
	h.opened = on
	h.mu.Lock()
	sink := h.live()
	h.counts.Opened = on
	h.mu.Unlock()
	switch {
	case sink == nil:
	case on:
		sink.Opened()
	default:
		sink.Closed()
	}
}

// live returns the sink, or nil if it is closed. The caller holds mu.
func (h *Handler) live() Sink {
	if h.closed {
		return nil
	}
	return h.sink
}

// receive hands a piece to the sink. That there is one shows that the guest's
// side is open, whatever was said.
func (h *Handler) receive(p []byte, packed int) error {
	h.setOpened(true)
	h.mu.Lock()
	sink := h.live()
	h.counts.Received += uint64(len(p))
	h.counts.ReceivedPacked += uint64(packed)
	h.mu.Unlock()
	if sink == nil || len(p) == 0 {
		return nil
	}
	return sink.Receive(p)
}

// Stats are what a channel has carried.
type Stats struct {
	Name           string // of the port, "" if it has none or it is not known
	Opened         bool   // the guest's side is open
	Received, Sent uint64 // bytes of the stream
	ReceivedPacked uint64 // bytes as they came
	SentPacked     uint64 // bytes as they went
}

// Stats returns what has been counted so far.
func (h *Handler) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.counts
	if h.port != nil {
		s.Sent, s.SentPacked = h.port.sent.Load(), h.port.packed.Load()
	}
	return s
}
