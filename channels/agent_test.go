package channels_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels"
	"saffron/channels/agent"
	"saffron/channels/mainchan"
	"saffron/spice/spicetest"
)

// Messages of the agent's stream that tests say and hear.
const (
	agentMonitors   = 2
	agentAnnounce   = 6
	agentGrab       = 7
	agentFileStart  = 10
	agentFileStatus = 11
	agentFileData   = 12
)

// linuxAgent are the capabilities of spice-vdagent 0.22, with request 0.
var linuxAgent = []byte{0, 0, 0, 0, 0xe7, 0x8d, 0x03, 0}

// withAgent gives a machine an agent, which is there from the beginning if
// there. heard is told what it is sent.
func (m *machine) withAgent(there bool, heard func(a *spicetest.Agent, typ uint32, body []byte)) *spicetest.Agent {
	a := new(spicetest.Agent)
	a.OnMessage = func(typ uint32, body []byte) {
		if typ == agentAnnounce && body[0] == 1 {
			a.Say(agentAnnounce, linuxAgent)
		}
		if heard != nil {
			heard(a, typ, body)
		}
	}
	m.run[mainID] = func(c *spicetest.Channel) error {
		a.Send = c.Send
		init := m.init
		init.SessionID, init.AgentTokens = c.Session, 10
		c.Send(mainchan.MsgInit, &init)
		if there {
			a.Connect()
		}
		for {
			msg, err := c.Recv()
			if err != nil {
				return err
			}
			m.note(c, msg)
			if msg.Type == mainchan.MsgcAttachChannels {
				c.Send(mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: m.list})
			}
			if _, err := a.Take(msg); err != nil {
				return err // as servers do: the session ends
			}
		}
	}
	return a
}

// A heard is what an agent was sent.
type heard struct {
	mu    sync.Mutex
	types []uint32 // guarded by mu
}

func (h *heard) note(_ *spicetest.Agent, typ uint32, _ []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.types = append(h.types, typ)
}

func (h *heard) take() []uint32 {
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	types := h.types
	h.types = nil
	return types
}

// TestAgent follows an agent through a session: events, what is known, what it
// is told.
func TestAgent(t *testing.T) {
	m := newMachine(display0)
	h := new(heard)
	a := m.withAgent(false, h.note)
	session(t, m, func(t *testing.T, m *machine, c *client) {
		c.take()
		if c.Agent().Connected() || c.Info().Agent {
			t.Error("there is an agent")
		}
		c.Agent().SetMonitors([]agent.Monitor{{Width: 800, Height: 600, Enabled: true}})
		if got := h.take(); !slices.Equal(got, []uint32{agentMonitors}) { // without an agent
			t.Errorf("told %v", got)
		}
		for range 2 {
			a.Connect()
			if got := h.take(); !slices.Equal(got, []uint32{agentAnnounce, agentMonitors}) {
				t.Errorf("told %v", got)
			}
			if i := c.Info(); !i.Agent || !i.AgentCaps.Has(agent.CapClipboard) {
				t.Errorf("known: %v %v", i.Agent, i.AgentCaps)
			}
			a.Disconnect()
			if got := h.take(); len(got) != 0 || c.Info().Agent || c.Info().AgentCaps != nil {
				t.Errorf("told %v, known %+v", got, c.Info())
			}
		}
		round := []string{"AgentChanged{true false false}", "AgentChanged{true true false}", "AgentChanged{false false false}"}
		expect(t, &c.diary, append(round, round...)...)
	})
}

