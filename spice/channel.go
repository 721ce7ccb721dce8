package spice

import (
	"fmt"
	"strings"
)

// A ChannelType says what a channel carries (SPICE_CHANNEL_*).
type ChannelType uint8

// The channel types of the protocol.
const (
	ChannelMain      ChannelType = 1
	ChannelDisplay   ChannelType = 2
	ChannelInputs    ChannelType = 3
	ChannelCursor    ChannelType = 4
	ChannelPlayback  ChannelType = 5
	ChannelRecord    ChannelType = 6
	ChannelTunnel    ChannelType = 7 // obsolete
	ChannelSmartcard ChannelType = 8
	ChannelUSBRedir  ChannelType = 9
	ChannelPort      ChannelType = 10
	ChannelWebDAV    ChannelType = 11
)

// channelNames are the identifiers used in configuration, by type.
var channelNames = [...]string{
	ChannelMain: "main", ChannelDisplay: "display", ChannelInputs: "inputs",
	ChannelCursor: "cursor", ChannelPlayback: "playback", ChannelRecord: "record",
	ChannelTunnel: "tunnel", ChannelSmartcard: "smartcard", ChannelUSBRedir: "usbredir",
	ChannelPort: "port", ChannelWebDAV: "webdav",
}

// String returns the identifier that configuration files use.
func (t ChannelType) String() string {
	if int(t) < len(channelNames) && channelNames[t] != "" {
		return channelNames[t]
	}
	return fmt.Sprintf("channel-type-%d", uint8(t))
}

// ParseChannelType returns the type with the given identifier, in any case.
func ParseChannelType(name string) (ChannelType, bool) {
	for t, n := range channelNames {
		if n != "" && strings.EqualFold(n, name) {
			return ChannelType(t), true
		}
	}
	return 0, false
}

// A ChannelID names one channel of a session.
type ChannelID struct {
	Type ChannelType
	ID   uint8
}

// String returns for example "main" or "display 1".
func (id ChannelID) String() string {
	if id.ID == 0 {
		return id.Type.String()
	}
	return fmt.Sprintf("%s %d", id.Type, id.ID)
}
