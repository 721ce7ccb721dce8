//go:build lab

package main_test

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"sync"
	"sync/atomic"
)

// A guestMux is the guest's end of a folder channel: connections woven into one
// stream.
type guestMux struct {
	stream net.Conn
	last   atomic.Int64 // number of a connection

	writing sync.Mutex // held while a piece is written

	mu    sync.Mutex
	conns map[int64]net.Conn // guarded by mu; our ends
}

func newGuestMux(stream net.Conn) *guestMux {
	m := &guestMux{stream: stream, conns: map[int64]net.Conn{}}
	go m.listen()
	return m
}

// dial opens a connection.
func (m *guestMux) dial(context.Context, string, string) (net.Conn, error) {
	theirs, ours := net.Pipe()
	id := m.last.Add(1)
	m.mu.Lock()
	m.conns[id] = ours
	m.mu.Unlock()
	go m.send(id, ours)
	return theirs, nil
}

// send weaves in what a connection says.
func (m *guestMux) send(id int64, c net.Conn) {
	for buf := make([]byte, 4000); ; {
		n, err := c.Read(buf)
		piece := binary.LittleEndian.AppendUint64(nil, uint64(id))
		piece = binary.LittleEndian.AppendUint16(piece, uint16(n))
		m.writing.Lock()
		m.stream.Write(append(piece, buf[:n]...))
		m.writing.Unlock()
		if err != nil {
			return
		}
	}
}

// listen takes apart what comes, until the stream ends.
func (m *guestMux) listen() {
	var header [10]byte
	for {
		if _, err := io.ReadFull(m.stream, header[:]); err != nil {
			return
		}
		data := make([]byte, binary.LittleEndian.Uint16(header[8:]))
		if _, err := io.ReadFull(m.stream, data); err != nil {
			return
		}
		m.mu.Lock()
		c := m.conns[int64(binary.LittleEndian.Uint64(header[:]))]
		m.mu.Unlock()
		switch {
		case c == nil:
		case len(data) == 0:
			c.Close()
		default:
			c.Write(data)
		}
	}
}
