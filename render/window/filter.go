package window

import (
	_ "embed"
	"sync"

	"github.com/hajimehoshi/ebiten/v2"

	"saffron/render"
)

// A Filter says how a picture is made larger or smaller.
type Filter uint8

// Filters.
const (
	// Sharp gives each pixel of the window the mean of all that it covers of the
	// picture: whole factors stay exact, others blur edges by less than a pixel,
	// and reducing loses nothing.
	Sharp Filter = iota
	// Smooth mixes neighbours, at all factors but 1.
	Smooth
)

//go:embed sharp.kage
var sharpSource []byte

// sharpShader is Sharp on the GPU.
var sharpShader = sync.OnceValues(func() (*ebiten.Shader, error) { return ebiten.NewShader(sharpSource) })

// sharpTaps is how many pixels of the picture, along an axis, the shader looks
// at for one at most. Beyond a factor of one less GL's own way is taken.
const sharpTaps = 8

// SetFilter sets how the picture is made larger or smaller.
func (w *Window) SetFilter(f Filter) {
	w.filter.Store(uint32(f))
	w.Wake()
}

// Filter returns how the picture is made larger or smaller.
func (w *Window) Filter() Filter { return Filter(w.filter.Load()) }

// isWhole reports whether each pixel becomes a whole number of device pixels.
func isWhole(v render.Viewport) bool {
	x, y := v.Scale()
	return x == float64(int(x)) && y == float64(int(y))
}

// sharpen draws a tile of the picture by the shader. It reports whether it did.
func (g *game) sharpen(dst canvas, t tile) bool {
	v := g.scene.view
	x, y := v.Scale()
	if g.scene.filter != Sharp || isWhole(v) || x*(sharpTaps-1) < 1 || y*(sharpTaps-1) < 1 {
		return false
	}
	shader, err := sharpShader()
	if err != nil {
		g.w.log.Debug("no shader", "err", err)
		return false
	}
	size, d := t.rect.Size(), v.Dest()
	o := ebiten.DrawRectShaderOptions{Uniforms: map[string]any{
		"Size":  []float32{float32(size.X), float32(size.Y)},
		"Ratio": []float32{float32(1 / x), float32(1 / y)},
	}}
	o.Images[0] = t.img
	o.GeoM.Translate(float64(t.rect.Min.X), float64(t.rect.Min.Y))
	o.GeoM.Scale(x, y)
	o.GeoM.Translate(float64(d.Min.X), float64(d.Min.Y))
	if g.scene.dimmed {
		o.ColorScale.Scale(dimFactor, dimFactor, dimFactor, 1)
	}
	dst.DrawRectShader(size.X, size.Y, shader, &o)
	return true
}
