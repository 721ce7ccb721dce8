package spicetest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"saffron/spice"
	"saffron/spice/wire"
)

// Messages of main that belong to the guest's agent.
const (
	msgAgentConnectedTokens = 115
	msgAgentDisconnected    = 108
	msgAgentData            = 109
	msgAgentToken           = 110

	msgcAgentStart = 106
	msgcAgentData  = 107
	msgcAgentToken = 108
)

// The stream of an agent.
const (
	agentProtocol = 1
	agentHeader   = 20
	agentPiece    = 2048
	agentBatch    = 5 // pieces that tokens are given back for at once
)

// An Agent is the guest's agent together with what a server does for it: it
// counts tokens, and ends the link of a client that breaks a rule as servers do.
// What its messages mean is left to OnMessage. Fields are set before use; the
// methods are for any goroutine.
type Agent struct {
	// Send sends a message of main to the client; Channel.Send does.
	Send func(typ uint16, m wire.Encoder) error

	// Window is how many pieces a client may send at first. It defaults to 10,
	// as servers have it.
	Window uint32

	// Hold keeps tokens back: the agent takes nothing. Grant gives them.
	Hold bool

	// OnMessage, if set, is told each message of the client, in order, by the
	// goroutine that calls Take.
	OnMessage func(typ uint32, body []byte)

	mu       sync.Mutex
	there    bool   // guarded by mu
	started  bool   // guarded by mu
	tokens   uint32 // guarded by mu; that the client has
	taken    uint32 // guarded by mu; pieces that tokens were not given back for
	granted  uint64 // guarded by mu; pieces that the client takes
	left     uint32 // guarded by mu; of the message that is coming
	typ      uint32 // guarded by mu; likewise
	body     []byte // guarded by mu; likewise
	discards bool   // guarded by mu; until the client opens the stream anew
}

// Connect says that the agent is there.
func (a *Agent) Connect() error {
	a.mu.Lock()
	window := a.Window
	if window == 0 {
		window = 10
	}
	a.there, a.started, a.discards = true, false, true
	a.tokens, a.taken, a.granted = window, 0, 0
	a.left, a.body = 0, nil
	a.mu.Unlock()
	return a.Send(msgAgentConnectedTokens, number(window))
}

// Disconnect says that the agent has ended.
func (a *Agent) Disconnect() error {
	a.mu.Lock()
	a.there, a.started, a.discards = false, false, true
	a.left, a.body = 0, nil
	a.mu.Unlock()
	return a.Send(msgAgentDisconnected, number(0))
}

// Grant gives the client tokens.
func (a *Agent) Grant(n uint32) error {
	a.mu.Lock()
	a.tokens += n
	a.mu.Unlock()
	return a.Send(msgAgentToken, number(n))
}

// Say sends a message of the agent.
func (a *Agent) Say(typ uint32, body []byte) error {
	return a.SayRaw(append(agentHeaderOf(typ, uint32(len(body))), body...))
}

// SayRaw sends bytes of the agent's stream.
func (a *Agent) SayRaw(p []byte) error {
	for len(p) > 0 {
		n := min(len(p), agentPiece)
		a.mu.Lock()
		ok := a.granted > 0
		if ok {
			a.granted--
		}
		a.mu.Unlock()
		if !ok {
			return errors.New("spicetest: the client takes no data of the agent")
		}
		if err := a.Send(msgAgentData, bytesOf(p[:n])); err != nil {
			return err
		}
		p = p[n:]
	}
	return nil
}

// Take takes a message of the client's main channel, and reports whether it was
// one for the agent. An error is a breach of the rules: a server ends the
// session for it.
func (a *Agent) Take(m spice.Message) (taken bool, err error) {
	switch m.Type {
	case msgcAgentStart, msgcAgentToken:
		var n tokens
		if err := wire.Unmarshal(m.Body, &n); err != nil {
			return true, err
		}
		a.mu.Lock()
		defer a.mu.Unlock()
		if m.Type == msgcAgentStart {
			if a.started {
				return true, errors.New("spicetest: the agent's stream is opened twice")
			}
			a.started, a.discards = a.there, !a.there
			a.granted = 0
		}
		a.granted += uint64(n)
		return true, nil
	case msgcAgentData:
		return true, a.piece(m.Body)
	}
	return false, nil
}

const monitorsConfig = 2

// piece takes a piece of the client's stream.
func (a *Agent) piece(p []byte) error {
	a.mu.Lock()
	if !a.there && len(p) >= agentHeader && binary.LittleEndian.Uint32(p[4:]) == monitorsConfig {
		a.mu.Unlock()
		a.deliver(monitorsConfig, p[agentHeader:]) // for the graphics device, without an agent
		return nil
	}
	if a.discards {
		a.mu.Unlock()
		return nil
	}
	err := a.add(p)
	var refill uint32
	if a.taken++; a.taken >= agentBatch && !a.Hold {
		a.taken, refill = 0, a.taken
	}
	whole := err == nil && a.left == 0
	typ, body := a.typ, a.body
	a.mu.Unlock()
	if err != nil {
		return err
	}
	if whole {
		a.deliver(typ, body)
	}
	if refill > 0 {
		return a.Grant(refill)
	}
	return nil
}

func (a *Agent) deliver(typ uint32, body []byte) {
	if a.OnMessage != nil {
		a.OnMessage(typ, body)
	}
}

// add checks a piece and adds it to the message. mu is held.
func (a *Agent) add(p []byte) error {
	switch {
	case a.tokens == 0:
		return errors.New("spicetest: a piece for the agent without a token")
	case len(p) == 0 || len(p) > agentPiece:
		return fmt.Errorf("spicetest: a piece of %d bytes for the agent", len(p))
	}
	a.tokens--
	if a.left == 0 {
		if len(p) < agentHeader {
			return fmt.Errorf("spicetest: %d bytes of a message's header for the agent", len(p))
		}
		if v := binary.LittleEndian.Uint32(p); v != agentProtocol {
			return fmt.Errorf("spicetest: protocol %d for the agent", v)
		}
		a.typ, a.left, a.body = binary.LittleEndian.Uint32(p[4:]), binary.LittleEndian.Uint32(p[16:]), nil
		p = p[agentHeader:]
	}
	if uint64(len(p)) > uint64(a.left) {
		return errors.New("spicetest: a piece with bytes of two messages for the agent")
	}
	a.body = append(a.body, p...)
	a.left -= uint32(len(p))
	return nil
}

func agentHeaderOf(typ, size uint32) []byte {
	h := make([]byte, agentHeader)
	binary.LittleEndian.PutUint32(h, agentProtocol)
	binary.LittleEndian.PutUint32(h[4:], typ)
	binary.LittleEndian.PutUint32(h[16:], size)
	return h
}

type tokens uint32

// Decode implements wire.Decoder.
func (n *tokens) Decode(r *wire.Reader) { *n = tokens(r.U32()) }

type number uint32

// Encode implements wire.Encoder.
func (n number) Encode(w *wire.Writer) { w.U32(uint32(n)) }

type bytesOf []byte

// Encode implements wire.Encoder.
func (b bytesOf) Encode(w *wire.Writer) { w.Bytes(b) }
