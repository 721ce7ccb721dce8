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
	// layout returns what the local keyboard makes of its keys.
	layout() layout
	// dress sets what the pointer looks like over the picture.
	dress(p pointer)
	// resize sets the size of the window in device pixels.
	resize(size image.Point)
	// move asks for a place and a size on the desktop, in device pixels.
	move(to image.Rectangle)
	// origin returns where the top-left corner of the window is on the desktop.
	origin() (image.Point, bool)
	// read returns what the screen shows of the window.
	read() (*image.RGBA, error)
	// lost returns what the screen has forgotten since the last call: another
	// window was over it.
	lost() []image.Rectangle
	// panel opens what shows pixels without GL, by shared memory if it is to
	// and that is possible.
	panel(shared bool) (panel, error)
	close()
}

// A panel covers the window and shows pixels from memory. Its methods are
// called by the game.
type panel interface {
	// memory returns memory for that many bytes, which are kept until it is
	// called with another number. It waits until what was shown has been taken.
	memory(n int) []byte
	// show shows rectangles of a window of that size, whose pixels are in
	// memory row after row, as B, G, R and 255.
	show(size image.Point, rects []image.Rectangle)
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
