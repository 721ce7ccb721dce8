package demo

import (
	"image"
	"image/color"
	"math"

	"golang.org/x/image/vector"
)

// The colours of the desktop.
var (
	night   = rgb(0x081425)
	deep    = rgb(0x0d2140)
	blue    = rgb(0x1d4f82)
	sky     = rgb(0x7db7e8)
	teal    = rgb(0x4fc1b0)
	saffron = rgb(0xf4a62a)
	amber   = rgb(0xffcb6b)
	ember   = rgb(0xe4682b)
	rose    = rgb(0xc8455a)
	plum    = rgb(0x5b3069)
	cream   = rgb(0xfff1d6)
	mist    = rgb(0x9db4cf)
)

func rgb(v uint32) color.RGBA {
	return color.RGBA{R: uint8(v >> 16), G: uint8(v >> 8), B: uint8(v), A: 255}
}

// fade makes c translucent: a is its opacity, 0 to 1.
func fade(c color.RGBA, a float64) color.RGBA {
	part := func(v uint8) uint8 { return uint8(float64(v)*a + 0.5) }
	return color.RGBA{R: part(c.R), G: part(c.G), B: part(c.B), A: part(c.A)}
}

// mix goes from a to b as f goes from 0 to 1.
func mix(a, b color.RGBA, f float64) color.RGBA {
	f = min(max(f, 0), 1)
	part := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*f + 0.5) }
	return color.RGBA{R: part(a.R, b.R), G: part(a.G, b.G), B: part(a.B, b.B), A: part(a.A, b.A)}
}

// ramp goes through the colours as f goes from 0 to 1.
func ramp(f float64, colours ...color.RGBA) color.RGBA {
	f = min(max(f, 0), 1) * float64(len(colours)-1)
	i := min(int(f), len(colours)-2)
	return mix(colours[i], colours[i+1], f-float64(i))
}

// each sets every pixel of img.
func each(img *image.RGBA, f func(x, y int) color.RGBA) {
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			img.SetRGBA(x, y, f(x, y))
		}
	}
}

// clearTo fills img with one colour.
func clearTo(img *image.RGBA, c color.RGBA) {
	each(img, func(int, int) color.RGBA { return c })
}

// A pen draws smooth shapes on an image. Coordinates are pixels, whose centres
// lie at halves.
type pen struct {
	dst  *image.RGBA
	z    vector.Rasterizer
	path []stretch
}

// A stretch is a part of an outline: one point begins it, or continues it by a
// line; three are a cubic curve.
type stretch struct {
	begins bool
	curve  bool
	xy     [6]float64
}

func newPen(dst *image.RGBA) *pen { return &pen{dst: dst} }

func (p *pen) moveTo(x, y float64) {
	p.path = append(p.path, stretch{begins: true, xy: [6]float64{x, y, x, y, x, y}})
}

func (p *pen) lineTo(x, y float64) {
	p.path = append(p.path, stretch{xy: [6]float64{x, y, x, y, x, y}})
}

func (p *pen) cube(ax, ay, bx, by, cx, cy float64) {
	p.path = append(p.path, stretch{curve: true, xy: [6]float64{ax, ay, bx, by, cx, cy}})
}

// fill paints what was traced since the last fill. Only the part of the image
// that the outline touches is worked on.
func (p *pen) fill(c color.RGBA) {
	box := p.bounds().Intersect(p.dst.Rect)
	if !box.Empty() {
		p.z.Reset(box.Dx(), box.Dy())
		p.trace(box.Min)
		p.z.Draw(p.dst, box, image.NewUniform(c), image.Point{})
	}
	p.path = p.path[:0]
}

func (p *pen) bounds() image.Rectangle {
	low, high := math.Inf(1), math.Inf(-1)
	x0, y0, x1, y1 := low, low, high, high
	for _, s := range p.path {
		for i := 0; i < 6; i += 2 {
			x0, x1 = min(x0, s.xy[i]), max(x1, s.xy[i])
			y0, y1 = min(y0, s.xy[i+1]), max(y1, s.xy[i+1])
		}
	}
	return image.Rect(int(math.Floor(x0)), int(math.Floor(y0)), int(math.Ceil(x1)), int(math.Ceil(y1)))
}

