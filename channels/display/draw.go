package display

import (
	"errors"
	"image"

	"saffron/spice/wire"
)

// Bounds of lists, which take more memory than bytes on the wire, and time.
const (
	maxClip     = 1 << 20 // rectangles; render refuses a sixteenth of it unless they merge
	maxSegments = 1 << 20 // of a path
)

var errTooMany = errors.New("a list is too long")

// countUpTo reads how many items of a size follow, of which there may be no
// more than most.
func countUpTo(r *wire.Reader, most uint32, size int) int {
	n := r.U32()
	if n > most {
		r.Fail(errTooMany)
	}
	return r.Count(n, size)
}

// A Base begins every drawing message: where it draws.
type Base struct {
	Surface uint32
	Box     image.Rectangle
	Clip    []image.Rectangle // restricts Box, if Clipped
	Clipped bool
}

func (b *Base) decode(r *wire.Reader) {
	b.Surface = r.U32()
	b.Box = r.Rect()
	b.Clip, b.Clipped = readClip(r)
}

func (b *Base) encode(w *wire.Writer) {
	w.U32(b.Surface)
	w.Rect(b.Box)
	writeClip(w, b.Clip, b.Clipped)
}

// readClip reads what restricts drawing: rectangles, or nothing.
func readClip(r *wire.Reader) (clip []image.Rectangle, clipped bool) {
	if r.U8() != 1 {
		return nil, false
	}
	clip = make([]image.Rectangle, countUpTo(r, maxClip, 16))
	for i := range clip {
		clip[i] = r.Rect()
	}
	return clip, true
}

func writeClip(w *wire.Writer, clip []image.Rectangle, clipped bool) {
	if !clipped {
		w.U8(0)
		return
	}
	w.U8(1)
	w.U32(uint32(len(clip)))
	for _, c := range clip {
		w.Rect(c)
	}
}

// Kinds of brushes (SPICE_BRUSH_TYPE_*).
const (
	brushNone    = 0
	brushSolid   = 1
	brushPattern = 2
)

var errBrush = errors.New("unknown type of brush")

// A Brush is a colour, a tile, or nothing.
type Brush struct {
	Type    uint8
	Color   uint32
	Pattern *Image
	Pos     image.Point // where on the surface a tile begins
}

func (b *Brush) decode(r *wire.Reader) {
	switch b.Type = r.U8(); b.Type {
	case brushSolid:
		b.Color = r.U32()
	case brushPattern:
		b.Pattern = imageAt(r, r.U32())
		b.Pos = r.Point()
	case brushNone:
	default:
		r.Fail(errBrush)
	}
}

// complete reports whether the brush has the tile it needs.
func (b *Brush) complete() bool { return b.Type != brushPattern || b.Pattern != nil }

func (b *Brush) encode(w *wire.Writer, t *tail) {
	w.U8(b.Type)
	switch b.Type {
	case brushSolid:
		w.U32(b.Color)
	case brushPattern:
		t.image(w, b.Pattern)
		w.Point(b.Pos)
	}
}

const maskInvert = 1

// A QMask restricts an operation to the set pixels of a 1-bit image.
type QMask struct {
	Flags  uint8
	Pos    image.Point
	Bitmap *Image // nil: no restriction
}

func (m *QMask) decode(r *wire.Reader) {
	m.Flags = r.U8()
	m.Pos = r.Point()
	m.Bitmap = imageAt(r, r.U32())
}

func (m *QMask) encode(w *wire.Writer, t *tail) {
	w.U8(m.Flags)
	w.Point(m.Pos)
	t.image(w, m.Bitmap)
}

// DrawFill combines a brush with a box (SPICE_MSG_DISPLAY_DRAW_FILL).
type DrawFill struct {
	Base  Base
	Brush Brush
	ROP   uint16
	Mask  QMask
}

// Decode implements wire.Message.
func (m *DrawFill) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Brush.decode(r)
	m.ROP = r.U16()
	m.Mask.decode(r)
}

// Encode implements wire.Message.
func (m *DrawFill) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	m.Brush.encode(w, &t)
	w.U16(m.ROP)
	m.Mask.encode(w, &t)
	t.flush(w)
}

// Scale modes (SPICE_IMAGE_SCALE_MODE_*).
const (
	scaleInterpolate = 0
	scaleNearest     = 1
)

// DrawCopy combines an area of an image with a box
// (SPICE_MSG_DISPLAY_DRAW_COPY, and DRAW_BLEND with the same meaning).
type DrawCopy struct {
	Base    Base
	Src     *Image
	SrcArea image.Rectangle
	ROP     uint16
	Scale   uint8
	Mask    QMask
}

