package inputs

import (
	"fmt"
	"image"
	"net"
	"slices"
	"sync"

	"saffron/spice"
	"saffron/spice/wire"
)

// A Sender writes messages to the server, and may block. *spice.Conn is one.
type Sender interface {
	SendAll(messages ...spice.Outgoing) error // with nothing in between
}

// A Button is a button of the mouse; the wheel is not one.
type Button uint8

// The buttons (SPICE_MOUSE_BUTTON_*).
const (
	Left   Button = 1
	Middle Button = 2
	Right  Button = 3
	Side   Button = 6
	Extra  Button = 7

	wheelUp   = 4
	wheelDown = 5
)

func (b Button) valid() bool { return Left <= b && b <= Right || b == Side || b == Extra }

func (b Button) mask() uint16 { return 1 << (b - 1) }

// maxNotches bounds one call of Wheel.
const maxNotches = 64

// Inputs is keyboard and mouse of the guest. It owns which keys and buttons are
// down and what was not sent yet; a goroutine of its own does the sending.
//
// Any goroutine may call any method; events reach the server in the order of
// the calls. None of them waits for the server, except that events (not
// motion) wait while thousands of earlier ones are unsent. After Close or an
// error of the connection all of them do nothing.
type Inputs struct {
	out  Sender
	raw  bool          // the server takes KEY_SCANCODE
	wake chan struct{} // capacity 1: there may be something to send
	stop chan struct{} // closed at the end
	done chan struct{} // closed when run has returned

	mu          sync.Mutex
	ended       bool
	err         error
	queue       []spice.Outgoing // in order, to send next
	batch       []spice.Outgoing // being sent; its memory is the next queue's
	added, sent uint64           // messages, ever
	changed     chan struct{}    // see change

	pending     motion
	outstanding int // motion messages without acknowledgement
	clientMouse bool

	held    []Scancode // in the order of pressing
	buttons uint16     // held, a mask

	locks   Locks // the guest's
	synced  bool  // locks were set since the keyboard came here
	onLocks func(Locks)
}

// New returns the handler of a channel that was just opened, to a server with
// the given capabilities. All keys are up and the mouse is in server mode.
// Close ends it.
func New(out Sender, caps spice.CapSet) *Inputs {
	i := &Inputs{
		out:  out,
		raw:  caps.Has(CapKeyScancode),
		wake: make(chan struct{}, 1),
		stop: make(chan struct{}),
		done: make(chan struct{}),
	}
	go i.run()
	return i
}

// Close ends the channel without sending what is still queued, and returns nil
// when nothing runs any more. A connection that takes nothing is to be closed
// first. Calling it again is harmless.
func (i *Inputs) Close() error {
	i.mu.Lock()
	if !i.ended {
		i.end()
	}
	i.mu.Unlock()
	<-i.done
	return nil
}

// Err returns the first error of the connection, or nil.
func (i *Inputs) Err() error {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.err
}

// endError says why messages can no longer be sent. The caller holds mu.
func (i *Inputs) endError() error {
	if i.err != nil {
		return i.err
	}
	return fmt.Errorf("inputs: %w", net.ErrClosed)
}

// Handle takes the next message. An error is a message that cannot be parsed.
func (i *Inputs) Handle(m spice.Message) error {
	switch m.Type {
	case MsgInit, MsgKeyModifiers:
		var s LockState
		if err := wire.Unmarshal(m.Body, &s); err != nil {
			return fmt.Errorf("inputs: %s: %w", Messages.Name(m.Type, true), err)
		}
		i.setGuestLocks(s.Locks)
	case MsgMouseMotionAck:
		i.mu.Lock()
		defer i.mu.Unlock()
		i.outstanding = max(0, i.outstanding-motionAck)
		i.notify()
	}
	return nil
}

