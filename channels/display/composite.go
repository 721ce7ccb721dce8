package display

import (
	"image"

	"saffron/render"
	"saffron/spice/wire"
)

// Flags of DrawComposite above its bit fields (SPICE_COMPOSITE_*).
const (
	CompositeComponentAlpha   = 1 << 18
	CompositeHasMask          = 1 << 19
	CompositeHasTransform     = 1 << 20 // of the source
	CompositeHasMaskTransform = 1 << 21
	CompositeSourceOpaque     = 1 << 22
)

// DrawComposite combines an image, perhaps through a mask, with a box, as the
// X Render extension does (SPICE_MSG_DISPLAY_DRAW_COMPOSITE).
//
// Bits 0-7 of Flags are the operator, 8-10 the filter of the source, 11-13 that
// of the mask, 14-15 how the source repeats, 16-17 how the mask does. Mask and
// transforms are sent if the flags say so.
type DrawComposite struct {
	Base                     Base
	Flags                    uint32
	Src, Mask                *Image
	Transform, MaskTransform render.Transform
	Origin, MaskOrigin       image.Point
}

// Decode implements wire.Message.
func (m *DrawComposite) Decode(r *wire.Reader) {
	*m = DrawComposite{}
	m.Base.decode(r)
	m.Flags = r.U32()
	m.Src = imageAt(r, r.U32())
	if m.Flags&CompositeHasMask != 0 {
		m.Mask = imageAt(r, r.U32())
	}
	if m.Flags&CompositeHasTransform != 0 {
		decodeTransform(r, &m.Transform)
	}
	if m.Flags&CompositeHasMaskTransform != 0 {
		decodeTransform(r, &m.MaskTransform)
	}
	m.Origin, m.MaskOrigin = r.Point16(), r.Point16()
}

// Encode implements wire.Message.
func (m *DrawComposite) Encode(w *wire.Writer) {
	var t tail
	m.Base.encode(w)
	w.U32(m.Flags)
	t.image(w, m.Src)
	if m.Flags&CompositeHasMask != 0 {
		t.image(w, m.Mask)
	}
	if m.Flags&CompositeHasTransform != 0 {
		encodeTransform(w, &m.Transform)
	}
	if m.Flags&CompositeHasMaskTransform != 0 {
		encodeTransform(w, &m.MaskTransform)
	}
	w.Point16(m.Origin)
	w.Point16(m.MaskOrigin)
	t.flush(w)
}

func decodeTransform(r *wire.Reader, t *render.Transform) {
	for i := range t {
		for j := range t[i] {
			t[i][j] = r.I32()
		}
	}
}

func encodeTransform(w *wire.Writer, t *render.Transform) {
	for i := range t {
		for j := range t[i] {
			w.I32(t[i][j])
		}
	}
}

// compositeOf makes the operation of resolved images, or nil if the message lacks one.
func compositeOf(m *DrawComposite, src, mask resolved) render.Op {
	if m.Src == nil || m.Flags&CompositeHasMask != 0 && m.Mask == nil {
		return nil
	}
	op := &render.Composite{
		Operator:       render.Operator(m.Flags),
		Src:            m.picture(src, m.Origin, 8, 14),
		ComponentAlpha: m.Flags&CompositeComponentAlpha != 0,
	}
	if m.Flags&CompositeHasTransform != 0 {
		op.Src.Transform = &m.Transform
	}
	// Other sources, and masks, are not made opaque by the reference either.
	op.Src.Opaque = m.Flags&CompositeSourceOpaque != 0 && src.source.FromSurface
	if m.Mask != nil {
		pic := m.picture(mask, m.MaskOrigin, 11, 16)
		if m.Flags&CompositeHasMaskTransform != 0 {
			pic.Transform = &m.MaskTransform
		}
		op.Mask = &pic
	}
	return op
}

// Filters of a transformed picture; fast and nearest are the same, and the
// others bilinear.
const (
	filterFast    = 0
	filterNearest = 3
)

// picture makes an operand whose filter and repeat begin at the given bits.
func (m *DrawComposite) picture(src resolved, origin image.Point, filterBit, repeatBit int) render.Picture {
	filter := m.Flags >> filterBit & 7
	return render.Picture{
		Source: src.source, Origin: origin,
		Bilinear: filter != filterFast && filter != filterNearest,
		Repeat:   render.Repeat(m.Flags >> repeatBit & 3),
	}
}
