package mainchan

import (
	"fmt"
	"strings"
	"unicode"

	"saffron/spice"
	"saffron/spice/wire"
)

// Handle takes the next message. It keeps the body of agent data. An error is
// a breach of the protocol, or what sending an answer returned.
func (c *Main) Handle(m spice.Message) error {
	if m.Type < spice.FirstChannelMsg {
		return nil
	}
	if err := c.handle(m); err != nil {
		return fmt.Errorf("mainchan: %s: %w", Messages.Name(m.Type, true), err)
	}
	return nil
}

func (c *Main) handle(m spice.Message) error {
	if m.Type != MsgInit && c.phase.Load() == phaseOpen {
		return ErrNotInit
	}
	switch m.Type {
	case MsgInit:
		return c.init(m.Body)
	case MsgChannelsList:
		return decode(m, func(l *ChannelsList) { c.session.ChannelsList(l.Channels) })
	case MsgMouseMode:
		return decode(m, func(s *MouseMode) { c.session.MouseMode(s.Supported, s.Current) })
	case MsgMediaTime:
		return decode(m, func(t *MediaTime) { c.session.MediaTime(t.Time) })
	case MsgName:
		return decode(m, func(n *Name) { c.session.Name(displayable(n.Name)) })
	case MsgUUID:
		return decode(m, func(u *UUID) { c.session.UUID(u.String()) })
	case MsgAgentConnected, MsgAgentConnectedTokens, MsgAgentDisconnected, MsgAgentData, MsgAgentToken:
		return c.handleAgent(m)
	}
	return c.handleMigration(m)
}

// init takes the first message, which must not come again.
func (c *Main) init(body []byte) error {
	var m Init
	if err := wire.Unmarshal(body, &m); err != nil {
		return err
	}
	if !c.phase.CompareAndSwap(phaseOpen, phaseInit) {
		return ErrInit
	}
	c.tokens = m.AgentTokens
	c.agent = m.AgentConnected != 0
	c.session.Init(m)
	return nil
}

func (c *Main) handleAgent(m spice.Message) error {
	switch m.Type {
	case MsgAgentConnected: // has no number of its own
		c.setAgent(true, c.tokens)
	case MsgAgentConnectedTokens:
		return decode(m, func(t *AgentTokens) { c.setAgent(true, t.Tokens) })
	case MsgAgentDisconnected: // its error code means nothing
		if c.agent {
			c.setAgent(false, 0)
		}
	case MsgAgentData:
		if c.agent && len(m.Body) > 0 {
			c.session.AgentData(m.Body)
		}
	case MsgAgentToken:
		return decode(m, func(t *AgentTokens) {
			if c.agent {
				c.session.AgentTokens(t.Tokens)
			}
		})
	}
	return nil
}

func (c *Main) setAgent(connected bool, tokens uint32) {
	c.agent = connected
	c.session.Agent(connected, tokens)
}

// handleMigration declines to move with open channels: the source then goes on
// without this client and in the end says where to connect anew, if it can.
func (c *Main) handleMigration(m spice.Message) error {
	switch m.Type {
	case MsgMigrateBegin, MsgMigrateBeginSeamless:
		c.log.Info("declined to migrate with open channels")
		return c.out.Send(MsgcMigrateConnectError, nil)
	case MsgMigrateSwitchHost:
		return decode(m, func(d *DstInfo) { c.session.SwitchHost(*d) })
	}
	c.log.Debug("message ignored", "msg", Messages.Name(m.Type, true), "size", len(m.Body))
	return nil
}

// decode reads the body of m and passes the result on.
func decode[T any, P interface {
	*T
	wire.Message
}](m spice.Message, use func(P)) error {
	p := P(new(T))
	if err := wire.Unmarshal(m.Body, p); err != nil {
		return err
	}
	use(p)
	return nil
}

// maxName bounds a name in characters; nobody shows more in a title.
const maxName = 256

// displayable makes a name fit to be shown: nothing but valid, printable
// characters and single spaces, and not without end.
func displayable(name string) string {
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return -1
	}, strings.ToValidUTF8(name, "\uFFFD"))
	runes := []rune(strings.Join(strings.Fields(name), " "))
	return string(runes[:min(len(runes), maxName)])
}
