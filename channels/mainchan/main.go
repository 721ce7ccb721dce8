package mainchan

import (
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"

	"saffron/spice"
	"saffron/spice/wire"
)

// Capabilities of the channel (SPICE_MAIN_CAP_*).
const (
	CapSemiSeamlessMigrate  = 0
	CapNameAndUUID          = 1
	CapAgentConnectedTokens = 2
	CapSeamlessMigrate      = 3
)

// Caps are the capabilities to announce. Migration that keeps channels open is
// not among them: the server then says where to connect anew.
var Caps = spice.NewCapSet(CapNameAndUUID, CapAgentConnectedTokens)

// The mouse modes, which are bits of a mask, too (SPICE_MOUSE_MODE_*).
const (
	// MouseServer: the client sends relative motion and draws the pointer
	// where the server says.
	MouseServer = 1
	// MouseClient: the client's pointer counts, its position is sent.
	MouseClient = 2
)

// MaxAgentData is the largest AGENT_DATA body that servers accept, in bytes.
const MaxAgentData = 2048

// A Session is what the channel tells. All methods are called by the goroutine
// that calls Handle; they may send.
type Session interface {
	// Init comes once, before everything else. Mouse modes, clock and agent as
	// they are then stand in m only. The session calls AttachChannels in Init
	// or later.
	Init(m Init)
	// ChannelsList names channels that can be opened: all at first, later just
	// the new ones. Some may be unknown or open already.
	ChannelsList(channels []spice.ChannelID)
	// MouseMode tells which modes can be asked for, as a mask, and which one
	// is in force from now on.
	MouseMode(supported, current uint16)
	// MediaTime sets the multimedia clock: ms, wrapping, already shifted into
	// the past by the delay of playback.
	MediaTime(ms uint32)
	// Name is the name of the virtual machine, fit to be shown. It may be "".
	Name(name string)
	// UUID is the identity of the virtual machine in its usual form. It may be
	// "".
	UUID(uuid string)
	// Agent says that a guest agent came or went. If connected, everything
	// known of an earlier one is void, even if it was not seen to go; tokens
	// is how many pieces of data may be sent to it.
	Agent(connected bool, tokens uint32)
	// AgentData is the next piece of the agent's stream. It owns data.
	AgentData(data []byte)
	// AgentTokens allows so many more pieces to be sent.
	AgentTokens(tokens uint32)
	// SwitchHost says that the machine has moved: the session is to be closed
	// and a new one opened there.
	SwitchHost(dst DstInfo)
}

// A Sender writes messages to the server. *spice.Conn is one.
type Sender interface {
	Send(typ uint16, m wire.Encoder) error
}

// Errors about the order of messages, from either side.
var (
	ErrNotInit  = errors.New("the session is not initialised yet")
	ErrInit     = errors.New("the session is initialised already")
	ErrAttached = errors.New("the channels are attached already")
)

// The phases of a session, in order.
const (
	phaseOpen     = iota // INIT is to come
	phaseInit            // INIT came
	phaseAttached        // ATTACH_CHANNELS was sent
)

// Main is the main channel of one connection. Handle is for one goroutine, the
// methods that send for any.
type Main struct {
	session Session
	out     Sender
	log     *slog.Logger

	phase  atomic.Int32
	tokens uint32 // an agent's first allowance; owned by Handle
	agent  bool   // an agent is connected; owned by Handle
}

// New returns the handler of a channel that was just opened. A nil log is
// silent.
func New(s Session, out Sender, log *slog.Logger) *Main {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Main{session: s, out: out, log: log}
}

// AttachChannels asks for the list of channels. It may be called once, after
// INIT; otherwise it returns ErrNotInit or ErrAttached and sends nothing.
func (c *Main) AttachChannels() error {
	if !c.phase.CompareAndSwap(phaseInit, phaseAttached) {
		if c.phase.Load() == phaseOpen {
			return fmt.Errorf("mainchan: ATTACH_CHANNELS: %w", ErrNotInit)
		}
		return fmt.Errorf("mainchan: ATTACH_CHANNELS: %w", ErrAttached)
	}
	return c.out.Send(MsgcAttachChannels, nil)
}

// RequestMouseMode asks for a mode. The server answers by a change of mode or,
// if the mode is not possible just now, not at all.
func (c *Main) RequestMouseMode(mode uint16) error {
	return c.out.Send(MsgcMouseModeRequest, &MouseModeRequest{mode})
}

// StartAgent opens the stream to the guest agent, once for each connected
// agent and before any data. The server may send tokens pieces of data.
func (c *Main) StartAgent(tokens uint32) error {
	return c.out.Send(MsgcAgentStart, &AgentTokens{tokens})
}

// SendAgentData sends one piece of the stream to the agent, which costs one
// token. It must hold 1 to MaxAgentData bytes of a single agent message: the
// server would end the session otherwise.
func (c *Main) SendAgentData(data []byte) error {
	if len(data) == 0 || len(data) > MaxAgentData {
		return fmt.Errorf("mainchan: AGENT_DATA of %d bytes", len(data))
	}
	return c.out.Send(MsgcAgentData, &AgentData{data})
}

// GrantAgentTokens lets the server send so many more pieces of data.
func (c *Main) GrantAgentTokens(tokens uint32) error {
	return c.out.Send(MsgcAgentToken, &AgentTokens{tokens})
}

// Close ends the handler. It has nothing running, so it returns nil at once.
func (c *Main) Close() error { return nil }