// Decode implements wire.Message.
func (m *DrawCopy) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Src = imageAt(r, r.U32())
	m.SrcArea = r.Rect()
	m.ROP = r.U16()
	m.Scale = r.U8()
	m.Mask.decode(r)
}

// Encode implements wire.Message.
func (m *DrawCopy) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	t.image(w, m.Src)
	w.Rect(m.SrcArea)
	w.U16(m.ROP)
	w.U8(m.Scale)
	m.Mask.encode(w, &t)
	t.flush(w)
}

// DrawOpaque copies an image, then combines a brush with it
// (SPICE_MSG_DISPLAY_DRAW_OPAQUE).
type DrawOpaque struct {
	Base    Base
	Src     *Image
	SrcArea image.Rectangle
	Brush   Brush
	ROP     uint16
	Scale   uint8
	Mask    QMask
}

// Decode implements wire.Message.
func (m *DrawOpaque) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Src = imageAt(r, r.U32())
	m.SrcArea = r.Rect()
	m.Brush.decode(r)
	m.ROP = r.U16()
	m.Scale = r.U8()
	m.Mask.decode(r)
}

// Encode implements wire.Message.
func (m *DrawOpaque) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	t.image(w, m.Src)
	w.Rect(m.SrcArea)
	m.Brush.encode(w, &t)
	w.U16(m.ROP)
	w.U8(m.Scale)
	m.Mask.encode(w, &t)
	t.flush(w)
}

// DrawMasked is an operation on the destination alone
// (SPICE_MSG_DISPLAY_DRAW_BLACKNESS, WHITENESS and INVERS).
type DrawMasked struct {
	Base Base
	Mask QMask
}

// Decode implements wire.Message.
func (m *DrawMasked) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Mask.decode(r)
}

// Encode implements wire.Message.
func (m *DrawMasked) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	m.Mask.encode(w, &t)
	t.flush(w)
}

// DrawROP3 combines brush, image and destination by a ternary operation
// (SPICE_MSG_DISPLAY_DRAW_ROP3).
type DrawROP3 struct {
	Base    Base
	Src     *Image
	SrcArea image.Rectangle
	Brush   Brush
	ROP3    uint8
	Scale   uint8
	Mask    QMask
}

// Decode implements wire.Message.
func (m *DrawROP3) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Src = imageAt(r, r.U32())
	m.SrcArea = r.Rect()
	m.Brush.decode(r)
	m.ROP3 = r.U8()
	m.Scale = r.U8()
	m.Mask.decode(r)
}

// Encode implements wire.Message.
func (m *DrawROP3) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	t.image(w, m.Src)
	w.Rect(m.SrcArea)
	m.Brush.encode(w, &t)
	w.U8(m.ROP3)
	w.U8(m.Scale)
	m.Mask.encode(w, &t)
	t.flush(w)
}

// readsSource reports whether the result depends on the image.
func (m *DrawROP3) readsSource() bool { return (m.ROP3>>2^m.ROP3)&0x33 != 0 }

// DrawTransparent copies an image except for one colour
// (SPICE_MSG_DISPLAY_DRAW_TRANSPARENT).
type DrawTransparent struct {
	Base                Base
	Src                 *Image
	SrcArea             image.Rectangle
	SrcColor, TrueColor uint32
}

// Decode implements wire.Message.
func (m *DrawTransparent) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Src = imageAt(r, r.U32())
	m.SrcArea = r.Rect()
	m.SrcColor, m.TrueColor = r.U32(), r.U32()
}

// Encode implements wire.Message.
func (m *DrawTransparent) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	t.image(w, m.Src)
	w.Rect(m.SrcArea)
	w.U32(m.SrcColor)
	w.U32(m.TrueColor)
	t.flush(w)
}

// Flags of DrawAlphaBlend (SPICE_ALPHA_FLAGS_*): the unused byte of a surface
// is alpha.
const (
	alphaDest   = 1
	alphaSource = 2
)

// DrawAlphaBlend blends an image over the destination
// (SPICE_MSG_DISPLAY_DRAW_ALPHA_BLEND).
type DrawAlphaBlend struct {
	Base       Base
	AlphaFlags uint8
	Alpha      uint8
	Src        *Image
	SrcArea    image.Rectangle
}

// Decode implements wire.Message.
func (m *DrawAlphaBlend) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.AlphaFlags, m.Alpha = r.U8(), r.U8()
	m.Src = imageAt(r, r.U32())
	m.SrcArea = r.Rect()
}

// Encode implements wire.Message.
func (m *DrawAlphaBlend) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	w.U8(m.AlphaFlags)
	w.U8(m.Alpha)
	t.image(w, m.Src)
	w.Rect(m.SrcArea)
	t.flush(w)
}
