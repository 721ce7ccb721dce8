package demo

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

var (
	regular = sync.OnceValue(func() *opentype.Font { return parseFont(goregular.TTF) })
	medium  = sync.OnceValue(func() *opentype.Font { return parseFont(gomedium.TTF) })
	bold    = sync.OnceValue(func() *opentype.Font { return parseFont(gobold.TTF) })
	mono    = sync.OnceValue(func() *opentype.Font { return parseFont(gomono.TTF) })
)

func parseFont(ttf []byte) *opentype.Font {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic("demo: " + err.Error()) // it is part of the program
	}
	return f
}

// A face is a font at a size. It is for one goroutine at a time.
type face struct {
	font  font.Face
	masks map[maskKey]mask
}

type maskKey struct {
	r     rune
	shift uint8 // quarters of a pixel
}

// A mask is the coverage of a glyph, relative to its origin. It is kept since
// the same few are drawn again and again.
type mask struct {
	alpha   *image.Alpha
	advance float32
}

// newFace returns a face of size pixels an em.
func newFace(f *opentype.Font, size float32) *face {
	of, err := opentype.NewFace(f, &opentype.FaceOptions{Size: float64(size), DPI: 72})
	if err != nil {
		panic("demo: " + err.Error()) // only the hinting could be wrong
	}
	return &face{font: of, masks: map[maskKey]mask{}}
}

// width returns the width of s in pixels.
func (f *face) width(s string) float32 {
	var w float32
	for _, r := range s {
		w += f.mask(r, 0).advance
	}
	return w
}

// draw writes s with its base line at y and returns where it ends.
func (f *face) draw(dst *image.RGBA, x, y float32, s string, c color.RGBA) float32 {
	src := image.NewUniform(c)
	for _, r := range s {
		whole := float32(math.Floor(float64(x)))
		m := f.mask(r, uint8((x-whole)*4))
		box := m.alpha.Rect.Add(image.Pt(int(whole), int(y)))
		draw.DrawMask(dst, box, src, image.Point{}, m.alpha, m.alpha.Rect.Min, draw.Over)
		x += m.advance
	}
	return x
}

func (f *face) mask(r rune, shift uint8) mask {
	key := maskKey{r, shift}
	m, ok := f.masks[key]
	if !ok {
		box, alpha, at, advance, _ := f.font.Glyph(fixed.Point26_6{X: fixed.Int26_6(shift) * 16}, r)
		m = mask{image.NewAlpha(box), float32(advance) / 64}
		draw.Draw(m.alpha, box, alpha, at, draw.Src)
		f.masks[key] = m
	}
	return m
}
