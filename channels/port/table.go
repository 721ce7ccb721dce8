package port

import (
	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

// CapLZ4 says that data may come compressed (SPICE_SPICEVMC_CAP_DATA_COMPRESS_LZ4).
const CapLZ4 = 0

// Message types in both directions (SPICE_MSG_SPICEVMC_*, SPICE_MSGC_SPICEVMC_*).
const (
	MsgData       = 101
	MsgCompressed = 102
)

// Message types from the server (SPICE_MSG_PORT_*). USB channels have none.
const (
	MsgInit  = 201
	MsgEvent = 202
)

// MsgcEvent is the only other message from the client (SPICE_MSGC_PORT_EVENT).
// Its number is that of another one from the server.
const MsgcEvent = 201

// Messages are all messages of these channels.
var Messages = msgtable.Table{
	{Type: MsgData, Name: "data", FromServer: true, New: func() wire.Message { return new(Data) }},
	{Type: MsgCompressed, Name: "compressed_data", FromServer: true, New: func() wire.Message { return new(Compressed) }},
	{Type: MsgInit, Name: "init", FromServer: true, New: func() wire.Message { return new(Init) }},
	{Type: MsgEvent, Name: "event", FromServer: true, New: func() wire.Message { return new(EventMessage) }},

	{Type: MsgData, Name: "data", New: func() wire.Message { return new(Data) }},
	{Type: MsgCompressed, Name: "compressed_data", New: func() wire.Message { return new(Compressed) }},
	{Type: MsgcEvent, Name: "event", New: func() wire.Message { return new(EventMessage) }},
}
