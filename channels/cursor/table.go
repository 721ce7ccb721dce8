package cursor

import (
	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

// Message types (SPICE_MSG_CURSOR_*). The client sends none of its own.
const (
	MsgInit     = 101
	MsgReset    = 102
	MsgSet      = 103
	MsgMove     = 104
	MsgHide     = 105
	MsgTrail    = 106
	MsgInvalOne = 107
	MsgInvalAll = 108
)

// Messages are all messages of the channel.
var Messages = msgtable.Table{
	{Type: MsgInit, Name: "init", FromServer: true, New: func() wire.Message { return new(Init) }},
	{Type: MsgReset, Name: "reset", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgSet, Name: "set", FromServer: true, New: func() wire.Message { return new(Set) }},
	{Type: MsgMove, Name: "move", FromServer: true, New: func() wire.Message { return new(Move) }},
	{Type: MsgHide, Name: "hide", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgTrail, Name: "trail", FromServer: true, New: func() wire.Message { return new(Trail) }},
	{Type: MsgInvalOne, Name: "inval_one", FromServer: true, New: func() wire.Message { return new(InvalOne) }},
	{Type: MsgInvalAll, Name: "inval_all", FromServer: true, New: msgtable.NewEmpty},
}
