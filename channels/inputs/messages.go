package inputs

import "saffron/spice/wire"

// Locks are the lock keys that are on (SPICE_KEYBOARD_MODIFIER_FLAGS_*).
type Locks uint16

// The lock keys.
const (
	ScrollLock Locks = 1
	NumLock    Locks = 2
	CapsLock   Locks = 4
)

// LockState tells which lock keys are on. From the server it is the guest's
// state (SPICE_MSG_INPUTS_INIT, SPICE_MSG_INPUTS_KEY_MODIFIERS), from the
// client the state wanted (SPICE_MSGC_INPUTS_KEY_MODIFIERS).
type LockState struct{ Locks Locks }

// Decode implements wire.Message.
func (m *LockState) Decode(r *wire.Reader) { m.Locks = Locks(r.U16()) }

// Encode implements wire.Message.
func (m *LockState) Encode(w *wire.Writer) { w.U16(uint16(m.Locks)) }

// KeyCode is a key pressed or released (SPICE_MSGC_INPUTS_KEY_DOWN,
// SPICE_MSGC_INPUTS_KEY_UP). The type of the message does not matter: Code is
// up to four scancode bytes, the first one lowest, ended by a zero byte.
type KeyCode struct{ Code uint32 }

// Decode implements wire.Message.
func (m *KeyCode) Decode(r *wire.Reader) { m.Code = r.U32() }

// Encode implements wire.Message.
func (m *KeyCode) Encode(w *wire.Writer) { w.U32(m.Code) }

// KeyScancode is any number of scancode bytes
// (SPICE_MSGC_INPUTS_KEY_SCANCODE). It needs CapKeyScancode.
type KeyScancode struct{ Bytes []byte } // aliases the body

// Decode implements wire.Message.
func (m *KeyScancode) Decode(r *wire.Reader) { m.Bytes = r.Rest() }

// Encode implements wire.Message.
func (m *KeyScancode) Encode(w *wire.Writer) { w.Bytes(m.Bytes) }

// MouseMotion is relative motion, for server mouse mode
// (SPICE_MSGC_INPUTS_MOUSE_MOTION).
type MouseMotion struct {
	DX, DY  int32
	Buttons uint16 // held, a mask
}

// Decode implements wire.Message.
func (m *MouseMotion) Decode(r *wire.Reader) {
	m.DX, m.DY = r.I32(), r.I32()
	m.Buttons = r.U16()
}

// Encode implements wire.Message.
func (m *MouseMotion) Encode(w *wire.Writer) {
	w.I32(m.DX)
	w.I32(m.DY)
	w.U16(m.Buttons)
}

// MousePosition is where the pointer is, for client mouse mode
// (SPICE_MSGC_INPUTS_MOUSE_POSITION).
type MousePosition struct {
	X, Y    uint32 // pixels from the corner of the display
	Buttons uint16 // held, a mask
	Display uint8
}

// Decode implements wire.Message.
func (m *MousePosition) Decode(r *wire.Reader) {
	m.X, m.Y = r.U32(), r.U32()
	m.Buttons, m.Display = r.U16(), r.U8()
}

// Encode implements wire.Message.
func (m *MousePosition) Encode(w *wire.Writer) {
	w.U32(m.X)
	w.U32(m.Y)
	w.U16(m.Buttons)
	w.U8(m.Display)
}

// MouseButton is a button pressed or released (SPICE_MSGC_INPUTS_MOUSE_PRESS,
// SPICE_MSGC_INPUTS_MOUSE_RELEASE).
type MouseButton struct {
	Button  uint8
	Buttons uint16 // held after the event, a mask
}

// Decode implements wire.Message.
func (m *MouseButton) Decode(r *wire.Reader) { m.Button, m.Buttons = r.U8(), r.U16() }

// Encode implements wire.Message.
func (m *MouseButton) Encode(w *wire.Writer) {
	w.U8(m.Button)
	w.U16(m.Buttons)
}
