package channels

import (
	"cmp"
	"slices"
	"time"

	"saffron/channels/agent"
	"saffron/channels/display"
	"saffron/channels/playback"
	"saffron/channels/port"
	"saffron/channels/record"
	"saffron/spice"
)

// Info is what is known about a session at one moment.
type Info struct {
	Session     uint32
	Name        string            // of the machine, "" if unknown
	UUID        string            // of the machine, "" if it has none
	RAMHint     uint32            // bytes of the guest's video memory
	ServerMouse bool              // the server draws the pointer
	MouseModes  uint16            // supported: 1 server, 2 client
	Agent       bool              // the guest's agent is connected
	AgentCaps   agent.Caps        // what it can do; nil if it has not said so
	Offered     []spice.ChannelID // what the server has
	Channels    []ChannelInfo     // what is open
	Ended       []ChannelInfo     // what was open, as it was when it ended
}

// ChannelInfo is what is known about an open channel.
type ChannelInfo struct {
	ID     spice.ChannelID
	Secure bool
	Caps   spice.Caps // the server's
	Stats  spice.Stats
	// RoundTrip is how long the network takes there and back, as far as this
	// system knows; 0 if it does not.
	RoundTrip time.Duration

	// Of channels of the type, else nil.
	Display  *display.Stats
	Playback *playback.Stats
	Record   *record.Stats
	Port     *port.Stats // ports, webdav, usbredir
}

// Info returns what is known now.
func (s *Session) Info() Info {
	s.mu.Lock()
	info := s.info
	info.AgentCaps = s.agent.Caps()
	for id := range s.listed {
		info.Offered = append(info.Offered, id)
	}
	for _, ch := range s.channels {
		if ch.conn != nil {
			info.Channels = append(info.Channels, ch.info())
		}
	}
	info.Ended = slices.Clone(s.info.Ended)
	s.mu.Unlock()
	slices.SortFunc(info.Offered, compareIDs)
	slices.SortFunc(info.Channels, func(a, b ChannelInfo) int { return compareIDs(a.ID, b.ID) })
	return info
}

func (ch *channel) info() ChannelInfo {
	i := ChannelInfo{ID: ch.id, Secure: ch.conn.Secure(), Caps: ch.conn.Caps(), Stats: ch.conn.Stats(), RoundTrip: ch.conn.RoundTrip()}
	i.add(ch.handler)
	return i
}

// add adds what a handler has counted.
func (i *ChannelInfo) add(h Handler) {
	switch h := h.(type) {
	case *display.Handler:
		stats := h.Stats()
		i.Display = &stats
	case *playback.Handler:
		stats := h.Stats()
		i.Playback = &stats
	case *record.Handler:
		stats := h.Stats()
		i.Record = &stats
	case *port.Handler:
		stats := h.Stats()
		i.Port = &stats
	}
}

func compareIDs(a, b spice.ChannelID) int {
	return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.ID, b.ID))
}
