package render

import (
	"errors"
	"fmt"
	"image"
	"math"
)

// Draw applies op to the pixels of box that lie in the surface and in clip
// (nil: everywhere). Coordinates are those of the wire, 32-bit.
//
// It fails with a *SurfaceError, with a *UnsupportedError, with ErrRegion, or
// because an operand is missing or a coordinate too large; then nothing is
// drawn.
func (d *Desktop) Draw(surface uint32, box image.Rectangle, clip *Region, op Op) error {
	d.mu.Lock()
	defer d.unlock()
	d.pool.tick()
	s := d.surfaces[surface]
	if s == nil {
		d.failed++
		return &SurfaceError{ID: surface}
	}
	drawn, err := d.draw(s, box, clip, op)
	if err != nil {
		d.failed++
		return err
	}
	d.draws[op.op()]++
	if s == d.primary && len(drawn) > 0 {
		d.show()
	}
	d.spoil(s, drawn)
	return nil
}

// draw applies op and returns rectangles, valid until the next call, that
// cover what it changed.
func (d *Desktop) draw(s *surface, box image.Rectangle, clip *Region, op Op) ([]image.Rectangle, error) {
	if op == nil {
		return nil, &UnsupportedError{Op: "none"}
	}
	if err := clip.Err(); err != nil {
		return nil, err
	}
	if !onWire(box) {
		return nil, fmt.Errorf("render: %s: box %v is out of range", op.op(), box)
	}
	p := pass{desktop: d, dst: s, out: planeOf(s.img), keep: s.format.keep(), box: box}
	d.rects = clip.appendWithin(d.rects[:0], box.Intersect(p.out.size))
	p.rects = d.rects
	if err := p.do(op); err != nil {
		var unsupported *UnsupportedError
		if errors.As(err, &unsupported) {
			return nil, err
		}
		return nil, fmt.Errorf("render: %s: %w", op.op(), err)
	}
	return p.rects, nil
}

// onWire reports whether r has coordinates of 32 bits, with which no
// arithmetic of this package overflows.
func onWire(r image.Rectangle) bool { return pointOnWire(r.Min) && pointOnWire(r.Max) }

func pointOnWire(p image.Point) bool {
	return int64(p.X) == int64(int32(p.X)) && int64(p.Y) == int64(int32(p.Y))
}

// A pass is one operation being drawn.
type pass struct {
	desktop *Desktop
	dst     *surface
	out     plane  // of dst
	keep    uint32 // the bits of dst's format
	box     image.Rectangle
	rects   []image.Rectangle // what to draw: disjoint, in bands, in the surface
	mask    *stencil          // nil draws all of rects
	fn      blend
}

// do draws one operation.
func (p *pass) do(op Op) error {
	switch op := op.(type) {
	case *Fill:
		return p.fill(&op.Brush, op.Rop.compile(RopInversBrush, RopInversDest), &op.Mask)
	case *Blackness:
		return p.fill(&Brush{}, RopBlackness.compile(0, 0), &op.Mask)
	case *Whiteness:
		return p.fill(&Brush{}, RopWhiteness.compile(0, 0), &op.Mask)
	case *Invers:
		return p.fill(&Brush{}, RopInvers.compile(0, 0), &op.Mask)
	case *Copy:
		return p.copy(op)
	case *CopyBits:
		return p.copyBits(op)
	case *Opaque:
		return p.opaque(op)
	case *ROP3:
		return p.rop3(op)
	case *Stroke:
		return p.stroke(op)
	case *Text:
		return p.text(op)
	case *Transparent:
		return p.transparent(op)
	case *AlphaBlend:
		return p.alphaBlend(op)
	case *Composite:
		return p.composite(op)
	}
	return &UnsupportedError{Op: op.op()}
}

// setMask restricts the pass to m.
func (p *pass) setMask(m *Mask) error {
	if !pointOnWire(m.Pos) {
		return fmt.Errorf("mask: position %v is out of range", m.Pos)
	}
	st, err := p.desktop.resolveMask(m, p.dst, p.box)
	if err != nil {
		return err
	}
	if st != nil {
		p.within(st.area)
		p.mask = st
	}
	return nil
}

// within drops what of the rectangles lies outside r.
func (p *pass) within(r image.Rectangle) {
	n := 0
	for _, q := range p.rects {
		if q = q.Intersect(r); !q.Empty() {
			p.rects[n] = q
			n++
		}
	}
	p.rects = p.rects[:n]
}

// fill combines brush with the destination.
func (p *pass) fill(brush *Brush, fn blend, mask *Mask) error {
	p.fn = fn
	if err := p.setMask(mask); err != nil {
		return err
	}
	return p.paint(brush)
}

// paint combines brush with the destination.
func (p *pass) paint(brush *Brush) error {
	if brush.Kind != BrushPattern && p.mask == nil && !p.fn.readsDest() {
		for _, r := range p.rects {
			p.out.fill(r, p.fn.word(p.dst.brushPixel(brush), 0)&p.keep)
		}
		return brush.valid()
	}
	rows, err := p.brush(brush, scratchBrush)
	if err == nil {
		p.rows(rows)
	}
	return err
}

// row combines a row of operands, pixels of the destination's format, with the
// destination, where the mask allows.
func (p *pass) row(y, x0, x1 int, operand []byte) {
	keep := p.keep
	if p.fn == put {
		keep = math.MaxUint32 // the operand has no other bits
	}
	out := p.out.row(y, x0, x1)
	if p.mask == nil {
		p.fn.apply(out, operand, keep)
		return
	}
	for from, to := p.mask.next(y, x0, x1); from < to; from, to = p.mask.next(y, to, x1) {
		i, j := 4*(from-x0), 4*(to-x0)
		p.fn.apply(out[i:j], operand[i:j], keep)
	}
}
