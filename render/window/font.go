package window

import (
	"image"
	"image/color"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gomedium"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The faces of the window's own words, read when they are first needed.
var (
	regular = sync.OnceValue(func() *typeface { return newTypeface(goregular.TTF) })
	medium  = sync.OnceValue(func() *typeface { return newTypeface(gomedium.TTF) })
)

// A typeface is a font that is part of the program, at any size. It is for one
// goroutine at a time: the one that draws.
type typeface struct {
	font  *opentype.Font
	sizes map[float32]font.Face
}

func newTypeface(ttf []byte) *typeface {
	f, err := opentype.Parse(ttf)
	if err != nil {
		panic(err) // it is ours
	}
	return &typeface{f, map[float32]font.Face{}}
}

// at returns the font at a size in device pixels per em.
func (t *typeface) at(size float32) font.Face {
	face := t.sizes[size]
	if face == nil {
		var err error
		face, err = opentype.NewFace(t.font, &opentype.FaceOptions{Size: float64(size), DPI: 72})
		if err != nil {
			panic(err) // only the hinting could be wrong
		}
		t.sizes[size] = face
	}
	return face
}

// width returns how wide a line is in pixels.
func (t *typeface) width(line string, size float32) float32 {
	return pixels(font.MeasureString(t.at(size), line))
}

// extent returns how far letters reach above and below the base line, in
// pixels.
func (t *typeface) extent(size float32) (ascent, descent float32) {
	m := t.at(size).Metrics()
	return pixels(m.Ascent), pixels(m.Descent)
}

// draw writes a line whose base line starts at x, y.
func (t *typeface) draw(dst *image.RGBA, line string, size, x, y float32, c color.Color) {
	d := font.Drawer{
		Dst: dst, Src: image.NewUniform(c), Face: t.at(size),
		Dot: fixed.Point26_6{X: fixed.Int26_6(x * 64), Y: fixed.Int26_6(y * 64)},
	}
	d.DrawString(line)
}

func pixels(v fixed.Int26_6) float32 { return float32(v) / 64 }
