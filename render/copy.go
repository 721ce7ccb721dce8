package render

import (
	"fmt"
	"image"
)

// copy draws a DRAW_COPY.
func (p *pass) copy(op *Copy) error {
	p.fn = op.Rop.compile(RopInversSrc, RopInversDest)
	if !onWire(op.SrcArea) {
		return fmt.Errorf("source area %v is out of range", op.SrcArea)
	}
	src, err := p.desktop.resolve(&op.Src, p.dst)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	if err := p.setMask(&op.Mask); err != nil {
		return err
	}
	if op.SrcArea.Size() == p.box.Size() {
		p.shifted(&src, op.SrcArea.Min.Sub(p.box.Min))
		return nil
	}
	rows, err := p.scaled(&src, op.SrcArea, op.Interpolate)
	if err == nil {
		p.rows(rows)
	}
	return err
}

// copyBits draws a COPY_BITS.
func (p *pass) copyBits(op *CopyBits) error {
	if !pointOnWire(op.Src) {
		return fmt.Errorf("source %v is out of range", op.Src)
	}
	p.fn = put
	src := operand{plane: p.out, format: p.dst.format, self: true, asIs: true}
	if shift := op.Src.Sub(p.box.Min); shift != (image.Point{}) {
		p.shifted(&src, shift)
	} else {
		p.rects = p.rects[:0]
	}
	return nil
}

// shifted combines src, unscaled, with the destination: the pixel (x, y) comes
// from (x, y) + shift. Rows and rectangles are taken in an order in which no
// pixel of src is written before it is read, should it be the destination.
func (p *pass) shifted(src *operand, shift image.Point) {
	p.within(src.size.Sub(shift))
	row := func(y, x0, x1 int) []byte { return src.row(y+shift.Y, x0+shift.X, x1+shift.X) }
	if !src.asIs || src.self && p.fn != put || src.self && p.mask != nil {
		// Within a row only copy knows how to overlap.
		direct, buf := row, p.desktop.scratch(scratchSource, p.width())
		row = func(y, x0, x1 int) []byte {
			n := copy(buf, direct(y, x0, x1))
			src.convert(buf[:n])
			return buf[:n]
		}
	}
	eachBand(p.rects, shift.Y < 0, func(band []image.Rectangle) {
		for i := range band {
			r := band[i]
			if shift.X < 0 {
				r = band[len(band)-1-i] // moving right: rightmost first
			}
			for i := range r.Dy() {
				y := r.Min.Y + i
				if shift.Y < 0 {
					y = r.Max.Y - 1 - i // moving down: lowest first
				}
				p.row(y, r.Min.X, r.Max.X, row(y, r.Min.X, r.Max.X))
			}
		}
	})
}

// eachBand calls f for each run of rectangles with the same top, downwards or
// upwards.
func eachBand(rects []image.Rectangle, up bool, f func(band []image.Rectangle)) {
	for len(rects) > 0 {
		n := 1
		if up {
			last := len(rects) - 1
			for n <= last && rects[last-n].Min.Y == rects[last].Min.Y {
				n++
			}
			f(rects[len(rects)-n:])
			rects = rects[:len(rects)-n]
			continue
		}
		for n < len(rects) && rects[n].Min.Y == rects[0].Min.Y {
			n++
		}
		f(rects[:n])
		rects = rects[n:]
	}
}
