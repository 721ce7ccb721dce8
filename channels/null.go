package channels

import (
	"image"

	"saffron/render"
)

// nullCanvas drops everything: a session without a picture.
type nullCanvas struct{}

func (nullCanvas) CreateSurface(uint32, int, int, render.Format, bool) error { return nil }
func (nullCanvas) DestroySurface(uint32)                                     {}
func (nullCanvas) Draw(uint32, image.Rectangle, *render.Region, render.Op) error {
	return nil
}
func (nullCanvas) Mark()                  {}
func (nullCanvas) Reset()                 {}
func (nullCanvas) SetHeads([]render.Head) {}

// nullCursor drops the pointer.
type nullCursor struct{}

func (nullCursor) Set(render.Cursor, image.Point, bool) {}
func (nullCursor) SetShape(render.Cursor)               {}
func (nullCursor) Move(image.Point)                     {}
func (nullCursor) Hide()                                {}
func (nullCursor) Reset()                               {}
