package usbredir

import (
	"encoding/binary"
	"errors"
	"fmt"

	"saffron/spice/wire"
)

// MaxTransfer bounds what one transfer carries, in bytes.
const MaxTransfer = 8 << 20

const (
	shortHeader = 12
	longHeader  = 16
	maxBody     = MaxTransfer + 64
)

// A packet is one with its header.
type packet struct {
	typ  Type
	id   uint64
	body body
}

// A parser takes a stream apart. The first packet is a hello, after which caps
// are those of both sides.
type parser struct {
	ours  Caps
	caps  Caps // of both sides
	begun bool // there was a hello
	buf   []byte
}

var (
	errNoHello  = errors.New("the stream does not begin with a hello")
	errTooLarge = errors.New("a packet is too large")
)

// headerSize returns how long the header of the next packet is.
func (p *parser) headerSize() int {
	if p.begun && p.caps&Cap64BitIDs != 0 {
		return longHeader
	}
	return shortHeader
}

// feed takes the next bytes, and hands each packet that is complete to handle.
// What that gets is its own.
func (p *parser) feed(b []byte, handle func(packet) error) error {
	for {
		need, err := p.need()
		if err != nil {
			return err
		}
		n := min(need-len(p.buf), len(b))
		p.buf = append(p.buf, b[:n]...)
		b = b[n:]
		if len(p.buf) < need {
			return nil
		}
		if need == p.headerSize() {
			if more, err := p.need(); err != nil {
				return err
			} else if more > need {
				continue
			}
		}
		packet, err := p.take()
		if err == nil {
			err = handle(packet)
		}
		if err != nil {
			return err
		}
	}
}

// need returns how many bytes the header has that comes, or else the packet.
func (p *parser) need() (int, error) {
	header := p.headerSize()
	if len(p.buf) < header {
		return header, nil
	}
	typ, size := Type(binary.LittleEndian.Uint32(p.buf)), binary.LittleEndian.Uint32(p.buf[4:])
	switch {
	case !p.begun && typ != TypeHello:
		return 0, errNoHello
	case size > maxBody:
		return 0, fmt.Errorf("%w: type %d, %d bytes", errTooLarge, typ, size)
	case bodies[typ] == nil:
		return 0, fmt.Errorf("there is no packet of type %d", typ)
	}
	return header + int(size), nil
}

// take decodes the packet that is complete.
func (p *parser) take() (packet, error) {
	header := p.headerSize()
	buf := p.buf
	p.buf = nil
	m := packet{typ: Type(binary.LittleEndian.Uint32(buf)), id: uint64(binary.LittleEndian.Uint32(buf[8:]))}
	if header == longHeader {
		m.id = binary.LittleEndian.Uint64(buf[8:])
	}
	m.body = bodies[m.typ]()
	r := wire.NewReader(buf[header:])
	m.body.decode(r, p.caps)
	if r.Err() != nil {
		return m, fmt.Errorf("a packet of type %d: %w", m.typ, r.Err())
	}
	if r.Remaining() > 0 {
		return m, fmt.Errorf("a packet of type %d has %d bytes too many", m.typ, r.Remaining())
	}
	if h, ok := m.body.(*hello); ok {
		if p.begun {
			return m, errors.New("a second hello")
		}
		p.begun, p.caps = true, h.caps&p.ours
		if p.caps&CapMaxPacketSize == 0 {
			p.caps &^= CapBulkStreams // which needs it
		}
	}
	return m, nil
}

// appendPacket encodes a packet, with a long header if caps say so.
func appendPacket(buf []byte, m packet, caps Caps) []byte {
	start := len(buf)
	buf = binary.LittleEndian.AppendUint32(buf, uint32(m.typ))
	buf = binary.LittleEndian.AppendUint32(buf, 0)
	if caps&Cap64BitIDs != 0 && m.typ != TypeHello {
		buf = binary.LittleEndian.AppendUint64(buf, m.id)
	} else {
		buf = binary.LittleEndian.AppendUint32(buf, uint32(m.id))
	}
	w := wire.NewWriter(buf)
	m.body.encode(w, caps)
	binary.LittleEndian.PutUint32(w.Buffer()[start+4:], uint32(w.Len()))
	return w.Buffer()
}
