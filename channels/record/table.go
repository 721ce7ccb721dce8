package record

import (
	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

// Capabilities (SPICE_RECORD_CAP_*). Opus has another number on playback
// channels.
const (
	CapCELT   = 0 // never announced
	CapVolume = 1
	CapOpus   = 2
)

// Message types from the server (SPICE_MSG_RECORD_*).
const (
	MsgStart  = 101
	MsgStop   = 102
	MsgVolume = 103
	MsgMute   = 104
)

// Message types from the client (SPICE_MSGC_RECORD_*).
const (
	MsgcData      = 101
	MsgcMode      = 102
	MsgcStartMark = 103
)

// Messages are all messages of the channel.
var Messages = msgtable.Table{
	{Type: MsgStart, Name: "start", FromServer: true, New: func() wire.Message { return new(Start) }},
	{Type: MsgStop, Name: "stop", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgVolume, Name: "volume", FromServer: true, New: func() wire.Message { return new(Volume) }},
	{Type: MsgMute, Name: "mute", FromServer: true, New: func() wire.Message { return new(Mute) }},

	{Type: MsgcData, Name: "data", New: func() wire.Message { return new(Data) }},
	{Type: MsgcMode, Name: "mode", New: func() wire.Message { return new(SetMode) }},
	{Type: MsgcStartMark, Name: "start_mark", New: func() wire.Message { return new(StartMark) }},
}
