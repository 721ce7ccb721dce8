package window

import (
	"image"
	"image/color"
	"math"
	"time"

	"golang.org/x/image/draw"

	"saffron/render"
)

// A sheet is all of the window in memory, for a panel to show: where GL would
// draw in software, that does less, since only what has changed is drawn.
type sheet struct {
	panel  panel
	size   image.Point
	pix    []byte // of size, row after row: B, G, R, 255
	stale  bool   // all of it is to be drawn
	scaler scaler

	pointer   *image.RGBA // as it is on the sheet, at its place; nil if it is not
	pointerOf pointerKey
	over      images
}

// A pointerKey is what the drawn pointer depends on.
type pointerKey struct {
	shape uint64
	at    image.Point
	view  render.Viewport
}

// drawSheet draws what has changed and shows it.
func (g *game) drawSheet() {
	o, s, began := &g.w.o, g.sheet, time.Now()
	if x, y := o.Desktop.HeadSize(o.Head); x > 0 {
		g.pic.size = image.Pt(x, y)
	}
	g.fit()
	now := g.look()
	s.resize(now.window)
	var dirty []image.Rectangle
	drawn := o.Desktop.Frame(o.Head, func(pix *image.RGBA, changed []image.Rectangle) {
		if pix != nil && pix.Rect.Size() != now.view.Guest {
			s.stale = true // it has changed since
			g.w.Wake()
			return
		}
		dirty = s.update(&g.scene, &now, g.shape, changed)
		for _, r := range dirty {
			s.paint(r, &now, pix)
		}
		g.scene, s.stale = now, false
	})
	if !drawn {
		s.stale = s.stale || now.window != g.scene.window
	}
	dirty = append(dirty, g.side.lost()...)
	if s.stale || len(dirty) == 0 {
		return
	}
	s.panel.show(s.size, dirty)
	g.w.counts.frame(began)
	g.w.drawn.Store(time.Now().UnixNano())
}

// resize makes the sheet as large as the window.
func (s *sheet) resize(size image.Point) {
	s.pix = s.panel.memory(4 * size.X * size.Y)
	s.stale = s.stale || size != s.size
	s.size = size
}

// update prepares for painting the scene now, after old, and returns what is
// different, which may overlap. changed is in pixels of the head.
func (s *sheet) update(old, now *scene, shape *image.RGBA, changed []image.Rectangle) []image.Rectangle {
	var dirty []image.Rectangle
	add := func(r image.Rectangle) {
		if r = r.Intersect(image.Rectangle{Max: s.size}); !r.Empty() {
			dirty = append(dirty, r)
		}
	}
	s.over.update(&now.over, add)
	if s.stale || now.view != old.view || now.filter != old.filter || now.dimmed != old.dimmed || now.covered != old.covered {
		s.dress(now, shape)
		return []image.Rectangle{{Max: s.size}}
	}
	d := now.view.Dest()
	for _, r := range changed {
		if d.Size() != now.view.Guest {
			s.scaler.set(now.view.Guest, d.Size(), now.filter)
			r = s.scaler.changes(r)
		}
		add(r.Add(d.Min))
	}
	if now.shape != old.shape || now.pointer != old.pointer {
		if s.pointer != nil {
			add(s.pointer.Rect)
		}
		s.dress(now, shape)
		if s.pointer != nil {
			add(s.pointer.Rect)
		}
	}
	return dirty
}

// dress makes the pointer that the scene wants.
func (s *sheet) dress(now *scene, shape *image.RGBA) {
	if now.shape == 0 {
		s.pointer, s.pointerOf = nil, pointerKey{}
		return
	}
	key := pointerKey{now.shape, now.pointer, now.view}
	if key == s.pointerOf {
		return
	}
	x, y := now.view.Scale()
	at := func(p image.Point) image.Point {
		round := func(v float64) int { return int(math.Floor(v + 0.5)) }
		return now.view.Dest().Min.Add(image.Pt(round(float64(p.X)*x), round(float64(p.Y)*y)))
	}
	r := image.Rectangle{Min: at(now.pointer), Max: at(now.pointer.Add(shape.Rect.Size()))}
	s.pointer, s.pointerOf = image.NewRGBA(r.Intersect(image.Rectangle{Max: s.size})), key
	var by draw.Interpolator = draw.NearestNeighbor
	if x != float64(int(x)) || y != float64(int(y)) {
		by = draw.ApproxBiLinear
	}
	by.Scale(s.pointer, r, shape, shape.Rect, draw.Src, nil)
}

// paint draws the rectangle r of the scene. Without a picture pix is nil.
func (s *sheet) paint(r image.Rectangle, now *scene, pix *image.RGBA) {
	d := now.view.Dest()
	if pix == nil || now.covered {
		d = image.Rectangle{}
	}
	if !r.In(d) {
		s.fill(r, backdrop)
	}
	if part := r.Intersect(d); !part.Empty() {
		s.picture(part, d, pix, now.filter)
		if now.dimmed {
			s.dim(part)
		}
	}
	if s.pointer != nil {
		s.lay(s.pointer, r)
	}
	for _, img := range s.over.img {
		if img != nil {
			s.lay(img, r)
		}
	}
}

// row returns the pixels of r in the row y.
func (s *sheet) row(r image.Rectangle, y int) []byte {
	return s.pix[4*(y*s.size.X+r.Min.X):][:4*r.Dx()]
}

func (s *sheet) fill(r image.Rectangle, c color.RGBA) {
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for row := s.row(r, y); len(row) > 0; row = row[4:] {
			row[0], row[1], row[2], row[3] = c.B, c.G, c.R, 255
		}
	}
}

// picture draws the part r of a picture that lies at d.
func (s *sheet) picture(r, d image.Rectangle, pix *image.RGBA, f Filter) {
	if d.Size() != pix.Rect.Size() {
		s.scaler.set(pix.Rect.Size(), d.Size(), f)
		s.scaler.scale(s.pix[4*(r.Min.Y*s.size.X+r.Min.X):], 4*s.size.X, pix, r.Sub(d.Min))
		return
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		toBGRX(s.row(r, y), pix.Pix[pix.PixOffset(r.Min.X-d.Min.X, y-d.Min.Y):])
	}
}

func (s *sheet) dim(r image.Rectangle) {
	var dimmed [256]byte
	for i := range dimmed {
		dimmed[i] = byte(float32(i)*dimFactor + 0.5)
	}
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for row := s.row(r, y); len(row) > 0; row = row[4:] {
			row[0], row[1], row[2] = dimmed[row[0]], dimmed[row[1]], dimmed[row[2]]
		}
	}
}

// lay draws what of an image lies in r, by its alpha.
func (s *sheet) lay(img *image.RGBA, r image.Rectangle) {
	r = r.Intersect(img.Rect)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		src := img.Pix[img.PixOffset(r.Min.X, y):]
		for row := s.row(r, y); len(row) > 0; row = row[4:] {
			rest := 255 - uint32(src[3])
			row[0] = blend(src[2], row[0], rest)
			row[1] = blend(src[1], row[1], rest)
			row[2] = blend(src[0], row[2], rest)
			src = src[4:]
		}
	}
}

// blend puts a premultiplied colour over another, of which rest 255ths remain.
func blend(src, dst byte, rest uint32) byte {
	return byte(min(255, uint32(src)+(uint32(dst)*rest+127)/255))
}
