package mainchan

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"

	"saffron/spice"
	"saffron/spice/wire"
)

// A diary is session and server in one: it writes down, in order, what the
// channel tells and sends.
type diary struct {
	lines []string
	fail  error // what Send returns
}

func (d *diary) note(format string, a ...any) {
	d.lines = append(d.lines, fmt.Sprintf(format, a...))
}

func (d *diary) Init(m Init)                      { d.note("init %x agent %d", m.SessionID, m.AgentConnected) }
func (d *diary) ChannelsList(l []spice.ChannelID) { d.note("channels %v", l) }
func (d *diary) MouseMode(s, c uint16)            { d.note("mouse %d %d", s, c) }
func (d *diary) MediaTime(ms uint32)              { d.note("time %d", ms) }
func (d *diary) Name(name string)                 { d.note("name %q", name) }
func (d *diary) UUID(uuid string)                 { d.note("uuid %q", uuid) }
func (d *diary) Agent(connected bool, n uint32)   { d.note("agent %v %d", connected, n) }
func (d *diary) AgentData(p []byte)               { d.note("data %s", p) }
func (d *diary) AgentTokens(n uint32)             { d.note("tokens %d", n) }
func (d *diary) SwitchHost(dst DstInfo)           { d.note("switch %v", dst) }

func (d *diary) Send(typ uint16, m wire.Encoder) error {
	var body []byte
	if m != nil {
		body = wire.Marshal(m)
	}
	d.note("sent %s %x", Messages.Name(typ, false), body)
	return d.fail
}

// take returns the lines since the last time, joined.
func (d *diary) take() string {
	s := strings.Join(d.lines, "; ")
	d.lines = nil
	return s
}

func message(typ uint16, m wire.Encoder) spice.Message {
	if m == nil {
		return spice.Message{Type: typ}
	}
	return spice.Message{Type: typ, Body: wire.Marshal(m)}
}

// opened returns a channel that has had its INIT.
func opened(t *testing.T, agent uint32) (*Main, *diary) {
	t.Helper()
	d := new(diary)
	c := New(d, d, nil)
	if err := c.Handle(message(MsgInit, &Init{SessionID: 0xabc, AgentConnected: agent, AgentTokens: 10})); err != nil {
		t.Fatal(err)
	}
	if got, want := d.take(), fmt.Sprintf("init abc agent %d", agent); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	return c, d
}

func TestMessagesReachSession(t *testing.T) {
	dst := &DstInfo{Port: 5900, Host: "there"}
	for _, tc := range []struct {
		typ  uint16
		m    wire.Encoder
		want string
	}{
		{MsgChannelsList, &ChannelsList{[]spice.ChannelID{{Type: 2, ID: 1}, {Type: 77}}}, "channels [display 1 channel-type-77]"},
		{MsgMouseMode, &MouseMode{3, 2}, "mouse 3 2"},
		{MsgMediaTime, &MediaTime{99}, "time 99"},
		{MsgName, &Name{"a\tname\x1b[31m \u202e"}, `name "a name[31m"`},
		{MsgName, &Name{"\xff"}, `name "�"`},
		{MsgName, &Name{strings.Repeat("é", 300)}, fmt.Sprintf("name %q", strings.Repeat("é", maxName))},
		{MsgUUID, &UUID{}, `uuid ""`},
		{MsgUUID, &UUID{[16]byte{15: 1}}, `uuid "00000000-0000-0000-0000-000000000001"`},
		{MsgMigrateSwitchHost, dst, "switch {5900 0 there }"},
		{MsgMigrateBegin, dst, "sent migrate_connect_error "},
		{MsgMigrateBeginSeamless, &MigrateBeginSeamless{*dst, 1}, "sent migrate_connect_error "},
		{MsgMigrateCancel, nil, ""},
		{MsgMigrateEnd, nil, ""},
		{MsgMigrateDstSeamlessAck, nil, ""},
		{200, nil, ""},
		{spice.MsgPing, &spice.Ping{}, ""},
		{spice.MsgMigrate, &spice.Migrate{}, ""},
	} {
		c, d := opened(t, 0)
		c.log = slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelDebug}))
		if err := c.Handle(message(tc.typ, tc.m)); err != nil {
			t.Errorf("%s: %v", Messages.Name(tc.typ, true), err)
		}
		if got := d.take(); got != tc.want {
			t.Errorf("%s: got %s, want %s", Messages.Name(tc.typ, true), got, tc.want)
		}
	}
}