// Key presses or releases a key. Pressing it again while it is down is a
// repetition and goes to the guest, which does not repeat keys by itself, unless
// the press before is not sent yet: a guest that was away for a while is not to
// get all repetitions at once.
// Releasing a key that is up does nothing.
func (i *Inputs) Key(c Scancode, down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !c.Valid() || !i.begin() {
		return
	}
	at := slices.Index(i.held, c)
	if !down && at < 0 {
		return
	}
	i.flushMotion()
	if !down {
		i.held = slices.Delete(i.held, at, at+1)
		if !i.tap(c) {
			i.addKey(c, false)
		}
		return
	}
	if at < 0 {
		i.held = append(i.held, c)
	} else if i.waits(c) {
		return
	}
	i.addKey(c, true)
}

// Combo releases the keys that are down, presses codes in order, and releases
// them in reverse order. Nothing comes between.
func (i *Inputs) Combo(codes ...Scancode) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !i.begin() {
		return
	}
	i.flushMotion()
	i.releaseKeys()
	var m macro
	for _, c := range codes {
		if c.Valid() {
			m.add(c, true)
		}
	}
	for _, c := range slices.Backward(codes) {
		if c.Valid() {
			m.add(c, false)
		}
	}
	i.play(m)
}

// ReleaseAll releases all keys, the last one first, and then all buttons. It is
// called when the keyboard goes to somebody else: another window, a hot key.
func (i *Inputs) ReleaseAll() {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.synced = false
	if !i.begin() {
		return
	}
	i.flushMotion()
	i.releaseKeys()
	for b := Left; b <= Extra; b++ {
		if i.buttons&b.mask() != 0 {
			i.buttons &^= b.mask()
			i.add(MsgcMouseRelease, &MouseButton{uint8(b), i.buttons})
		}
	}
}

// releaseKeys releases the keys that are down. The caller holds mu.
func (i *Inputs) releaseKeys() {
	for _, c := range slices.Backward(i.held) {
		i.addKey(c, false)
	}
	i.held = i.held[:0]
}

// Button presses or releases a button where the pointer was last said to be.
// It does nothing if the button is there already.
func (i *Inputs) Button(b Button, down bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if !b.valid() || !i.begin() || down == (i.buttons&b.mask() != 0) {
		return
	}
	i.flushMotion()
	i.buttons ^= b.mask()
	typ := uint16(MsgcMouseRelease)
	if down {
		typ = MsgcMousePress
	}
	i.add(typ, &MouseButton{uint8(b), i.buttons})
}

// Wheel turns the wheel by so many notches: up, away from the user, if
// positive, down if negative; more than 64 are too many.
func (i *Inputs) Wheel(notches int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if notches == 0 || !i.begin() {
		return
	}
	i.flushMotion()
	button := uint8(wheelUp)
	if notches < 0 {
		button, notches = wheelDown, -max(notches, -maxNotches)
	}
	for range min(notches, maxNotches) {
		i.add(MsgcMousePress, &MouseButton{button, i.buttons})
		i.add(MsgcMouseRelease, &MouseButton{button, i.buttons})
	}
}

// Position moves the pointer to p, in pixels of the given display, in client
// mouse mode; otherwise it does nothing. A negative coordinate counts as 0.
// While the server is behind, only the last position counts.
func (i *Inputs) Position(display uint8, p image.Point) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended || !i.clientMouse {
		return
	}
	i.pending = motion{moved: true, display: display, pos: p}
	i.notify()
}

// Motion moves the pointer in server mouse mode, to the right and down by
// counts of the device; otherwise it does nothing. While the server is behind,
// motion adds up.
func (i *Inputs) Motion(dx, dy int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.ended || i.clientMouse {
		return
	}
	i.pending.dx += dx
	i.pending.dy += dy
	i.notify()
}

// SetMouseMode tells which kind of motion the server takes: Motion in server
// mode, Position otherwise. Pending motion of the other kind is dropped.
func (i *Inputs) SetMouseMode(server bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.clientMouse == server {
		i.clientMouse, i.pending = !server, motion{}
	}
}
