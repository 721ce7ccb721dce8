package spicetest

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"testing"

	"saffron/spice"
	"saffron/spice/wire"
)

// A clientSide is what a client gets.
type clientSide struct {
	types []uint16
	data  []byte // of the agent
}

func (c *clientSide) send(typ uint16, m wire.Encoder) error {
	c.types = append(c.types, typ)
	if typ == msgAgentData {
		c.data = append(c.data, wire.Marshal(m)...)
	}
	return nil
}

func agentMessage(typ uint32, body string) []byte {
	return append(agentHeaderOf(typ, uint32(len(body))), body...)
}

func start(n uint32) spice.Message {
	return spice.Message{Type: msgcAgentStart, Body: binary.LittleEndian.AppendUint32(nil, n)}
}

func piece(p []byte) spice.Message { return spice.Message{Type: msgcAgentData, Body: p} }

// TestAgentConversation: messages both ways, tokens given back five at a time.
func TestAgentConversation(t *testing.T) {
	c := new(clientSide)
	var got []string
	a := &Agent{Send: c.send, OnMessage: func(typ uint32, body []byte) { got = append(got, string(rune('0'+typ))+string(body)) }}
	if err := a.Say(1, nil); err == nil {
		t.Error("it spoke to a client that does not listen")
	}
	a.Connect()
	for _, m := range []spice.Message{
		start(3), piece(agentMessage(1, "")), piece(agentMessage(2, "abc")), piece(agentMessage(3, "abcd")[:22]), piece([]byte("cd")),
		piece(agentMessage(4, "")),
	} {
		if taken, err := a.Take(m); !taken || err != nil {
			t.Errorf("%v, %v", taken, err)
		}
	}
	if want := []string{"1", "2abc", "3abcd", "4"}; !slices.Equal(got, want) {
		t.Errorf("it got %q", got)
	}
	if taken, err := a.Take(spice.Message{Type: 104}); taken || err != nil {
		t.Errorf("a message of another kind: %v, %v", taken, err)
	}
	a.Say(9, make([]byte, 3000))
	if err := a.Say(9, make([]byte, 3000)); err == nil {
		t.Error("it sent more than it may")
	}
	a.Disconnect()
	want := []uint16{msgAgentConnectedTokens, msgAgentToken, msgAgentData, msgAgentData, msgAgentData, msgAgentDisconnected}
	if !slices.Equal(c.types, want) || !bytes.HasPrefix(c.data, agentHeaderOf(9, 3000)) {
		t.Errorf("the client got %v, %d bytes", c.types, len(c.data))
	}
}

// TestAgentRules: what servers end a session for.
func TestAgentRules(t *testing.T) {
	broken := agentMessage(1, "")
	broken[0] = 2
	many := make([]spice.Message, 12)
	for i := range many {
		many[i] = piece(agentMessage(1, ""))
	}
	for want, list := range map[string][]spice.Message{
		"opened twice":            {start(1), start(1)},
		"a piece of 0 bytes":      {start(1), piece(nil)},
		"a piece of 2049 bytes":   {start(1), piece(make([]byte, 2049))},
		"19 bytes of a message's": {start(1), piece(make([]byte, 19))},
		"protocol 2":              {start(1), piece(broken)},
		"bytes of two messages":   {start(1), piece(append(agentMessage(1, ""), agentMessage(1, "")...))},
		"without a token":         append([]spice.Message{start(1)}, many...),
	} {
		a := &Agent{Send: new(clientSide).send, Hold: true}
		a.Connect()
		var err error
		for _, m := range list {
			if _, err = a.Take(m); err != nil {
				break
			}
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v", want, err)
		}
	}
	a := &Agent{Send: new(clientSide).send, OnMessage: func(uint32, []byte) { t.Error("a piece of before reached it") }}
	a.Connect()
	if _, err := a.Take(piece([]byte("the rest of a message for an earlier agent"))); err != nil {
		t.Error(err)
	}
}
