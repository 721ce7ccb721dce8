package render

import (
	"errors"
	"fmt"
	"image"
)

// A rowFunc gives the pixels x0 <= x < x1 of row y of an operand, as pixels of
// the destination's format. They are valid until its next call.
type rowFunc func(y, x0, x1 int) []byte

// rows combines what operand gives for each row of each rectangle with the
// destination, from top to bottom.
func (p *pass) rows(operand rowFunc) {
	for _, r := range p.rects {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			p.row(y, r.Min.X, r.Max.X, operand(y, r.Min.X, r.Max.X))
		}
	}
}

// spans calls f for each run of pixels to draw; out are those of the
// destination.
func (p *pass) spans(f func(y, x0, x1 int, out []byte)) {
	for _, r := range p.rects {
		for y := r.Min.Y; y < r.Max.Y; y++ {
			if p.mask == nil {
				f(y, r.Min.X, r.Max.X, p.out.row(y, r.Min.X, r.Max.X))
				continue
			}
			for x0, x1 := p.mask.next(y, r.Min.X, r.Max.X); x0 < x1; x0, x1 = p.mask.next(y, x1, r.Max.X) {
				f(y, x0, x1, p.out.row(y, x0, x1))
			}
		}
	}
}

// width returns the width of the widest rectangle.
func (p *pass) width() int {
	w := 0
	for _, r := range p.rects {
		w = max(w, r.Dx())
	}
	return w
}

// source returns the rows of an area of src, scaled to the box if it has
// another size. Pixels outside of an unscaled source are not drawn.
func (p *pass) source(src *operand, area image.Rectangle, interpolate bool) (rowFunc, error) {
	if !onWire(area) {
		return nil, fmt.Errorf("source area %v is out of range", area)
	}
	if area.Size() != p.box.Size() {
		return p.scaled(src, area, interpolate)
	}
	shift := area.Min.Sub(p.box.Min)
	p.within(src.size.Sub(shift))
	if len(p.rects) == 0 {
		return nil, nil
	}
	src.snapshot()
	if src.asIs {
		return func(y, x0, x1 int) []byte { return src.row(y+shift.Y, x0+shift.X, x1+shift.X) }, nil
	}
	buf := p.desktop.scratch(scratchSource, p.width())
	return func(y, x0, x1 int) []byte {
		n := copy(buf, src.row(y+shift.Y, x0+shift.X, x1+shift.X))
		src.convert(buf[:n])
		return buf[:n]
	}, nil
}

// brush returns the rows of a brush as it is now, in the given scratch.
func (p *pass) brush(b *Brush, use scratch) (rowFunc, error) {
	if b.Kind == BrushPattern {
		return p.pattern(b, use)
	}
	row := p.desktop.scratch(use, p.width())
	if len(row) > 0 {
		fillRow(row, p.dst.brushPixel(b))
	}
	return func(_, x0, x1 int) []byte { return row[:4*(x1-x0)] }, b.valid()
}

// pattern returns the rows of a tile, repeated.
func (p *pass) pattern(b *Brush, use scratch) (rowFunc, error) {
	tile, err := p.tile(b)
	if err != nil {
		return nil, err
	}
	if len(p.rects) == 0 {
		return nil, nil
	}
	tile.snapshot()
	w, h := tile.size.Dx(), tile.size.Dy()
	buf := p.desktop.scratch(use, p.width())
	return func(y, x0, x1 int) []byte {
		row := buf[:4*(x1-x0)]
		line := tile.row(modulo(y-b.Pos.Y, h), 0, w)
		n := copy(row, line[4*modulo(x0-b.Pos.X, w):])
		for n < len(row) {
			n += copy(row[n:], line)
		}
		tile.convert(row)
		return row
	}, nil
}

// tile looks up the tile of a pattern, which is not empty.
func (p *pass) tile(b *Brush) (operand, error) {
	tile, err := p.desktop.resolve(&b.Tile, p.dst)
	if err != nil {
		return operand{}, fmt.Errorf("pattern: %w", err)
	}
	if tile.size.Empty() {
		return operand{}, errors.New("pattern: empty tile")
	}
	if !pointOnWire(b.Pos) {
		return operand{}, fmt.Errorf("pattern: position %v is out of range", b.Pos)
	}
	return tile, nil
}

// valid reports a kind of brush that does not exist.
func (b *Brush) valid() error {
	if b.Kind > BrushPattern {
		return fmt.Errorf("unknown kind of brush %d", b.Kind)
	}
	return nil
}

// brushPixel returns what a brush without tile paints.
func (s *surface) brushPixel(b *Brush) uint32 {
	if b.Kind == BrushSolid {
		return s.format.color(b.Color)
	}
	return 0
}

// modulo returns the remainder of a/b that is not negative, for b > 0.
func modulo[T int | int64](a, b T) T {
	if a %= b; a < 0 {
		return a + b
	}
	return a
}
