package window

import (
	"image"
	"slices"
	"sync"

	"saffron/render"
)

// A seat is what the control asks of the window system. Its methods are called
// with the control locked, by any goroutine, and must not call it.
type seat interface {
	// capture confines and hides the pointer, so that its motion is relative,
	// or lets it go. It reports whether the pointer is captured.
	capture(on bool) bool
	// grabKeyboard takes all keys from the rest of the desktop, or gives them
	// back. It reports whether the keyboard is grabbed.
	grabKeyboard(on bool) bool
	// setLocks makes the local lock keys equal to l, where that is possible.
	setLocks(l locks)
	// over tells whether the pointer is over the picture.
	over(picture bool)
}

// noSeat grants nothing.
type noSeat struct{}

func (noSeat) capture(bool) bool      { return false }
func (noSeat) grabKeyboard(bool) bool { return false }
func (noSeat) setLocks(locks)         {}
func (noSeat) over(bool)              {}

// A control decides what becomes of keys and of the mouse: which go to the
// guest, which are the window's, and what is grabbed when.
//
// It sends a guest nothing it should not get: no release of what it was not
// told is pressed, no click beside the picture, and nothing at all when view
// only. Any goroutine may call its methods.
type control struct {
	input      Input
	head       int
	viewOnly   bool
	shiftWheel bool
	relative   func() bool
	menu       func() *Menu
	bar        *bar // nil without
	remaps     []Remap
	act        func(*Hotkey) // does all but ReleaseGrabs; called with the control locked, does not block
	changed    func()        // captured or the Pan of the view is another; likewise

	mu         sync.Mutex // guards everything below, and calls of input
	grab       Grab
	seat       seat
	view       render.Viewport
	hot        hotkeys
	layout     layout
	keys       map[uint16][]uint16 // pressed for the guest, and the keys it got for each
	buttons    map[Button]bool     // pressed for the guest
	focused    bool
	fullscreen bool
	released   bool // the user let go of the keyboard: until a click or the next focus
	captured   bool
	grabbed    bool // the keyboard
	last       image.Point
	lastKnown  bool // last is where the guest thinks the pointer is
	inside     bool // the pointer is over the picture
}

func newControl(o *Options) *control {
	c := &control{
		input: o.Input, head: o.Head, viewOnly: o.ViewOnly, grab: o.Grab, shiftWheel: o.ShiftWheel, relative: o.Relative, menu: o.menu,
		remaps: o.Keymap, act: func(*Hotkey) {}, changed: func() {},
		seat: noSeat{}, layout: usLayout, keys: map[uint16][]uint16{}, buttons: map[Button]bool{},
		hot: newHotkeys(o.Hotkeys),
	}
	if c.input == nil {
		c.input = nowhere{}
	}
	if c.relative == nil {
		c.relative = func() bool { return false }
	}
	return c
}

// key takes a key event in the order in which it happened; repeats are
// presses.
func (c *control) key(code uint16, down bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	repeat := c.hot.down[code]
	hit, keep := c.hot.key(code, down, c.captured || c.grabbed)
	if hit != nil {
		c.perform(hit)
	}
	m := c.menu()
	_, held := c.keys[code]
	switch {
	case keep:
	case c.bar.isOpen():
		if down {
			c.bar.key(barKey{code, c.layout.letter(code)})
			c.arrange()
		}
	case m != nil:
		if down {
			m.key(code)
			c.changed()
		}
	case c.viewOnly:
	case down && repeat && !held: // it chose from a menu, and is held
	case down:
		if !isModifier(code) {
			c.pressModifiers()
		}
		c.press(code)
	case held:
		c.lift(code)
	}
}

// perform does what a hotkey asks for. The guest has seen the modifiers of the
// chord: they are up for it before anything happens.
func (c *control) perform(h *Hotkey) {
	switch h.Action {
	case ReleaseGrabs:
		c.release()
		return
	case ToggleMenu:
		c.toggleBar()
		return
	}
	for code := range c.keys {
		if isModifier(code) {
			c.lift(code)
		}
	}
	c.act(h)
}

