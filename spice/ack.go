package spice

// An ackWindow counts received messages towards the next acknowledgement. A
// server stops sending when two windows are unacknowledged.
type ackWindow struct {
	window uint32 // messages per acknowledgement, 0 = none are wanted
	left   uint32 // messages until the next one, 0 = due
}

func (a *ackWindow) set(window uint32) { a.window, a.left = window, window }

// count notes one received message.
func (a *ackWindow) count() {
	if a.left > 0 {
		a.left--
	}
}

// due reports whether an acknowledgement must go out, and if so begins the
// next window.
func (a *ackWindow) due() bool {
	if a.window == 0 || a.left > 0 {
		return false
	}
	a.left = a.window
	return true
}