func (p *pen) trace(corner image.Point) {
	at := func(x, y float64) (float32, float32) {
		return float32(x - float64(corner.X)), float32(y - float64(corner.Y))
	}
	for i, s := range p.path {
		x, y := at(s.xy[4], s.xy[5])
		switch {
		case s.begins:
			if i > 0 {
				p.z.ClosePath()
			}
			p.z.MoveTo(x, y)
		case s.curve:
			ax, ay := at(s.xy[0], s.xy[1])
			bx, by := at(s.xy[2], s.xy[3])
			p.z.CubeTo(ax, ay, bx, by, x, y)
		default:
			p.z.LineTo(x, y)
		}
	}
	p.z.ClosePath()
}

// polygon paints a closed outline.
func (p *pen) polygon(c color.RGBA, xy ...float64) {
	p.outline(xy...)
	p.fill(c)
}

func (p *pen) outline(xy ...float64) {
	p.moveTo(xy[0], xy[1])
	for i := 2; i < len(xy); i += 2 {
		p.lineTo(xy[i], xy[i+1])
	}
}

// arc is the distance of the control points that make a quarter of a circle.
const arc = 0.5523

// circle paints a disc.
func (p *pen) circle(c color.RGBA, x, y, r float64) {
	p.round(x-r, y-r, x+r, y+r, r)
	p.fill(c)
}

// roundRect paints a rectangle with round corners.
func (p *pen) roundRect(c color.RGBA, r image.Rectangle, radius float64) {
	p.round(float64(r.Min.X), float64(r.Min.Y), float64(r.Max.X), float64(r.Max.Y), radius)
	p.fill(c)
}

func (p *pen) round(x0, y0, x1, y1, r float64) {
	k := r * (1 - arc)
	p.moveTo(x0+r, y0)
	p.lineTo(x1-r, y0)
	p.cube(x1-k, y0, x1, y0+k, x1, y0+r)
	p.lineTo(x1, y1-r)
	p.cube(x1, y1-k, x1-k, y1, x1-r, y1)
	p.lineTo(x0+r, y1)
	p.cube(x0+k, y1, x0, y1-k, x0, y1-r)
	p.lineTo(x0, y0+r)
	p.cube(x0, y0+k, x0+k, y0, x0+r, y0)
}

// line paints strokes through points, with flat ends.
func (p *pen) line(c color.RGBA, width float64, xy ...float64) {
	for i := 0; i+3 < len(xy); i += 2 {
		x0, y0, x1, y1 := xy[i], xy[i+1], xy[i+2], xy[i+3]
		n := math.Hypot(x1-x0, y1-y0)
		if n == 0 {
			continue
		}
		dx, dy := (x1-x0)/n*width/2, (y1-y0)/n*width/2
		x0, y0, x1, y1 = x0-dx/2, y0-dy/2, x1+dx/2, y1+dy/2 // close the gaps at bends
		p.outline(x0-dy, y0+dx, x1-dy, y1+dx, x1+dy, y1-dx, x0+dy, y0-dx)
	}
	p.fill(c)
}

// petal paints a leaf that begins at x, y and points to angle.
func (p *pen) petal(c color.RGBA, x, y, angle, length, width float64) {
	dx, dy := math.Cos(angle), math.Sin(angle)
	p.moveTo(x, y)
	tipX, tipY := x+dx*length, y+dy*length
	p.cube(x+dx*length*0.3-dy*width, y+dy*length*0.3+dx*width,
		x+dx*length*0.8-dy*width*0.8, y+dy*length*0.8+dx*width*0.8, tipX, tipY)
	p.cube(x+dx*length*0.8+dy*width*0.8, y+dy*length*0.8-dx*width*0.8,
		x+dx*length*0.3+dy*width, y+dy*length*0.3-dx*width, x, y)
	p.fill(c)
}

// noise is a fixed random number for a pixel, 0 to 1.
func noise(x, y int) float64 {
	h := uint32(x)*374761393 + uint32(y)*668265263
	h = (h ^ h>>13) * 1274126177
	return float64(h^h>>16) / (1 << 32)
}
