package inputs

import (
	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

// CapKeyScancode is the server's capability to take KEY_SCANCODE
// (SPICE_INPUTS_CAP_KEY_SCANCODE). Without it keys that belong together are
// messages of their own.
const CapKeyScancode = 0

// Message types from the server (SPICE_MSG_INPUTS_*).
const (
	MsgInit           = 101
	MsgKeyModifiers   = 102
	MsgMouseMotionAck = 111
)

// Message types from the client (SPICE_MSGC_INPUTS_*).
const (
	MsgcKeyDown       = 101
	MsgcKeyUp         = 102
	MsgcKeyModifiers  = 103
	MsgcKeyScancode   = 104
	MsgcMouseMotion   = 111
	MsgcMousePosition = 112
	MsgcMousePress    = 113
	MsgcMouseRelease  = 114
)

// Messages are all messages of the channel.
var Messages = msgtable.Table{
	{Type: MsgInit, Name: "init", FromServer: true, New: func() wire.Message { return new(LockState) }},
	{Type: MsgKeyModifiers, Name: "key_modifiers", FromServer: true, New: func() wire.Message { return new(LockState) }},
	{Type: MsgMouseMotionAck, Name: "mouse_motion_ack", FromServer: true, New: msgtable.NewEmpty},

	{Type: MsgcKeyDown, Name: "key_down", New: func() wire.Message { return new(KeyCode) }},
	{Type: MsgcKeyUp, Name: "key_up", New: func() wire.Message { return new(KeyCode) }},
	{Type: MsgcKeyModifiers, Name: "key_modifiers", New: func() wire.Message { return new(LockState) }},
	{Type: MsgcKeyScancode, Name: "key_scancode", New: func() wire.Message { return new(KeyScancode) }},
	{Type: MsgcMouseMotion, Name: "mouse_motion", New: func() wire.Message { return new(MouseMotion) }},
	{Type: MsgcMousePosition, Name: "mouse_position", New: func() wire.Message { return new(MousePosition) }},
	{Type: MsgcMousePress, Name: "mouse_press", New: func() wire.Message { return new(MouseButton) }},
	{Type: MsgcMouseRelease, Name: "mouse_release", New: func() wire.Message { return new(MouseButton) }},
}
