package inputs

import (
	"bytes"
	"time"

	"saffron/spice"
)

// An emulated PC keyboard holds 16 bytes until the guest takes them and drops
// what does not fit, without a word. A person never types so fast, a barcode
// scanner or a password manager does. So the first messages of a burst go out at
// once, as every key of a person does, and what comes on their heels at the rate
// at which guests take keys.
const (
	keyBurst = 8
	keyPace  = 2 * time.Millisecond
)

// A pace says how many key messages may go out. It is owned by run.
type pace struct {
	full time.Time // when the whole burst is, or was, free again
}

// fit returns how many messages of batch may go out now; if that is none, how
// long to wait for the next.
func (p *pace) fit(batch []spice.Outgoing) (n int, wait time.Duration) {
	now := time.Now()
	if p.full.Before(now) {
		p.full = now
	}
	for n < len(batch) {
		if keys := time.Duration(keysOf(batch[n])); keys > 0 {
			// full - now is what the keys sent so far still cost.
			if over := p.full.Sub(now) - max(0, keyBurst-keys)*keyPace; over > 0 {
				return beforeMotion(batch[:n]), over
			}
			p.full = p.full.Add(keys * keyPace)
		}
		n++
	}
	return n, 0
}

// keysOf returns how many presses and releases a message has.
func keysOf(m spice.Outgoing) int {
	switch m.Type {
	case MsgcKeyDown, MsgcKeyUp:
		return 1
	case MsgcKeyScancode:
		if body, ok := m.Body.(*KeyScancode); ok {
			return len(body.Bytes) - bytes.Count(body.Bytes, []byte{0xe0})
		}
	}
	return 0
}

// beforeMotion returns the length of batch without the motion at its end, which
// belongs to the key that follows and waits with it.
func beforeMotion(batch []spice.Outgoing) int {
	n := len(batch)
	for n > 0 && (batch[n-1].Type == MsgcMouseMotion || batch[n-1].Type == MsgcMousePosition) {
		n--
	}
	return n
}