// TestAgentBreach: a server ends the session of a client that breaks a rule; so
// a session in which everything is sent at once shows that none is broken.
func TestAgentBreach(t *testing.T) {
	m := newMachine(display0)
	var got strings.Builder
	m.withAgent(true, func(a *spicetest.Agent, typ uint32, body []byte) {
		switch typ {
		case agentFileStart:
			a.Say(agentFileStatus, append(slices.Clone(body[:4]), 0, 0, 0, 0))
		case agentFileData:
			got.Write(body[12:])
			if got.Len() == 300_000 {
				a.Say(agentFileStatus, append(slices.Clone(body[:4]), 3, 0, 0, 0))
			}
		}
	})
	session(t, m, func(t *testing.T, m *machine, c *client) {
		text := strings.Repeat("0123456789", 30_000)
		if err := c.Agent().Await(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Agent().SendFile(t.Context(), "f", 300_000, strings.NewReader(text), nil); err != nil || got.String() != text {
			t.Errorf("%d bytes, %v", got.Len(), err)
		}
		if c.Agent().Stuck() {
			t.Error("stuck")
		}
	})
}

// TestHungAgent: main is read on, and the session ends, while an agent takes
// nothing.
func TestHungAgent(t *testing.T) {
	m := newMachine(display0)
	a := m.withAgent(true, nil)
	a.Hold = true
	session(t, m, func(t *testing.T, m *machine, c *client) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		failed := make(chan error, 1)
		r, w := io.Pipe()
		defer w.Close()
		go func() { failed <- c.Agent().SendFile(ctx, "f", 1<<20, r, nil) }()
		synctest.Wait()
		for i := range 20 {
			c.Agent().SetMonitors([]agent.Monitor{{Width: 800 + 2*i, Height: 600, Enabled: true}})
			synctest.Wait()
		}
		c.take()
		main := m.channel(t, mainID)
		main.Send(mainchan.MsgName, &mainchan.Name{Name: "still read"})
		synctest.Wait()
		expect(t, &c.diary, "Named{still read }")
		c.Close()
		if err := <-failed; !errors.Is(err, agent.ErrClosed) {
			t.Errorf("the file: %v", err)
		}
	})
}

// TestClipboardSink: what the guest offers reaches the session's clipboard.
func TestClipboardSink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(display0)
		a := m.withAgent(true, nil)
		defer m.Close()
		c := newClient(m)
		offers := make(clipboard, 1)
		c.options.Sinks.Clipboard = offers
		c.connect(t)
		defer c.Close()
		a.Say(agentGrab, []byte{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0})
		if got := <-offers; !slices.Equal(got, []agent.Format{agent.Text}) {
			t.Errorf("offered %v", got)
		}
	})
}

// A clipboard passes on what is offered.
type clipboard chan []agent.Format

func (c clipboard) Offered(_ agent.Selection, formats []agent.Format)         { c <- formats }
func (c clipboard) Withdrawn(agent.Selection)                                 {}
func (c clipboard) Wanted(agent.Selection, agent.Format, func([]byte, error)) {}

// TestPlayedAgent: of a recording that has what the agent said it is shown what
// that can do; nothing of it reaches the clipboard of now.
func TestPlayedAgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tape := newTape()
		tape.opening()
		tape.send(mainID, mainchan.MsgAgentConnectedTokens, &mainchan.AgentTokens{Tokens: 10})
		said := func(typ byte, body []byte) {
			b := append([]byte{1, 0, 0, 0, typ, 19: 0}, body...)
			b[16] = byte(len(body))
			tape.send(mainID, mainchan.MsgAgentData, &mainchan.AgentData{Data: b})
		}
		said(agentAnnounce, linuxAgent)
		said(agentGrab, []byte{0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0})
		var s stageSet
		offers := make(clipboard, 1)
		p := s.play(t, tape.end(), channels.PlayOptions{FullSpeed: true, Session: channels.Options{Sinks: channels.Sinks{Clipboard: offers}}})
		defer p.Close()
		await(t, p)
		synctest.Wait()
		if i := p.Info(); !i.Agent || !i.AgentCaps.Has(agent.CapClipboard) {
			t.Errorf("known: %v %v", i.Agent, i.AgentCaps)
		}
		if len(offers) > 0 {
			t.Error("the clipboard of then was offered now")
		}
	})
}
