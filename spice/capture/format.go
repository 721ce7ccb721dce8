package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"saffron/spice"
)

const (
	magic      = "SPICECAP"
	version    = 1
	headerSize = 24
	recordSize = 32
	endSize    = 16

	flagAgent   = 1 // of the file
	flagDevices = 2
	flagSecure  = 1 // of an opened link
	flagHeld    = 1 // of a message

	// maxBody bounds a payload, in bytes. It is what a client may be told to
	// accept at most.
	maxBody = 1<<31 - 1
	// maxOther bounds the payload of what is no message.
	maxOther = 64 << 10
	// MaxLinks bounds the links of one capture.
	MaxLinks = 1 << 16
)

// A Header is how a capture begins.
type Header struct {
	Start   time.Time // when the recording began
	Agent   bool      // what the guest's agent said is there
	Devices bool      // what USB devices, ports, shared folders and smartcards sent is there
}

// A Kind says what a record is.
type Kind uint8

// The kinds of records.
const (
	Opened  Kind = 1
	Message Kind = 2
	Closed  Kind = 3
	End     Kind = 4
)

// A Record is one event of a recording.
type Record struct {
	Kind Kind
	// Link is which link the record belongs to, counted from 0 in the order in
	// which they were opened. A channel that was closed and opened again has
	// two.
	Link int
	Time time.Duration // since the recording began

	Opened   Link        // of Opened
	Frame    spice.Frame // of Message
	Withheld bool        // of Message: it had a body, which is not there
	Totals   Totals      // of End
}

// A Link is what a server announced when a link was opened.
type Link struct {
	ID     spice.ChannelID
	Caps   spice.Caps
	Secure bool // it was encrypted
}

// Totals are what a capture holds.
type Totals struct {
	Messages uint64
	Bytes    uint64 // of their bodies
}

// A FormatError says what is wrong with a capture, and where.
type FormatError struct {
	Offset int64 // of the record in the file
	Err    error
}

func (e *FormatError) Error() string { return fmt.Sprintf("capture: byte %d: %v", e.Offset, e.Err) }
func (e *FormatError) Unwrap() error { return e.Err }

// ErrTruncated is the end of a capture that was not finished: everything before
// it can be used.
var ErrTruncated = errors.New("capture: the recording was cut off")

// ErrNotCapture says that a file is something else.
var ErrNotCapture = errors.New("capture: the file is no recording of a SPICE session")

func (h *Header) encode() []byte {
	var flags uint16
	if h.Agent {
		flags |= flagAgent
	}
	if h.Devices {
		flags |= flagDevices
	}
	b := append(make([]byte, 0, headerSize), magic...)
	b = binary.LittleEndian.AppendUint16(b, version)
	b = binary.LittleEndian.AppendUint16(b, flags)
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint64(b, uint64(h.Start.UnixMicro()))
}

// decodeHeader takes what follows the magic.
func decodeHeader(b []byte) (Header, error) {
	if v := binary.LittleEndian.Uint16(b); v != version {
		return Header{}, fmt.Errorf("capture: the recording has version %d of the format, this program knows version %d", v, version)
	}
	flags := binary.LittleEndian.Uint16(b[2:])
	return Header{
		Start:   time.UnixMicro(int64(binary.LittleEndian.Uint64(b[8:]))),
		Agent:   flags&flagAgent != 0,
		Devices: flags&flagDevices != 0,
	}, nil
}

// A head is the first part of a record.
type head struct {
	kind    Kind
	flags   uint8
	link    uint16
	size    uint32 // bytes of payload
	micros  uint64
	serial  uint64
	typ     uint16
	subList uint32
}

func (h *head) put(b *[recordSize]byte) {
	b[0], b[1] = byte(h.kind), h.flags
	binary.LittleEndian.PutUint16(b[2:], h.link)
	binary.LittleEndian.PutUint32(b[4:], h.size)
	binary.LittleEndian.PutUint64(b[8:], h.micros)
	binary.LittleEndian.PutUint64(b[16:], h.serial)
	binary.LittleEndian.PutUint16(b[24:], h.typ)
	binary.LittleEndian.PutUint16(b[26:], 0)
	binary.LittleEndian.PutUint32(b[28:], h.subList)
}

func getHead(b []byte) head {
	return head{
		kind: Kind(b[0]), flags: b[1],
		link:    binary.LittleEndian.Uint16(b[2:]),
		size:    binary.LittleEndian.Uint32(b[4:]),
		micros:  binary.LittleEndian.Uint64(b[8:]),
		serial:  binary.LittleEndian.Uint64(b[16:]),
		typ:     binary.LittleEndian.Uint16(b[24:]),
		subList: binary.LittleEndian.Uint32(b[28:]),
	}
}

func (l *Link) encode() []byte {
	b := []byte{byte(l.ID.Type), l.ID.ID}
	b = binary.LittleEndian.AppendUint16(b, uint16(len(l.Caps.Common)))
	for _, set := range []spice.CapSet{l.Caps.Common, l.Caps.Channel} {
		for _, word := range set {
			b = binary.LittleEndian.AppendUint32(b, word)
		}
	}
	return b
}

var errLink = errors.New("an opened link of an impossible size")

func decodeLink(b []byte) (Link, error) {
	if len(b) < 4 || len(b)%4 != 0 {
		return Link{}, errLink
	}
	l := Link{ID: spice.ChannelID{Type: spice.ChannelType(b[0]), ID: b[1]}}
	common := int(binary.LittleEndian.Uint16(b[2:]))
	words := make(spice.CapSet, len(b)/4-1)
	if common > len(words) {
		return Link{}, errLink
	}
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(b[4+4*i:])
	}
	l.Caps = spice.Caps{Common: words[:common:common], Channel: words[common:]}
	return l, nil
}

func (t *Totals) encode() []byte {
	b := binary.LittleEndian.AppendUint64(nil, t.Messages)
	return binary.LittleEndian.AppendUint64(b, t.Bytes)
}

func decodeTotals(b []byte) Totals {
	return Totals{binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])}
}
