package window

import (
	"fmt"
	"image"
	"slices"
	"testing"

	"saffron/render"
)

// A script is an Input and a seat that writes down what is asked of it.
type script struct {
	list   []string
	refuse bool // no grabs
}

func (l *script) note(format string, args ...any) {
	l.list = append(l.list, fmt.Sprintf(format, args...))
}

func (l *script) Key(c uint16, down bool)          { l.note("key %d %t", c, down) }
func (l *script) Position(head int, p image.Point) { l.note("position %d: %d %d", head, p.X, p.Y) }
func (l *script) Motion(dx, dy int)                { l.note("motion %d %d", dx, dy) }
func (l *script) Button(b Button, down bool)       { l.note("button %d %t", b, down) }
func (l *script) Wheel(n int)                      { l.note("wheel %d", n) }
func (l *script) ReleaseAll()                      { l.note("release all") }
func (l *script) Locks(scroll, num, caps bool)     { l.note("locks %t %t %t", scroll, num, caps) }

func (l *script) capture(on bool) bool      { l.note("capture %t", on); return on && !l.refuse }
func (l *script) grabKeyboard(on bool) bool { l.note("grab %t", on); return on && !l.refuse }
func (l *script) setLocks(to locks)         { l.note("set locks %t %t %t", to.scroll, to.num, to.caps) }
func (l *script) over(picture bool)         { l.note("over %t", picture) }

// newTestControl returns a control of a 100x100 window that shows a 50x50
// head in the middle.
func newTestControl(o *Options) (*control, *script) {
	l := &script{}
	o.Input = l
	c := newControl(o)
	c.setSeat(l)
	c.show(testView, false)
	l.list = nil
	return c, l
}

var testView = render.Viewport{Window: image.Pt(100, 100), Guest: image.Pt(50, 50), Mode: render.OneToOne}

func (l *script) expect(t *testing.T, what string, want ...string) {
	t.Helper()
	if !slices.Equal(l.list, want) {
		t.Errorf("%s: %q, want %q", what, l.list, want)
	}
	l.list = nil
}

func TestControlAbsolute(t *testing.T) {
	c, l := newTestControl(&Options{Head: 2})
	c.position(30, 40)
	c.position(30, 40)
	l.expect(t, "motion", "over true", "position 2: 5 15")
	c.button(Left, true, 30, 40)
	l.expect(t, "press", "position 2: 5 15", "button 1 true")
	c.position(0, 99)
	l.expect(t, "drag out", "over false", "position 2: 0 49")
	c.button(Left, false, 0, 99)
	l.expect(t, "release beside", "button 1 false")
	c.button(Right, true, 0, 99)
	c.button(Right, false, 0, 99)
	c.wheel(1, 0, 99)
	l.expect(t, "click beside", "position 2: 0 49")
	c.wheel(-2, 50, 50)
	l.expect(t, "wheel", "over true", "position 2: 25 25", "wheel -2")
	c.motion(5, 5)
	l.expect(t, "relative motion without capture")
}

func TestControlRelative(t *testing.T) {
	relative := true
	c, l := newTestControl(&Options{Relative: func() bool { return relative }})
	c.focus(locks{caps: true})
	l.expect(t, "focus", "locks false false true")
	c.position(50, 50)
	c.wheel(1, 50, 50)
	l.expect(t, "before capture", "over true")
	c.button(Left, true, 50, 50)
	l.expect(t, "capturing click", "capture true", "grab true")
	c.button(Left, false, 50, 50)
	c.motion(3, -4)
	c.motion(0, 0)
	c.button(Left, true, 0, 0)
	c.wheel(1, 0, 0)
	l.expect(t, "captured", "motion 3 -4", "button 1 true", "wheel 1")
	c.key(keyLeftShift, true)
	c.key(keyF12, true)
	c.key(keyF12, false)
	c.key(keyLeftShift, false)
	l.expect(t, "Shift+F12", "key 42 true", "capture false", "grab false", "release all")
	c.button(Left, false, 0, 0)
	l.expect(t, "the button that was released before", "over false")

	c.button(Left, true, 50, 50)
	relative = false
	c.show(testView, false)
	if c.isCaptured() {
		t.Error("still captured though the mouse is absolute")
	}
	l.expect(t, "mode change", "over true", "capture true", "grab true", "capture false", "grab false")
	relative = true
	c.button(Left, true, 50, 50)
	l.list = nil
	c.blur()
	l.expect(t, "focus lost", "capture false", "grab false", "release all")
}

