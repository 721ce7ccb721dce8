package spicetest

import (
	"errors"
	"net"
	"os"
	"syscall"

	"saffron/spice"
	"saffron/spice/wire"
)

// SendFile writes a message and behind it, outside of every count, a byte with
// the descriptor of f attached, or without if f is nil: that is how servers
// pass memory of a GPU. The connection must be a unix socket. An error ends the
// channel.
func (c *Channel) SendFile(typ uint16, m wire.Encoder, f *os.File) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	p, _ := c.conn.(*peeked)
	if p == nil {
		return errors.ErrUnsupported
	}
	u, ok := p.Conn.(*net.UnixConn)
	if !ok {
		return errors.ErrUnsupported
	}
	c.out = c.append(c.out[:0], spice.Outgoing{Type: typ, Body: m}, 0)
	if err := c.write(c.out); err != nil {
		return err
	}
	if f == nil {
		return c.write([]byte{0})
	}
	if _, _, err := u.WriteMsgUnix([]byte{0}, syscall.UnixRights(int(f.Fd())), nil); err != nil {
		c.Close()
		return err
	}
	return nil
}
