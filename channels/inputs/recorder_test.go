package inputs

import (
	"fmt"
	"strings"
	"sync"

	"saffron/spice"
	"saffron/spice/wire"
)

// A recorder is a server that writes down what it gets.
type recorder struct {
	mu    sync.Mutex
	got   []spice.Outgoing
	calls int
	fail  error
	block chan struct{} // if set, SendAll takes one value first
}

func (r *recorder) SendAll(messages ...spice.Outgoing) error {
	if r.block != nil {
		<-r.block
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls++
	if r.fail != nil {
		return r.fail
	}
	r.got = append(r.got, messages...)
	return nil
}

// take returns what came since the last time, one word a message: "+1e" and
// "-1e" are keys, "@0:4,5" a position, "~4,5" a motion, "L1" and "l0" a button
// with the mask after it, "locks2" lock keys.
func (r *recorder) take() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	words := make([]string, len(r.got))
	for i, m := range r.got {
		words[i] = word(m)
	}
	r.got = nil
	return strings.Join(words, " ")
}

func word(m spice.Outgoing) string {
	switch b := m.Body.(type) {
	case *KeyCode:
		return map[uint16]string{MsgcKeyDown: "+", MsgcKeyUp: "-"}[m.Type] + keyWord(b.Code)
	case *KeyScancode:
		return scancodeWords(b.Bytes)
	case *MousePosition:
		return fmt.Sprintf("@%d:%d,%d", b.Display, b.X, b.Y)
	case *MouseMotion:
		return fmt.Sprintf("~%d,%d", b.DX, b.DY)
	case *MouseButton:
		name := "?LMRUDSX"[b.Button : b.Button+1]
		if m.Type == MsgcMouseRelease {
			name = strings.ToLower(name)
		}
		return fmt.Sprintf("%s%x", name, b.Buttons)
	case *LockState:
		return fmt.Sprintf("locks%d", b.Locks)
	}
	return fmt.Sprintf("%d?", m.Type)
}

// scancodeWords returns a word for each press and release of raw bytes.
func scancodeWords(b []byte) string {
	var words []string
	for i := 0; i < len(b); i++ {
		c := Scancode(b[i])
		if c == 0xe0 && i+1 < len(b) {
			i++
			c = 0xe000 | Scancode(b[i])
		}
		sign := "+"
		if c&0x80 != 0 {
			sign = "-"
		}
		words = append(words, fmt.Sprintf("%s%x", sign, uint16(c&^0x80)))
	}
	return strings.Join(words, " ")
}

// keyWord leaves the release bit out, if the message is right to have it.
func keyWord(code uint32) string {
	c := Scancode(code)
	if code&0xff == 0xe0 {
		c = Scancode(0xe000 | code>>8)
	}
	return fmt.Sprintf("%x", uint16(c&^0x80))
}

func fromServer(typ uint16, m wire.Encoder) spice.Message {
	if m == nil {
		return spice.Message{Type: typ}
	}
	return spice.Message{Type: typ, Body: wire.Marshal(m)}
}
