package render

import (
	"encoding/binary"
	"fmt"
	"image"
)

// Text draws glyphs (DRAW_TEXT): first the background of an area, then the
// foreground, as far as the glyphs cover each pixel.
type Text struct {
	Glyphs   []Glyph
	Depth    uint8           // bits of a glyph's pixel: 1, 4 or 8
	BackArea image.Rectangle // what to fill with Back; may be empty
	Fore     Brush           // nothing is drawn with BrushNone
	Back     Brush
}

// A Glyph is the picture of a character.
type Glyph struct {
	Pos  image.Point // of its top-left pixel on the surface
	Size image.Point
	Bits []byte // bottom row first; rows are whole bytes, their high bits to the left
}

// check reports glyphs that have not the bits they claim.
func (op *Text) check() error {
	if op.Depth != 1 && op.Depth != 4 && op.Depth != 8 {
		return fmt.Errorf("glyphs of %d bits", op.Depth)
	}
	for i := range op.Glyphs {
		g := &op.Glyphs[i]
		switch size := image.Pt(int(uint16(g.Size.X)), int(uint16(g.Size.Y))); {
		case g.Size != size:
			return fmt.Errorf("glyph %d: size %v is out of range", i, g.Size)
		case len(g.Bits) < g.stride(op.Depth)*g.Size.Y:
			return fmt.Errorf("glyph %d: %d bytes for %v", i, len(g.Bits), g.Size)
		}
	}
	return nil
}

func (g *Glyph) stride(depth uint8) int { return (g.Size.X*int(depth) + 7) / 8 }

// text draws a DRAW_TEXT.
func (p *pass) text(op *Text) error {
	if err := op.check(); err != nil {
		return err
	}
	fore, err := p.brush(&op.Fore, scratchSource)
	if err != nil {
		return fmt.Errorf("fore: %w", err)
	}
	if err := p.background(op); err != nil {
		return fmt.Errorf("back: %w", err)
	}
	if op.Fore.Kind == BrushNone {
		return nil
	}
	mask := p.cover(op)
	for _, r := range p.rects {
		r = r.Intersect(mask.Rect)
		for y := r.Min.Y; y < r.Max.Y; y++ {
			cover := mask.Pix[mask.PixOffset(r.Min.X, y):][:r.Dx()]
			p.ink(p.out.row(y, r.Min.X, r.Max.X), fore(y, r.Min.X, r.Max.X), cover)
		}
	}
	return nil
}

// background fills the back area.
func (p *pass) background(op *Text) error {
	if op.BackArea.Empty() {
		return nil
	}
	back := *p
	back.fn = put
	back.rects = append([]image.Rectangle(nil), p.rects...)
	back.within(op.BackArea)
	return back.paint(&op.Back)
}

// ink blends a row of the brush over the destination, as far as it is covered.
func (p *pass) ink(out, brush, cover []byte) {
	f := p.dst.format
	keep := p.blended(f.HasAlpha())
	for _, m := range cover {
		if m != 0 {
			s := lanesOf(binary.LittleEndian.Uint32(brush) | 0xff000000).mul(lanes(m))
			d := lanesOf(binary.LittleEndian.Uint32(out))
			binary.LittleEndian.PutUint32(out, f.truncate(s.over(d).pixel()&keep))
		}
		out, brush = out[4:], brush[4:]
	}
}

// cover returns how far the glyphs cover each pixel that may be drawn, the
// most where they overlap. It is valid until the next call.
func (p *pass) cover(op *Text) *image.Alpha {
	bounds := boundsOf(p.rects)
	var box image.Rectangle
	for i := range op.Glyphs {
		box = box.Union(op.Glyphs[i].box().Intersect(bounds))
	}
	pix := p.desktop.coverage(box.Dx() * box.Dy())
	mask := &image.Alpha{Pix: pix, Stride: box.Dx(), Rect: box}
	for i := range op.Glyphs {
		op.Glyphs[i].draw(mask, op.Depth)
	}
	return mask
}

// coverage returns n zeros, valid until the next call. Few lines of text need
// more than what is kept.
func (d *Desktop) coverage(n int) []byte {
	const most = 1 << 18
	if n > most {
		return make([]byte, n)
	}
	if cap(d.cover) < n {
		d.cover = make([]byte, most)
	}
	clear(d.cover[:n])
	return d.cover[:n]
}

func (g *Glyph) box() image.Rectangle { return image.Rectangle{Min: g.Pos, Max: g.Pos.Add(g.Size)} }

// draw adds what of the glyph lies in mask.
func (g *Glyph) draw(mask *image.Alpha, depth uint8) {
	stride := g.stride(depth)
	r := g.box().Intersect(mask.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := g.Bits[(g.Pos.Y+g.Size.Y-1-y)*stride:][:stride]
		out := mask.Pix[mask.PixOffset(r.Min.X, y):][:r.Dx()]
		for i := range out {
			out[i] = max(out[i], coverage(row, r.Min.X-g.Pos.X+i, depth))
		}
	}
}

// coverage returns pixel x of a glyph's row. Four bits reach 240, not 255.
func coverage(row []byte, x int, depth uint8) byte {
	switch depth {
	case 1:
		return -(row[x/8] >> (7 - x%8) & 1)
	case 4:
		return row[x/2] << (x % 2 * 4) & 0xf0
	}
	return row[x]
}
