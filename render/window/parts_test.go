package window

import (
	"bytes"
	"image"
	"image/color"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/hajimehoshi/ebiten/v2"

	"saffron/render"
)

func TestEvdevCodes(t *testing.T) {
	seen := map[uint16]ebiten.Key{}
	for k, code := range evdevOf {
		if other, ok := seen[code]; ok {
			t.Errorf("%v and %v are both %d", k, other, code)
		}
		seen[code] = k
	}
	for k := ebiten.Key(0); k <= ebiten.KeyMax; k++ {
		switch k {
		case ebiten.KeyAlt, ebiten.KeyControl, ebiten.KeyShift, ebiten.KeyMeta:
			continue // either side
		}
		if evdevOf[k] == 0 && k.String() != "" {
			t.Errorf("%v has no code", k)
		}
	}
}

func TestPack(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 7, 5))
	for i := range src.Pix {
		src.Pix[i] = byte(i)
	}
	for _, r := range []image.Rectangle{image.Rect(0, 0, 7, 5), image.Rect(2, 1, 5, 4), image.Rect(6, 4, 7, 5)} {
		var want []byte
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				c := src.RGBAAt(x, y)
				want = append(want, c.R, c.G, c.B, 255)
			}
		}
		if got := pack(nil, src, r); !bytes.Equal(got, want) {
			t.Errorf("%v: %v, want %v", r, got, want)
		}
	}
}

func BenchmarkPack(b *testing.B) {
	src := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
	b.SetBytes(int64(len(src.Pix)))
	var buf []byte
	for b.Loop() {
		buf = pack(buf[:0], src, src.Rect)
	}
}

func TestSplit(t *testing.T) {
	got := split(image.Pt(25, 10), 10)
	want := []image.Rectangle{image.Rect(0, 0, 10, 10), image.Rect(10, 0, 20, 10), image.Rect(20, 0, 25, 10)}
	if len(got) != len(want) || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestRepeater(t *testing.T) {
	var r repeater
	at := func(d time.Duration) time.Time { return time.Unix(100, 0).Add(d) }
	expect := func(d time.Duration, code uint16, wait time.Duration) {
		t.Helper()
		if c, w := r.due(at(d)); c != code || w != wait {
			t.Errorf("after %v: %d, %v; want %d, %v", d, c, w, code, wait)
		}
	}
	expect(0, 0, 0)
	r.key(30, true, at(0))
	r.key(keyLeftShift, true, at(0)) // does not repeat
	expect(0, 0, repeatDelay)
	expect(repeatDelay, 30, repeatEvery)
	expect(repeatDelay+time.Millisecond, 0, repeatEvery-time.Millisecond)
	r.key(31, true, at(repeatDelay))
	r.key(30, false, at(repeatDelay)) // the later goes on
	expect(repeatDelay, 0, repeatDelay)
	r.key(31, false, at(repeatDelay))
	expect(3*repeatDelay, 0, 0)
}

func TestClamp(t *testing.T) {
	for _, c := range []struct{ size, screen, want image.Point }{
		{image.Pt(800, 600), image.Pt(1920, 1080), image.Pt(800, 600)},
		{image.Pt(1920, 1080), image.Pt(1920, 1080), image.Pt(1728, 972)},
		{image.Pt(1000, 4000), image.Pt(1000, 1000), image.Pt(225, 900)},
		{image.Pt(8000, 2), image.Pt(1000, 1000), image.Pt(900, 1)},
		{image.Pt(8000, 600), image.Point{}, image.Pt(8000, 600)},
	} {
		if got := clamp(c.size, c.screen); got != c.want {
			t.Errorf("%v on %v: %v, want %v", c.size, c.screen, got, c.want)
		}
	}
}

func TestPointerFactor(t *testing.T) {
	for _, c := range []struct {
		window int
		side   int
		want   float64
	}{{100, 32, 1}, {50, 32, 1}, {149, 32, 1}, {150, 32, 1.5}, {220, 32, 2}, {400, 128, 2}, {400, 512, 1}} {
		v := render.Viewport{Window: image.Pt(c.window, c.window), Guest: image.Pt(100, 100)}
		if got := pointerFactor(v, image.Pt(c.side, 8)); got != c.want {
			t.Errorf("window %d, side %d: %v, want %v", c.window, c.side, got, c.want)
		}
	}
}

func TestEnlarge(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 4, 2))
	img.SetRGBA(3, 1, color.RGBA{1, 2, 3, 4})
	big, hot := enlarge(render.Cursor{Image: img, Hot: image.Pt(3, 1)}, 2)
	if big.Rect.Size() != image.Pt(8, 4) || hot != image.Pt(6, 2) || big.RGBAAt(7, 3) != img.RGBAAt(3, 1) || big.RGBAAt(5, 3) != (color.RGBA{}) {
		t.Errorf("%v, hot %v", big, hot)
	}
}

