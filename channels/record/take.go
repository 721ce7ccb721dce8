package record

import (
	"encoding/binary"
	"sync/atomic"

	"saffron/spice"
)

const (
	// rawFrames is how many frames a raw packet has. Servers keep 8192 frames,
	// and garble a packet that does not fit in whole before the end of those: so
	// it divides that.
	rawFrames = 512
	// maxPacket bounds a packet of Opus, in bytes: servers take no more.
	maxPacket = 480
)

// A take is what is sent between one START and STOP.
type take struct {
	h              *Handler
	rate, channels int
	mode           Mode
	encoder        Encoder // of ModeOpus
	stopped        atomic.Bool

	// Owned by the goroutine that delivers.
	begun  bool
	pcm    []int16 // room for one packet
	filled int     // samples in it
	packet []byte
	stamps stamps
	data   Data // in out
	out    [3]spice.Outgoing
}

func newTake(h *Handler, rate, channels int) *take {
	t := &take{h: h, rate: rate, channels: channels, mode: ModeRaw}
	frames := rawFrames
	if h.o.NewEncoder != nil {
		if e, err := h.o.NewEncoder(rate, channels); err == nil {
			t.mode, t.encoder, frames = ModeOpus, e, rate/100
		} else {
			h.log.Debug("there is no Opus for such sound", "rate", rate, "channels", channels, "err", err)
		}
	}
	t.pcm = make([]int16, frames*channels)
	t.packet = make([]byte, max(maxPacket, 2*len(t.pcm)))
	return t
}

// deliver takes frames off the source and sends the packets that they fill.
func (t *take) deliver(pcm []int16) {
	pcm = pcm[:len(pcm)/t.channels*t.channels]
	for len(pcm) > 0 && !t.stopped.Load() {
		n := copy(t.pcm[t.filled:], pcm)
		pcm, t.filled = pcm[n:], t.filled+n
		if t.filled == len(t.pcm) {
			t.filled = 0
			t.send()
		}
	}
}

// send sends what fills pcm, and before the first what servers want to know.
func (t *take) send() {
	t.h.levels.apply(t.pcm, t.channels)
	packet := t.encode()
	now, _ := t.h.o.Clock.Now()
	frames := len(t.pcm) / t.channels
	t.data = Data{Time: t.stamps.next(now, frames, t.rate), Samples: packet}
	if len(packet) == 0 {
		return
	}
	messages := t.out[:0]
	if !t.begun {
		t.begun = true
		messages = append(messages,
			spice.Outgoing{Type: MsgcMode, Body: &SetMode{t.data.Time, t.mode}},
			spice.Outgoing{Type: MsgcStartMark, Body: &StartMark{t.data.Time}})
	}
	messages = append(messages, spice.Outgoing{Type: MsgcData, Body: &t.data})
	if t.h.o.Out.SendAll(messages...) == nil { // a link that fails is noticed by its reader
		t.h.counts.sent(len(packet), frames, t.rate)
	}
}

// encode returns the packet, or none if it cannot be encoded.
func (t *take) encode() []byte {
	if t.mode == ModeOpus {
		n, err := t.encoder.Encode(t.packet[:maxPacket], t.pcm)
		if err != nil || n > maxPacket {
			return nil
		}
		return t.packet[:n]
	}
	for i, s := range t.pcm {
		binary.LittleEndian.PutUint16(t.packet[2*i:], uint16(s))
	}
	return t.packet[:2*len(t.pcm)]
}

// stamps are the times of packets: one after the other, by the clock.
type stamps struct {
	at    uint32 // time of the next packet
	carry int    // frames since at, times 1000
	begun bool
}

// slack is how many ms the times of packets may be off the clock. Sources
// deliver in bursts.
const slack = 100

// next returns the time of a packet of so many frames that is full now.
func (s *stamps) next(now uint32, frames, rate int) uint32 {
	first := now - uint32(frames*1000/rate)
	if off := int32(first - s.at); !s.begun || off > slack || off < -slack {
		s.at, s.carry, s.begun = first, 0, true
	}
	at := s.at
	s.carry += frames * 1000
	s.at += uint32(s.carry / rate)
	s.carry %= rate
	return at
}