func TestControlCaptureRefused(t *testing.T) {
	c, l := newTestControl(&Options{Relative: func() bool { return true }})
	l.refuse = true
	c.button(Left, true, 50, 50)
	c.motion(1, 1)
	if c.isCaptured() {
		t.Error("captured")
	}
	l.expect(t, "refused", "over true", "capture true")
}

func TestControlKeys(t *testing.T) {
	c, l := newTestControl(&Options{})
	c.key(30, false)
	l.expect(t, "release without press")
	c.key(30, true)
	c.key(30, true)
	c.key(30, false)
	l.expect(t, "repeat", "key 30 true", "key 30 true", "key 30 false")
	c.key(30, true)
	c.interrupt()
	c.key(30, false)
	l.expect(t, "keyboard taken by another", "key 30 true", "release all")

	var acts []Action
	c.act = func(h *Hotkey) { acts = append(acts, h.Action) }
	c.key(keyF11, true)
	c.key(keyF11, false)
	l.expect(t, "F11")
	if !slices.Equal(acts, []Action{ToggleFullscreen}) {
		t.Errorf("F11: %v", acts)
	}
}

func TestControlFullscreen(t *testing.T) {
	c, l := newTestControl(&Options{})
	c.show(testView, true)
	l.expect(t, "without focus")
	c.focus(locks{})
	l.expect(t, "focus", "grab true", "locks false false false")
	c.interrupt() // by our own grab
	c.key(keyLeftCtrl, true)
	c.key(keyLeftAlt, true)
	c.key(keyLeftAlt, false)
	c.key(keyLeftCtrl, false)
	l.expect(t, "chord", "key 29 true", "key 56 true", "grab false", "release all")
	c.show(testView, true)
	l.expect(t, "stays released")
	c.button(Left, true, 50, 50)
	l.expect(t, "click", "over true", "position 0: 25 25", "grab true", "button 1 true")
	c.show(testView, false)
	l.expect(t, "window again", "grab false")
}

func TestControlViewOnly(t *testing.T) {
	c, l := newTestControl(&Options{ViewOnly: true, Relative: func() bool { return true }})
	c.show(testView, true)
	c.focus(locks{})
	c.key(30, true)
	c.key(30, false)
	c.button(Left, true, 50, 50)
	c.button(Left, false, 50, 50)
	c.wheel(1, 50, 50)
	c.blur()
	l.expect(t, "view only", "over true")
}

// TestControlPan shows a picture that is larger than the window.
func TestControlPan(t *testing.T) {
	c, l := newTestControl(&Options{})
	changes := 0
	c.changed = func() { changes++ }
	c.show(render.Viewport{Window: image.Pt(100, 100), Guest: image.Pt(300, 80), Mode: render.OneToOne}, false)
	c.position(0, 50)
	c.position(99, 50)
	l.expect(t, "from edge to edge", "over true", "position 0: 0 40", "position 0: 299 40")
	if c.panned() != image.Pt(200, 0) || changes != 1 {
		t.Errorf("panned by %v, %d changes", c.panned(), changes)
	}
}

