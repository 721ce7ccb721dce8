package main

import (
	"fmt"

	"saffron/spice"
)

// commonCapNames and channelCapNames are the protocol's names of capabilities,
// in lower case, by number.
var (
	commonCapNames  = []string{"auth-selection", "auth-spice", "auth-sasl", "mini-header"}
	channelCapNames = map[spice.ChannelType][]string{
		spice.ChannelMain: {"semi-seamless-migrate", "name-and-uuid", "agent-connected-tokens", "seamless-migrate"},
		spice.ChannelDisplay: {"sized-stream", "monitors-config", "composite", "a8-surface", "stream-report",
			"lz4-compression", "pref-compression", "gl-scanout", "multi-codec", "codec-mjpeg", "codec-vp8",
			"codec-h264", "pref-video-codec-type", "codec-vp9", "codec-h265"},
		spice.ChannelInputs:   {"key-scancode"},
		spice.ChannelPlayback: {"celt-0-5-1", "volume", "latency", "opus"},
		spice.ChannelRecord:   {"celt-0-5-1", "volume", "opus"},
		spice.ChannelUSBRedir: {"data-compress-lz4"},
		spice.ChannelPort:     {"data-compress-lz4"},
		spice.ChannelWebDAV:   {"data-compress-lz4"},
	}
)

// capNames returns the names of capabilities, numbers for those without.
func capNames(set spice.CapSet, names []string) []string {
	list := []string{}
	for _, k := range set.List() {
		if k < len(names) {
			list = append(list, names[k])
		} else {
			list = append(list, fmt.Sprintf("capability-%d", k))
		}
	}
	return list
}
