package window

import (
	"errors"
	"image"
)

// A side is a second connection to the window system for what ebiten lacks:
// all keys in order, each click, the keyboard for us alone, a coloured
// pointer, the pixels on the screen.
//
// Any goroutine may call its methods, after close in vain.
type side interface {
	seat
	// serve passes events on until the connection ends.
	serve(c *control)
	// dress sets what the pointer looks like over the picture.
	dress(p pointer)
	// resize sets the size of the window in device pixels.
	resize(size image.Point)
	// read returns what the screen shows of the window.
	read() (*image.RGBA, error)
	close()
}

// errNoSide says that a platform has no side connection.
var errNoSide = errors.New("no side connection here")

// A pointer is a shape of the local pointer: an image with a hot spot, or,
// without an image, the arrow of the desktop or nothing at all.
type pointer struct {
	image     *image.RGBA // premultiplied
	hot       image.Point
	invisible bool
}
