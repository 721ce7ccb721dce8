package window

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"
)

// usual is the size of a window that has no picture yet, in device pixels.
var usual = image.Pt(1024, 768)

// firstSize returns the size to open with, in device pixels, and the scale.
func (w *Window) firstSize() (image.Point, float64) {
	scale, screen := monitor()
	size := usual
	if w.o.Width > 0 && w.o.Height > 0 {
		return image.Pt(w.o.Width, w.o.Height), scale
	}
	if x, y := w.o.Desktop.HeadSize(w.o.Head); x > 0 {
		size = image.Pt(x, y)
	}
	return clamp(size, screen), scale
}

// monitor returns the scale and the size in device pixels of the monitor, or
// a zero size if there is none.
func monitor() (scale float64, size image.Point) {
	m := ebiten.Monitor()
	if m == nil {
		return 1, image.Point{}
	}
	scale = m.DeviceScaleFactor()
	x, y := m.Size()
	return scale, image.Pt(int(float64(x)*scale+0.5), int(float64(y)*scale+0.5))
}

// clamp makes a size small enough for a window on a screen, in proportion:
// nine tenths, for what desktops put around windows and at their edges.
func clamp(size, screen image.Point) image.Point {
	if screen == (image.Point{}) || size.X <= screen.X && size.Y <= screen.Y && size != screen {
		return size
	}
	room := screen.Mul(9).Div(10)
	if size.X*room.Y > size.Y*room.X {
		return image.Pt(room.X, max(1, size.Y*room.X/size.X))
	}
	return image.Pt(max(1, size.X*room.Y/size.Y), room.Y)
}

// fit gives the window, once, the exact size it is to have: a scale may have
// rounded it, and the size of the head may have become known only now. A
// window that was resized meanwhile is left alone.
func (g *game) fit() {
	if g.frames == settled {
		g.opened = g.outside
	}
	if g.sized || g.frames <= settled {
		return
	}
	want := image.Pt(g.w.o.Width, g.w.o.Height)
	if want.X <= 0 || want.Y <= 0 {
		if want = g.pic.size; want == (image.Point{}) {
			return
		}
		_, screen := monitor()
		want = clamp(want, screen)
	}
	g.sized = true
	if want == g.outside || g.outside != g.opened || ebiten.IsFullscreen() || ebiten.IsWindowMaximized() {
		return
	}
	near := want.Sub(g.outside)
	if abs(near.X) > 2 || abs(near.Y) > 2 {
		x, y := dip(want, g.scale)
		ebiten.SetWindowSize(x, y)
		if _, screen := monitor(); screen != (image.Point{}) {
			x, y := dip(screen.Sub(want).Div(2), g.scale)
			ebiten.SetWindowPosition(max(0, x), max(0, y))
		}
	}
	if g.side != nil {
		g.side.resize(want)
	}
}

// dip converts device pixels to pixels of usual density.
func dip(p image.Point, scale float64) (x, y int) {
	return int(float64(p.X)/scale + 0.5), int(float64(p.Y)/scale + 0.5)
}

func abs(n int) int { return max(n, -n) }
