package window

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"

	"saffron/render"
)

// TestSheetInParts changes a scene step by step: the sheet, on which only what
// is different is painted, is what it is when all is painted.
func TestSheetInParts(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 8))
	shapes := []*image.RGBA{noise(image.Pt(9, 7)), noise(image.Pt(16, 30))}
	for i, img := range shapes {
		for p := img.Pix; len(p) > 0; p = p[4:] { // premultiplied
			p[0], p[1], p[2] = min(p[0], p[3]), min(p[1], p[3]), min(p[2], p[3])
		}
		shapes[i] = img
	}
	views := []render.Viewport{
		{Window: image.Pt(120, 90), Guest: image.Pt(120, 90)},
		{Window: image.Pt(120, 90), Guest: image.Pt(50, 40)},
		{Window: image.Pt(120, 90), Guest: image.Pt(200, 120)},
		{Window: image.Pt(120, 90), Guest: image.Pt(200, 120), Mode: render.OneToOne, Pan: image.Pt(30, 20)},
		{Window: image.Pt(120, 90), Guest: image.Pt(50, 40), Mode: render.Integer},
	}
	var notes toasts
	window := image.Pt(120, 90)
	messages := []drawing{nil, message{"", "Lost", window, 1}, message{"Title", "Lost", window, 1}}
	menu := NewMenu("Open", func(string) {})
	menu.SetItems(domains(5))
	pix := noise(views[0].Guest)
	now := scene{window: image.Pt(120, 90), view: views[0]}
	parts := blank(now.window)
	for step := range 400 {
		old := now
		var changed []image.Rectangle
		switch k := r.IntN(16); {
		case k == 0:
			now.view = views[r.IntN(len(views))]
			if pix.Rect.Size() != now.view.Guest {
				pix = noise(now.view.Guest)
				changed = append(changed, pix.Rect)
			}
		case k == 1:
			now.over[layerMessage] = messages[r.IntN(len(messages))]
			now.covered, now.dimmed = false, now.over[layerMessage] != nil
		case k == 2:
			menu.do("down")
			now.over[layerMessage], now.covered, now.dimmed = menuLook{menu, menu.now(), now.window, 1}, true, false
		case k == 3:
			now.over[layerToasts] = notes.look([]string{"", "Paused", "Stopped"}[r.IntN(3)], window, 1)
		case k < 7:
			now.shape = uint64(r.IntN(3))
			now.pointer = image.Pt(r.IntN(now.view.Guest.X+20)-10, r.IntN(now.view.Guest.Y+20)-10)
		default:
			x, y := r.IntN(pix.Rect.Dx()), r.IntN(pix.Rect.Dy())
			rect := image.Rect(x, y, x+1+r.IntN(20), y+1+r.IntN(20)).Intersect(pix.Rect)
			for y := rect.Min.Y; y < rect.Max.Y; y++ {
				for i := range pix.Pix[pix.PixOffset(rect.Min.X, y):][:4*rect.Dx()] {
					pix.Pix[pix.PixOffset(rect.Min.X, y)+i] += byte(i + step)
				}
			}
			changed = append(changed, rect)
		}
		var shape *image.RGBA
		if now.shape != 0 {
			shape = shapes[now.shape-1]
		}
		for _, r := range parts.update(&old, &now, shape, changed) {
			parts.paint(r, &now, pix)
		}
		whole := blank(now.window)
		for _, r := range whole.update(&old, &now, shape, nil) {
			whole.paint(r, &now, pix)
		}
		if !bytes.Equal(parts.pix, whole.pix) {
			for i := range whole.pix {
				if whole.pix[i] != parts.pix[i] {
					t.Fatalf("step %d, %+v, changed %v: byte %d of pixel %v is %d, want %d", step, now, changed, i%4, image.Pt(i/4%120, i/4/120), parts.pix[i], whole.pix[i])
				}
			}
		}
		parts.stale = false
	}
}

// blank returns a sheet on which nothing has been painted.
func blank(size image.Point) *sheet {
	return &sheet{size: size, pix: make([]byte, 4*size.X*size.Y), stale: true}
}

// TestPointerOnTinyHead: a pointer over a head of one pixel would be enlarged
// beyond measure; only what is seen of it is made.
func TestPointerOnTinyHead(t *testing.T) {
	s := blank(image.Pt(800, 600))
	now := scene{window: s.size, view: render.Viewport{Window: s.size, Guest: image.Pt(1, 1)}, shape: 1}
	s.dress(&now, noise(image.Pt(1024, 1024)))
	if !s.pointer.Rect.In(image.Rectangle{Max: s.size}) {
		t.Error("the pointer is", s.pointer.Rect)
	}
}

func TestBlend(t *testing.T) {
	for _, c := range []struct{ src, dst, alpha, want byte }{
		{0, 77, 0, 77}, {255, 77, 255, 255}, {9, 77, 255, 9}, {64, 100, 128, 114}, {200, 255, 100, 255},
	} {
		if got := blend(c.src, c.dst, 255-uint32(c.alpha)); got != c.want {
			t.Errorf("%d over %d with alpha %d: %d, want %d", c.src, c.dst, c.alpha, got, c.want)
		}
	}
}
