package display_test

import (
	"errors"
	"image"
	"image/color"
	"testing"

	"saffron/channels/display"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// TestSurfaces follows the life of a primary surface and its monitors.
func TestSurfaces(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	s.send(display.MsgMode, &display.Mode{Width: 40, Height: 30, Bits: 32})
	s.fill(image.Rect(0, 0, 40, 30), 0xff)
	s.send(display.MsgMark, nil)
	s.picture()
	if h := s.Heads(); len(h) != 1 || h[0].Rect != image.Rect(0, 0, 40, 30) {
		t.Errorf("heads %v", h)
	}
	heads := []display.Head{
		{Monitor: 1, Width: 20, Height: 30}, {Monitor: 2, X: 20, Width: 20, Height: 30}, {Monitor: 3, Width: 1, Height: 1}}
	s.send(display.MsgMonitorsConfig, &display.MonitorsConfig{MaxAllowed: 2, Heads: heads})
	s.send(display.MsgMonitorsConfig, &display.MonitorsConfig{MaxAllowed: 2}) // says nothing
	s.picture()
	want := []render.Head{{ID: 1, Rect: image.Rect(0, 0, 20, 30)}, {ID: 2, Rect: image.Rect(20, 0, 40, 30)}}
	if h := s.Heads(); len(h) != 2 || h[0] != want[0] || h[1] != want[1] {
		t.Errorf("heads %v, want %v", h, want)
	}
	s.send(display.MsgReset, nil)
	if got := s.colour(0, 0); got != 0 {
		t.Errorf("after a reset: got %06x", got)
	}
	s.create(50, 10)
	if got := s.picture().Rect; got != image.Rect(0, 0, 50, 10) {
		t.Errorf("another mode: got %v", got)
	}
	s.send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{})
	s.send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: 99})
	if got := s.picture(); got != nil {
		t.Errorf("a destroyed surface is %v", got.Rect)
	}
	s.expect(0)
	s.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 1 << 31, Height: 1 << 31, Format: 32, Flags: 1})
	s.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Format: 32, Flags: 1})
	s.expect(2)
	var broken *spice.ProtocolError
	if err := s.try(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 1, Height: 1, Format: 33}); !errors.As(err, &broken) {
		t.Errorf("unknown format: %v", err)
	}
}

// TestUndrawn checks that messages that change no picture are counted by name.
func TestUndrawn(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	s.create(4, 4)
	s.send(display.MsgQualityIndicator, nil)
	s.send(999, nil)
	s.expect(0)
	for _, name := range []string{"quality_indicator", "message 999"} {
		if n := s.stats().Undrawn[name]; n != 1 {
			t.Errorf("%s: %d", name, n)
		}
	}
}

// TestIncomplete checks that an operation without something it needs draws
// nothing and is no failure, and that the images it has reach the cache.
func TestIncomplete(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	s.create(4, 4)
	box := image.Rect(0, 0, 4, 4)
	base, tiled := display.Base{Box: box}, display.Brush{Type: 2}
	white := display.Brush{Type: 1, Color: 0xffffff}
	src := func(id uint64) *display.Image { return cached(flat(4, 4, uint32(id)), cacheMe, id) }
	glyphs := &display.String{Flags: 1, Glyphs: []display.Glyph{{Width: 8, Height: 1, Bits: []byte{255}}}}
	for typ, messages := range map[uint16][]wire.Encoder{
		display.MsgDrawFill:   {&display.DrawFill{Base: base, Brush: tiled, ROP: 8}},
		display.MsgDrawCopy:   {&display.DrawCopy{Base: base, SrcArea: box, ROP: 8}},
		display.MsgDrawOpaque: {&display.DrawOpaque{Base: base, SrcArea: box, Brush: white, ROP: 8}, &display.DrawOpaque{Base: base, Src: src(1), SrcArea: box, Brush: tiled, ROP: 8}},
		display.MsgDrawROP3:   {&display.DrawROP3{Base: base, SrcArea: box, ROP3: 0xcc}, &display.DrawROP3{Base: base, Src: src(2), SrcArea: box, Brush: tiled, ROP3: 0xf0}},
		display.MsgDrawStroke: {&display.DrawStroke{Base: base, Brush: tiled, ForeMode: 8, Path: display.Path{{Points: []image.Point{{}, {X: 64}}}}}},
		display.MsgDrawText: {
			&display.DrawText{Base: base, Fore: white, ForeMode: 8},
			&display.DrawText{Base: base, Text: glyphs, Fore: tiled, ForeMode: 8},
			&display.DrawText{Base: base, Text: glyphs, Fore: white, Back: tiled, ForeMode: 8},
			&display.DrawText{Base: base, Text: &display.String{Flags: 3}, Fore: white, ForeMode: 8},
			&display.DrawText{Base: base, Text: glyphs, Fore: white, Back: white, BackArea: box, ForeMode: 64},
		},
		display.MsgDrawTransparent: {&display.DrawTransparent{Base: base, SrcArea: box}},
		display.MsgDrawAlphaBlend:  {&display.DrawAlphaBlend{Base: base, SrcArea: box, Alpha: 255}, &display.DrawAlphaBlend{Base: base, Src: src(3), SrcArea: box}},
		display.MsgDrawComposite:   {&display.DrawComposite{Base: base, Flags: 1}, &display.DrawComposite{Base: base, Flags: 1 | display.CompositeHasMask, Src: src(4)}},
	} {
		for i, m := range messages {
			s.send(typ, m)
			s.expect(0)
			if got := s.colour(0, 0); got != 0 {
				t.Errorf("%s %d drew %06x", display.Messages.Name(typ, true), i, got)
			}
		}
	}
	for id := range uint64(4) {
		s.hit(display.ImageFromCache, id+1)
		if got := s.colour(0, 0); got != uint32(id+1) {
			t.Errorf("image %d is %06x", id+1, got)
		}
	}
	s.put(fromCache(display.ImageSurface, 0, 4, 4), image.Pt(100, 100)) // outside
	s.send(display.MsgDrawROP3, &display.DrawROP3{Base: base, SrcArea: box, Brush: white, ROP3: 0xf0})
	if got := s.colour(0, 0); got != 0xffffff {
		t.Errorf("without the image it does not need: %06x", got)
	}
	s.send(display.MsgDrawComposite, &display.DrawComposite{Base: base, Flags: 0x3f, Src: fromCache(display.ImageFromCache, 1, 4, 4)})
	s.expect(1)
}