// press presses a key for the guest, or repeats it.
func (c *control) press(code uint16) {
	to, held := c.keys[code]
	if !held {
		to = remap(c.remaps, c.layout, code, c.hot.down[keyLeftShift] || c.hot.down[keyRightShift])
		c.keys[code] = to
	}
	for i, guests := range to {
		if !held || i == len(to)-1 {
			c.input.Key(guests, true)
		}
	}
}

// lift releases a key for the guest.
func (c *control) lift(code uint16) {
	for _, guests := range slices.Backward(c.keys[code]) {
		c.input.Key(guests, false)
	}
	delete(c.keys, code)
}

// pressModifiers presses for the guest the modifiers that are down but were
// lifted, by a hotkey or with a grab.
func (c *control) pressModifiers() {
	for _, k := range chordKeys {
		for _, code := range []uint16{k.left, k.right} {
			if _, held := c.keys[code]; c.hot.down[code] && !held {
				c.press(code)
			}
		}
	}
}

// setGrab says when the keyboard is grabbed.
func (c *control) setGrab(g Grab) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.grab, c.released = g, false
	c.arrange()
}

// grabNow returns when the keyboard is grabbed.
func (c *control) grabNow() Grab {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.grab
}

// setLayout tells what the local keyboard makes of its keys.
func (c *control) setLayout(l layout) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.layout = l
	c.hot.use(l)
}

// releaseKeys returns the chord that lets go, or "".
func (c *control) releaseKeys() string { return c.hot.release() }

// position tells where the pointer is in the window, in device pixels. It does
// nothing while the pointer is captured.
func (c *control) position(x, y float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.menu(); m != nil {
		if m.point(x, y) {
			c.changed()
		}
		return
	}
	if !c.captured && len(c.buttons) == 0 && c.bar.point(x, y) {
		c.leavePicture()
		return
	}
	c.place(x, y)
}

// leavePicture tells that the pointer is not over the picture, but over
// something that lies upon it.
func (c *control) leavePicture() {
	if c.inside {
		c.inside = false
		c.seat.over(false)
	}
}

// place is position with the control locked.
func (c *control) place(x, y float64) {
	if c.captured {
		return
	}
	c.pan(x, y)
	p, inside := c.view.ToGuest(x, y)
	if inside != c.inside {
		c.inside = inside
		c.seat.over(inside)
	}
	if c.viewOnly || c.relative() || c.view.Dest().Empty() || c.lastKnown && p == c.last {
		return
	}
	c.last, c.lastKnown = p, true
	c.input.Position(c.head, p)
}

// pan moves a picture that is larger than the window so that each edge comes
// into view when the pointer is at that edge of the window.
func (c *control) pan(x, y float64) {
	limit := c.view.PanLimit()
	along := func(pos float64, size, limit int) int {
		return max(0, min(int(pos*float64(limit)/float64(max(1, size-1))+0.5), limit))
	}
	at := image.Pt(along(x, c.view.Window.X, limit.X), along(y, c.view.Window.Y, limit.Y))
	if at != c.view.Pan {
		c.view.Pan = at
		c.changed()
	}
}

// panned returns the Pan of the picture.
func (c *control) panned() image.Point {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.view.Pan
}

// motion tells how far the captured mouse has moved.
func (c *control) motion(dx, dy int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.captured && (dx != 0 || dy != 0) {
		c.input.Motion(dx, dy)
	}
}

// button tells that a button was pressed or released, and where.
func (c *control) button(b Button, down bool, x, y float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.menu(); m != nil {
		if down && b == Left {
			m.click(x, y)
			c.changed()
		}
		return
	}
	if !c.captured && c.clickBar(b, down, x, y) {
		return
	}
	c.lastKnown = c.lastKnown && !down // say it again before a click
	c.place(x, y)
	c.hot.interrupt()
	if !down {
		if c.buttons[b] {
			delete(c.buttons, b)
			c.input.Button(b, false)
		}
		return
	}
	if c.viewOnly || !c.captured && !c.inside {
		return
	}
	c.released = false
	if !c.captured && c.relative() { // this click only takes the mouse
		c.setCaptured(true)
		return
	}
	c.arrange()
	c.buttons[b] = true
	c.input.Button(b, true)
}

