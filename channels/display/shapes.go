package display

import (
	"image"

	"saffron/render"
	"saffron/spice/wire"
)

// A PathSegment is a run of points of a path (SPICE_PATH_*).
type PathSegment struct {
	Flags  uint8         // 1 begin, 2 end, 8 close, 16 Bézier
	Points []image.Point // 28.4 fixed point, in sixteenths of a pixel
}

// A Path is what a stroke follows.
type Path []PathSegment

func pathAt(r *wire.Reader, off uint32) Path {
	var p Path
	r.At(off, func(r *wire.Reader) {
		p = make(Path, countUpTo(r, maxSegments, 5))
		for i := range p {
			p[i].Flags = r.U8()
			p[i].Points = make([]image.Point, r.Count(r.U32(), 8))
			for j := range p[i].Points {
				p[i].Points[j] = r.Point()
			}
		}
	})
	return p
}

func (p Path) encode(w *wire.Writer) {
	w.U32(uint32(len(p)))
	for _, s := range p {
		w.U8(s.Flags)
		w.U32(uint32(len(s.Points)))
		for _, pt := range s.Points {
			w.Point(pt)
		}
	}
}

const (
	lineGapFirst = 4
	lineStyled   = 8
)

// A LineAttr says how a line is dashed.
type LineAttr struct {
	Flags  uint8   // 4 start with gap, 8 styled
	Dashes []int32 // 28.4 fixed point lengths, if styled
}

func (a *LineAttr) decode(r *wire.Reader) {
	a.Flags, a.Dashes = r.U8(), nil
	if a.Flags&lineStyled == 0 {
		return
	}
	n := uint32(r.U8())
	r.At(r.U32(), func(r *wire.Reader) {
		a.Dashes = make([]int32, r.Count(n, 4))
		for i := range a.Dashes {
			a.Dashes[i] = r.I32()
		}
	})
}

func (a *LineAttr) encode(w *wire.Writer, t *tail) {
	w.U8(a.Flags)
	if a.Flags&lineStyled == 0 {
		return
	}
	w.U8(uint8(len(a.Dashes)))
	t.add(w.Pointer(), func(w *wire.Writer) {
		for _, d := range a.Dashes {
			w.I32(d)
		}
	})
}

// DrawStroke draws lines one pixel wide (SPICE_MSG_DISPLAY_DRAW_STROKE).
type DrawStroke struct {
	Base               Base
	Path               Path
	Attr               LineAttr
	Brush              Brush
	ForeMode, BackMode uint16
}

// Decode implements wire.Message.
func (m *DrawStroke) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Path = pathAt(r, r.U32())
	m.Attr.decode(r)
	m.Brush.decode(r)
	m.ForeMode, m.BackMode = r.U16(), r.U16()
}

// Encode implements wire.Message.
func (m *DrawStroke) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	t.add(w.Pointer(), m.Path.encode)
	m.Attr.encode(w, &t)
	m.Brush.encode(w, &t)
	w.U16(m.ForeMode)
	w.U16(m.BackMode)
	t.flush(w)
}

// strokeOf makes the operation of a message, or nil if its brush lacks a tile.
func strokeOf(m *DrawStroke, tile resolved) render.Op {
	if !m.Brush.complete() {
		return nil
	}
	op := &render.Stroke{
		Path: make([]render.PathSegment, len(m.Path)), Brush: brushOf(&m.Brush, tile), Rop: render.Rop(m.ForeMode),
		Dashes: m.Attr.Dashes, StartWithGap: m.Attr.Flags&lineGapFirst != 0,
	}
	for i, s := range m.Path {
		op.Path[i] = render.PathSegment{Flags: render.PathFlags(s.Flags), Points: s.Points}
	}
	return op
}

// Flags of a string (SPICE_STRING_FLAGS_RASTER_*): how its glyphs are coded.
const (
	stringA1 = 1
	stringA4 = 2
	stringA8 = 4
)

// A Glyph is the coverage bitmap of one character, bottom row first.
type Glyph struct {
	RenderPos, Origin image.Point
	Width, Height     uint16
	Bits              []byte
}

// A String is a row of glyphs.
type String struct {
	Flags  uint8
	Glyphs []Glyph
}

func stringAt(r *wire.Reader, off uint32) *String {
	var s *String
	r.At(off, func(r *wire.Reader) {
		s = new(String)
		n := uint32(r.U16())
		s.Flags = r.U8()
		s.Glyphs = make([]Glyph, r.Count(n, 20))
		for i := range s.Glyphs {
			g := &s.Glyphs[i]
			g.RenderPos, g.Origin = r.Point(), r.Point()
			g.Width, g.Height = r.U16(), r.U16()
			g.Bits = r.Bytes(glyphRow(s.Flags, int(g.Width)) * int(g.Height))
		}
	})
	return s
}

// glyphRow returns the bytes of one row of a glyph.
func glyphRow(flags uint8, width int) int {
	switch {
	case flags&stringA1 != 0:
		return (width + 7) / 8
	case flags&stringA4 != 0:
		return (width + 1) / 2
	}
	return width
}

func (s *String) encode(w *wire.Writer) {
	w.U16(uint16(len(s.Glyphs)))
	w.U8(s.Flags)
	for _, g := range s.Glyphs {
		w.Point(g.RenderPos)
		w.Point(g.Origin)
		w.U16(g.Width)
		w.U16(g.Height)
		w.Bytes(g.Bits)
	}
}

// DrawText draws glyphs (SPICE_MSG_DISPLAY_DRAW_TEXT).
type DrawText struct {
	Base               Base
	Text               *String
	BackArea           image.Rectangle
	Fore, Back         Brush
	ForeMode, BackMode uint16
}

// Decode implements wire.Message.
func (m *DrawText) Decode(r *wire.Reader) {
	m.Base.decode(r)
	m.Text = stringAt(r, r.U32())
	m.BackArea = r.Rect()
	m.Fore.decode(r)
	m.Back.decode(r)
	m.ForeMode, m.BackMode = r.U16(), r.U16()
}

// Encode implements wire.Message.
func (m *DrawText) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	if m.Text != nil {
		t.add(w.Pointer(), m.Text.encode)
	} else {
		w.U32(0)
	}
	w.Rect(m.BackArea)
	m.Fore.encode(w, &t)
	m.Back.encode(w, &t)
	w.U16(m.ForeMode)
	w.U16(m.BackMode)
	t.flush(w)
}

// textOf makes the operation of a message, or nil if it is not valid. A
// background is drawn by the reference only with a plain foreground.
func textOf(m *DrawText, fore, back resolved) render.Op {
	if m.Text == nil || !m.Fore.complete() || !m.Back.complete() {
		return nil
	}
	if !m.BackArea.Empty() && render.Rop(m.ForeMode) != render.RopPut {
		return nil
	}
	op := &render.Text{
		Glyphs: make([]render.Glyph, len(m.Text.Glyphs)), BackArea: m.BackArea,
		Fore: brushOf(&m.Fore, fore), Back: brushOf(&m.Back, back),
	}
	switch m.Text.Flags & (stringA1 | stringA4 | stringA8) {
	case stringA1:
		op.Depth = 1
	case stringA4:
		op.Depth = 4
	case stringA8:
		op.Depth = 8
	default:
		return nil
	}
	for i, g := range m.Text.Glyphs {
		op.Glyphs[i] = render.Glyph{
			Pos: g.RenderPos.Add(g.Origin), Size: image.Pt(int(g.Width), int(g.Height)), Bits: g.Bits,
		}
	}
	return op
}
