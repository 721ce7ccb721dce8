package demo

import (
	"encoding/binary"
	"image"
	"image/color"
	"image/draw"
	"math"
	"sync"

	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/vector"
)

var (
	regular = sync.OnceValue(func() *outlines { return parseFont(goregular.TTF) })
	medium  = sync.OnceValue(func() *outlines { return parseFont(gomedium.TTF) })
	bold    = sync.OnceValue(func() *outlines { return parseFont(gobold.TTF) })
	mono    = sync.OnceValue(func() *outlines { return parseFont(gomono.TTF) })
)

// outlines are the glyphs of one of the Go fonts. Only what those need of the
// TrueType format is read, and it is trusted: it is part of the program.
type outlines struct {
	glyf, loca, hmtx, cmap []byte
	unitsPerEm             float32
	advances               int // entries of hmtx
	longOffsets            bool
}

func parseFont(ttf []byte) *outlines {
	table := map[string][]byte{}
	for i := range int(binary.BigEndian.Uint16(ttf[4:])) {
		e := ttf[12+16*i:]
		at, n := binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
		table[string(e[:4])] = ttf[at : at+n]
	}
	f := &outlines{
		glyf: table["glyf"], loca: table["loca"], hmtx: table["hmtx"],
		unitsPerEm:  float32(binary.BigEndian.Uint16(table["head"][18:])),
		longOffsets: binary.BigEndian.Uint16(table["head"][50:]) != 0,
		advances:    int(binary.BigEndian.Uint16(table["hhea"][34:])),
	}
	cmap := table["cmap"]
	for i := range int(binary.BigEndian.Uint16(cmap[2:])) {
		sub := cmap[binary.BigEndian.Uint32(cmap[4+8*i+4:]):]
		if binary.BigEndian.Uint16(sub) == 4 {
			f.cmap = sub
		}
	}
	return f
}

// index returns the glyph of r, 0 (a box) if there is none.
func (f *outlines) index(r rune) int {
	n := int(binary.BigEndian.Uint16(f.cmap[6:])) // twice the number of segments
	ends, starts, deltas, offsets := f.cmap[14:], f.cmap[16+n:], f.cmap[16+2*n:], f.cmap[16+3*n:]
	for i := 0; i < n; i += 2 {
		if int(binary.BigEndian.Uint16(ends[i:])) < int(r) {
			continue
		}
		start := int(binary.BigEndian.Uint16(starts[i:]))
		if start > int(r) {
			break
		}
		delta, offset := int(binary.BigEndian.Uint16(deltas[i:])), int(binary.BigEndian.Uint16(offsets[i:]))
		if offset == 0 {
			return (int(r) + delta) & 0xffff
		}
		if g := int(binary.BigEndian.Uint16(offsets[i+offset+2*(int(r)-start):])); g != 0 {
			return (g + delta) & 0xffff
		}
		break
	}
	return 0
}

func (f *outlines) advance(glyph int) float32 {
	return float32(binary.BigEndian.Uint16(f.hmtx[4*min(glyph, f.advances-1):]))
}

func (f *outlines) data(glyph int) []byte {
	if f.longOffsets {
		return f.glyf[binary.BigEndian.Uint32(f.loca[4*glyph:]):binary.BigEndian.Uint32(f.loca[4*glyph+4:])]
	}
	return f.glyf[2*int(binary.BigEndian.Uint16(f.loca[2*glyph:])) : 2*int(binary.BigEndian.Uint16(f.loca[2*glyph+2:]))]
}

// A contourPoint is on a curve or controls it. Units are the font's, y is up.
type contourPoint struct {
	x, y float32
	on   bool
}

// contours appends the outline of a glyph, moved by dx, dy.
func (f *outlines) contours(out [][]contourPoint, glyph int, dx, dy float32) [][]contourPoint {
	b := f.data(glyph)
	if len(b) == 0 {
		return out
	}
	n := int(int16(binary.BigEndian.Uint16(b)))
	if n < 0 {
		return f.composite(out, b[10:], dx, dy)
	}
	b = b[10:]
	ends := make([]int, n)
	for i := range ends {
		ends[i] = int(binary.BigEndian.Uint16(b[2*i:])) + 1
	}
	b = b[2*n:]
	b = b[2+binary.BigEndian.Uint16(b):] // past the instructions
	points := simplePoints(b, ends[n-1])
	start := 0
	for _, end := range ends {
		for i := range points[start:end] {
			points[start+i].x += dx
			points[start+i].y += dy
		}
		out = append(out, points[start:end])
		start = end
	}
	return out
}