// TestHotkeyModifiers lets no modifier of a hotkey be stuck, nor be lost for what
// follows while it is held.
func TestHotkeyModifiers(t *testing.T) {
	c, l := newTestControl(&Options{Hotkeys: []Hotkey{{Chord: mustChord("ctrl+alt+end")}}})
	c.act = func(h *Hotkey) { l.note("do %v", h.Chord) }
	for _, code := range []uint16{keyLeftCtrl, keyLeftAlt} {
		c.key(code, true)
	}
	l.expect(t, "modifiers", "key 29 true", "key 56 true")
	c.key(107, true)
	if n := len(l.list); n != 3 || l.list[2] != "do Ctrl+Alt+End" || len(c.keys) != 0 {
		t.Errorf("the chord: %q, %v held", l.list, c.keys)
	}
	l.list = nil
	c.key(107, true) // repeated
	c.key(107, false)
	l.expect(t, "the rest of the chord")
	c.key(30, true)
	c.key(30, false)
	l.expect(t, "Ctrl+Alt+A after it", "key 29 true", "key 56 true", "key 30 true", "key 30 false")
	c.key(keyLeftAlt, false)
	c.key(keyLeftCtrl, false)
	l.expect(t, "modifiers up", "key 56 false", "key 29 false")
}

func TestKeymap(t *testing.T) {
	keymap, err := ParseKeymap("Caps_Lock=Control_L,a=Shift_L+b,F1=,KP_End=x")
	if err != nil {
		t.Fatal(err)
	}
	c, l := newTestControl(&Options{Keymap: keymap})
	c.key(58, true)
	c.key(30, true)
	c.key(30, true)
	c.key(30, false)
	c.key(58, false)
	l.expect(t, "Caps Lock and a", "key 29 true", "key 42 true", "key 48 true", "key 48 true",
		"key 48 false", "key 42 false", "key 29 false")
	c.key(59, true)
	c.key(59, false)
	l.expect(t, "blocked")
	c.key(keyLeftShift, true)
	c.key(30, true)
	c.key(30, false)
	c.key(79, true)
	c.key(79, false)
	l.expect(t, "A is another", "key 42 true", "key 30 true", "key 30 false", "key 45 true", "key 45 false")
	for _, bad := range []string{"a", "a=b+", "nothing=b", "a=nothing"} {
		if _, err := ParseKeymap(bad); err == nil {
			t.Errorf("%q is a keymap", bad)
		}
	}
}

func TestControlGrab(t *testing.T) {
	c, l := newTestControl(&Options{Grab: GrabAlways})
	c.focus(locks{})
	l.expect(t, "always", "grab true", "locks false false false")
	c.key(keyLeftCtrl, true)
	c.key(keyLeftAlt, true)
	c.key(keyLeftAlt, false)
	l.expect(t, "let go", "key 29 true", "key 56 true", "grab false", "release all")
	c.show(testView, true)
	c.blur()
	c.focus(locks{})
	l.expect(t, "the next focus", "release all", "grab true", "locks false false false")

	c, l = newTestControl(&Options{Grab: GrabNever})
	c.show(testView, true)
	c.focus(locks{})
	l.expect(t, "never", "locks false false false")
}

func TestControlSetLocks(t *testing.T) {
	c, l := newTestControl(&Options{})
	c.setLocks(locks{caps: true})
	l.expect(t, "without focus")
	c.focus(locks{})
	c.setLocks(locks{num: true})
	l.expect(t, "with focus", "locks false false false", "set locks false true false")
}

func TestControlSideways(t *testing.T) {
	c, l := newTestControl(&Options{})
	c.sideways(1, 50, 50)
	l.expect(t, "a horizontal wheel")
	c, l = newTestControl(&Options{ShiftWheel: true})
	c.sideways(-1, 50, 50)
	l.expect(t, "with Shift", "over true", "position 0: 25 25", "key 42 true", "wheel -1", "key 42 false")
	c.key(keyLeftShift, true)
	c.sideways(1, 50, 50)
	l.expect(t, "while Shift is held", "key 42 true", "wheel 1")
	c.sideways(1, 0, 99)
	l.expect(t, "beside the picture", "over false", "position 0: 0 49")
}

func TestNotches(t *testing.T) {
	var n notches
	for i, c := range []struct {
		turn float64
		want int
	}{{0.4, 0}, {0.4, 0}, {0.4, 1}, {-1, -1}, {1, 1}, {0.9, 0}, {-0.5, 0}, {-0.5, -1}, {3.5, 3}, {0.5, 1}, {0, 0}} {
		if got := n.turn(c.turn); got != c.want {
			t.Errorf("step %d: turned by %v: %d notches, want %d", i, c.turn, got, c.want)
		}
	}
}
