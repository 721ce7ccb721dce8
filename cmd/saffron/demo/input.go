package demo

import (
	"fmt"
	"image"

	"saffron/channels/inputs"
	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

// inputState is what keyboard and pointer have done.
type inputState struct {
	keys       keyboard
	size       image.Point // of the desktop
	pos        image.Point
	buttons    uint16
	wheel      int
	serverMode bool
}

const (
	buttonWheelUp   = 4
	buttonWheelDown = 5

	// acknowledgeEvery is after how many messages of motion the client hears
	// that they have been dealt with.
	acknowledgeEvery = 4
)

// bound keeps the pointer on a desktop of some size.
func (s *inputState) bound(size image.Point) {
	s.size = size
	s.move(s.pos)
}

func (s *inputState) move(p image.Point) {
	s.pos.X = min(max(p.X, 0), s.size.X-1)
	s.pos.Y = min(max(p.Y, 0), s.size.Y-1)
}

// serveInputs takes keys and pointer.
func (d *Desktop) serveInputs(c *spicetest.Channel) error {
	locks := d.guestLocks()
	if err := c.Send(inputs.MsgInit, &inputs.LockState{Locks: locks}); err != nil {
		return err
	}
	motions := 0
	for {
		m, err := c.Recv()
		if err != nil {
			return err
		}
		if err := d.take(m); err != nil {
			return fmt.Errorf("demo: %s: %w", inputs.Messages.Name(m.Type, false), err)
		}
		if m.Type == inputs.MsgcMouseMotion || m.Type == inputs.MsgcMousePosition {
			if motions++; motions%acknowledgeEvery == 0 {
				err = c.Send(inputs.MsgMouseMotionAck, nil)
			}
		}
		if now := d.guestLocks(); now != locks && err == nil {
			locks = now
			err = c.Send(inputs.MsgKeyModifiers, &inputs.LockState{Locks: locks})
		}
		if err != nil {
			return err
		}
		d.tellRun()
	}
}

func (d *Desktop) guestLocks() inputs.Locks {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.input.keys.locks
}

// take changes the state as a message says.
func (d *Desktop) take(m spice.Message) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	defer d.changed.Broadcast()
	in := &d.input
	r := wire.NewReader(m.Body)
	switch m.Type {
	case inputs.MsgcKeyDown, inputs.MsgcKeyUp:
		var key inputs.KeyCode
		key.Decode(r)
		for code := key.Code; code != 0; code >>= 8 {
			in.keys.scancode(byte(code))
		}
	case inputs.MsgcKeyScancode:
		for _, b := range m.Body {
			in.keys.scancode(b)
		}
	case inputs.MsgcKeyModifiers:
		var state inputs.LockState
		state.Decode(r)
		in.keys.locks = state.Locks & (inputs.ScrollLock | inputs.NumLock | inputs.CapsLock)
	default:
		in.pointer(m.Type, r)
	}
	return r.Err()
}

// pointer takes a message about the mouse. Motion of the mode that is not in
// force is dropped.
func (s *inputState) pointer(typ uint16, r *wire.Reader) {
	switch typ {
	case inputs.MsgcMouseMotion:
		var m inputs.MouseMotion
		m.Decode(r)
		if s.serverMode {
			s.move(s.pos.Add(image.Pt(int(m.DX), int(m.DY))))
			s.buttons = m.Buttons
		}
	case inputs.MsgcMousePosition:
		var m inputs.MousePosition
		m.Decode(r)
		if !s.serverMode {
			s.move(image.Pt(int(m.X), int(m.Y)))
			s.buttons = m.Buttons
		}
	case inputs.MsgcMousePress, inputs.MsgcMouseRelease:
		var m inputs.MouseButton
		m.Decode(r)
		s.buttons = m.Buttons
		switch {
		case typ == inputs.MsgcMouseRelease:
		case m.Button == buttonWheelUp:
			s.wheel++
		case m.Button == buttonWheelDown:
			s.wheel--
		}
	}
}
