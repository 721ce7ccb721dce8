package demo

import (
	"image"
	"image/color"

	"saffron/channels/display"
	"saffron/codec/bitmap"
)

// A tile shows one way of the protocol to send pixels.
type tile interface {
	name() (title, note string)
	place(area image.Rectangle) // on the screen; begins anew
	step(s *screen, n int)      // draws what step n changes
	show(s *screen)             // draws all of it again, for a client that has nothing yet
}

// newTiles returns the tiles in the order of the layout. Each is drawn at
// another step, so that no step does much.
func newTiles() []tile {
	tiles := []tile{
		still("Bitmap 32", "raw", 24, plasma, func(_ *link, img *image.RGBA) *display.Image { return bitmapImage(img, bitmap.RGB32) }),
		still("Bitmap 24", "raw", 24, ripples, func(_ *link, img *image.RGBA) *display.Image { return bitmapImage(img, bitmap.RGB24) }),
		&picture{title: "Bitmap 16", note: "5 bits a colour", every: 24, paint: dunes, put: putFiveBits},
		&indexed{title: "Bitmap 8", note: "palette", every: 6, scene: new(cycle), encode: func(_ *link, img *image.Paletted) *display.Image {
			return indexedImage(img, bitmap.Bit8)
		}},
		&indexed{title: "Bitmap 1", note: "palette", every: 6, scene: new(life), encode: func(_ *link, img *image.Paletted) *display.Image {
			return indexedImage(img, bitmap.Bit1BE)
		}},
		still("QUIC", "lossless", 24, mountains, func(_ *link, img *image.RGBA) *display.Image { return quicImage(img) }),

		still("LZ", "RGB", 12, newChart().paint, func(_ *link, img *image.RGBA) *display.Image { return lzImage(img) }),
		&indexed{title: "LZ_PLT", note: "cached palette", every: 6, scene: new(invaders), encode: func(l *link, img *image.Paletted) *display.Image {
			return lzPaletteImage(l, img, invadersPalette)
		}},
		still("LZ", "RGBA", 12, discs, func(_ *link, img *image.RGBA) *display.Image { return lzAlphaImage(img) }),
		still("GLZ", "earlier frames", 5, newDial().paint, glzImage),
		still("ZLIB_GLZ", "deflated", 5, newBanner().paint, zlibGLZImage),
		still("LZ4", "blocks", 6, scope, lz4Image),

		&picture{title: "JPEG", note: "lossy", every: 24, paint: sea, put: func(s *screen, at image.Point, img *image.RGBA) {
			m, seen := jpegImage(img)
			s.put(at, m, seen, nil)
		}},
		&picture{title: "JPEG_ALPHA", note: "lossy", every: 24, paint: bokeh, put: func(s *screen, at image.Point, img *image.RGBA) {
			m, seen := jpegAlphaImage(img)
			s.put(at, m, seen, nil)
		}},
		new(blossoms),
		new(panorama),
		newScroller(),
		new(meters),
	}
	phase := 0
	for _, t := range tiles {
		phase += 5
		switch t := t.(type) {
		case *picture:
			t.phase = phase % t.every
		case *indexed:
			t.phase = phase % t.every
		}
	}
	return tiles
}

// A picture is a tile of a picture that is painted now and then.
type picture struct {
	title, note  string
	every, phase int // in steps
	paint        func(img *image.RGBA, t float64)
	put          func(s *screen, at image.Point, img *image.RGBA)

	at  image.Point
	img *image.RGBA
}

// still is a picture that arrives as it was painted.
func still(title, note string, every int, paint func(*image.RGBA, float64), encode func(*link, *image.RGBA) *display.Image) *picture {
	return &picture{title: title, note: note, every: every, paint: paint, put: func(s *screen, at image.Point, img *image.RGBA) {
		s.put(at, encode(s.link, img), img, nil)
	}}
}

func putFiveBits(s *screen, at image.Point, img *image.RGBA) {
	s.put(at, bitmapImage(img, bitmap.RGB16), fiveBits(img), nil)
}

func (p *picture) name() (string, string) { return p.title, p.note }

func (p *picture) place(area image.Rectangle) {
	p.at, p.img = area.Min, image.NewRGBA(image.Rectangle{Max: area.Size()})
	p.paint(p.img, 0)
}