// wheel turns the wheel where the pointer is.
func (c *control) wheel(notches int, x, y float64) { c.wheelWith(notches, x, y, 0) }

// wheelWith turns the wheel while the guest sees a key pressed; 0 is none.
func (c *control) wheelWith(notches int, x, y float64, key uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := c.menu(); m != nil {
		if notches != 0 {
			m.wheel(notches, x, y)
			c.changed()
		}
		return
	}
	if c.bar.isOpen() {
		if notches != 0 {
			c.bar.wheel(notches)
		}
		return
	}
	c.place(x, y)
	c.hot.interrupt()
	if c.viewOnly || notches == 0 || !c.captured && (!c.inside || c.relative()) {
		return
	}
	if key != 0 && !c.guestHolds(key) {
		c.input.Key(key, true)
		defer c.input.Key(key, false)
	}
	c.input.Wheel(notches)
}

// guestHolds reports whether a key is down for the guest.
func (c *control) guestHolds(key uint16) bool {
	for _, to := range c.keys {
		if slices.Contains(to, key) {
			return true
		}
	}
	return false
}

// sideways turns the horizontal wheel where the pointer is, to the left if
// positive. Guests have none; many scroll to the side by the other one with Shift.
func (c *control) sideways(notches int, x, y float64) {
	if !c.shiftWheel {
		return
	}
	c.wheelWith(notches, x, y, keyLeftShift)
}

// A locks is the state of the lock keys.
type locks struct{ scroll, num, caps bool }

// focus tells that the window got the keyboard focus.
func (c *control) focus(l locks) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.focused, c.released = true, false
	c.arrange()
	if !c.viewOnly {
		c.input.Locks(l.scroll, l.num, l.caps)
	}
}

// setLocks makes the local lock keys equal to l, while the keyboard is here.
func (c *control) setLocks(l locks) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.focused && !c.viewOnly {
		c.seat.setLocks(l)
	}
}

// blur tells that the window lost the keyboard focus.
func (c *control) blur() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.focused = false
	c.bar.close()
	c.hot.reset()
	c.release()
}

// interrupt tells that the keyboard is grabbed, by this window or by another
// client, from which no releases are to be expected then.
func (c *control) interrupt() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.grabbed {
		c.hot.reset()
		c.letGo()
	}
}

// setSeat says who grabs.
func (c *control) setSeat(s seat) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.seat = s
}

// show tells how the picture is placed now, and whether on the full screen. It
// is called once a frame and also notices a change of the mouse mode.
func (c *control) show(v render.Viewport, fullscreen bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v.Pan = c.view.Pan
	c.view, c.fullscreen = v, fullscreen
	if c.captured && !c.relative() {
		c.setCaptured(false)
	}
	if c.relative() {
		c.lastKnown = false
	}
	c.arrange()
}

// isCaptured reports whether the pointer is captured.
func (c *control) isCaptured() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.captured
}

// isFullscreen reports whether the window is on the full screen.
func (c *control) isFullscreen() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.fullscreen
}

// letGoAll is release for those who have not locked the control.
func (c *control) letGoAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.release()
}

// release lets go of the keyboard and the mouse and of what is pressed.
func (c *control) release() {
	c.released = true
	c.setCaptured(false)
	c.letGo()
}

// letGo releases what is pressed for the guest.
func (c *control) letGo() {
	clear(c.keys)
	clear(c.buttons)
	c.lastKnown = false
	if !c.viewOnly {
		c.input.ReleaseAll()
	}
}

func (c *control) setCaptured(on bool) {
	if on != c.captured {
		c.captured = c.seat.capture(on)
		c.lastKnown = false
		c.changed()
	}
	c.arrange()
}

// arrange makes the keyboard grab what it ought to be.
func (c *control) arrange() {
	want := c.focused && !c.viewOnly && !c.bar.isOpen()
	switch c.grab {
	case GrabAuto:
		want = want && (c.captured || c.fullscreen && !c.released)
	case GrabAlways:
		want = want && (c.captured || !c.released)
	case GrabNever:
		want = false
	}
	if want != c.grabbed {
		c.grabbed = c.seat.grabKeyboard(want)
	}
}
