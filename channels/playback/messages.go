package playback

import (
	"fmt"

	"saffron/spice/wire"
)

// A Mode is the form in which samples come (SPICE_AUDIO_DATA_MODE_*).
type Mode uint16

// The modes.
const (
	ModeRaw  Mode = 1
	ModeCELT Mode = 2 // CELT 0.5.1, which nothing decodes any more
	ModeOpus Mode = 3
)

// String returns "raw", "opus", or for example "mode 9".
func (m Mode) String() string {
	switch m {
	case ModeRaw:
		return "raw"
	case ModeCELT:
		return "celt"
	case ModeOpus:
		return "opus"
	}
	return fmt.Sprintf("mode %d", uint16(m))
}

// FormatS16 is the only format of samples: signed, 16 bits, least byte first
// (SPICE_AUDIO_FMT_S16).
const FormatS16 = 1

// Data is a packet of sound (SPICE_MSG_PLAYBACK_DATA).
type Data struct {
	Time    uint32 // of its first sample, in ms of the multi-media clock
	Samples []byte // in the current mode; aliases the body
}

// Decode implements wire.Message.
func (m *Data) Decode(r *wire.Reader) { m.Time, m.Samples = r.U32(), r.Rest() }

// Encode implements wire.Message.
func (m *Data) Encode(w *wire.Writer) {
	w.U32(m.Time)
	w.Bytes(m.Samples)
}

// SetMode says in which form samples come from now on (SPICE_MSG_PLAYBACK_MODE).
type SetMode struct {
	Time uint32
	Mode Mode
	Rest []byte // without meaning; aliases the body
}

// Decode implements wire.Message.
func (m *SetMode) Decode(r *wire.Reader) {
	m.Time, m.Mode = r.U32(), Mode(r.U16())
	m.Rest = r.Rest()
}

// Encode implements wire.Message.
func (m *SetMode) Encode(w *wire.Writer) {
	w.U32(m.Time)
	w.U16(uint16(m.Mode))
	w.Bytes(m.Rest)
}

// Start says that the guest plays (SPICE_MSG_PLAYBACK_START).
type Start struct {
	Channels  uint32
	Format    uint16
	Frequency uint32 // frames a second
	Time      uint32 // ms of the multi-media clock
}

// Decode implements wire.Message.
func (m *Start) Decode(r *wire.Reader) {
	m.Channels, m.Format = r.U32(), r.U16()
	m.Frequency, m.Time = r.U32(), r.U32()
}

// Encode implements wire.Message.
func (m *Start) Encode(w *wire.Writer) {
	w.U32(m.Channels)
	w.U16(m.Format)
	w.U32(m.Frequency)
	w.U32(m.Time)
}

// Volume is how loud each channel of sound is to be played
// (SPICE_MSG_PLAYBACK_VOLUME).
type Volume struct{ Levels []uint16 } // 65535: as loud as it comes

// Decode implements wire.Message.
func (m *Volume) Decode(r *wire.Reader) {
	m.Levels = make([]uint16, r.Count(uint32(r.U8()), 2))
	for i := range m.Levels {
		m.Levels[i] = r.U16()
	}
}

// Encode implements wire.Message.
func (m *Volume) Encode(w *wire.Writer) {
	w.U8(uint8(len(m.Levels)))
	for _, l := range m.Levels {
		w.U16(l)
	}
}

// Mute says whether anything is to be heard (SPICE_MSG_PLAYBACK_MUTE).
type Mute struct{ Mute uint8 } // 0: it is

// Decode implements wire.Message.
func (m *Mute) Decode(r *wire.Reader) { m.Mute = r.U8() }

// Encode implements wire.Message.
func (m *Mute) Encode(w *wire.Writer) { w.U8(m.Mute) }

// Latency is how long sound is to be kept before it is heard, so that it goes
// with the picture (SPICE_MSG_PLAYBACK_LATENCY).
type Latency struct{ MS uint32 }

// Decode implements wire.Message.
func (m *Latency) Decode(r *wire.Reader) { m.MS = r.U32() }

// Encode implements wire.Message.
func (m *Latency) Encode(w *wire.Writer) { w.U32(m.MS) }