func (p *picture) step(s *screen, n int) {
	if n%p.every == p.phase {
		p.paint(p.img, float64(n)*secondsPerStep)
		p.show(s)
	}
}

func (p *picture) show(s *screen) { p.put(s, p.at, p.img) }

// A scene is what an indexed tile shows. paint also sets the palette.
type scene interface {
	paint(img *image.Paletted, n int)
}

// An indexed tile has a picture made of palette indices.
type indexed struct {
	title, note  string
	every, phase int
	scene        scene
	encode       func(l *link, img *image.Paletted) *display.Image

	at  image.Point
	img *image.Paletted
}

func (p *indexed) name() (string, string) { return p.title, p.note }

func (p *indexed) place(area image.Rectangle) {
	p.at, p.img = area.Min, image.NewPaletted(image.Rectangle{Max: area.Size()}, nil)
	p.scene.paint(p.img, 0)
}

func (p *indexed) step(s *screen, n int) {
	if n%p.every == p.phase {
		p.scene.paint(p.img, n)
		p.show(s)
	}
}

func (p *indexed) show(s *screen) {
	seen := image.NewRGBA(p.img.Rect)
	for i, v := range p.img.Pix {
		c := p.img.Palette[v].(color.RGBA)
		copy(seen.Pix[4*i:], []byte{c.R, c.G, c.B, c.A})
	}
	s.put(p.at, p.encode(s.link, p.img), seen, nil)
}

// blossoms is a tile of pictures that the client keeps: each is sent once, and
// from then on only named.
type blossoms struct {
	at     image.Point
	frames []*image.RGBA
	frame  int
}

const (
	blossomFrames = 10
	blossomEvery  = 4
	blossomID     = 0x5aff0000
)

func (b *blossoms) name() (string, string) { return "Image cache", "sent once" }

func (b *blossoms) place(area image.Rectangle) {
	b.at, b.frames = area.Min, nil
	for i := range blossomFrames {
		img := image.NewRGBA(image.Rectangle{Max: area.Size()})
		blossom(img, float64(i)/blossomFrames)
		b.frames = append(b.frames, img)
	}
}

func (b *blossoms) step(s *screen, n int) {
	if n%blossomEvery == 0 {
		b.frame = (b.frame + 1) % blossomFrames
		b.show(s)
	}
}

func (b *blossoms) show(s *screen) {
	img := b.frames[b.frame]
	// Pictures of another size are other pictures.
	id := blossomID + uint64(img.Rect.Dx())<<32 + uint64(b.frame)
	m := encodedImage(display.ImageFromCache, img, nil)
	if !s.link.cached[id] {
		s.link.cached[id] = true
		m = quicImage(img)
		m.Flags = display.FlagCacheMe
	}
	m.ID = id
	s.put(b.at, m, img, nil)
}

// panorama is a tile that shows a part of an off-screen surface.
type panorama struct {
	area  image.Rectangle
	wide  *image.RGBA // what is on the surface
	shift int
	link  *link // that has this surface
}

const panoramaTurns = 3 // widths of the tile before the picture repeats

func (p *panorama) name() (string, string) { return "Surface", "off-screen" }

func (p *panorama) place(area image.Rectangle) {
	p.area = area
	period := panoramaTurns * area.Dx()
	p.wide = image.NewRGBA(image.Rect(0, 0, period+area.Dx(), area.Dy()))
	skyline(p.wide, period)
	p.link, p.shift = nil, 0
}

func (p *panorama) step(s *screen, n int) {
	if n%2 == 0 {
		p.shift = (p.shift + 1) % (panoramaTurns * p.area.Dx())
		p.show(s)
	}
}

func (p *panorama) show(s *screen) {
	l := s.link
	if p.link != l {
		if l.surface {
			l.send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: offscreen})
		}
		l.surface, p.link = true, l
		l.createSurface(offscreen, p.wide.Rect.Size(), 0)
		l.draw(offscreen, p.wide.Rect, nil, quicImage(p.wide))
	}
	m := encodedImage(display.ImageSurface, p.wide, nil)
	m.Surface = offscreen
	from := image.Pt(p.shift, 0)
	l.drawPart(primary, p.area, nil, m, image.Rectangle{Min: from, Max: from.Add(p.area.Size())})
	s.paint(p.area, p.wide, from, nil)
}

// scroller is a tile whose lines move up.
type scroller struct {
	area  image.Rectangle
	lines image.Rectangle // the part of area for whole lines
	shown int             // lines there
	line  int             // the next one
	face  *face
}

