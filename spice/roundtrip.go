package spice

import (
	"net"
	"time"
)

// RoundTrip returns how long the network takes to the server and back, as the
// system has measured it for the link's TCP connection. It is 0 if the system
// does not tell, or if something else carries the link. It sends nothing.
func (c *Conn) RoundTrip() time.Duration {
	conn := c.conn
	for {
		switch inner := conn.(type) {
		case *fileConn:
			conn = inner.Conn
			continue
		case interface{ NetConn() net.Conn }: // TLS
			conn = inner.NetConn()
			continue
		}
		break
	}
	tcp, ok := conn.(*net.TCPConn)
	if !ok {
		return 0
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return 0
	}
	return roundTrip(raw)
}
