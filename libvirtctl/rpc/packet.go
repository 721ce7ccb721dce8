package rpc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// headerSize is the length word and the header.
const headerSize = 28

// maxPacket is the largest packet that libvirt makes, its length word included.
const maxPacket = 32<<20 + 4

// Programs and their version.
const (
	programRemote    = 0x20008086
	programKeepAlive = 0x6b656570
	version          = 1
)

// Types of packets.
const (
	typeCall = iota
	typeReply
	typeMessage
	typeStream
	typeCallWithFiles
	typeReplyWithFiles
)

// Statuses of replies.
const (
	statusOK = iota
	statusError
)

// Procedures that this package knows. Those of the keepalive program are
// numbered apart.
const (
	procOpen             = 1
	procClose            = 2
	procURI              = 110
	procFeature          = 60
	procAuthList         = 66
	procSASLInit         = 67
	procSASLStart        = 68
	procSASLStep         = 69
	procPolkit           = 70
	ProcOpenGraphicsFile = 343 // DOMAIN_OPEN_GRAPHICS_FD

	keepAlivePing = 1
	keepAlivePong = 2
)

// A header says what a packet is.
type header struct {
	size      uint32 // of the packet, with everything
	program   uint32
	version   uint32
	procedure uint32
	kind      uint32 // typeCall, …
	serial    int32
	status    uint32
}

func parseHeader(b []byte) header {
	word := func(i int) uint32 { return binary.BigEndian.Uint32(b[4*i:]) }
	return header{word(0), word(1), word(2), word(3), word(4), int32(word(5)), word(6)}
}

// packet makes the header's packet with a body.
func (h header) packet(body []byte) []byte {
	p := make([]byte, 0, headerSize+len(body))
	for _, word := range [...]uint32{uint32(headerSize + len(body)), h.program, h.version, h.procedure, h.kind, uint32(h.serial), h.status} {
		p = binary.BigEndian.AppendUint32(p, word)
	}
	return append(p, body...)
}

// readPacket reads one packet and not a byte beyond it, because descriptors may
// follow. Memory grows with what has come, not with what is promised.
func readPacket(r io.Reader) (header, []byte, error) {
	var head [headerSize]byte
	if _, err := io.ReadFull(r, head[:4]); err != nil {
		return header{}, nil, err // io.EOF: between packets
	}
	if size := binary.BigEndian.Uint32(head[:]); size < headerSize || size > maxPacket {
		return header{}, nil, fmt.Errorf("rpc: a packet of %d bytes: it must have %d to %d", size, headerSize, maxPacket)
	}
	if _, err := io.ReadFull(r, head[4:]); err != nil {
		return header{}, nil, truncated(err)
	}
	h := parseHeader(head[:])
	var body bytes.Buffer
	n := int64(h.size) - headerSize
	body.Grow(int(min(n, 64<<10)))
	if _, err := io.CopyN(&body, r, n); err != nil {
		return header{}, nil, truncated(err)
	}
	return h, body.Bytes(), nil
}

func truncated(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("rpc: the connection ended within a packet: %w", io.ErrUnexpectedEOF)
	}
	return err
}
