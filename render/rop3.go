package render

import (
	"encoding/binary"
	"fmt"
	"image"
	"slices"
)

// A ternary is a bitwise function of brush, source and destination in
// algebraic normal form: the coefficient of each product of operands, all
// zeros or all ones. The index of a product has bit 2 for the brush, bit 1 for
// the source and bit 0 for the destination.
type ternary [8]uint64

// compileTernary returns the function that a code describes: bit n of it is
// the result where the operands' bits are those of n.
func compileTernary(code uint8) ternary {
	var t ternary
	for n := range t {
		t[n] = uint64(code >> n & 1)
	}
	for bit := 1; bit < len(t); bit *= 2 {
		for n := range t {
			if n&bit != 0 {
				t[n] ^= t[n^bit]
			}
		}
	}
	for n := range t {
		t[n] = -t[n]
	}
	return t
}

// readsSource reports whether the result depends on the source.
func (t *ternary) readsSource() bool { return t[2]|t[3]|t[6]|t[7] != 0 }

// word applies the function.
func (t *ternary) word(b, s, d uint64) uint64 {
	return t[0] ^ b&t[4] ^ s&(t[2]^b&t[6]) ^ d&(t[1]^b&t[5]^s&(t[3]^b&t[7]))
}

// apply combines rows of brush and source, of the same length, into dst. Only
// the bits of keep can become ones.
func (t *ternary) apply(dst, brush, src []byte, keep uint32) {
	k := wide(keep)
	brush, src = brush[:len(dst)], src[:len(dst)]
	for len(dst) >= 8 {
		r := t.word(binary.LittleEndian.Uint64(brush), binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(dst))
		binary.LittleEndian.PutUint64(dst, r&k)
		dst, brush, src = dst[8:], brush[8:], src[8:]
	}
	if len(dst) >= 4 {
		b, s, d := binary.LittleEndian.Uint32(brush), binary.LittleEndian.Uint32(src), binary.LittleEndian.Uint32(dst)
		binary.LittleEndian.PutUint32(dst, uint32(t.word(uint64(b), uint64(s), uint64(d)))&keep)
	}
}

// rop3 draws a DRAW_ROP3.
func (p *pass) rop3(op *ROP3) error {
	if err := p.setMask(&op.Mask); err != nil {
		return err
	}
	t := compileTernary(op.Code)
	source := func(y, x0, x1 int) []byte { return p.out.row(y, x0, x1) } // any will do
	if t.readsSource() {
		var err error
		if source, err = p.named(&op.Src, op.SrcArea, op.Interpolate); err != nil {
			return err
		}
	}
	brush, err := p.brush(&op.Brush, scratchBrush)
	if err != nil {
		return err
	}
	p.spans(func(y, x0, x1 int, out []byte) {
		t.apply(out, brush(y, x0, x1), source(y, x0, x1), p.keep)
	})
	return nil
}

// opaque draws a DRAW_OPAQUE.
func (p *pass) opaque(op *Opaque) error {
	fn := op.Rop.compile(RopInversBrush, RopInversSrc)
	if err := p.setMask(&op.Mask); err != nil {
		return err
	}
	brush, err := p.brush(&op.Brush, scratchBrush)
	if err != nil {
		return err
	}
	p.fn = put // the first step
	all := slices.Clone(p.rects)
	source, err := p.named(&op.Src, op.SrcArea, op.Interpolate)
	if err != nil {
		return err
	}
	p.spans(func(y, x0, x1 int, out []byte) { copy(out, source(y, x0, x1)) })
	p.rects = all // the brush goes where the source does not reach, too
	p.spans(func(y, x0, x1 int, out []byte) { fn.apply(out, brush(y, x0, x1), p.keep) })
	return nil
}

// named returns the rows of an area of src, in the destination's format.
func (p *pass) named(src *Source, area image.Rectangle, interpolate bool) (rowFunc, error) {
	o, err := p.desktop.resolve(src, p.dst)
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	return p.source(&o, area, interpolate)
}
