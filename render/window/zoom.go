package window

import (
	"image"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

// Zoom gives the window, as its user would, another size: that of the picture in
// percent, which f makes of what it is now. It does nothing on the full screen and
// without a picture.
func (w *Window) Zoom(f func(percent int) int) {
	w.zoom.Store(&f)
	w.Wake()
}

// zoom does what Zoom has asked for.
func (g *game) zoom() {
	f := g.w.zoom.Swap(nil)
	if f == nil || g.pic.size.X == 0 || g.outside.X == 0 || ebiten.IsFullscreen() {
		return
	}
	percent := max(1, (*f)(zoomOf(g.outside, g.pic.size)))
	want := image.Pt(max(1, g.pic.size.X*percent/100), max(1, g.pic.size.Y*percent/100))
	if want == g.outside {
		return
	}
	g.asked = time.Time{}
	ebiten.SetWindowSize(dip(want, g.scale))
	if g.side != nil {
		g.side.resize(want)
	}
}

// zoomOf returns how many percent of the picture a window shows it with.
func zoomOf(window, picture image.Point) int {
	percent := func(a, b int) int { return (a*100 + b/2) / b }
	return min(percent(window.X, picture.X), percent(window.Y, picture.Y))
}
