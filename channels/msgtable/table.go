package msgtable

import (
	"fmt"

	"saffron/spice/wire"
)

// An Entry is one message of a channel.
type Entry struct {
	Type       uint16
	Name       string // the protocol's name in small letters without prefix, such as "mouse_mode"
	FromServer bool
	New        func() wire.Message // nil for a message that is known only by name
}

// A Table is all messages of a channel, in both directions. It is not changed
// once made, so any goroutine may read it.
type Table []Entry

// Lookup returns the entry with the given number and direction.
func (t Table) Lookup(typ uint16, fromServer bool) (Entry, bool) {
	for _, e := range t {
		if e.Type == typ && e.FromServer == fromServer {
			return e, true
		}
	}
	return Entry{}, false
}

// Name returns the name of a message, or for example "message 99" if the table
// does not have it.
func (t Table) Name(typ uint16, fromServer bool) string {
	if e, ok := t.Lookup(typ, fromServer); ok {
		return e.Name
	}
	return fmt.Sprintf("message %d", typ)
}

// Empty is a message without a body.
type Empty struct{}

// Decode implements wire.Message.
func (*Empty) Decode(*wire.Reader) {}

// Encode implements wire.Message.
func (*Empty) Encode(*wire.Writer) {}

// NewEmpty is the constructor of a message without a body.
func NewEmpty() wire.Message { return new(Empty) }
