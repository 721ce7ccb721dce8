package render

import (
	"image"
	"sync"
)

// A CursorOverlay is the pointer of one display as the server describes it:
// the cursor channel writes it, the window draws from it. Any goroutine may
// call its methods. The zero value is ready: nothing known yet.
type CursorOverlay struct {
	// Changed, if set, is called after each change, without any lock, by the
	// goroutine that made it. It is set before the overlay is used.
	Changed func()

	mu    sync.Mutex
	state CursorState
}

// A CursorState is a moment of a CursorOverlay.
type CursorState struct {
	Cursor  Cursor      // the shape, hot spot within it; Image is nil if there is none
	Pos     image.Point // of the hot spot, in the coordinates of the primary surface
	Visible bool
	// Known is false until the server has said what the pointer looks like:
	// until then a window does best to show its own arrow.
	Known bool
	// Server says who draws the pointer. In server mouse mode it is drawn over
	// the picture at Pos; otherwise the shape dresses the local pointer and
	// Pos means nothing.
	Server bool
	Serial uint64 // grows with each change
	Shape  uint64 // grows when the shape is another
}

// Set takes a message that has everything (INIT, SET). A cursor without image
// hides the pointer.
func (o *CursorOverlay) Set(c Cursor, pos image.Point, visible bool) {
	o.change(func(s *CursorState) {
		s.setShape(c)
		s.Pos, s.Visible = pos, visible
	})
}

// SetShape changes the shape alone.
func (o *CursorOverlay) SetShape(c Cursor) {
	o.change(func(s *CursorState) { s.setShape(c) })
}

// Move sets the position and shows the pointer: MOVE implies visible.
func (o *CursorOverlay) Move(pos image.Point) {
	o.change(func(s *CursorState) { s.Pos, s.Visible = pos, true })
}

// Hide hides the pointer until it is moved or set (HIDE).
func (o *CursorOverlay) Hide() {
	o.change(func(s *CursorState) { s.Visible = false })
}

// Reset forgets the shape and hides the pointer (RESET).
func (o *CursorOverlay) Reset() {
	o.change(func(s *CursorState) {
		s.setShape(Cursor{})
		s.Visible = false
	})
}

// SetServer tells which mouse mode is in effect: see CursorState.Server.
func (o *CursorOverlay) SetServer(server bool) {
	o.change(func(s *CursorState) { s.Server = server })
}

// Snapshot returns the present state.
func (o *CursorOverlay) Snapshot() CursorState {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.state
}

// change applies f and, if it made a difference, tells about it.
func (o *CursorOverlay) change(f func(s *CursorState)) {
	o.mu.Lock()
	before := o.state
	f(&o.state)
	changed := o.state != before
	if changed {
		o.state.Serial++
	}
	o.mu.Unlock()
	if changed && o.Changed != nil {
		o.Changed()
	}
}

func (s *CursorState) setShape(c Cursor) {
	if c.Image != nil {
		size := c.Image.Rect.Size()
		c.Hot.X = max(0, min(c.Hot.X, size.X))
		c.Hot.Y = max(0, min(c.Hot.Y, size.Y))
	}
	s.Known = true
	if s.Cursor != c {
		s.Cursor = c
		s.Shape++
	}
}
