package playback

import (
	"encoding/binary"
	"fmt"
	"sync"

	"saffron/spice"
	"saffron/spice/wire"
)

// A Sink plays sound. Its methods are called by one goroutine at a time. They
// must not block for long: the server waits meanwhile, and drops sound.
type Sink interface {
	// Start begins to play frames of one or two samples, rate a second. It may
	// come again without Stop. time is when the first is due, in ms of the
	// multi-media clock; it wraps.
	Start(rate, channels int, time uint32)
	// Play takes whole frames, whose first is due at a time. The memory is the
	// caller's again when it returns. Times jitter and leave gaps where sound
	// was lost.
	Play(time uint32, pcm []int16)
	// Stop says that no more comes until Start. What was taken is to be heard.
	Stop()
	// SetVolume sets the loudness of each channel of sound, 65535 for as loud
	// as it comes, which is how it begins; one level is for all of them.
	SetVolume(levels []uint16)
	// SetMute makes everything silent, or no more.
	SetMute(mute bool)
	// SetLatency sets how many ms sound is to be kept at least, until Start.
	SetLatency(ms uint32)
	// Close says that the channel has ended.
	Close()
}

// A Decoder decodes the packets of one stream of Opus.
type Decoder interface {
	// Decode writes the frames of a packet to dst, which has room for 120 ms,
	// and returns how many there are. For a nil packet it makes up what could
	// have been in it.
	Decode(dst []int16, packet []byte) (frames int, err error)
}

// Options are the choices of New.
type Options struct {
	Sink Sink // required
	// NewDecoder makes a decoder of Opus, if there is one for such sound. Nil:
	// there is none, and the channel was opened without CapOpus.
	NewDecoder func(rate, channels int) (Decoder, error)
}

const (
	minRate = 1000
	maxRate = 384_000
)

// A Handler is one playback channel. Handle is for one goroutine; the other
// methods are for any.
type Handler struct {
	o Options

	handling sync.Mutex // held by Handle and Close: the sink has one caller at a time

	// Guarded by handling.
	closed         bool
	mode           Mode
	playing        bool
	rate, channels int
	decoder        Decoder // nil: none is needed, or there is none
	pcm            []int16 // room for a packet
	frames         int     // in the last packet
	gaps           gaps
	meter          meter
	reader         wire.Reader
	data           Data

	mu    sync.Mutex
	stats Stats // guarded by mu
}

// New returns the handler of a channel that was just opened.
func New(o Options) *Handler {
	return &Handler{o: o, mode: ModeRaw, stats: Stats{Mode: ModeRaw}}
}

// Close ends the handler. What Handle is given from then on goes nowhere.
func (h *Handler) Close() error {
	h.handling.Lock()
	defer h.handling.Unlock()
	if !h.closed {
		h.closed, h.playing = true, false
		h.count(func(s *Stats) { s.Playing = false })
		h.o.Sink.Close()
	}
	return nil
}

// Handle takes the next message. It does not keep the body. An error is a
// message that cannot be parsed.
func (h *Handler) Handle(m spice.Message) error {
	h.handling.Lock()
	defer h.handling.Unlock()
	if h.closed {
		return nil
	}
	if m.Type == MsgData { // often, so without new memory
		h.reader.Reset(m.Body)
		h.data.Decode(&h.reader)
		if err := h.reader.Err(); err != nil {
			return fmt.Errorf("playback: data: %w", err)
		}
		h.play(&h.data)
		h.data.Samples = nil
		m.Free()
		return nil
	}
	e, ok := Messages.Lookup(m.Type, true)
	if !ok {
		return nil
	}
	msg := e.New()
	if err := wire.Unmarshal(m.Body, msg); err != nil {
		return fmt.Errorf("playback: %s: %w", e.Name, err)
	}
	h.handle(m.Type, msg)
	return nil
}

func (h *Handler) handle(typ uint16, msg wire.Message) {
	switch typ {
	case MsgMode:
		h.setMode(msg.(*SetMode).Mode)
	case MsgStart:
		h.start(msg.(*Start))
	case MsgStop:
		h.stop()
	case MsgVolume:
		if m := msg.(*Volume); len(m.Levels) > 0 {
			h.o.Sink.SetVolume(m.Levels)
			h.count(func(s *Stats) { s.Volume = m.Levels })
		}
	case MsgMute:
		mute := msg.(*Mute).Mute != 0
		h.o.Sink.SetMute(mute)
		h.count(func(s *Stats) { s.Muted = mute })
	case MsgLatency:
		h.o.Sink.SetLatency(msg.(*Latency).MS)
		h.count(func(s *Stats) { s.Latency = msg.(*Latency).MS })
	}
}

