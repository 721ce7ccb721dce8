package cursor

import (
	"image"

	"saffron/spice/wire"
)

// Flags of a Shape (SPICE_CURSOR_FLAGS_*).
const (
	FlagNone      = 1 // no shape
	FlagCacheMe   = 2 // keep the shape under its Unique
	FlagFromCache = 4 // the shape kept under Unique; no data
)

// A Shape is a pointer shape as it stands in messages (SpiceCursor).
type Shape struct {
	Flags uint16
	// Everything below is absent with FlagNone.
	Unique        uint64
	Type          uint8 // see render.DecodeCursor
	Width, Height uint16
	HotX, HotY    uint16
	Data          []byte // aliases the body
}

func (s *Shape) decode(r *wire.Reader) {
	s.Flags = r.U16()
	if s.Flags&FlagNone != 0 {
		return
	}
	s.Unique, s.Type = r.U64(), r.U8()
	s.Width, s.Height = r.U16(), r.U16()
	s.HotX, s.HotY = r.U16(), r.U16()
	if s.Flags&FlagFromCache == 0 {
		s.Data = r.Rest()
	}
}

func (s *Shape) encode(w *wire.Writer) {
	w.U16(s.Flags)
	if s.Flags&FlagNone != 0 {
		return
	}
	w.U64(s.Unique)
	w.U8(s.Type)
	w.U16(s.Width)
	w.U16(s.Height)
	w.U16(s.HotX)
	w.U16(s.HotY)
	if s.Flags&FlagFromCache == 0 {
		w.Bytes(s.Data)
	}
}

// Init starts the channel, again after a Reset (SPICE_MSG_CURSOR_INIT).
type Init struct {
	Pos            image.Point
	TrailLength    uint16
	TrailFrequency uint16
	Visible        uint8 // 0 or 1
	Shape          Shape
}

// Decode implements wire.Message.
func (m *Init) Decode(r *wire.Reader) {
	m.Pos = r.Point16()
	m.TrailLength, m.TrailFrequency = r.U16(), r.U16()
	m.Visible = r.U8()
	m.Shape.decode(r)
}

// Encode implements wire.Message.
func (m *Init) Encode(w *wire.Writer) {
	w.Point16(m.Pos)
	w.U16(m.TrailLength)
	w.U16(m.TrailFrequency)
	w.U8(m.Visible)
	m.Shape.encode(w)
}

// Set changes the shape (SPICE_MSG_CURSOR_SET).
type Set struct {
	Pos     image.Point
	Visible uint8 // 0 or 1
	Shape   Shape
}

// Decode implements wire.Message.
func (m *Set) Decode(r *wire.Reader) {
	m.Pos, m.Visible = r.Point16(), r.U8()
	m.Shape.decode(r)
}

// Encode implements wire.Message.
func (m *Set) Encode(w *wire.Writer) {
	w.Point16(m.Pos)
	w.U8(m.Visible)
	m.Shape.encode(w)
}

// Move moves the pointer and shows it (SPICE_MSG_CURSOR_MOVE).
type Move struct{ Pos image.Point }

// Decode implements wire.Message.
func (m *Move) Decode(r *wire.Reader) { m.Pos = r.Point16() }

// Encode implements wire.Message.
func (m *Move) Encode(w *wire.Writer) { w.Point16(m.Pos) }

// Trail is about an ornament (SPICE_MSG_CURSOR_TRAIL).
type Trail struct{ Length, Frequency uint16 }

// Decode implements wire.Message.
func (m *Trail) Decode(r *wire.Reader) { m.Length, m.Frequency = r.U16(), r.U16() }

// Encode implements wire.Message.
func (m *Trail) Encode(w *wire.Writer) {
	w.U16(m.Length)
	w.U16(m.Frequency)
}

// InvalOne drops a shape from the cache (SPICE_MSG_CURSOR_INVAL_ONE).
type InvalOne struct{ Unique uint64 }

// Decode implements wire.Message.
func (m *InvalOne) Decode(r *wire.Reader) { m.Unique = r.U64() }

// Encode implements wire.Message.
func (m *InvalOne) Encode(w *wire.Writer) { w.U64(m.Unique) }
