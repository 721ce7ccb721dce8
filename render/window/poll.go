package window

import (
	"cmp"
	"image"
	"slices"
	"time"

	"github.com/hajimehoshi/ebiten/v2"
	"github.com/hajimehoshi/ebiten/v2/inpututil"

	"saffron/render"
)

// A poll asks ebiten for the keyboard and the mouse, once a frame: what a
// window makes do with where there is no side connection. Within one frame the
// order of events is guessed, and what is pressed twice counts once. All its
// methods are called by the game.
type poll struct {
	wake func() // asks for a frame

	focused  bool
	captured bool
	mode     ebiten.CursorModeType // as set
	look     look
	inside   bool
	at       image.Point
	wheel    notches
	across   notches // of the horizontal wheel
	repeat   repeater
	keys     []ebiten.Key
}

func (p *poll) capture(on bool) bool { p.captured = on; return on }

func (p *poll) grabKeyboard(bool) bool { return false }

func (p *poll) setLocks(locks) {}

func (p *poll) over(picture bool) { p.inside = picture }

// dress sets what the pointer is to look like over the picture.
func (p *poll) dress(l look) {
	p.look = l
	mode := ebiten.CursorModeVisible
	switch {
	case p.captured:
		mode = ebiten.CursorModeCaptured
	case p.inside && l != arrow:
		mode = ebiten.CursorModeHidden
	}
	if mode != p.mode {
		p.mode = mode
		ebiten.SetCursorMode(mode)
		p.at = image.Pt(ebiten.CursorPosition())
	}
}

// drawn returns the pixel of the head that the pointer is over, and whether
// it is over the picture.
func (p *poll) drawn(v render.Viewport) (image.Point, bool) {
	return v.ToGuest(float64(p.at.X), float64(p.at.Y))
}

// update passes on what has happened since the last frame.
func (p *poll) update(c *control) {
	if focused := ebiten.IsFocused(); focused != p.focused {
		p.focused = focused
		if !focused {
			p.repeat = repeater{}
			c.blur()
		} else {
			c.focus(locks{num: ebiten.IsNumLockOn(), caps: ebiten.IsCapsLockOn()})
		}
	}
	p.mouse(c)
	p.keyboard(c)
}

func (p *poll) mouse(c *control) {
	at := image.Pt(ebiten.CursorPosition())
	if c.isCaptured() {
		d := at.Sub(p.at)
		c.motion(d.X, d.Y)
	}
	p.at = at
	x, y := float64(at.X), float64(at.Y)
	c.position(x, y)
	for i, b := range []Button{Left, Middle, Right, Side, Extra} {
		from := []ebiten.MouseButton{ebiten.MouseButtonLeft, ebiten.MouseButtonMiddle, ebiten.MouseButtonRight,
			ebiten.MouseButton3, ebiten.MouseButton4}[i]
		if inpututil.IsMouseButtonJustPressed(from) {
			c.button(b, true, x, y)
		}
		if inpututil.IsMouseButtonJustReleased(from) {
			c.button(b, false, x, y)
		}
	}
	dx, dy := ebiten.Wheel()
	c.wheel(p.wheel.turn(dy), x, y)
	if n := p.across.turn(dx); n != 0 {
		c.sideways(n, x, y)
	}
}

// A notches adds up what a wheel turns by. It is less than a notch.
type notches float64

// turn returns how many whole notches there are. What was left over in one
// direction is forgotten when the wheel turns the other way, which must show at
// once.
func (n *notches) turn(d float64) int {
	if float64(*n)*d < 0 {
		*n = 0
	}
	whole := int(float64(*n) + d)
	*n += notches(d) - notches(whole)
	return whole
}

func (p *poll) keyboard(c *control) {
	// Modifiers go down first and up last.
	order := func(a, b ebiten.Key) int {
		return cmp.Compare(btoi(isModifier(evdevOf[b])), btoi(isModifier(evdevOf[a])))
	}
	p.keys = inpututil.AppendJustPressedKeys(p.keys[:0])
	slices.SortStableFunc(p.keys, order)
	now := time.Now()
	for _, k := range p.keys {
		if code := evdevOf[k]; code != 0 {
			c.key(code, true)
			p.repeat.key(code, true, now)
		}
	}
	p.keys = inpututil.AppendJustReleasedKeys(p.keys[:0])
	slices.SortStableFunc(p.keys, order)
	slices.Reverse(p.keys)
	for _, k := range p.keys {
		if code := evdevOf[k]; code != 0 {
			c.key(code, false)
			p.repeat.key(code, false, now)
		}
	}
	code, wait := p.repeat.due(now)
	if code != 0 {
		c.key(code, true)
	}
	if wait > 0 {
		time.AfterFunc(wait, p.wake)
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

// How keys repeat.
const (
	repeatDelay = 500 * time.Millisecond
	repeatEvery = time.Second / 30
)

// A repeater repeats the key that was pressed last as long as it is held.
type repeater struct {
	code uint16
	next time.Time
}

// key takes a key event.
func (r *repeater) key(code uint16, down bool, now time.Time) {
	switch {
	case down && !isModifier(code):
		*r = repeater{code, now.Add(repeatDelay)}
	case !down && code == r.code:
		*r = repeater{}
	}
}

// due returns the key to repeat now, if any, and when to ask again, if ever.
func (r *repeater) due(now time.Time) (code uint16, wait time.Duration) {
	if r.code == 0 {
		return 0, 0
	}
	if now.Before(r.next) {
		return 0, r.next.Sub(now)
	}
	r.next = now.Add(repeatEvery)
	return r.code, repeatEvery
}
