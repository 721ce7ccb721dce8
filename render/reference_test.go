package render

import (
	"image"
)

// The reference draws pixel by pixel on words of the surface's own size, as
// the protocol describes it, with none of the package's arithmetic.

// A refSurface holds words: 0xAARRGGBB, 16-bit, 8-bit or 1-bit.
type refSurface struct {
	format Format
	w, h   int
	words  []uint32
}

// A refImage gives the components r, g, b, fourth of a pixel.
type refImage struct {
	size     image.Point
	hasAlpha bool
	at       func(x, y int) [4]uint32
}

func ones(f Format) uint32 {
	switch f {
	case FormatA1:
		return 1
	case FormatA8:
		return 0xff
	case Format555, Format565:
		return 0xffff
	}
	return 0xffffffff
}

// pack makes a word from components of 8 bits.
func pack(f Format, c [4]uint32, hasAlpha bool) uint32 {
	alpha := c[3]
	if !hasAlpha {
		alpha = 255
	}
	switch f {
	case FormatA1:
		return alpha / 128
	case FormatA8:
		return alpha
	case Format555:
		return c[0]/8*1024 + c[1]/8*32 + c[2]/8
	case Format565:
		return c[0]/8*2048 + c[1]/4*32 + c[2]/8
	}
	return c[3]*0x1000000 + c[0]*0x10000 + c[1]*0x100 + c[2]
}

// unpack returns the components of a word, without the unused bit 15.
func unpack(f Format, w uint32) [4]uint32 {
	five := func(v uint32) uint32 { v %= 32; return v*8 + v/4 }
	switch f {
	case FormatA1:
		return [4]uint32{3: w * 255}
	case FormatA8:
		return [4]uint32{3: w}
	case Format555:
		return [4]uint32{five(w / 1024), five(w / 32), five(w)}
	case Format565:
		g := w / 32 % 64
		return [4]uint32{five(w / 2048), g*4 + g/16, five(w)}
	}
	return [4]uint32{w >> 16 & 255, w >> 8 & 255, w & 255, w >> 24}
}

func (s *refSurface) image() refImage {
	words := append([]uint32(nil), s.words...) // as before the operation
	return refImage{
		size: image.Pt(s.w, s.h), hasAlpha: s.format.HasAlpha(),
		at: func(x, y int) [4]uint32 { return unpack(s.format, words[y*s.w+x]) },
	}
}

func refImageOf(img *image.RGBA, hasAlpha bool) refImage {
	return refImage{
		size: img.Rect.Size(), hasAlpha: hasAlpha,
		at: func(x, y int) [4]uint32 {
			c := img.RGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+y)
			return [4]uint32{uint32(c.R), uint32(c.G), uint32(c.B), uint32(c.A)}
		},
	}
}

type refDesktop map[uint32]*refSurface

func (d refDesktop) source(s Source) refImage {
	if s.FromSurface {
		return d[s.Surface].image()
	}
	return refImageOf(s.Image, s.HasAlpha)
}

// maskAllows returns the mask as a predicate of destination pixels.
func (d refDesktop) maskAllows(m Mask, box image.Rectangle) func(x, y int) bool {
	var size image.Point
	var set func(x, y int) bool
	switch {
	case m.FromSurface:
		img := d[m.Surface].image()
		size, set = img.size, func(x, y int) bool { return img.at(x, y)[3] != 0 }
	case m.Bits != nil:
		b := m.Bits
		size = b.Rect.Size()
		set = func(x, y int) bool { return b.AlphaAt(b.Rect.Min.X+x, b.Rect.Min.Y+y).A != 0 }
	default:
		return func(x, y int) bool { return true }
	}
	return func(x, y int) bool {
		x, y = x-box.Min.X+m.Pos.X, y-box.Min.Y+m.Pos.Y
		return x >= 0 && y >= 0 && x < size.X && y < size.Y && set(x, y) != m.Invert
	}
}

