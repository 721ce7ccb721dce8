package render

import "image"

// A ViewMode says how a head's picture is fitted into a window.
type ViewMode uint8

// View modes.
const (
	Fit      ViewMode = iota // as large as fits, aspect kept
	OneToOne                 // a guest pixel is a device pixel
	Integer                  // the largest whole factor that fits; Fit if not even 1 does
)

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

// Dest returns where in the window the picture is placed: centred, beyond the
// window's edges where a 1:1 picture is larger. It is empty if either size is.
func (v Viewport) Dest() image.Rectangle { return image.Rectangle{} }

// Scale returns device pixels per guest pixel on each axis.
func (v Viewport) Scale() (x, y float64) { return 0, 0 }

// ToGuest returns the guest pixel for a position in the window, clamped to the
// head, and whether the position is over the picture. The first and the last
// pixel of the picture stand for the first and the last guest pixel, so that
// all edges can be reached; at 1:1 it is the identity.
//
// Source: SPICE inputs channel, MOUSE_POSITION.
func (v Viewport) ToGuest(x, y float64) (p image.Point, inside bool) { return image.Point{}, false }

// FromGuest returns where in the window the top-left corner of a guest pixel
// is shown.
func (v Viewport) FromGuest(p image.Point) (x, y float64) { return 0, 0 }

// PanLimit returns the largest Pan that makes sense on each axis.
func (v Viewport) PanLimit() image.Point { return image.Point{} }
