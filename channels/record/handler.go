package record

import (
	"fmt"
	"log/slog"
	"sync"

	"saffron/spice"
	"saffron/spice/wire"
)

// A Source is where sound comes from. Its methods are called by one goroutine
// at a time and must not block for long.
type Source interface {
	// Start begins to hand frames of one or two samples to deliver, rate a
	// second, any whole number at a time, from one goroutine. The memory is the
	// source's again when deliver returns, which may take as long as the network
	// does. An error leaves the guest without sound.
	Start(rate, channels int, deliver func(pcm []int16)) error
	// Stop ends what Start began. What is delivered until that has an effect
	// goes nowhere.
	Stop()
}

// An Encoder encodes one stream of Opus.
type Encoder interface {
	// Encode writes a packet of the frames, 10 ms, to dst and returns its
	// length.
	Encode(dst []byte, pcm []int16) (n int, err error)
}

// A Clock is the multi-media clock. Any goroutine.
type Clock interface {
	// Now returns the time in ms, and false if it is not known.
	Now() (ms uint32, known bool)
}

// A Sender sends messages; spice.Conn is one. Any goroutine.
type Sender interface {
	SendAll(messages ...spice.Outgoing) error
}

// Options are the choices of New.
type Options struct {
	Source Source // required
	Out    Sender // required
	Clock  Clock  // required

	// NewEncoder makes an encoder of Opus, if there is one for such sound, or it
	// is sent raw. Nil: there is none, or the server does not take that.
	NewEncoder func(rate, channels int) (Encoder, error)

	Log *slog.Logger // nil is silent
}

const (
	minRate = 1000
	maxRate = 384_000
)

// A Handler is one record channel. Handle is for one goroutine; the other
// methods are for any.
type Handler struct {
	o   Options
	log *slog.Logger

	handling sync.Mutex // held by Handle and Close: the source has one caller at a time
	closed   bool       // guarded by handling
	take     *take      // guarded by handling; nil while the guest does not record

	counts counts
	levels levels
}

// New returns the handler of a channel that was just opened.
func New(o Options) *Handler {
	h := &Handler{o: o, log: o.Log}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	return h
}

// Close ends the handler and its source. What Handle is given from then on goes
// nowhere.
func (h *Handler) Close() error {
	h.handling.Lock()
	defer h.handling.Unlock()
	h.closed = true
	h.stop()
	return nil
}

// Handle takes the next message. It does not keep the body. An error is a
// message that cannot be parsed.
func (h *Handler) Handle(m spice.Message) error {
	h.handling.Lock()
	defer h.handling.Unlock()
	e, ok := Messages.Lookup(m.Type, true)
	if !ok || h.closed {
		return nil
	}
	msg := e.New()
	if err := wire.Unmarshal(m.Body, msg); err != nil {
		return fmt.Errorf("record: %s: %w", e.Name, err)
	}
	switch m.Type {
	case MsgStart:
		h.start(msg.(*Start))
	case MsgStop:
		h.stop()
	case MsgVolume:
		h.levels.set(msg.(*Volume).Levels)
	case MsgMute:
		h.levels.setMute(msg.(*Mute).Mute != 0)
	}
	return nil
}

// start opens the source. What the message says may be nonsense: then the guest
// hears nothing.
func (h *Handler) start(m *Start) {
	h.stop()
	if m.Channels < 1 || m.Channels > 2 || m.Format != FormatS16 || m.Frequency < minRate || m.Frequency > maxRate {
		h.log.Info("the guest wants to record what does not exist", "channels", m.Channels, "format", m.Format, "frequency", m.Frequency)
		return
	}
	t := newTake(h, int(m.Frequency), int(m.Channels))
	h.take = t
	h.counts.begin(t)
	if err := h.o.Source.Start(t.rate, t.channels, t.deliver); err != nil {
		h.log.Warn("the guest cannot record", "err", err)
		h.take = nil
		t.stopped.Store(true)
		h.counts.end()
	}
}

func (h *Handler) stop() {
	if h.take == nil {
		return
	}
	h.take.stopped.Store(true)
	h.take = nil
	h.counts.end()
	h.o.Source.Stop()
}