// TestDrawFlags checks the flags of messages that no recording sets.
func TestDrawFlags(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	s.create(4, 4)
	s.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Surface: 1, Width: 4, Height: 4, Format: 32})
	s.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Surface: 2, Width: 4, Height: 4, Format: 96})
	box := image.Rect(0, 0, 4, 4)
	base := func(id uint32) display.Base { return display.Base{Surface: id, Box: box} }
	from := func(id uint32) *display.Image {
		return &display.Image{Type: display.ImageSurface, Surface: id, Width: 4, Height: 4}
	}
	for _, id := range []uint32{1, 2} {
		s.send(display.MsgDrawFill, &display.DrawFill{Base: base(id), Brush: display.Brush{Type: 1, Color: 0x80402010}, ROP: 8})
	}
	blend := func(flags uint8) *display.DrawAlphaBlend {
		return &display.DrawAlphaBlend{Base: base(0), AlphaFlags: flags, Alpha: 255, Src: from(1), SrcArea: box}
	}
	// An indexed bitmap on a surface with alpha has that of its palette.
	indexed := &display.Image{Type: display.ImageBitmap, Format: 5, PaletteFlags: display.FlagTopDown, Width: 4, Height: 4, Stride: 4,
		Data: make([]byte, 16), Palette: display.Palette{ID: 1, Present: true, Entries: []uint32{0x80102030}}}
	for _, tc := range []struct {
		name string
		typ  uint16
		m    wire.Encoder
		want uint32
	}{
		{"opaque", display.MsgDrawAlphaBlend, blend(0), 0x402010},
		{"alpha of the source", display.MsgDrawAlphaBlend, blend(2), 0xbf9f8f},
		{"surface with alpha", display.MsgDrawComposite, &display.DrawComposite{Base: base(0), Flags: 3, Src: from(2)}, 0xbf9f8f},
		{"made opaque", display.MsgDrawComposite, &display.DrawComposite{Base: base(0), Flags: 3 | display.CompositeSourceOpaque, Src: from(2)}, 0x402010},
	} {
		s.fill(box, 0xffffff)
		s.send(tc.typ, tc.m)
		if got := s.colour(1, 1); got != tc.want {
			t.Errorf("%s: %06x, want %06x", tc.name, got, tc.want)
		}
	}
	s.send(display.MsgDrawAlphaBlend, &display.DrawAlphaBlend{Base: base(2), Alpha: 255, Src: indexed, SrcArea: box})
	s.picture()
	if got, want := s.SurfaceSnapshot(2).RGBAAt(1, 1), (color.RGBA{0x30, 0x30, 0x38, 0xc0}); got != want {
		t.Errorf("indexed: %v, want %v", got, want)
	}
	s.expect(0)
}
