package agent

import (
	"encoding/binary"
	"errors"
)

// The form of a message: protocol, type, a number that nobody uses, size.
const (
	headerSize = 20
	protocol   = 1
	maxPiece   = 2048 // of the stream, in one message of main
)

func appendHeader(b []byte, typ, size uint32) []byte {
	b = binary.LittleEndian.AppendUint32(b, protocol)
	b = binary.LittleEndian.AppendUint32(b, typ)
	b = binary.LittleEndian.AppendUint64(b, 0)
	return binary.LittleEndian.AppendUint32(b, size)
}

var errProtocol = errors.New("agent: what came is not the beginning of a message")

// A stream puts the pieces of the agent's stream together to messages. The zero
// value is at the beginning of one.
//
// What is in memory is at most twice what has come of a message, the first few
// kilobytes aside, and nothing of one that take refuses.
type stream struct {
	header [headerSize]byte
	have   int // bytes of header

	typ, size uint32
	left      uint32 // bytes of the body that are to come
	skip      bool   // nobody wants the body
	body      []byte
}

// A taker gets what a stream has put together.
type taker interface {
	// take reports whether a message is wanted. It is asked before memory is
	// made for the body.
	take(typ, size uint32) bool
	// progress tells that more of the body of a message has come.
	progress(typ uint32, body []byte, size uint32)
	// message is a whole message. The body is the taker's.
	message(typ uint32, body []byte)
}

// feed takes the next piece. An error is a breach of the protocol: the rest of
// the piece is lost, and a message is expected to begin with the next.
func (s *stream) feed(p []byte, t taker) error {
	for len(p) > 0 || s.complete() {
		switch {
		case s.complete():
			s.finish(t)
		case s.have < headerSize:
			n := copy(s.header[s.have:], p)
			s.have += n
			p = p[n:]
			if s.have == headerSize && !s.begin(t) {
				*s = stream{}
				return errProtocol
			}
		default:
			p = s.add(p, t)
		}
	}
	return nil
}

// complete reports whether a message has been read.
func (s *stream) complete() bool { return s.have == headerSize && s.left == 0 }

// begin reads the header.
func (s *stream) begin(t taker) bool {
	if binary.LittleEndian.Uint32(s.header[:]) != protocol {
		return false
	}
	s.typ = binary.LittleEndian.Uint32(s.header[4:])
	s.size = binary.LittleEndian.Uint32(s.header[16:])
	s.left = s.size
	s.skip = !t.take(s.typ, s.size)
	return true
}

// add takes what belongs to the message and returns the rest.
func (s *stream) add(p []byte, t taker) []byte {
	n := min(len(p), int(min(s.left, 1<<30)))
	if !s.skip {
		s.body = append(s.room(n), p[:n]...)
		t.progress(s.typ, s.body, s.size)
	}
	s.left -= uint32(n)
	return p[n:]
}

// firstRoom is how much memory a message gets at first, in bytes.
const firstRoom = 2048

// room returns the body with room for n more bytes. It doubles, up to what was
// announced, which may be a lie.
func (s *stream) room(n int) []byte {
	need := len(s.body) + n
	if need <= cap(s.body) {
		return s.body
	}
	size := max(need, firstRoom, 2*cap(s.body))
	if announced := int64(s.size); int64(size) > announced {
		size = int(announced)
	}
	return append(make([]byte, 0, size), s.body...)
}

func (s *stream) finish(t taker) {
	typ, body, skip := s.typ, s.body, s.skip
	*s = stream{}
	if !skip {
		t.message(typ, body)
	}
}
