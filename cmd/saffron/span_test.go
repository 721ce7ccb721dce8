package main

import (
	"bytes"
	"image"
	"testing"

	"saffron/render"
)

// paint fills a part of a desktop's primary.
func paint(t *testing.T, d *render.Desktop, r image.Rectangle, color uint32) {
	t.Helper()
	op := &render.Fill{Brush: render.Brush{Kind: render.BrushSolid, Color: color}, Rop: render.RopPut}
	if err := d.Draw(0, r, nil, op); err != nil {
		t.Fatal(err)
	}
}

// TestSpan shows two monitors of one surface, and then one more of another
// display, in one picture.
func TestSpan(t *testing.T) {
	c := testApp().newConsole(&settings{}, nil)
	s := newSpan(c, nil)
	s.step()
	first := c.screen(0).desktop
	if err := first.CreateSurface(0, 500, 200, render.FormatXRGB, true); err != nil {
		t.Fatal(err)
	}
	first.SetHeads([]render.Head{{ID: 0, Rect: image.Rect(200, 0, 500, 200)}, {ID: 1, Rect: image.Rect(0, 50, 200, 150)}})
	first.Mark()
	paint(t, first, image.Rect(0, 0, 500, 200), 0x102030)
	s.step()
	paint(t, first, image.Rect(150, 60, 250, 90), 0x405060)
	s.step()
	got, want := s.desktop.Snapshot(0), first.SurfaceSnapshot(0)
	if got == nil || got.Rect != want.Rect {
		t.Fatalf("the picture is %v", got)
	}
	for y := range 200 {
		for x := range 500 {
			p, black := got.RGBAAt(x, y), x < 200 && (y < 50 || y >= 150)
			q := want.RGBAAt(x, y)
			if q.A = 255; black {
				q.R, q.G, q.B = 0, 0, 0
			}
			if p != q {
				t.Fatalf("(%d, %d) is %v, want %v", x, y, p, q)
			}
		}
	}
	at := func(x, y int, display uint8, on image.Point) {
		t.Helper()
		h, p, ok := s.locate(image.Pt(x, y))
		if !ok || h.pointerID() != display || p != on {
			t.Errorf("(%d, %d) is %v of %d, %v; want %v of %d", x, y, p, h.pointerID(), ok, on, display)
		}
	}
	at(200, 0, 0, image.Pt(0, 0))
	at(499, 199, 0, image.Pt(299, 199))
	at(10, 60, 1, image.Pt(10, 10))
	at(10, 0, 1, image.Pt(10, 0)) // between monitors: the nearest
	at(199, 49, 0, image.Pt(0, 49))

	second := c.screen(2).desktop
	if err := second.CreateSurface(0, 64, 32, render.FormatXRGB, true); err != nil {
		t.Fatal(err)
	}
	second.Mark()
	paint(t, second, image.Rect(0, 0, 64, 32), 0xffffff)
	s.step()
	if got := s.desktop.Snapshot(0); got.Rect.Size() != image.Pt(564, 200) {
		t.Fatalf("with another display the picture is %v", got.Rect)
	}
	at(563, 31, 2, image.Pt(63, 31))
	at(0, 0, 0, image.Pt(0, 0))
	part := pixelsOf(s.desktop.Snapshot(0), image.Rect(500, 0, 564, 32))
	if !bytes.Equal(part, bytes.Repeat([]byte{255}, 4*64*32)) {
		t.Error("the other display is not white")
	}
}

// pixelsOf returns the pixels of a part.
func pixelsOf(img *image.RGBA, r image.Rectangle) []byte {
	var pix []byte
	for y := r.Min.Y; y < r.Max.Y; y++ {
		pix = append(pix, img.Pix[img.PixOffset(r.Min.X, y):][:4*r.Dx()]...)
	}
	return pix
}
