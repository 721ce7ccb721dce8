package window

import (
	"image"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
)

// usual is the size of a window that has no picture yet, in device pixels.
var usual = image.Pt(1024, 768)

// firstSize returns the size to open with, in device pixels, and the scale.
func (w *Window) firstSize() (image.Point, float64) {
	scale, screen := monitor()
	size := usual
	if !w.o.Cover.Empty() {
		return w.o.Cover.Size(), scale
	}
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

// fit gives the window the exact size it is to have: a scale may have rounded
// it, the size of the head may have become known only now, and it changes. A
// window that its user, or the window manager at once, has resized is left
// alone, as is one of a given size.
func (g *game) fit() {
	if g.frames == settled {
		g.given = g.w.opened
		if near(g.outside, g.given) {
			g.given = g.outside
		}
	}
	if g.outside == g.given {
		g.asked = time.Time{}
	}
	given := g.w.o.Width > 0 && g.w.o.Height > 0
	if !g.w.o.Cover.Empty() {
		return
	}
	if g.frames <= settled || g.fitted == g.pic.size || given && g.fitted != (image.Point{}) {
		return
	}
	mine := g.outside == g.given || time.Since(g.asked) < patience
	if !mine || ebiten.IsFullscreen() || ebiten.IsWindowMaximized() {
		return
	}
	if f := g.w.o.Follow; f != nil && g.fitted != (image.Point{}) && !f(g.pic.size) {
		g.fitted = g.pic.size
		return
	}
	want := image.Pt(g.w.o.Width, g.w.o.Height)
	_, screen := monitor()
	if !given {
		want = clamp(g.pic.size, screen)
	}
	first := g.fitted == (image.Point{})
	g.fitted, g.given, g.asked = g.pic.size, want, time.Now()
	if want == g.outside {
		g.asked = time.Time{}
		return
	}
	time.AfterFunc(patience, g.w.Wake) // to tell the size, should this not be granted
	if !near(want, g.outside) {
		ebiten.SetWindowSize(dip(want, g.scale))
		g.keepOnScreen(want, screen, first)
	}
	if g.side != nil {
		g.side.resize(want)
	}
}

// tellSize tells the size of the window once it is open. What it has before it
// gets the size that was asked for is nobody's choice, and not told.
func (g *game) tellSize() {
	coming := !g.asked.IsZero() && g.outside != g.given && time.Since(g.asked) < patience
	if g.w.o.Resized == nil || g.frames < settled || g.outside == g.told || coming {
		return
	}
	g.told = g.outside
	g.w.o.Resized(g.outside)
}

// patience is how long a window may take to get the size that was asked for.
// Whatever it has meanwhile is not its user's choice.
const patience = time.Second

// keepOnScreen moves the window, which is about to have the given size, to the
// middle of the screen, or just as far that all of it is seen.
func (g *game) keepOnScreen(size, screen image.Point, middle bool) {
	if screen == (image.Point{}) {
		return
	}
	var room, at image.Point
	room.X, room.Y = dip(screen.Sub(size), g.scale)
	if at = room.Div(2).Add(g.w.o.Shift); !middle {
		at.X, at.Y = ebiten.WindowPosition()
	}
	ebiten.SetWindowPosition(max(0, min(at.X, room.X)), max(0, min(at.Y, room.Y)))
}

// dip converts device pixels to pixels of usual density.
func dip(p image.Point, scale float64) (x, y int) {
	return int(float64(p.X)/scale + 0.5), int(float64(p.Y)/scale + 0.5)
}

// near reports whether sizes differ by no more than what scales round away.
func near(a, b image.Point) bool { return abs(a.X-b.X) <= 2 && abs(a.Y-b.Y) <= 2 }

func abs(n int) int { return max(n, -n) }