const (
	scrollerEvery = 15
	scrollerLine  = 15 // pixels
)

func newScroller() *scroller { return &scroller{face: newFace(mono(), 11)} }

var scrollerTexts = [...]string{
	"copy_bits up", "draw_copy lz", "mark", "surface_create", "draw_fill", "set_ack 20", "ack",
	"monitors_config", "inval_list", "draw_copy quic", "ping", "pong",
}

func (c *scroller) name() (string, string) { return "COPY_BITS", "scrolling" }

func (c *scroller) place(area image.Rectangle) {
	c.shown = area.Dy() / scrollerLine
	c.area, c.lines = area, area
	c.lines.Min.Y = area.Max.Y - c.shown*scrollerLine
	c.line = c.shown
}

func (c *scroller) step(s *screen, n int) {
	if n%scrollerEvery != 0 {
		return
	}
	s.scroll(c.lines, scrollerLine)
	c.draw(s, c.line, c.area.Max.Y-scrollerLine)
	c.line++
}

func (c *scroller) show(s *screen) {
	s.fill([]image.Rectangle{c.area}, night)
	for i := range c.shown {
		c.draw(s, c.line-c.shown+i, c.area.Max.Y-(c.shown-i)*scrollerLine)
	}
}

func (c *scroller) draw(s *screen, line, y int) {
	img := image.NewRGBA(image.Rect(0, 0, c.area.Dx(), scrollerLine))
	clearTo(img, night)
	number := string(rune('0'+line/10%10)) + string(rune('0'+line%10))
	x := c.face.draw(img, 6, 11, number, fade(saffron, 0.9))
	c.face.draw(img, x+7, 11, scrollerTexts[line%len(scrollerTexts)], mix(sky, cream, 0.4))
	s.put(image.Pt(c.area.Min.X, y), lzImage(img), img, nil)
}

// meters is a tile of bars that grow and shrink by FILL.
type meters struct {
	area    image.Rectangle
	heights []int
}

const (
	meterBars  = 9
	meterEvery = 3
)

func (b *meters) name() (string, string) { return "FILL", "clipped" }

func (b *meters) place(area image.Rectangle) {
	b.area = area
	b.heights = b.levels(0)
}

func (b *meters) levels(t float64) []int {
	heights := make([]int, meterBars)
	for i := range heights {
		heights[i] = int(level(i, t) * float64(b.area.Dy()-14))
	}
	return heights
}

// bar returns rows low to high of a bar, counted from below.
func (b *meters) bar(i, low, high int) image.Rectangle {
	pitch := (b.area.Dx() - 8) / meterBars
	x := b.area.Min.X + (b.area.Dx()-pitch*meterBars)/2 + i*pitch
	bottom := b.area.Max.Y - 6
	return image.Rect(x+2, bottom-high, x+pitch-2, bottom-low)
}

func (b *meters) step(s *screen, n int) {
	if n%meterEvery != 0 {
		return
	}
	var grown [3][]image.Rectangle // by colour
	var shrunk []image.Rectangle
	levels := b.levels(float64(n) * secondsPerStep)
	for i, h := range levels {
		old := b.heights[i]
		if h < old {
			shrunk = append(shrunk, b.bar(i, h, old))
		}
		for z := range grown {
			if low, high := max(old, b.zone(z)), min(h, b.zone(z+1)); low < high {
				grown[z] = append(grown[z], b.bar(i, low, high))
			}
		}
	}
	b.heights = levels
	s.fill(shrunk, night)
	for z, rects := range grown {
		s.fill(rects, [...]color.RGBA{teal, saffron, rose}[z])
	}
}

// zone returns where a colour begins, in rows from below.
func (b *meters) zone(z int) int { return [...]int{0, 55, 80, 1000}[z] * (b.area.Dy() - 14) / 100 }

func (b *meters) show(s *screen) {
	s.fill([]image.Rectangle{b.area}, night)
	var bars [3][]image.Rectangle
	for i, h := range b.heights {
		for z := range bars {
			if low, high := b.zone(z), min(h, b.zone(z+1)); low < high {
				bars[z] = append(bars[z], b.bar(i, low, high))
			}
		}
	}
	for z, rects := range bars {
		s.fill(rects, [...]color.RGBA{teal, saffron, rose}[z])
	}
}
