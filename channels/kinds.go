package channels

import (
	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/channels/inputs"
	"saffron/codec/video"
	"saffron/spice"
	"saffron/spice/wire"
)

// A Sender sends on one channel. *spice.Conn is one. Any goroutine.
type Sender interface {
	Caps() spice.Caps // the server's
	Send(typ uint16, m wire.Encoder) error
	SendAll(messages ...spice.Outgoing) error
}

// A Handler is the state machine of one open channel. It does no I/O.
type Handler interface {
	// Handle takes a message. It is always called from one goroutine, and may
	// block: then the server waits. An error ends the channel.
	Handle(m spice.Message) error
	// Close ends what the handler started and returns when it has ended. Any
	// goroutine; it makes a Handle that blocks return. It may be called twice.
	Close() error
}

// A Kind says how channels of one type are opened and handled.
type Kind struct {
	Type spice.ChannelType
	Caps spice.CapSet

	// LocalCaps are announced, too, on links that can pass descriptors.
	LocalCaps []int

	// Essential makes the session end with its channel of id 0.
	Essential bool

	// Deferred says that handlers report the progress of their channel
	// themselves, because Handle returns before a message has taken effect.
	Deferred bool

	// Hello returns the messages that go out together with the ticket.
	Hello func(*Session) []spice.Outgoing

	// New makes the handler of a channel that has just been linked.
	New func(s *Session, id spice.ChannelID, out Sender) (Handler, error)
}

// builtin are the kinds every session knows, those of sound if there are sinks
// for it. A kind of Options.Extra with the same type takes the place of one of
// these.
func builtin(o *Options) []Kind {
	kinds := []Kind{
		{
			Type: spice.ChannelDisplay, Essential: true, Deferred: true,
			Caps:      displayCaps(),
			LocalCaps: []int{display.CapGLScanout},
			Hello: func(s *Session) []spice.Outgoing {
				return []spice.Outgoing{{Type: display.MsgcInit, Body: s.displayInit()}}
			},
			New: (*Session).newDisplay,
		},
		{Type: spice.ChannelInputs, New: (*Session).newInputs},
		{Type: spice.ChannelCursor, New: (*Session).newCursor},
	}
	if o.Sinks.Playback != nil {
		kinds = append(kinds, Kind{Type: spice.ChannelPlayback, Caps: playbackCaps(), New: (*Session).newPlayback})
	}
	if o.Sinks.Record != nil {
		kinds = append(kinds, Kind{Type: spice.ChannelRecord, Caps: recordCaps(), New: (*Session).newRecord})
	}
	return append(kinds, streamKinds(&o.Sinks)...)
}

// displayCaps are the capabilities of display channels on this system.
func displayCaps() spice.CapSet {
	caps := []int{display.CapMonitorsConfig, display.CapComposite, display.CapA8Surface, display.CapLZ4Compression,
		display.CapSizedStream, display.CapStreamReport, display.CapMultiCodec, display.CapCodecMJPEG}
	if video.Installed() {
		caps = append(caps, display.CapCodecVP8, display.CapCodecH264, display.CapCodecVP9, display.CapCodecH265)
	}
	return spice.NewCapSet(caps...)
}

func (s *Session) newDisplay(id spice.ChannelID, out Sender) (Handler, error) {
	caps := out.Caps().Channel
	if prefer := s.preferences().Messages(caps); len(prefer) > 0 {
		_ = out.SendAll(prefer...) // a link that fails is noticed by its reader
	}
	h := display.New(id, display.Options{
		Canvas:         s.o.Sinks.canvas(id.ID),
		Progress:       s.progress,
		Shared:         &s.shared,
		MaxImagePixels: s.o.MaxImagePixels,
		Send:           out.Send,
		Clock:          &s.clock,
		Reports:        caps.Has(display.CapStreamReport),
		EveryFrame:     s.everyFrame,
		Timed:          s.timed.Load,
		Warn:           func(err error) { s.event(Warning{id, err}) },
		Hidden:         func(err error) { s.event(Hidden{id, err}) },
		Log:            s.o.Link.Log,
	})
	return h, nil
}

func (s *Session) newInputs(id spice.ChannelID, out Sender) (Handler, error) {
	in := inputs.New(out, out.Caps().Channel)
	s.setInputs(in)
	return in, nil
}

func (s *Session) newCursor(id spice.ChannelID, out Sender) (Handler, error) {
	return cursor.New(s.o.Sinks.cursor(id.ID)), nil
}
