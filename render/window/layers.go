package window

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"
)

// A drawing lies over the picture, or instead of it. It is a comparable value,
// and what it looks like depends on nothing else, so that it is drawn once.
type drawing interface {
	// draw returns its picture at its place in the window.
	draw() *image.RGBA
}

// A layer is the place of a drawing among others: higher ones lie over lower
// ones.
type layer uint8

const (
	layerMessage layer = iota // a message or the chooser
	layerStats
	layerToasts
	layerMenu
	layers
)

// drawings are those of a scene, nil where there is none.
type drawings [layers]drawing

// images are the pictures of drawings for a sheet.
type images struct {
	of  drawings
	img [layers]*image.RGBA
}

// update draws what is not drawn yet, and calls changed with each rectangle
// that looks different now.
func (l *images) update(now *drawings, changed func(image.Rectangle)) {
	for i, d := range now {
		if d == l.of[i] {
			continue
		}
		if l.img[i] != nil {
			changed(l.img[i].Rect)
			l.img[i] = nil
		}
		if l.of[i] = d; d != nil {
			l.img[i] = d.draw()
			changed(l.img[i].Rect)
		}
	}
}

// textures are the pictures of drawings for GL.
type textures struct {
	of  drawings
	img [layers]*ebiten.Image
	at  [layers]image.Point
}

// paint draws them, and makes them first where that has not been done.
func (l *textures) paint(dst canvas, now *drawings) {
	for i, d := range now {
		if d != l.of[i] {
			if l.img[i] != nil {
				l.img[i].Deallocate()
				l.img[i] = nil
			}
			if l.of[i] = d; d != nil {
				l.load(i, d.draw())
			}
		}
		if l.img[i] != nil {
			var o ebiten.DrawImageOptions
			o.GeoM.Translate(float64(l.at[i].X), float64(l.at[i].Y))
			dst.DrawImage(l.img[i], &o)
		}
	}
}

func (l *textures) load(i int, pic *image.RGBA) {
	if pic.Rect.Empty() {
		return
	}
	l.img[i] = ebiten.NewImage(pic.Rect.Dx(), pic.Rect.Dy())
	l.img[i].WritePixels(pic.Pix)
	l.at[i] = pic.Rect.Min
}
