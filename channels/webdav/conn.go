package webdav

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// A conn is one connection of the guest. Any goroutine.
type conn struct {
	mux *Mux
	id  int64

	mu       sync.Mutex
	queue    []byte        // guarded by mu; what the guest sent and nobody has read
	over     error         // guarded by mu; nil while the connection is open
	closed   bool          // guarded by mu; by Close
	deadline time.Time     // guarded by mu; of reading
	change   chan struct{} // guarded by mu; closed and replaced when any of these change
}

var _ net.Conn = (*conn)(nil)

func newConn(m *Mux, id int64) *conn {
	return &conn{mux: m, id: id, change: make(chan struct{})}
}

// changed wakes those who wait. mu is held.
func (c *conn) changed() {
	close(c.change)
	c.change = make(chan struct{})
}

// feed takes what the guest sends, and waits for room. It returns false if
// there is none for too long.
func (c *conn) feed(p []byte) bool {
	var late <-chan time.Time
	for {
		c.mu.Lock()
		if c.over != nil {
			c.mu.Unlock()
			return true // it goes nowhere
		}
		n := min(len(p), maxQueued-len(c.queue))
		if n > 0 {
			c.queue = append(c.queue, p[:n]...)
			p = p[n:]
			c.changed()
			late = nil
		}
		change := c.change
		c.mu.Unlock()
		if len(p) == 0 {
			return true
		}
		if late == nil {
			late = time.After(stuck)
		}
		select {
		case <-change:
		case <-late:
			return false
		case <-c.mux.done:
			return true
		}
	}
}

// end makes the connection one that is over: Read returns what is queued, then
// why.
func (c *conn) end(why error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over == nil {
		c.over = why
		c.changed()
	}
}

// Read implements net.Conn.
func (c *conn) Read(p []byte) (int, error) {
	for {
		c.mu.Lock()
		n, err := c.take(p)
		change, deadline := c.change, c.deadline
		c.mu.Unlock()
		if n > 0 || err != nil || len(p) == 0 {
			return n, err
		}
		if err := wait(change, deadline); err != nil {
			return 0, err
		}
	}
}

// take moves bytes from the queue. mu is held.
func (c *conn) take(p []byte) (int, error) {
	if expired(c.deadline) {
		return 0, os.ErrDeadlineExceeded
	}
	if len(c.queue) == 0 || c.over == net.ErrClosed {
		return 0, c.over
	}
	n := copy(p, c.queue)
	c.queue = c.queue[n:]
	if len(c.queue) == 0 {
		c.queue = nil
	}
	c.changed()
	return n, nil
}

func expired(t time.Time) bool { return !t.IsZero() && !time.Now().Before(t) }

// wait returns when there is a change, or an error when the time is up.
func wait(change <-chan struct{}, deadline time.Time) error {
	var up <-chan time.Time
	if !deadline.IsZero() {
		timer := time.NewTimer(time.Until(deadline))
		defer timer.Stop()
		up = timer.C
	}
	select {
	case <-change:
		return nil
	case <-up:
		return os.ErrDeadlineExceeded
	}
}

// Write implements net.Conn. It blocks while the guest does not read; write
// deadlines have no effect on that.
func (c *conn) Write(p []byte) (int, error) {
	done := 0
	for len(p) > done {
		c.mu.Lock()
		over := c.over
		c.mu.Unlock()
		switch over {
		case nil:
		case io.EOF:
			return done, io.ErrClosedPipe // the guest has left
		default:
			return done, over
		}
		piece := p[done:min(len(p), done+maxPiece)]
		if err := c.mux.send(c.id, piece); err != nil {
			return done, err
		}
		done += len(piece)
	}
	return done, nil
}

// Close implements net.Conn.
func (c *conn) Close() error {
	c.mu.Lock()
	unread, first := len(c.queue) > 0, !c.closed
	c.queue = nil
	c.over, c.closed = net.ErrClosed, true
	c.changed()
	c.mu.Unlock()
	c.mux.closing(c, unread, first)
	return nil
}

// LocalAddr implements net.Conn.
func (c *conn) LocalAddr() net.Addr { return addr{} }

// RemoteAddr implements net.Conn.
func (c *conn) RemoteAddr() net.Addr { return addr{} }

// SetDeadline implements net.Conn, for reading.
func (c *conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.deadline = t
	c.changed()
	return nil
}

// SetWriteDeadline implements net.Conn, without effect.
func (c *conn) SetWriteDeadline(time.Time) error { return nil }