func refRop(r Rop, a, d uint32, invA, invD Rop) uint32 {
	x, y := a, d
	if r&invA != 0 {
		x = ^a
	}
	if r&invD != 0 {
		y = ^d
	}
	res := a
	switch {
	case r&8 != 0:
		res = x
	case r&16 != 0:
		res = x | y
	case r&32 != 0:
		res = x & y
	case r&64 != 0:
		res = x ^ y
	case r&128 != 0:
		res = 0
	case r&256 != 0:
		res = ^uint32(0)
	case r&512 != 0:
		res = ^d
	}
	if r&0x400 != 0 && r&0x78 != 0 {
		res = ^res
	}
	return res
}

// draw changes surface id pixel by pixel.
func (d refDesktop) draw(id uint32, box image.Rectangle, clip []image.Rectangle, op Op) {
	s := d[id]
	// put returns the new word of a pixel and whether it is drawn.
	var put func(x, y int, old uint32) (uint32, bool)
	var mask Mask
	constant := func(w uint32) func(int, int, uint32) (uint32, bool) {
		return func(int, int, uint32) (uint32, bool) { return w, true }
	}
	switch op := op.(type) {
	case *Fill:
		mask, put = op.Mask, d.refFill(s, op)
	case *Copy:
		mask, put = op.Mask, d.refCopy(s, box, op)
	case *CopyBits:
		put = d.refCopy(s, box, &Copy{
			Src: Source{Surface: id, FromSurface: true}, Rop: RopPut,
			SrcArea: image.Rectangle{Min: op.Src, Max: op.Src.Add(box.Size())},
		})
	case *Blackness:
		mask, put = op.Mask, constant(0)
	case *Whiteness:
		mask, put = op.Mask, constant(^uint32(0))
	case *Opaque:
		mask, put = op.Mask, d.refOpaque(s, box, op)
	case *ROP3:
		mask, put = op.Mask, d.refROP3(s, box, op)
	case *Transparent:
		put = d.refTransparent(s, box, op)
	case *AlphaBlend:
		put = d.refAlphaBlend(s, box, op)
	case *Text:
		put = d.refText(s, op)
	case *Composite:
		put = d.refComposite(s, box, op)
	case *Stroke:
		d.refStroke(s, box, clip, op)
		return
	case *Invers:
		mask = op.Mask
		put = func(_, _ int, old uint32) (uint32, bool) { return ^old, true }
	}
	allowed := d.maskAllows(mask, box)
	for y := range s.h {
		for x := range s.w {
			if !refVisible(image.Pt(x, y), box, clip) || !allowed(x, y) {
				continue
			}
			if w, ok := put(x, y, s.words[y*s.w+x]); ok {
				s.words[y*s.w+x] = w & ones(s.format)
			}
		}
	}
}

func refVisible(p image.Point, box image.Rectangle, clip []image.Rectangle) bool {
	in := clip == nil
	for _, r := range clip {
		in = in || p.In(r)
	}
	return in && p.In(box)
}

// refBrush gives the words of a brush.
func (d refDesktop) refBrush(s *refSurface, b Brush) func(x, y int) uint32 {
	switch b.Kind {
	case BrushSolid:
		return func(x, y int) uint32 { return b.Color & ones(s.format) }
	case BrushPattern:
		tile := d.source(b.Tile)
		return func(x, y int) uint32 {
			for x -= b.Pos.X; x < 0; {
				x += tile.size.X
			}
			for y -= b.Pos.Y; y < 0; {
				y += tile.size.Y
			}
			return pack(s.format, tile.at(x%tile.size.X, y%tile.size.Y), tile.hasAlpha)
		}
	}
	return func(x, y int) uint32 { return 0 }
}

func (d refDesktop) refFill(s *refSurface, op *Fill) func(x, y int, old uint32) (uint32, bool) {
	brush := d.refBrush(s, op.Brush)
	return func(x, y int, old uint32) (uint32, bool) {
		return refRop(op.Rop, brush(x, y), old, 2, 4), true
	}
}

