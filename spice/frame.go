package spice

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"saffron/spice/wire"
)

const (
	miniHeaderSize = 6  // type, size
	fullHeaderSize = 18 // serial, type, size, sub-message list
)

// A Frame is one message as it stands on the wire.
type Frame struct {
	Serial  uint64 // counted from 1 in each direction
	Type    uint16
	SubList uint32 // full headers only: offset of a sub-message list in Body, or 0
	Body    []byte

	loan  *pooledBody // what Body lies in, or nil
	files *fileConn   // where a descriptor came from, or nil
}

// readFrame takes one frame off r. serial is the one that mini headers imply.
// io.EOF means that the stream ended between two frames.
func readFrame(r *bufio.Reader, mini bool, serial uint64, limit uint32) (Frame, error) {
	f := Frame{Serial: serial}
	n := fullHeaderSize
	if mini {
		n = miniHeaderSize
	}
	h, err := r.Peek(n)
	if err != nil {
		return f, inside(err, len(h))
	}
	if !mini {
		f.Serial = binary.LittleEndian.Uint64(h)
		f.SubList = binary.LittleEndian.Uint32(h[14:])
		h = h[8:]
	}
	f.Type = binary.LittleEndian.Uint16(h)
	size := binary.LittleEndian.Uint32(h[2:])
	if size > limit {
		return f, fmt.Errorf("a message of %d bytes; the limit is %d", size, limit)
	}
	_, _ = r.Discard(n) // has been peeked, so it cannot fail
	if size == 0 {
		return f, nil
	}
	return f, inside(f.ReadBody(r, int(size)), n)
}

// ReadBody makes the next size bytes of r the body, in memory that the Free of
// the message recycles. The error is that of io.ReadFull. The caller has
// checked that size is not beyond all measure.
func (f *Frame) ReadBody(r io.Reader, size int) (err error) {
	if f.loan = takeBody(size); f.loan != nil {
		f.Body = f.loan.b[:size:size]
		_, err = io.ReadFull(r, f.Body)
	} else {
		f.Body, err = readLarge(r, size)
	}
	return err
}

// AppendMessages appends what a frame says to list: its sub-messages, then the
// message itself. The bodies alias that of the frame.
func (f Frame) AppendMessages(list []Message) ([]Message, error) {
	m := Message{Type: f.Type, Serial: f.Serial, Body: f.Body, loan: f.loan, files: f.files}
	if f.SubList != 0 || f.Type == MsgList {
		var err error
		if list, err = appendSubMessages(list, f.Body, f.SubList); err != nil {
			return list, err
		}
		m.loan = nil // never recycled: the sub-messages alias it
	}
	return append(list, m), nil
}

// readLarge reads n bytes. The memory grows as they arrive, so that a header
// alone cannot make this program take much of it.
func readLarge(r io.Reader, n int) ([]byte, error) {
	body := make([]byte, min(n, eagerBody))
	got, err := io.ReadFull(r, body)
	for err == nil && got < n {
		grown := make([]byte, min(n, 2*len(body)))
		copy(grown, body)
		body = grown
		var m int
		m, err = io.ReadFull(r, body[got:])
		got += m
	}
	return body, err
}

// appendFrame appends a header and a body to out.
func appendFrame(out []byte, mini bool, serial uint64, typ uint16, m wire.Encoder) []byte {
	if !mini {
		out = binary.LittleEndian.AppendUint64(out, serial)
	}
	out = binary.LittleEndian.AppendUint16(out, typ)
	size := len(out)
	out = append(out, 0, 0, 0, 0)
	if !mini {
		out = append(out, 0, 0, 0, 0) // no sub-messages
	}
	w := wire.NewWriter(out)
	if m != nil {
		m.Encode(w)
	}
	out = w.Buffer()
	binary.LittleEndian.PutUint32(out[size:], uint32(w.Len()))
	return out
}

var errOverstated = errors.New("the sub-messages are larger than the message by far")

// appendSubMessages splits a sub-message list that begins at offset at of body.
// Senders overstate the sizes of sub-messages, so a size is only an upper
// bound that is clamped to the body: the parser of each goes by its content.
// All in all they may claim several times the body, not more: a list could name
// the same large sub-message 65 535 times.
func appendSubMessages(list []Message, body []byte, at uint32) ([]Message, error) {
	r := wire.NewReader(body)
	left := maxOverstated*int64(len(body)) + 4096
	read := func(r *wire.Reader) {
		offsets := make([]uint32, r.Count(uint32(r.U16()), 4))
		for i := range offsets {
			offsets[i] = r.U32()
		}
		for _, off := range offsets {
			if !r.At(off, func(r *wire.Reader) {
				typ := r.U16()
				size := min(int64(r.U32()), int64(r.Remaining()))
				if left -= size; left < 0 {
					r.Fail(errOverstated)
				}
				list = append(list, Message{Type: typ, Body: r.Bytes(int(size))})
			}) {
				r.Fail(wire.ErrOffset)
				return
			}
		}
	}
	if at == 0 {
		read(r)
	} else {
		r.At(at, read)
	}
	if r.Err() != nil {
		return nil, fmt.Errorf("sub-message list: %w", r.Err())
	}
	return list, nil
}
