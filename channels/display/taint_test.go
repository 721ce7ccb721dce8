package display_test

import (
	"image"
	"testing"

	"saffron/channels/display"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// A stain marks the pixels of a surface that may differ from the server's,
// because an operation that is not drawn may have had an effect on them.
type stain struct {
	rect image.Rectangle
	bits []bool
}

func newStain(width, height int) *stain {
	return &stain{image.Rect(0, 0, width, height), make([]bool, width*height)}
}

func (s *stain) at(x, y int) bool { return s.bits[y*s.rect.Dx()+x] }

func (s *stain) any(r image.Rectangle) bool {
	found := false
	s.each(r, nil, func(x, y int) { found = found || s.at(x, y) })
	return found
}

// each calls f for the pixels of box in the surface and in clip.
func (s *stain) each(box image.Rectangle, clip *render.Region, f func(x, y int)) {
	box = box.Intersect(s.rect)
	for y := box.Min.Y; y < box.Max.Y; y++ {
		for x := box.Min.X; x < box.Max.X; x++ {
			if clip == nil || clip.Contains(image.Pt(x, y)) {
				f(x, y)
			}
		}
	}
}

type stains map[uint32]*stain

// taint follows stains through the messages of a display channel.
func taint(t *testing.T, list []spice.Message) stains {
	t.Helper()
	all := stains{}
	for _, m := range list {
		e, ok := display.Messages.Lookup(m.Type, true)
		if !ok || e.New == nil {
			continue
		}
		msg := e.New()
		if err := wire.Unmarshal(m.Body, msg); err != nil {
			t.Fatal(err)
		}
		all.follow(m.Type, msg)
	}
	return all
}

func (all stains) follow(typ uint16, m wire.Message) {
	switch m := m.(type) {
	case *display.SurfaceCreate:
		all[m.Surface] = newStain(int(m.Width), int(m.Height))
	case *display.CopyBits:
		all.set(&m.Base, true, all.offset(&m.Base, all[m.Base.Surface], m.Src))
	case *display.DrawFill:
		all.set(&m.Base, m.ROP == 8 && m.Mask.Bitmap == nil, all.image(m.Brush.Pattern))
	case *display.DrawMasked:
		all.set(&m.Base, typ != display.MsgDrawInvers && m.Mask.Bitmap == nil, clean)
	case *display.DrawCopy:
		all.copy(m)
	case *display.DrawOpaque:
		all.set(&m.Base, false, stained)
	case *display.DrawROP3:
		all.set(&m.Base, false, stained)
	case *display.DrawStroke:
		all.set(&m.Base, false, stained)
	case *display.DrawText:
		all.set(&m.Base, false, stained)
	case *display.DrawTransparent:
		all.set(&m.Base, false, stained)
	case *display.DrawAlphaBlend:
		all.set(&m.Base, false, stained)
	}
}

func clean(x, y int) bool   { return false }
func stained(x, y int) bool { return true }

// set applies an operation: pixels become as suspect as source says, or, if
// they are combined with what was there, also as they were.
func (all stains) set(b *display.Base, replaces bool, source func(x, y int) bool) {
	dst := all[b.Surface]
	if dst == nil {
		return
	}
	var clip *render.Region
	if b.Clipped {
		clip = render.NewRegion(b.Clip)
	}
	next := append([]bool(nil), dst.bits...)
	dst.each(b.Box, clip, func(x, y int) {
		i := y*dst.rect.Dx() + x
		next[i] = source(x, y) || !replaces && dst.bits[i]
	})
	dst.bits = next
}

// image says that a pattern is as suspect as the worst pixel of its surface.
func (all stains) image(img *display.Image) func(x, y int) bool {
	if img != nil && img.Type == display.ImageSurface && all[img.Surface] != nil && all[img.Surface].any(all[img.Surface].rect) {
		return stained
	}
	return clean
}

// offset reads src so that the corner of the box is at the point at.
func (all stains) offset(b *display.Base, src *stain, at image.Point) func(x, y int) bool {
	return func(x, y int) bool {
		p := image.Pt(x, y).Sub(b.Box.Min).Add(at)
		if !p.In(src.rect) { // not drawn: as it was
			return all[b.Surface].at(x, y)
		}
		return src.at(p.X, p.Y)
	}
}

func (all stains) copy(m *display.DrawCopy) {
	if m.Src == nil {
		return
	}
	replaces := m.ROP == 8 && m.Mask.Bitmap == nil
	src := newStain(int(m.Src.Width), int(m.Src.Height))
	if m.Src.Type == display.ImageSurface {
		src = all[m.Src.Surface]
	}
	switch {
	case src == nil:
	case m.SrcArea.Size() == m.Base.Box.Size():
		all.set(&m.Base, replaces, all.offset(&m.Base, src, m.SrcArea.Min))
	case src.any(m.SrcArea.Inset(-1)):
		all.set(&m.Base, replaces, stained)
	default:
		all.set(&m.Base, replaces, clean)
	}
}
