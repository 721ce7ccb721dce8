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

// nullSound drops what is played.
type nullSound struct{}

func (nullSound) Start(int, int, uint32) {}
func (nullSound) Play(uint32, []int16)   {}
func (nullSound) Stop()                  {}
func (nullSound) SetVolume([]uint16)     {}
func (nullSound) SetMute(bool)           {}
func (nullSound) SetLatency(uint32)      {}
func (nullSound) Close()                 {}

// silence is a source of no sound.
type silence struct{}

func (silence) Start(int, int, func([]int16)) error { return nil }
func (silence) Stop()                               {}
