package window

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"sync"

	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/vector"
)

// The faces of the window's own words, read when they are first needed.
var (
	regular = sync.OnceValue(func() *face { return newFace(goregular.TTF) })
	medium  = sync.OnceValue(func() *face { return newFace(gomedium.TTF) })
)

// A face is a TrueType font that is part of the program, so that it is not
// checked: only what the Go fonts use is read. Outlines are not hinted.
type face struct {
	glyf, loca, hmtx, cmap []byte
	longLoca               bool
	metrics                int // glyphs with a width of their own
	em, ascent, descent    float32
}

func newFace(ttf []byte) *face {
	table := map[string][]byte{}
	for i := range u16(ttf, 4) {
		e := ttf[12+16*i:]
		at, n := binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
		table[string(e[:4])] = ttf[at : at+n]
	}
	head, hhea, cmap := table["head"], table["hhea"], table["cmap"]
	f := &face{
		glyf: table["glyf"], loca: table["loca"], hmtx: table["hmtx"],
		longLoca: u16(head, 50) != 0,
		metrics:  u16(hhea, 34),
		em:       float32(u16(head, 18)),
		ascent:   float32(i16(hhea, 4)),
		descent:  float32(-i16(hhea, 6)),
	}
	for i := range u16(cmap, 2) {
		sub := cmap[binary.BigEndian.Uint32(cmap[4+8*i+4:]):]
		if u16(sub, 0) == 4 {
			f.cmap = sub
		}
	}
	return f
}

func u16(b []byte, i int) int { return int(binary.BigEndian.Uint16(b[i:])) }
func i16(b []byte, i int) int { return int(int16(binary.BigEndian.Uint16(b[i:]))) }

// glyph returns the glyph of a rune: 0, a box, if the face has none
// (cmap, format 4).
func (f *face) glyph(r rune) int {
	c := int(r)
	n := u16(f.cmap, 6) // twice the segments
	ends, starts := f.cmap[14:], f.cmap[16+n:]
	deltas, offsets := f.cmap[16+2*n:], f.cmap[16+3*n:]
	for i := 0; i < n; i += 2 {
		if c > u16(ends, i) {
			continue
		}
		start := u16(starts, i)
		if c < start {
			return 0
		}
		g := c
		if o := u16(offsets, i); o != 0 {
			if g = u16(offsets, i+o+2*(c-start)); g == 0 {
				return 0
			}
		}
		return (g + u16(deltas, i)) & 0xffff
	}
	return 0
}

// advance returns the width of a glyph in units of the face.
func (f *face) advance(g int) float32 {
	return float32(u16(f.hmtx, 4*min(g, f.metrics-1)))
}

// width returns how wide a line is in pixels.
func (f *face) width(line string, size float32) float32 {
	w := float32(0)
	for _, r := range line {
		w += f.advance(f.glyph(r))
	}
	return w * size / f.em
}

// draw writes a line whose base line starts at x, y.
func (f *face) draw(dst *image.RGBA, line string, size, x, y float32, c color.Color) {
	z := vector.NewRasterizer(dst.Rect.Dx(), dst.Rect.Dy())
	z.DrawOp = draw.Over
	scale := size / f.em
	for _, r := range line {
		g := f.glyph(r)
		f.outline(z, g, transform{scale, x, y})
		x += f.advance(g) * scale
	}
	z.Draw(dst, dst.Rect, image.NewUniform(c), image.Point{})
}

// A transform places units of a face, y upwards, in an image.
type transform struct{ scale, x, y float32 }

func (t transform) at(x, y float32) (float32, float32) { return t.x + x*t.scale, t.y - y*t.scale }

// outline adds a glyph to the path.
func (f *face) outline(z *vector.Rasterizer, g int, t transform) {
	var from, to int
	if f.longLoca {
		from, to = int(binary.BigEndian.Uint32(f.loca[4*g:])), int(binary.BigEndian.Uint32(f.loca[4*g+4:]))
	} else {
		from, to = 2*u16(f.loca, 2*g), 2*u16(f.loca, 2*g+2)
	}
	if from == to {
		return // a space
	}
	data := f.glyf[from:to]
	if n := i16(data, 0); n >= 0 {
		simple(z, data[10:], n, t)
		return
	}
	f.compound(z, data[10:], t)
}

// compound adds a glyph that is made of others, such as a letter and an accent.
func (f *face) compound(z *vector.Rasterizer, data []byte, t transform) {
	const (
		words  = 0x01 // arguments have two bytes
		more   = 0x20
		scaled = 0x08 | 0x40 | 0x80 // none in the Go fonts
	)
	for {
		flags, g := u16(data, 0), u16(data, 2)
		var dx, dy int
		if flags&words != 0 {
			dx, dy = i16(data, 4), i16(data, 6)
			data = data[8:]
		} else {
			dx, dy = int(int8(data[4])), int(int8(data[5]))
			data = data[6:]
		}
		if flags&scaled != 0 {
			return
		}
		part := t
		part.x, part.y = t.at(float32(dx), float32(dy))
		f.outline(z, g, part)
		if flags&more == 0 {
			return
		}
	}
}

// A point of an outline; those off the curve control it.
type point struct {
	x, y float32
	on   bool
}

// simple adds a glyph of n contours.
func simple(z *vector.Rasterizer, data []byte, n int, t transform) {
	ends := data
	total := u16(data, 2*n-2) + 1
	data = data[2*n:]
	data = data[2+u16(data, 0):] // instructions
	flags := make([]byte, 0, total)
	for len(flags) < total {
		flag := data[0]
		data = data[1:]
		flags = append(flags, flag)
		if flag&0x08 != 0 { // repeated
			for range data[0] {
				flags = append(flags, flag)
			}
			data = data[1:]
		}
	}
	points := make([]point, total)
	xs, data := coordinates(data, flags, 0x02, 0x10)
	ys, _ := coordinates(data, flags, 0x04, 0x20)
	for i := range points {
		points[i].x, points[i].y = t.at(xs[i], ys[i])
		points[i].on = flags[i]&0x01 != 0
	}
	for i, first := 0, 0; i < n; i++ {
		last := u16(ends, 2*i) + 1
		contour(z, points[first:last])
		first = last
	}
}

// coordinates reads one coordinate of each point: a byte if flag short is
// set, whose sign is flag same; else two bytes, or none if same is set.
func coordinates(data, flags []byte, short, same byte) ([]float32, []byte) {
	out := make([]float32, len(flags))
	v := 0
	for i, flag := range flags {
		switch {
		case flag&short != 0:
			d := int(data[0])
			if flag&same == 0 {
				d = -d
			}
			v += d
			data = data[1:]
		case flag&same == 0:
			v += i16(data, 0)
			data = data[2:]
		}
		out[i] = float32(v)
	}
	return out, data
}

// contour adds a closed curve. Between two points off the curve lies one on it.
func contour(z *vector.Rasterizer, p []point) {
	mid := func(a, b point) point { return point{(a.x + b.x) / 2, (a.y + b.y) / 2, true} }
	start := p[0]
	if !start.on {
		start = mid(p[0], p[len(p)-1])
	}
	z.MoveTo(start.x, start.y)
	for i, q := range p {
		next := p[(i+1)%len(p)]
		switch {
		case q.on:
			z.LineTo(q.x, q.y)
		case next.on:
			z.QuadTo(q.x, q.y, next.x, next.y)
		default:
			m := mid(q, next)
			z.QuadTo(q.x, q.y, m.x, m.y)
		}
	}
	z.ClosePath()
}