func TestOrder(t *testing.T) {
	d := new(diary)
	c := New(d, d, nil)
	for _, typ := range []uint16{MsgChannelsList, MsgMouseMode, MsgAgentConnected, MsgMigrateBegin, 200} {
		if err := c.Handle(message(typ, nil)); !errors.Is(err, ErrNotInit) {
			t.Errorf("%s before INIT: %v", Messages.Name(typ, true), err)
		}
	}
	if err := c.Handle(message(spice.MsgPing, &spice.Ping{})); err != nil {
		t.Errorf("ping before INIT: %v", err)
	}
	if err := c.AttachChannels(); !errors.Is(err, ErrNotInit) {
		t.Errorf("attach before INIT: %v", err)
	}
	if err := c.Handle(message(MsgInit, &Init{SessionID: 1})); err != nil {
		t.Error(err)
	}
	if err := c.AttachChannels(); err != nil {
		t.Error(err)
	}
	if err := c.AttachChannels(); !errors.Is(err, ErrAttached) {
		t.Errorf("attach again: %v", err)
	}
	if err := c.Handle(message(MsgInit, &Init{SessionID: 2})); !errors.Is(err, ErrInit) {
		t.Errorf("second INIT: %v", err)
	}
	if got, want := d.take(), "init 1 agent 0; sent attach_channels "; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// TestAgent follows agents that come late, are replaced, and go.
func TestAgent(t *testing.T) {
	data := message(MsgAgentData, &AgentData{[]byte("xyz")})
	c, d := opened(t, 0)
	for _, step := range []struct {
		m    spice.Message
		want string
	}{
		{data, ""},
		{message(MsgAgentToken, &AgentTokens{5}), ""},
		{message(MsgAgentDisconnected, &AgentDisconnected{}), ""},
		{message(MsgAgentConnected, nil), "agent true 10"},
		{data, "data xyz"},
		{message(MsgAgentData, nil), ""},
		{message(MsgAgentToken, &AgentTokens{5}), "tokens 5"},
		{message(MsgAgentConnectedTokens, &AgentTokens{7}), "agent true 7"},
		{message(MsgAgentDisconnected, nil), "agent false 0"},
		{data, ""},
		{message(MsgAgentConnectedTokens, &AgentTokens{8}), "agent true 8"},
	} {
		if err := c.Handle(step.m); err != nil {
			t.Errorf("%s: %v", Messages.Name(step.m.Type, true), err)
		}
		if got := d.take(); got != step.want {
			t.Errorf("%s: got %q, want %q", Messages.Name(step.m.Type, true), got, step.want)
		}
	}
	c, d = opened(t, 1)
	if err := c.Handle(data); err != nil || d.take() != "data xyz" {
		t.Errorf("an agent that is there from the start: %v", err)
	}
}

func TestSends(t *testing.T) {
	c, d := opened(t, 1)
	for _, tc := range []struct {
		send func() error
		want string
	}{
		{func() error { return c.RequestMouseMode(MouseClient) }, "sent mouse_mode_request 0200"},
		{func() error { return c.StartAgent(0xffffffff) }, "sent agent_start ffffffff"},
		{func() error { return c.SendAgentData([]byte{1, 2}) }, "sent agent_data 0102"},
		{func() error { return c.GrantAgentTokens(3) }, "sent agent_token 03000000"},
	} {
		if err := tc.send(); err != nil {
			t.Errorf("%s: %v", tc.want, err)
		}
		if got := d.take(); got != tc.want {
			t.Errorf("got %s, want %s", got, tc.want)
		}
	}
	for _, n := range []int{0, MaxAgentData + 1} {
		if err := c.SendAgentData(make([]byte, n)); err == nil || d.take() != "" {
			t.Errorf("%d bytes of agent data: %v", n, err)
		}
	}
	if err := c.SendAgentData(make([]byte, MaxAgentData)); err != nil {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	for _, e := range Messages {
		if !e.FromServer {
			continue
		}
		c, d := opened(t, 1)
		err := c.Handle(spice.Message{Type: e.Type, Body: []byte{1}})
		switch e.Type {
		case MsgAgentConnected, MsgAgentDisconnected, MsgAgentData, // anything goes
			MsgMigrateCancel, MsgMigrateEnd, MsgMigrateDstSeamlessAck, MsgMigrateDstSeamlessNack,
			MsgMigrateBegin, MsgMigrateBeginSeamless:
			if err != nil {
				t.Errorf("%s: %v", e.Name, err)
			}
			continue
		}
		if !errors.Is(err, wire.ErrShort) || !strings.HasPrefix(err.Error(), "mainchan: "+e.Name+": byte 0: ") || d.take() != "" {
			t.Errorf("%s: got %v", e.Name, err)
		}
	}
	c, d := opened(t, 0)
	d.fail = errors.New("the cable is cut")
	if err := c.Handle(message(MsgMigrateBegin, nil)); !errors.Is(err, d.fail) {
		t.Errorf("got %v, want %v", err, d.fail)
	}
	if err := c.AttachChannels(); !errors.Is(err, d.fail) {
		t.Errorf("got %v, want %v", err, d.fail)
	}
}
