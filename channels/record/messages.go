package record

import (
	"fmt"

	"saffron/spice/wire"
)

// A Mode is the form in which samples are sent (SPICE_AUDIO_DATA_MODE_*).
type Mode uint16

// The modes.
const (
	ModeRaw  Mode = 1
	ModeOpus Mode = 3
)

// String returns "raw", "opus", or for example "mode 9".
func (m Mode) String() string {
	switch m {
	case ModeRaw:
		return "raw"
	case ModeOpus:
		return "opus"
	}
	return fmt.Sprintf("mode %d", uint16(m))
}

// FormatS16 is the only format of samples: signed, 16 bits, least byte first
// (SPICE_AUDIO_FMT_S16).
const FormatS16 = 1

// Start says that the guest records (SPICE_MSG_RECORD_START).
type Start struct {
	Channels  uint32
	Format    uint16
	Frequency uint32 // frames a second
}

// Decode implements wire.Message.
func (m *Start) Decode(r *wire.Reader) {
	m.Channels, m.Format, m.Frequency = r.U32(), r.U16(), r.U32()
}

// Encode implements wire.Message.
func (m *Start) Encode(w *wire.Writer) {
	w.U32(m.Channels)
	w.U16(m.Format)
	w.U32(m.Frequency)
}

// Volume is how loud each channel of sound is to be sent
// (SPICE_MSG_RECORD_VOLUME).
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

// Mute says whether anything is to be heard (SPICE_MSG_RECORD_MUTE).
type Mute struct{ Mute uint8 } // 0: it is

// Decode implements wire.Message.
func (m *Mute) Decode(r *wire.Reader) { m.Mute = r.U8() }

// Encode implements wire.Message.
func (m *Mute) Encode(w *wire.Writer) { w.U8(m.Mute) }

// Data is a packet of sound (SPICE_MSGC_RECORD_DATA).
type Data struct {
	Time    uint32 // of its first sample, in ms of the multi-media clock
	Samples []byte // in the mode announced; aliases the body
}

// Decode implements wire.Message.
func (m *Data) Decode(r *wire.Reader) { m.Time, m.Samples = r.U32(), r.Rest() }

// Encode implements wire.Message.
func (m *Data) Encode(w *wire.Writer) {
	w.U32(m.Time)
	w.Bytes(m.Samples)
}

// SetMode says in which form samples come after START (SPICE_MSGC_RECORD_MODE).
type SetMode struct {
	Time uint32
	Mode Mode
}

// Decode implements wire.Message.
func (m *SetMode) Decode(r *wire.Reader) { m.Time, m.Mode = r.U32(), Mode(r.U16()) }

// Encode implements wire.Message.
func (m *SetMode) Encode(w *wire.Writer) {
	w.U32(m.Time)
	w.U16(uint16(m.Mode))
}

// StartMark comes between SetMode and the first Data
// (SPICE_MSGC_RECORD_START_MARK).
type StartMark struct{ Time uint32 }

// Decode implements wire.Message.
func (m *StartMark) Decode(r *wire.Reader) { m.Time = r.U32() }

// Encode implements wire.Message.
func (m *StartMark) Encode(w *wire.Writer) { w.U32(m.Time) }
