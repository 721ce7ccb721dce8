package render

import "image"

// A ViewMode says how a head's picture is fitted into a window.
type ViewMode uint8

// View modes.
const (
	Fit      ViewMode = iota // as large as fits, aspect kept
	OneToOne                 // a guest pixel is a device pixel
	Integer                  // the largest whole factor that fits; Fit if not even 1 does
	// Snug is OneToOne for a picture that fills the window but for less than
	// snugness pixels, as those of guests do that round sizes down; otherwise Fit.
	Snug
)

// snugness is the multiple to which guests round the sizes they are asked for.
const snugness = 8

// A Viewport is the geometry between a window and the head it shows. Window
// coordinates are device pixels from the top-left corner of the window's
// inside. It is a value; any goroutine may use its copy.
type Viewport struct {
	Window image.Point // size of the window
	Guest  image.Point // size of the head
	Mode   ViewMode
	// Pan is, in OneToOne, the first guest pixel shown on an axis on which the
	// picture is larger than the window; it is clamped to what makes sense.
	Pan image.Point
}

// Dest returns where in the window the picture is placed: centred, or, on an
// axis on which it is larger than the window, moved by Pan. It is empty if either size is.
func (v Viewport) Dest() image.Rectangle {
	if v.Window.X <= 0 || v.Window.Y <= 0 || v.Guest.X <= 0 || v.Guest.Y <= 0 {
		return image.Rectangle{}
	}
	size := v.size()
	at := v.Window.Sub(size).Div(2)
	limit := v.PanLimit()
	if limit.X > 0 {
		at.X = -max(0, min(v.Pan.X, limit.X))
	}
	if limit.Y > 0 {
		at.Y = -max(0, min(v.Pan.Y, limit.Y))
	}
	return image.Rectangle{Min: at, Max: at.Add(size)}
}

// size returns the size of the picture in the window.
func (v Viewport) size() image.Point {
	switch v.Mode {
	case OneToOne:
		return v.Guest
	case Integer:
		if n := min(v.Window.X/v.Guest.X, v.Window.Y/v.Guest.Y); n > 0 {
			return v.Guest.Mul(n)
		}
	case Snug:
		if free := v.Window.Sub(v.Guest); free.X >= 0 && free.X < snugness && free.Y >= 0 && free.Y < snugness {
			return v.Guest
		}
	}
	w, h := int64(v.Window.X), int64(v.Window.Y)
	gw, gh := int64(v.Guest.X), int64(v.Guest.Y)
	if w*gh <= h*gw { // the width decides
		return image.Pt(v.Window.X, int(max(1, (gh*w+gw/2)/gw)))
	}
	return image.Pt(int(max(1, (gw*h+gh/2)/gh)), v.Window.Y)
}

// Scale returns device pixels per guest pixel on each axis, 0 if there is
// nothing to show.
func (v Viewport) Scale() (x, y float64) {
	d := v.Dest()
	if d.Empty() {
		return 0, 0
	}
	return float64(d.Dx()) / float64(v.Guest.X), float64(d.Dy()) / float64(v.Guest.Y)
}

// ToGuest returns the guest pixel for a position in the window, clamped to the
// head, and whether the position is over the picture. The first and the last
// pixel of the picture stand for the first and the last guest pixel, so that
// all edges can be reached; at 1:1 it is the identity.
//
// Source: SPICE inputs channel, MOUSE_POSITION.
func (v Viewport) ToGuest(x, y float64) (p image.Point, inside bool) {
	d := v.Dest()
	if d.Empty() {
		return image.Point{}, false
	}
	px, inX := toGuest(x-float64(d.Min.X), d.Dx(), v.Guest.X)
	py, inY := toGuest(y-float64(d.Min.Y), d.Dy(), v.Guest.Y)
	return image.Pt(px, py), inX && inY
}

// toGuest maps one axis: pos of size shown pixels to one of guest pixels.
func toGuest(pos float64, size, guest int) (int, bool) {
	inside := pos >= 0 && pos < float64(size)
	if !(pos >= 0) { // also NaN
		return 0, inside
	}
	if pos >= float64(size) {
		return guest - 1, inside
	}
	if size == 1 {
		return 0, inside
	}
	return int(int64(pos) * int64(guest-1) / int64(size-1)), inside
}

// FromGuest returns where in the window the top-left corner of a guest pixel
// is shown.
func (v Viewport) FromGuest(p image.Point) (x, y float64) {
	d := v.Dest()
	sx, sy := v.Scale()
	return float64(d.Min.X) + float64(p.X)*sx, float64(d.Min.Y) + float64(p.Y)*sy
}

// PanLimit returns the largest Pan that makes sense on each axis.
func (v Viewport) PanLimit() image.Point {
	if v.Mode != OneToOne {
		return image.Point{}
	}
	return image.Pt(max(0, v.Guest.X-v.Window.X), max(0, v.Guest.Y-v.Window.Y))
}
