package window

import (
	"image"
	"image/color"
	"math"
	"testing"
	"testing/synctest"
)

// contrast returns how well two colours can be told apart, from 1 to 21, as WCAG 2
// defines it.
func contrast(a, b color.RGBA) float64 {
	light := func(c color.RGBA) float64 {
		part := func(v uint8) float64 {
			f := float64(v) / 255
			if f > 0.04045 {
				return math.Pow((f+0.055)/1.055, 2.4)
			}
			return f / 12.92
		}
		return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
	}
	x, y := light(a), light(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// over returns a premultiplied colour over an opaque one.
func over(top, below color.RGBA) color.RGBA {
	rest := 255 - uint32(top.A)
	return color.RGBA{blend(top.R, below.R, rest), blend(top.G, below.G, rest), blend(top.B, below.B, rest), 255}
}

// TestContrast: words can be read, whatever lies below.
func TestContrast(t *testing.T) {
	white, black := color.RGBA{255, 255, 255, 255}, color.RGBA{0, 0, 0, 255}
	for _, c := range []struct {
		what         string
		words, paper color.RGBA
		least        float64
	}{
		{"the menu", bright, cardFill, 7},
		{"hotkeys", subdued, cardFill, 4.5},
		{"what is selected", bright, rowFill, 7},
		{"its hotkey", subdued, rowFill, 3.5},
		{"what cannot be chosen", barDisabled, cardFill, 2.5},
		{"figures over white", bright, over(statFill, white), 7},
		{"their names over white", subdued, over(statFill, white), 4.5},
		{"headings over white", accent, over(statFill, white), 4.5},
		{"figures over black", bright, over(statFill, black), 7},
		{"names over black", subdued, over(statFill, black), 4.5},
	} {
		if got := contrast(c.words, c.paper); got < c.least {
			t.Errorf("%s: %.1f, want %.1f", c.what, got, c.least)
		}
	}
}

// TestBarPicture looks at the picture of a menu: what is selected stands out, what is
// checked has a mark, and words are in the middle of their rows and no wider.
func TestBarPicture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, scale := range []float64{1, 1.25, 1.5, 2, 2.5} {
			b := newBarBench(t)
			b.size = image.Pt(1600, 1400)
			b.list = []Entry{
				{Label: "Hxg checked", Keys: "Shift+F1", Checked: true, Do: func() {}},
				{Label: "Hxg", Do: func() {}},
				{Label: "Hxg more", Sub: []Entry{{Label: "x", Do: func() {}}}},
			}
			b.begin()
			synctest.Wait()
			b.keys("down down")
			img := b.look(b.size, scale).draw()
			if len(b.place.lines) != 3 {
				t.Fatalf("at %v: %d rows", scale, len(b.place.lines))
			}
			count := func(r image.Rectangle, like func(c color.RGBA) bool) (n int, where image.Rectangle) {
				for y := r.Min.Y; y < r.Max.Y; y++ {
					for x := r.Min.X; x < r.Max.X; x++ {
						if like(img.RGBAAt(x, y)) {
							n++
							where = where.Union(image.Rect(x, y, x+1, y+1))
						}
					}
				}
				return n, where
			}
			is := func(want color.RGBA) func(color.RGBA) bool { return func(c color.RGBA) bool { return c == want } }
			light := func(c color.RGBA) bool { return c.R > 0xc0 && c.G > 0xc0 }
			for i, l := range b.place.lines {
				left := b.px(barCheck)
				margin, words := l.rect, l.rect
				margin.Max.X, words.Min.X = l.rect.Min.X+left, l.rect.Min.X+left-1
				marks, _ := count(margin, is(accent))
				if (marks > 0) != (i == 0) {
					t.Errorf("at %v, row %d: %d pixels of a mark", scale, i, marks)
				}
				if n, _ := count(l.rect, is(rowFill)); (n > l.rect.Dx()*l.rect.Dy()/2) != (i == 1) {
					t.Errorf("at %v, row %d: %d pixels stand out", scale, i, n)
				}
				n, where := count(words, light)
				low, high := where.Min.Y-words.Min.Y, words.Max.Y-where.Max.Y
				if n < 40 || low < b.px(6) || high < b.px(4) || abs(low-high) > b.px(6) || where.Max.X > l.rect.Max.X-b.px(barInset)+1 {
					t.Errorf("at %v, row %d: words at %v of %v", scale, i, where, l.rect)
				}
			}
		}
	})
}