func TestLookOf(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 1, 1))
	for _, c := range []struct {
		state render.CursorState
		want  look
	}{
		{render.CursorState{}, arrow},
		{render.CursorState{Known: true}, hidden},
		{render.CursorState{Known: true, Visible: true}, hidden},
		{render.CursorState{Known: true, Visible: true, Cursor: render.Cursor{Image: img}}, guests},
		{render.CursorState{Known: true, Visible: true, Cursor: render.Cursor{Image: img}, Server: true}, arrow},
	} {
		if got := lookOf(c.state); got != c.want {
			t.Errorf("%+v: %d, want %d", c.state, got, c.want)
		}
	}
}

func TestWrap(t *testing.T) {
	f := regular()
	const size, width = 10, 100
	for _, text := range []string{
		"", "one", "several words that need more than one line of text",
		strings.Repeat("w", 100), "two\nlines", "\n\n", strings.Repeat("many words ", 500), strings.Repeat("é", 3000), "\xff\xfe bad",
	} {
		lines := wrap(text, f, size, width)
		if len(lines) > maxLines {
			t.Errorf("%.20q: %d lines", text, len(lines))
		}
		for _, l := range lines {
			if w := f.width(l, size); w > width && utf8.RuneCountInString(l) > 1 {
				t.Errorf("%.20q: the line %q is %v wide", text, l, w)
			}
		}
		if whole := strings.Join(lines, " "); len(text) < 60 && whole != strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", " ") {
			t.Errorf("%q became %q", text, lines)
		}
	}
}

// TestFace checks glyphs by their ink: a letter has some, a space none, an
// accent adds to its letter.
func TestFace(t *testing.T) {
	ink := func(s string) (n int) {
		img := image.NewRGBA(image.Rect(0, 0, 40, 40))
		regular().draw(img, s, 30, 5, 30, color.White)
		for i := 3; i < len(img.Pix); i += 4 {
			n += int(img.Pix[i])
		}
		return n / 255
	}
	if ink(" ") != 0 || ink("e") < 40 || ink("é") <= ink("e") || ink("i") >= ink("W") || ink("\U0001f600") == 0 {
		t.Errorf("ink: space %d, e %d, é %d, i %d, W %d, unknown %d", ink(" "), ink("e"), ink("é"), ink("i"), ink("W"), ink("\U0001f600"))
	}
}

func TestMessage(t *testing.T) {
	for _, m := range []message{
		{"A title", "and text", image.Pt(800, 600), 1},
		{"", "text alone", image.Pt(800, 600), 1.5},
		{"title alone", "", image.Pt(800, 600), 2},
		{"too small a window", "for this text", image.Pt(60, 20), 1},
	} {
		img := m.draw()
		if mid := img.Rect.Min.Add(img.Rect.Max).Sub(m.window); abs(mid.X) > 1 || abs(mid.Y) > 1 {
			t.Errorf("%+v: %v", m, img.Rect)
		}
		img.Rect = img.Rect.Sub(img.Rect.Min)
		if img.Rect.Empty() || img.Rect.Dx() > max(m.window.X, 160) {
			t.Errorf("%+v: %v", m, img.Rect)
		}
		if img.RGBAAt(0, 0).A != 0 || img.RGBAAt(img.Rect.Dx()/2, 5).A != 255 {
			t.Errorf("%+v: the corner is %v, the inside %v", m, img.RGBAAt(0, 0), img.RGBAAt(img.Rect.Dx()/2, 5))
		}
	}
}