// simplePoints reads the flags and coordinates of n points.
func simplePoints(b []byte, n int) []contourPoint {
	const on, xShort, yShort, repeat, xSame, ySame = 1, 2, 4, 8, 16, 32
	flags := make([]byte, 0, n)
	for len(flags) < n {
		flag, times := b[0], 0
		b = b[1:]
		if flag&repeat != 0 {
			times, b = int(b[0]), b[1:]
		}
		for range times + 1 {
			flags = append(flags, flag)
		}
	}
	points := make([]contourPoint, n)
	axis := func(set func(p *contourPoint, v int), short, same byte) {
		v := 0
		for i, flag := range flags[:n] {
			switch {
			case flag&short != 0 && flag&same != 0:
				v, b = v+int(b[0]), b[1:]
			case flag&short != 0:
				v, b = v-int(b[0]), b[1:]
			case flag&same == 0:
				v, b = v+int(int16(binary.BigEndian.Uint16(b))), b[2:]
			}
			set(&points[i], v)
		}
	}
	axis(func(p *contourPoint, v int) { p.x = float32(v) }, xShort, xSame)
	axis(func(p *contourPoint, v int) { p.y = float32(v) }, yShort, ySame)
	for i := range points {
		points[i].on = flags[i]&on != 0
	}
	return points
}

// composite reads a glyph made of others, which the Go fonts only move.
func (f *outlines) composite(out [][]contourPoint, b []byte, dx, dy float32) [][]contourPoint {
	const words, more = 1, 32
	for {
		flags, glyph := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		var x, y float32
		if b = b[4:]; flags&words != 0 {
			x, y = float32(int16(binary.BigEndian.Uint16(b))), float32(int16(binary.BigEndian.Uint16(b[2:])))
			b = b[4:]
		} else {
			x, y = float32(int8(b[0])), float32(int8(b[1]))
			b = b[2:]
		}
		out = f.contours(out, glyph, dx+x, dy+y)
		if flags&more == 0 {
			return out
		}
	}
}

// A face is a font at a size. It is for one goroutine at a time.
type face struct {
	font  *outlines
	size  float32 // pixels an em
	masks map[maskKey]mask
}

type maskKey struct {
	r     rune
	shift uint8 // quarters of a pixel
}

// A mask is the coverage of a glyph, relative to its origin.
type mask struct {
	alpha   *image.Alpha // nil for blanks
	advance float32
}

func newFace(f *outlines, size float32) *face {
	return &face{font: f, size: size, masks: map[maskKey]mask{}}
}

// width returns the width of s in pixels.
func (f *face) width(s string) float32 {
	var w float32
	for _, r := range s {
		w += f.font.advance(f.font.index(r)) * f.size / f.font.unitsPerEm
	}
	return w
}

// draw writes s with its base line at y and returns where it ends.
func (f *face) draw(dst *image.RGBA, x, y float32, s string, c color.RGBA) float32 {
	src := image.NewUniform(c)
	for _, r := range s {
		whole := float32(math.Floor(float64(x)))
		m := f.mask(r, uint8((x-whole)*4))
		if m.alpha != nil {
			box := m.alpha.Rect.Add(image.Pt(int(whole), int(y)))
			draw.DrawMask(dst, box, src, image.Point{}, m.alpha, m.alpha.Rect.Min, draw.Over)
		}
		x += m.advance
	}
	return x
}

func (f *face) mask(r rune, shift uint8) mask {
	key := maskKey{r, shift}
	m, ok := f.masks[key]
	if !ok {
		m = f.rasterize(r, float32(shift)/4)
		f.masks[key] = m
	}
	return m
}

func (f *face) rasterize(r rune, shift float32) mask {
	scale := f.size / f.font.unitsPerEm
	glyph := f.font.index(r)
	m := mask{advance: f.font.advance(glyph) * scale}
	contours := f.font.contours(nil, glyph, 0, 0)
	if len(contours) == 0 {
		return m
	}
	// Glyphs stay within an em of their origin, give or take a little.
	e := int(f.size) + 2
	box := image.Rect(-e/2, -e-e/4, e+e/2, e/2)
	z := vector.NewRasterizer(box.Dx(), box.Dy())
	place := func(p contourPoint) (x, y float32) {
		return p.x*scale + shift - float32(box.Min.X), -p.y*scale - float32(box.Min.Y)
	}
	for _, c := range contours {
		trace(z, c, place)
	}
	m.alpha = image.NewAlpha(box)
	z.Draw(m.alpha, box, image.Opaque, image.Point{})
	return m
}

// trace adds one closed contour of quadratic curves. Between two control points
// lies an implied point of the curve.
func trace(z *vector.Rasterizer, c []contourPoint, place func(contourPoint) (x, y float32)) {
	middle := func(a, b contourPoint) contourPoint { return contourPoint{(a.x + b.x) / 2, (a.y + b.y) / 2, true} }
	start := c[0]
	if !start.on {
		start = middle(c[0], c[len(c)-1])
	}
	z.MoveTo(place(start))
	curve := func(control, to contourPoint) {
		bx, by := place(control)
		cx, cy := place(to)
		z.QuadTo(bx, by, cx, cy)
	}
	var control *contourPoint
	for i := range c {
		p := c[i]
		switch {
		case p.on && control != nil:
			curve(*control, p)
			control = nil
		case p.on:
			z.LineTo(place(p))
		case control != nil:
			curve(*control, middle(*control, p))
			control = &c[i]
		default:
			control = &c[i]
		}
	}
	if control != nil {
		curve(*control, start)
	}
	z.ClosePath()
}
