package port

import (
	"bytes"
	"errors"
	"fmt"

	"saffron/codec/lz4"
	"saffron/spice/wire"
)

// MaxUnpacked bounds what one compressed message may unpack to, in bytes.
// Servers read at most 65 568 at a time.
const MaxUnpacked = 1 << 20

// Data is a piece of the stream (SPICE_MSG_SPICEVMC_DATA).
type Data struct{ Bytes []byte } // aliases the body

// Decode implements wire.Message.
func (m *Data) Decode(r *wire.Reader) { m.Bytes = r.Rest() }

// Encode implements wire.Message.
func (m *Data) Encode(w *wire.Writer) { w.Bytes(m.Bytes) }

// A Compression is how a piece is packed (SPICE_DATA_COMPRESSION_TYPE_*).
type Compression uint8

// The compressions.
const (
	Plain Compression = 0
	LZ4   Compression = 1 // one raw block
)

// Compressed is a packed piece of the stream
// (SPICE_MSG_SPICEVMC_COMPRESSED_DATA).
type Compressed struct {
	Compression Compression
	Size        uint32 // of the piece in bytes; absent if Plain
	Bytes       []byte // aliases the body
}

// Decode implements wire.Message.
func (m *Compressed) Decode(r *wire.Reader) {
	m.Compression = Compression(r.U8())
	if m.Compression != Plain {
		m.Size = r.U32()
	}
	m.Bytes = r.Rest()
}

// Encode implements wire.Message.
func (m *Compressed) Encode(w *wire.Writer) {
	w.U8(uint8(m.Compression))
	if m.Compression != Plain {
		w.U32(m.Size)
	}
	w.Bytes(m.Bytes)
}

// unpack returns the piece, in buf's memory if that suffices.
func (m *Compressed) unpack(buf []byte) ([]byte, error) {
	switch {
	case m.Compression == Plain:
		return m.Bytes, nil
	case m.Compression != LZ4:
		return nil, fmt.Errorf("compression %d is unknown", m.Compression)
	case m.Size > MaxUnpacked:
		return nil, fmt.Errorf("%d bytes in one piece", m.Size)
	}
	if cap(buf) < int(m.Size) {
		buf = make([]byte, m.Size)
	}
	buf = buf[:m.Size]
	return buf, lz4.DecodeBlock(buf, m.Bytes)
}

// Init says what a port is called, first of all (SPICE_MSG_PORT_INIT).
type Init struct {
	Opened uint8 // 1: the guest's side is open
	Name   string
}

// maxName bounds the name of a port, in bytes.
const maxName = 1024

var errName = errors.New("the name of a port is too long")

// Decode implements wire.Message.
func (m *Init) Decode(r *wire.Reader) {
	size, at := r.U32(), r.U32()
	m.Opened = r.U8()
	if size > maxName {
		r.Fail(errName)
		return
	}
	r.At(at, func(r *wire.Reader) {
		name, _, _ := bytes.Cut(r.Bytes(int(size)), []byte{0})
		m.Name = string(name)
	})
}

// Encode implements wire.Message.
func (m *Init) Encode(w *wire.Writer) {
	w.U32(uint32(len(m.Name) + 1))
	here := w.Pointer()
	w.U8(m.Opened)
	here()
	w.Bytes([]byte(m.Name))
	w.U8(0)
}

// An Event is what happens to one side of a port (SPICE_PORT_EVENT_*).
type Event uint8

// The events. From the client only a break means something to the guest.
const (
	EventOpened Event = 0
	EventClosed Event = 1
	EventBreak  Event = 2
)

// EventMessage tells of an event (SPICE_MSG_PORT_EVENT, SPICE_MSGC_PORT_EVENT).
type EventMessage struct{ Event Event }

// Decode implements wire.Message.
func (m *EventMessage) Decode(r *wire.Reader) { m.Event = Event(r.U8()) }

// Encode implements wire.Message.
func (m *EventMessage) Encode(w *wire.Writer) { w.U8(uint8(m.Event)) }
