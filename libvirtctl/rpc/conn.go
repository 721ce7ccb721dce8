package rpc

import (
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"saffron/libvirtctl/internal/xdr"
)

// Conn returns the connection for go-libvirt, whose reads and writes are whole
// packets of the client. Closing it closes the client. Its AUTH_LIST and
// CONNECT_OPEN are answered here, since Open has done both. It may be called
// once.
func (c *Client) Conn() net.Conn { return &conn{c: c} }

// Attached says that go-libvirt has made its connection. Until then the end of
// the connection is kept from it, because it cannot bear that yet.
func (c *Client) Attached() { c.attach.Do(func() { close(c.attached) }) }

// A conn is the client seen as a connection: one goroutine reads, one at a time
// writes.
type conn struct {
	c      *Client
	unread []byte // of the last packet
	begun  []byte // a packet that is not complete
}

func (n *conn) Read(p []byte) (int, error) {
	if len(n.unread) == 0 && !n.next() {
		<-n.c.attached
		return 0, io.EOF
	}
	size := copy(p, n.unread)
	n.unread = n.unread[size:]
	return size, nil
}

// next waits for a packet. What came before the end is read before the end.
func (n *conn) next() bool {
	select {
	case n.unread = <-n.c.inbox:
		return true
	case <-n.c.done:
	}
	select {
	case n.unread = <-n.c.inbox:
		return true
	default:
		return false
	}
}

func (n *conn) Write(p []byte) (int, error) {
	n.begun = append(n.begun, p...)
	for len(n.begun) >= headerSize {
		h := parseHeader(n.begun)
		if h.size < headerSize || h.size > maxPacket {
			return 0, fmt.Errorf("rpc: a call of %d bytes: libvirt takes at most %d", h.size, maxPacket)
		}
		if int(h.size) > len(n.begun) {
			break
		}
		packet := slices.Clone(n.begun[:h.size])
		n.begun = slices.Delete(n.begun, 0, int(h.size))
		if err := n.c.forward(h, packet); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

// forward sends a call of Conn's user, or answers it here.
func (c *Client) forward(h header, packet []byte) error {
	if h.program == programRemote && (h.procedure == procAuthList || h.procedure == procOpen) {
		var body xdr.Writer
		if h.procedure == procAuthList {
			body.U32(1)
			body.U32(authNone)
		}
		h.kind = typeReply
		return c.deliver(h.packet(body.Data()))
	}
	if h.kind == typeCall {
		c.mu.Lock()
		c.foreign[h.serial] = h.procedure
		c.mu.Unlock()
	}
	return c.send(packet)
}

func (n *conn) Close() error {
	n.c.Attached()
	return n.c.Close()
}

func (n *conn) LocalAddr() net.Addr              { return n.c.conn.LocalAddr() }
func (n *conn) RemoteAddr() net.Addr             { return n.c.conn.RemoteAddr() }
func (n *conn) SetDeadline(time.Time) error      { return nil }
func (n *conn) SetReadDeadline(time.Time) error  { return nil }
func (n *conn) SetWriteDeadline(time.Time) error { return nil }
