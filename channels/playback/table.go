package playback

import (
	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

// Capabilities (SPICE_PLAYBACK_CAP_*). Opus has another number on record
// channels.
const (
	CapCELT    = 0 // never announced
	CapVolume  = 1
	CapLatency = 2
	CapOpus    = 3
)

// Message types (SPICE_MSG_PLAYBACK_*). The client sends none of its own.
const (
	MsgData    = 101
	MsgMode    = 102
	MsgStart   = 103
	MsgStop    = 104
	MsgVolume  = 105
	MsgMute    = 106
	MsgLatency = 107
)

// Messages are all messages of the channel.
var Messages = msgtable.Table{
	{Type: MsgData, Name: "data", FromServer: true, New: func() wire.Message { return new(Data) }},
	{Type: MsgMode, Name: "mode", FromServer: true, New: func() wire.Message { return new(SetMode) }},
	{Type: MsgStart, Name: "start", FromServer: true, New: func() wire.Message { return new(Start) }},
	{Type: MsgStop, Name: "stop", FromServer: true, New: msgtable.NewEmpty},
	{Type: MsgVolume, Name: "volume", FromServer: true, New: func() wire.Message { return new(Volume) }},
	{Type: MsgMute, Name: "mute", FromServer: true, New: func() wire.Message { return new(Mute) }},
	{Type: MsgLatency, Name: "latency", FromServer: true, New: func() wire.Message { return new(Latency) }},
}
