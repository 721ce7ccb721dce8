package demo

import (
	"image"
	"image/color"
	"image/draw"

	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

// The surfaces.
const (
	primary   = 0
	offscreen = 1
)

const (
	// defaultGLZWindow is the dictionary of nobody, in pixels.
	defaultGLZWindow = 1 << 20
	// maxQueue is how many messages may wait for the client before the
	// animation does.
	maxQueue = 64

	formatXRGB  = 32 // SPICE_SURFACE_FMT_32_xRGB
	brushSolid  = 1  // SPICE_BRUSH_TYPE_SOLID
	scaleNormal = 1  // SPICE_IMAGE_SCALE_MODE_NEAREST
)

// A screen is the picture as the client must see it, and the way to the
// client. Everything of it is guarded by Desktop.mu.
type screen struct {
	img  *image.RGBA // alpha is 255
	link *link       // never nil
}

// A link is what one display connection knows, and what waits to be sent on
// it. Without a channel it stands for nobody, and drops everything.
type link struct {
	channel *spicetest.Channel // nil: nobody
	queue   []spice.Outgoing
	glz     *encode.GLZ
	cached  map[uint64]bool // images and palettes that the client keeps
	lz4     bool            // the client takes LZ4
	heads   bool            // the client takes MONITORS_CONFIG
	surface bool            // the off-screen surface is there
}

func newLink(c *spicetest.Channel, window int) *link {
	l := &link{channel: c, glz: encode.NewGLZ(window), cached: map[uint64]bool{}, lz4: true}
	if c != nil {
		l.lz4 = c.ClientCaps.Channel.Has(display.CapLZ4Compression)
		l.heads = c.ClientCaps.Channel.Has(display.CapMonitorsConfig)
	}
	return l
}

func (l *link) full() bool { return len(l.queue) >= maxQueue }

// send queues a message. Nothing that it refers to may change any more.
func (l *link) send(typ uint16, m wire.Encoder) {
	if l.channel != nil {
		l.queue = append(l.queue, spice.Outgoing{Type: typ, Body: m})
	}
}

func (l *link) createSurface(id uint32, size image.Point, flags uint32) {
	l.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Surface: id,
		Width: uint32(size.X), Height: uint32(size.Y), Format: formatXRGB, Flags: flags})
}

func (l *link) monitors(size image.Point) {
	if l.heads {
		l.send(display.MsgMonitorsConfig, &display.MonitorsConfig{MaxAllowed: 1,
			Heads: []display.Head{{Width: uint32(size.X), Height: uint32(size.Y)}}})
	}
}

// draw copies the whole of m to box, within clip if there is one.
func (l *link) draw(surface uint32, box image.Rectangle, clip []image.Rectangle, m *display.Image) {
	l.drawPart(surface, box, clip, m, image.Rectangle{Max: box.Size()})
}

func (l *link) drawPart(surface uint32, box image.Rectangle, clip []image.Rectangle, m *display.Image, part image.Rectangle) {
	l.send(display.MsgDrawCopy, &display.DrawCopy{
		Base: base(surface, box, clip), Src: m, SrcArea: part, ROP: uint16(render.RopPut), Scale: scaleNormal,
	})
}

func base(surface uint32, box image.Rectangle, clip []image.Rectangle) display.Base {
	return display.Base{Surface: surface, Box: box, Clip: clip, Clipped: clip != nil}
}

// put draws m, which decodes to pixels, at at, within clip if there is one.
func (s *screen) put(at image.Point, m *display.Image, pixels *image.RGBA, clip []image.Rectangle) {
	box := image.Rectangle{Min: at, Max: at.Add(pixels.Rect.Size())}
	s.link.draw(primary, box, clip, m)
	s.paint(box, pixels, pixels.Rect.Min, clip)
}

// paint changes the picture alone.
func (s *screen) paint(box image.Rectangle, pixels *image.RGBA, from image.Point, clip []image.Rectangle) {
	if clip == nil {
		clip = []image.Rectangle{box}
	}
	for _, r := range clip {
		if r = r.Intersect(box); r.Empty() {
			continue
		}
		part := s.img.SubImage(r).(*image.RGBA)
		draw.Draw(part, r, pixels, from.Add(r.Min.Sub(box.Min)), draw.Src)
		opaque(part)
	}
}

// opaque sets the fourth bytes, which the client does not show.
func opaque(img *image.RGBA) {
	for y := range img.Rect.Dy() {
		row := img.Pix[y*img.Stride:][:4*img.Rect.Dx()]
		for i := 3; i < len(row); i += 4 {
			row[i] = 255
		}
	}
}

// fill fills rectangles with one FILL operation.
func (s *screen) fill(rects []image.Rectangle, c color.RGBA) {
	if len(rects) == 0 {
		return
	}
	box := rects[0]
	for _, r := range rects {
		box = box.Union(r)
		draw.Draw(s.img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	word := uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B)
	s.link.send(display.MsgDrawFill, &display.DrawFill{Base: base(primary, box, rects),
		Brush: display.Brush{Type: brushSolid, Color: word}, ROP: uint16(render.RopPut)})
}

// scroll moves the lower part of area up by n rows, with COPY_BITS.
func (s *screen) scroll(area image.Rectangle, n int) {
	box := area
	box.Max.Y -= n
	s.link.send(display.MsgCopyBits, &display.CopyBits{Base: base(primary, box, nil), Src: box.Min.Add(image.Pt(0, n))})
	draw.Draw(s.img, box, s.img, box.Min.Add(image.Pt(0, n)), draw.Src)
}
