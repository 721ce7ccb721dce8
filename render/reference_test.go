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
	case *Invers:
		mask = op.Mask
		put = func(_, _ int, old uint32) (uint32, bool) { return ^old, true }
	}
	allowed := d.maskAllows(mask, box)
	for y := range s.h {
		for x := range s.w {
			p := image.Pt(x, y)
			in := clip == nil
			for _, r := range clip {
				in = in || p.In(r)
			}
			if !in || !p.In(box) || !allowed(x, y) {
				continue
			}
			if w, ok := put(x, y, s.words[y*s.w+x]); ok {
				s.words[y*s.w+x] = w & ones(s.format)
			}
		}
	}
}

func (d refDesktop) refFill(s *refSurface, op *Fill) func(x, y int, old uint32) (uint32, bool) {
	brush := func(x, y int) uint32 { return 0 }
	switch op.Brush.Kind {
	case BrushSolid:
		brush = func(x, y int) uint32 { return op.Brush.Color & ones(s.format) }
	case BrushPattern:
		tile := d.source(op.Brush.Tile)
		brush = func(x, y int) uint32 {
			for x -= op.Brush.Pos.X; x < 0; {
				x += tile.size.X
			}
			for y -= op.Brush.Pos.Y; y < 0; {
				y += tile.size.Y
			}
			return pack(s.format, tile.at(x%tile.size.X, y%tile.size.Y), tile.hasAlpha)
		}
	}
	return func(x, y int, old uint32) (uint32, bool) {
		return refRop(op.Rop, brush(x, y), old, 2, 4), true
	}
}

func (d refDesktop) refCopy(s *refSurface, box image.Rectangle, op *Copy) func(x, y int, old uint32) (uint32, bool) {
	src := d.source(op.Src)
	inside := func(x, y int) bool { return x >= 0 && y >= 0 && x < src.size.X && y < src.size.Y }
	sample := func(x, y int) uint32 { return pack(s.format, src.at(x, y), src.hasAlpha) }
	if op.SrcArea.Size() == box.Size() {
		return func(x, y int, old uint32) (uint32, bool) {
			x, y = x-box.Min.X+op.SrcArea.Min.X, y-box.Min.Y+op.SrcArea.Min.Y
			if !inside(x, y) {
				return 0, false
			}
			return refRop(op.Rop, sample(x, y), old, 1, 4), true
		}
	}
	fx, fy := op.SrcArea.Dx()*65536/box.Dx(), op.SrcArea.Dy()*65536/box.Dy()
	return func(x, y int, old uint32) (uint32, bool) {
		u := (x-box.Min.X)*fx + (fx+1)>>1 + op.SrcArea.Min.X*65536
		v := (y-box.Min.Y)*fy + (fy+1)>>1 + op.SrcArea.Min.Y*65536
		if !op.Interpolate {
			var word uint32
			if x, y := (u-1)>>16, (v-1)>>16; inside(x, y) {
				word = sample(x, y)
			}
			return refRop(op.Rop, word, old, 1, 4), true
		}
		u, v = u-0x8000, v-0x8000
		x0, y0, wx, wy := u>>16, v>>16, uint32(u>>9&127), uint32(v>>9&127)
		var sum [4]uint32
		add := func(x, y int, weight uint32) {
			if inside(x, y) {
				for i, c := range unpack(s.format, sample(x, y)) {
					sum[i] += c * weight
				}
			}
		}
		add(x0, y0, (128-wx)*(128-wy))
		add(x0+1, y0, wx*(128-wy))
		add(x0, y0+1, (128-wx)*wy)
		add(x0+1, y0+1, wx*wy)
		for i := range sum {
			sum[i] >>= 14
		}
		return refRop(op.Rop, pack(s.format, sum, true), old, 1, 4), true
	}
}
