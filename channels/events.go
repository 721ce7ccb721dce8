package channels

import (
	"fmt"

	"saffron/spice"
)

// An Event is something that happened to a session. The types of this file
// are events.
type Event interface{ event() }

// Connected says that the server accepted the session.
type Connected struct{ Session uint32 }

// Named says what the machine is called. UUID is "" if it has none.
type Named struct{ Name, UUID string }

// MouseMode says who draws the pointer: the server, which then gets relative
// motion, or the client.
type MouseMode struct {
	Server    bool
	Supported uint16 // mask: 1 server, 2 client
}

// AgentChanged says that the guest's agent came, has said what it can do, takes
// nothing any more or again, or went.
type AgentChanged struct {
	Connected bool
	Ready     bool // it has said what it can do
	Stuck     bool // it takes nothing
}

// ChannelOpened says that a channel is linked.
type ChannelOpened struct{ ID spice.ChannelID }

// ChannelFailed says that a channel could not be opened, or has ended, while
// the session goes on.
type ChannelFailed struct {
	ID  spice.ChannelID
	Err error
}

// Warning says that something the server sent could not be shown.
type Warning struct {
	ID  spice.ChannelID
	Err error
}

// Hidden says that the picture of a display is there but cannot be shown, and
// why, or with a nil Err that it can be again.
type Hidden struct {
	ID  spice.ChannelID
	Err error
}

func (Connected) event()     {}
func (Named) event()         {}
func (MouseMode) event()     {}
func (AgentChanged) event()  {}
func (ChannelOpened) event() {}
func (ChannelFailed) event() {}
func (Warning) event()       {}
func (Hidden) event()        {}

// A MovedError ends a session whose machine now runs on another host, to which
// a new session can be opened.
type MovedError struct {
	Host          string
	Port, TLSPort int    // 0: none
	Subject       string // expected of the certificate, or ""
}

func (e *MovedError) Error() string {
	return fmt.Sprintf("channels: the machine has moved to %s", e.Host)
}
