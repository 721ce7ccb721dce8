package render

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

var errNoImage = errors.New("no image")

// An operand is a resolved Source.
type operand struct {
	plane
	format Format // of the surface, or 0 for an image
	opaque bool   // the fourth byte is not alpha
	self   bool   // it is the destination

	want Format // of the pixels to read
	asIs bool   // the pixels are so already
}

// resolve looks up what src refers to, for an operation on dst.
func (d *Desktop) resolve(src *Source, dst *surface) (operand, error) {
	if src.FromSurface {
		s := d.surfaces[src.Surface]
		if s == nil {
			return operand{}, &SurfaceError{ID: src.Surface}
		}
		return operand{
			plane: planeOf(s.img), format: s.format, opaque: !s.format.HasAlpha(), self: s == dst,
			want: dst.format, asIs: dst.format.accepts(s.format),
		}, nil
	}
	if src.Image == nil {
		return operand{}, errNoImage
	}
	return operand{
		plane: planeOf(src.Image), opaque: !src.HasAlpha,
		want: dst.format, asIs: dst.format.accepts(0),
	}, nil
}

// withAlpha makes the operand's pixels ones of 8 bits with alpha, 255 if it
// has none, whatever the format of the destination.
func (o *operand) withAlpha() {
	o.want, o.asIs = FormatARGB, !o.opaque
}

// snapshot makes sure that drawing does not change what is read. It copies the
// whole of a surface, for cases in which guests do not read the destination.
func (o *operand) snapshot() {
	if o.self {
		o.plane, o.self = o.clone(), false
	}
}

// pixel returns a pixel of the operand in the form wanted.
func (o *operand) pixel(word uint32) uint32 {
	if o.opaque {
		word |= 0xff000000
	}
	return o.want.truncate(word)
}

// convert changes a row of the operand's pixels to the form wanted.
func (o *operand) convert(row []byte) {
	if o.asIs {
		return
	}
	for ; len(row) >= 4; row = row[4:] {
		binary.LittleEndian.PutUint32(row, o.pixel(binary.LittleEndian.Uint32(row)))
	}
}

// A stencil is a resolved Mask.
type stencil struct {
	bits   []byte // the byte of the first pixel onwards
	step   int    // bytes from pixel to pixel
	stride int
	area   image.Rectangle // in the coordinates of the destination
	invert bool
}

// resolveMask looks up what m refers to, for an operation on box of dst.
// It returns nil for a mask that restricts nothing.
func (d *Desktop) resolveMask(m *Mask, dst *surface, box image.Rectangle) (*stencil, error) {
	at := box.Min.Sub(m.Pos)
	switch {
	case m.FromSurface:
		s := d.surfaces[m.Surface]
		if s == nil {
			return nil, fmt.Errorf("mask: %w", &SurfaceError{ID: m.Surface})
		}
		if s.format != FormatA1 {
			return nil, fmt.Errorf("mask: surface %d has format %s", m.Surface, s.format)
		}
		p := planeOf(s.img)
		if s == dst {
			p = p.clone()
		}
		return &stencil{bits: p.pix[3:], step: 4, stride: p.stride, area: p.size.Add(at), invert: m.Invert}, nil
	case m.Bits != nil:
		st := &stencil{step: 1, stride: m.Bits.Stride, invert: m.Invert}
		if b := m.Bits.Rect; !b.Empty() {
			st.bits = m.Bits.Pix[m.Bits.PixOffset(b.Min.X, b.Min.Y):]
			st.area = image.Rectangle{Max: b.Size()}.Add(at)
		}
		return st, nil
	}
	return nil, nil
}

// next returns the first run of pixels to draw in row y between x0 and x1,
// which lie in the mask; it is empty if there is none.
func (st *stencil) next(y, x0, x1 int) (from, to int) {
	row := st.bits[(y-st.area.Min.Y)*st.stride:]
	drawn := func(x int) bool { return (row[(x-st.area.Min.X)*st.step] != 0) != st.invert }
	for x0 < x1 && !drawn(x0) {
		x0++
	}
	to = x0
	for to < x1 && drawn(to) {
		to++
	}
	return x0, to
}