func (d refDesktop) refCopy(s *refSurface, box image.Rectangle, op *Copy) func(x, y int, old uint32) (uint32, bool) {
	sample := d.refWords(s, box, op.Src, op.SrcArea, op.Interpolate)
	if op.Rop.compile(RopInversSrc, RopInversDest) == put {
		sample = d.refScaled(s, box, op.Src, op.SrcArea, op.Interpolate)
	}
	return func(x, y int, old uint32) (uint32, bool) {
		word, ok := sample(x, y)
		return refRop(op.Rop, word, old, 1, 4), ok
	}
}

// refNearest maps a pixel of the box to one of a scaled area.
func refNearest(box, area image.Rectangle, x, y int) (int, int) {
	if area.Size() == box.Size() {
		return x - box.Min.X + area.Min.X, y - box.Min.Y + area.Min.Y
	}
	u, v := refPosition(box, area, x, y)
	return (u - 1) >> 16, (v - 1) >> 16
}

func refPosition(box, area image.Rectangle, x, y int) (u, v int) {
	fx, fy := area.Dx()*65536/box.Dx(), area.Dy()*65536/box.Dy()
	return (x-box.Min.X)*fx + (fx+1)>>1 + area.Min.X*65536, (y-box.Min.Y)*fy + (fy+1)>>1 + area.Min.Y*65536
}

// refScaled is refWords, except that on a surface with alpha what was scaled
// has some.
func (d refDesktop) refScaled(s *refSurface, box image.Rectangle, from Source, area image.Rectangle, interpolate bool) func(x, y int) (uint32, bool) {
	src := d.source(from)
	if s.format == FormatARGB && !src.hasAlpha && area.Size() != box.Size() {
		at := src.at
		src.at = func(x, y int) [4]uint32 {
			c := at(x, y)
			c[3] = 255
			return c
		}
	}
	return refArea(s, src, box, area, interpolate)
}

// refWords gives the words of an area of a source as one of the size of the
// box, and whether they are drawn.
func (d refDesktop) refWords(s *refSurface, box image.Rectangle, from Source, area image.Rectangle, interpolate bool) func(x, y int) (uint32, bool) {
	return refArea(s, d.source(from), box, area, interpolate)
}

func refArea(s *refSurface, src refImage, box, area image.Rectangle, interpolate bool) func(x, y int) (uint32, bool) {
	inside := func(x, y int) bool { return x >= 0 && y >= 0 && x < src.size.X && y < src.size.Y }
	sample := func(x, y int) uint32 { return pack(s.format, src.at(x, y), src.hasAlpha) }
	same := area.Size() == box.Size()
	return func(x, y int) (uint32, bool) {
		if same || !interpolate {
			x, y := refNearest(box, area, x, y)
			if !inside(x, y) {
				return 0, !same
			}
			return sample(x, y), true
		}
		u, v := refPosition(box, area, x, y)
		sum := refBetween(u, v, func(x, y int) [4]uint32 {
			if !inside(x, y) {
				return [4]uint32{}
			}
			return unpack(s.format, sample(x, y))
		})
		return pack(s.format, sum, true), true
	}
}

// refBetween interpolates.
func refBetween(u, v int, at func(x, y int) [4]uint32) [4]uint32 {
	u, v = u-0x8000, v-0x8000
	x0, y0, wx, wy := u>>16, v>>16, uint32(u>>9&127), uint32(v>>9&127)
	var sum [4]uint32
	add := func(x, y int, weight uint32) {
		for i, c := range at(x, y) {
			sum[i] += c * weight
		}
	}
	add(x0, y0, (128-wx)*(128-wy))
	add(x0+1, y0, wx*(128-wy))
	add(x0, y0+1, (128-wx)*wy)
	add(x0+1, y0+1, wx*wy)
	for i := range sum {
		sum[i] >>= 14
	}
	return sum
}
