package display_test

import (
	"image"
	"testing"

	"saffron/channels/display"
	"saffron/codec/bitmap"
)

// TestCompositePalette draws an image with a palette, whose colour has alpha 0,
// onto a surface with alpha. In COMPOSITE it is opaque; kept in the cache, or
// in ALPHA_BLEND, it has the alpha of its palette.
func TestCompositePalette(t *testing.T) {
	img := func() *display.Image {
		return &display.Image{Type: display.ImageBitmap, Width: 4, Height: 4, Format: uint8(bitmap.Bit8), Stride: 4,
			Palette: display.Palette{Present: true, Entries: []uint32{0x00102030}}, Data: make([]byte, 16)}
	}
	box := display.Base{Box: image.Rect(0, 0, 4, 4)}
	const over = 3
	for _, c := range []struct {
		name  string
		typ   uint16
		draw  func() *display.Image
		alpha byte
	}{
		{"composite", display.MsgDrawComposite, img, 255},
		{"composite, cached", display.MsgDrawComposite, func() *display.Image { return cached(img(), display.FlagCacheMe, 7) }, 0},
		{"alpha blend", display.MsgDrawAlphaBlend, img, 0},
	} {
		s := newRoom(t, 1).open(t, 0, nil)
		s.argb(4, 4)
		if c.typ == display.MsgDrawComposite {
			s.send(c.typ, &display.DrawComposite{Base: box, Flags: over, Src: c.draw()})
		} else {
			s.send(c.typ, &display.DrawAlphaBlend{Base: box, Alpha: 255, Src: c.draw(), SrcArea: box.Box})
		}
		s.picture()
		if got := s.SurfaceSnapshot(0).Pix[3]; got != c.alpha {
			t.Errorf("%s: alpha is %d, want %d", c.name, got, c.alpha)
		}
	}
}
