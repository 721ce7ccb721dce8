package window

import "image"

// A Button is a mouse button, numbered as on the SPICE inputs channel.
type Button uint8

// Mouse buttons. The wheel is none: see Input.Wheel.
const (
	Left   Button = 1
	Middle Button = 2
	Right  Button = 3
	Side   Button = 6
	Extra  Button = 7
)

// An Input is where the keyboard and the mouse go. Its methods are called one
// at a time, by whichever goroutine of the window saw the event, and must
// neither block nor call the window, Wake and SetTitle aside.
type Input interface {
	// Key tells that a key was pressed or released, by its position on the
	// keyboard: a Linux evdev code. Auto-repeat comes as further presses.
	Key(evdev uint16, down bool)
	// Position tells where the pointer is, in pixels of the head.
	Position(head int, p image.Point)
	// Motion tells how far the captured mouse has moved.
	Motion(dx, dy int)
	// Button follows the Position or Motion that led to where it happened.
	Button(b Button, down bool)
	// Wheel turns by notches, away from the user if positive.
	Wheel(notches int)
	// ReleaseAll releases the keys and buttons that are held: the window is no
	// longer what they are meant for.
	ReleaseAll()
	// Locks tells the state of the local lock keys when the window gets the focus.
	Locks(scroll, num, caps bool)
}

// A Grab says when the window takes all keys, those of the desktop included.
type Grab uint8

// The choices of a Grab. Until the next click or focus the user's chord to let go
// overrules them.
const (
	GrabAuto   Grab = iota // on the full screen and while the mouse is captured
	GrabAlways             // while the window has the focus
	GrabNever
)

// nowhere is the Input of a window without one.
type nowhere struct{}

func (nowhere) Key(uint16, bool)          {}
func (nowhere) Position(int, image.Point) {}
func (nowhere) Motion(int, int)           {}
func (nowhere) Button(Button, bool)       {}
func (nowhere) Wheel(int)                 {}
func (nowhere) ReleaseAll()               {}
func (nowhere) Locks(bool, bool, bool)    {}
