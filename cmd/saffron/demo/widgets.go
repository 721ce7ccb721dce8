package demo

import (
	"image"
	"image/color"
	"math"
	"time"
)

// A topBar shows the time at the right end of the bar.
type topBar struct {
	under *image.RGBA // the bar without the time
	shown string
	face  *face
}

func newTopBar() *topBar { return &topBar{face: newFace(medium(), 13.5)} }

func (b *topBar) place(l *layout) {
	b.under = image.NewRGBA(image.Rect(l.bar.Max.X-180, 0, l.bar.Max.X, l.bar.Max.Y-1))
	copyPixels(b.under, l.base)
	b.shown = ""
}

func (b *topBar) refresh(s *screen, now time.Time) {
	text := now.Format("Mon 2 Jan   15:04:05")
	if text == b.shown {
		return
	}
	b.shown = text
	img := cloneImage(b.under)
	b.face.draw(img, float32(img.Rect.Max.X)-20-b.face.width(text), 22.5, text, cream)
	s.put(img.Rect.Min, lzImage(img), img, nil)
}

// copyPixels fills dst with what src has at the same place.
func copyPixels(dst, src *image.RGBA) {
	for y := dst.Rect.Min.Y; y < dst.Rect.Max.Y; y++ {
		copy(dst.Pix[dst.PixOffset(dst.Rect.Min.X, y):][:4*dst.Rect.Dx()], src.Pix[src.PixOffset(dst.Rect.Min.X, y):])
	}
}

// An orb bounces over the wallpaper, behind the panels. What it leaves is
// restored by sending the wallpaper again, together with the orb.
type orb struct {
	base   *image.RGBA
	panels []image.Rectangle
	bounds image.Rectangle // where it moves
	x, y   float64         // of its centre
	dx, dy float64         // a step
	box    image.Rectangle // what it covers
}

const (
	orbRadius = 17.0
	orbGlow   = 30 // pixels from the centre to where nothing is left of it
)

func (o *orb) place(l *layout) {
	o.base, o.panels = l.base, l.panels
	o.bounds = image.Rect(l.free.Min.X-orbGlow, l.free.Min.Y, l.base.Rect.Max.X, l.base.Rect.Max.Y)
	o.x, o.y = float64(l.free.Max.X-60), float64(l.free.Max.Y-50)
	o.dx, o.dy = -2.3, -1.7
	o.box = o.cover()
}

func (o *orb) cover() image.Rectangle {
	at := image.Pt(int(o.x), int(o.y))
	return image.Rectangle{Min: at.Sub(image.Pt(orbGlow, orbGlow)), Max: at.Add(image.Pt(orbGlow+1, orbGlow+1))}
}

func (o *orb) step(s *screen, _ int) {
	o.x, o.dx = bounce(o.x, o.dx, o.bounds.Min.X, o.bounds.Max.X)
	o.y, o.dy = bounce(o.y, o.dy, o.bounds.Min.Y, o.bounds.Max.Y)
	before := o.box
	o.box = o.cover()
	o.send(s, before.Union(o.box))
}

func bounce(at, by float64, low, high int) (float64, float64) {
	if at += by; at < float64(low)+orbRadius && by < 0 || at > float64(high)-orbRadius && by > 0 {
		by = -by
	}
	return at, by
}

func (o *orb) show(s *screen) { o.send(s, o.box) }

func (o *orb) send(s *screen, area image.Rectangle) {
	area = area.Intersect(o.base.Rect)
	clip := subtract(area, o.panels)
	if len(clip) == 0 {
		return
	}
	img := image.NewRGBA(area)
	copyPixels(img, o.base)
	each(img, func(x, y int) color.RGBA { return o.shade(img.RGBAAt(x, y), x, y) })
	s.put(area.Min, quicImage(img), img, clip)
}

// shade puts the orb over the pixel c.
func (o *orb) shade(c color.RGBA, x, y int) color.RGBA {
	dx, dy := float64(x)+0.5-o.x, float64(y)+0.5-o.y
	r := math.Hypot(dx, dy)
	if r >= orbGlow {
		return c
	}
	glow := math.Pow(1-r/orbGlow, 2)
	c = mix(c, amber, 0.75*glow)
	light := math.Hypot(dx+5, dy+6) / (1.6 * orbRadius)
	ball := ramp(light, cream, amber, saffron, ember)
	return mix(c, ball, orbRadius+0.5-r)
}

// subtract returns what is left of r without the holes, as rectangles that do
// not overlap.
func subtract(r image.Rectangle, holes []image.Rectangle) []image.Rectangle {
	if r.Empty() {
		return nil
	}
	for i, h := range holes {
		if h = h.Intersect(r); h.Empty() {
			continue
		}
		var left []image.Rectangle
		for _, part := range []image.Rectangle{
			{r.Min, image.Pt(r.Max.X, h.Min.Y)},
			{image.Pt(r.Min.X, h.Min.Y), image.Pt(h.Min.X, h.Max.Y)},
			{image.Pt(h.Max.X, h.Min.Y), image.Pt(r.Max.X, h.Max.Y)},
			{image.Pt(r.Min.X, h.Max.Y), r.Max},
		} {
			left = append(left, subtract(part, holes[i+1:])...)
		}
		return left
	}
	return []image.Rectangle{r}
}