// setMode takes what is said of the packets that follow. At connection it comes
// before START, which brings what a decoder needs to know.
func (h *Handler) setMode(m Mode) {
	if m == h.mode {
		return
	}
	h.mode = m
	h.meter = meter{}
	h.count(func(s *Stats) { s.Mode, s.BitRate = m, 0 })
	h.makeDecoder()
}

// start begins, or begins anew with another format. What it says may be
// nonsense: then nothing is played until the next.
func (h *Handler) start(m *Start) {
	sound := m.Channels >= 1 && m.Channels <= 2 && m.Format == FormatS16 && m.Frequency >= minRate && m.Frequency <= maxRate
	if !sound {
		h.stop()
		return
	}
	h.playing, h.rate, h.channels = true, int(m.Frequency), int(m.Channels)
	if need := h.rate * 120 / 1000 * h.channels; cap(h.pcm) < need {
		h.pcm = make([]int16, need)
	}
	h.frames = h.rate / 100
	h.gaps, h.meter = gaps{next: m.Time}, meter{}
	h.makeDecoder()
	h.count(func(s *Stats) {
		s.Playing, s.Rate, s.Channels, s.BitRate, s.Latency = true, h.rate, h.channels, 0, 0
	})
	h.o.Sink.Start(h.rate, h.channels, m.Time)
}

func (h *Handler) stop() {
	if !h.playing {
		return
	}
	h.playing = false
	h.count(func(s *Stats) { s.Playing = false })
	h.o.Sink.Stop()
}

// makeDecoder makes a fresh decoder if the mode needs one.
func (h *Handler) makeDecoder() {
	h.decoder = nil
	if !h.playing || h.mode != ModeOpus || h.o.NewDecoder == nil {
		return
	}
	if d, err := h.o.NewDecoder(h.rate, h.channels); err == nil {
		h.decoder = d
	}
}

// play plays a packet. Without START it belongs to nothing: when its socket was
// full, a server may send the two the wrong way round.
func (h *Handler) play(m *Data) {
	if !h.playing {
		h.count(func(s *Stats) { s.Dropped++ })
		return
	}
	pcm, made, ok := h.decode(m.Samples)
	if !ok {
		h.count(func(s *Stats) { s.Dropped++ })
		return
	}
	frames := len(pcm) / h.channels
	if frames == 0 {
		return
	}
	h.frames = frames
	lost := h.gaps.take(m.Time, frames, h.rate)
	rate := h.meter.take(len(m.Samples), frames, h.rate)
	h.mu.Lock()
	h.stats.Packets++
	h.stats.Bytes += uint64(len(m.Samples))
	h.stats.LostMS += uint64(lost)
	if rate > 0 {
		h.stats.BitRate = rate
	}
	if made {
		h.stats.Concealed++
	}
	h.mu.Unlock()
	h.o.Sink.Play(m.Time, pcm)
}

// decode returns the samples of a packet, and whether they are made up. It is
// not ok for a mode that cannot be decoded.
func (h *Handler) decode(p []byte) (pcm []int16, made, ok bool) {
	switch {
	case h.mode == ModeRaw:
		return h.decodeRaw(p), false, true
	case h.decoder == nil:
		return nil, false, false
	case len(p) > 0:
		room := h.pcm[:cap(h.pcm)]
		n, err := h.decoder.Decode(room, p)
		if err == nil && n > 0 && n*h.channels <= len(room) {
			return room[:n*h.channels], false, true
		}
	}
	return h.conceal(), true, true
}

// decodeRaw leaves out what is no whole frame.
func (h *Handler) decodeRaw(p []byte) []int16 {
	n := len(p) / 2 / h.channels * h.channels
	if cap(h.pcm) < n {
		h.pcm = make([]int16, n)
	}
	pcm := h.pcm[:n]
	for i := range pcm {
		pcm[i] = int16(binary.LittleEndian.Uint16(p[2*i:]))
	}
	return pcm
}

// conceal makes up a packet: by the decoder, else silence as long as the last.
func (h *Handler) conceal() []int16 {
	room := h.pcm[:cap(h.pcm)]
	n, err := h.decoder.Decode(room, nil)
	if err == nil && n > 0 && n*h.channels <= len(room) {
		return room[:n*h.channels]
	}
	pcm := h.pcm[:h.frames*h.channels]
	clear(pcm)
	return pcm
}

func (h *Handler) count(change func(*Stats)) {
	h.mu.Lock()
	change(&h.stats)
	h.mu.Unlock()
}
