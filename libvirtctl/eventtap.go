package libvirtctl

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
)

// A tap passes what a daemon sends on in whole packets, and its messages to
// events, too.
type tap struct {
	net.Conn
	message func(procedure uint32, body []byte)
	unread  []byte
}

func (t *tap) Read(p []byte) (int, error) {
	if len(t.unread) == 0 {
		packet, err := t.next()
		if err != nil {
			return 0, err
		}
		t.unread = packet
	}
	n := copy(p, t.unread)
	t.unread = t.unread[n:]
	return n, nil
}

func (t *tap) next() ([]byte, error) {
	const header, most, message = 28, 32<<20 + 4, 2
	packet := make([]byte, header)
	if _, err := io.ReadFull(t.Conn, packet); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(packet)
	if size < header || size > most {
		return nil, errors.New("a packet of impossible size")
	}
	packet = append(packet, make([]byte, size-header)...)
	if _, err := io.ReadFull(t.Conn, packet[header:]); err != nil {
		return nil, err
	}
	if binary.BigEndian.Uint32(packet[16:]) == message {
		t.message(binary.BigEndian.Uint32(packet[12:]), packet[header:])
	}
	return packet, nil
}
