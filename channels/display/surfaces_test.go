package display_test

import (
	"errors"
	"image"
	"testing"

	"saffron/channels/display"
	"saffron/render"
	"saffron/spice"
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

// TestUndrawn checks that what is not implemented is counted, and that its
// images reach the cache.
func TestUndrawn(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	s.create(4, 4)
	s.send(display.MsgDrawTransparent, &display.DrawTransparent{
		Base: display.Base{Box: image.Rect(0, 0, 4, 4)}, Src: cached(flat(4, 4, 5), cacheMe, 1), SrcArea: image.Rect(0, 0, 4, 4)})
	s.send(display.MsgStreamDestroyAll, nil)
	s.send(999, nil)
	s.hit(display.ImageFromCache, 1)
	if got := s.colour(0, 0); got != 5 {
		t.Errorf("got %06x", got)
	}
	s.expect(0)
	for _, name := range []string{"draw_transparent", "stream_destroy_all", "message 999"} {
		if n := s.stats().Undrawn[name]; n != 1 {
			t.Errorf("%s: %d", name, n)
		}
	}
	s.put(fromCache(display.ImageSurface, 0, 4, 4), image.Pt(100, 100)) // outside
	s.send(display.MsgDrawCopy, &display.DrawCopy{Base: display.Base{Box: image.Rect(0, 0, 1, 1)}, ROP: 8})
	s.expect(0)
}
