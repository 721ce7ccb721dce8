package spicetest

import (
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeBuffer is how many bytes one direction of a Pipe holds, about what a
// kernel gives a socket.
const pipeBuffer = 256 << 10

// Pipe returns the two ends of a connection in memory. Unlike those of
// net.Pipe a write returns as soon as its bytes fit into a buffer, like that
// of a socket. All methods may be called from any goroutine.
func Pipe() (client, server net.Conn) {
	up, down := newStream(), newStream()
	return &pipeConn{in: down, out: up}, &pipeConn{in: up, out: down}
}

// A stream is one direction of a pipe.
type stream struct {
	mu      sync.Mutex
	changed *sync.Cond
	buf     []byte
	start   int  // of what is unread in buf
	ended   bool // the writing end is closed: EOF after what is in buf
	gone    bool // the reading end is closed
	read    deadline
	write   deadline
}

type deadline struct {
	at    time.Time
	timer *time.Timer
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }

func newStream() *stream {
	s := new(stream)
	s.changed = sync.NewCond(&s.mu)
	return s
}

func (s *stream) Read(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		switch {
		case s.gone:
			return 0, net.ErrClosed
		case s.read.passed():
			return 0, os.ErrDeadlineExceeded
		case len(p) == 0:
			return 0, nil
		case s.start < len(s.buf):
			n := copy(p, s.buf[s.start:])
			s.start += n
			if s.start == len(s.buf) {
				s.buf, s.start = s.buf[:0], 0
			}
			s.changed.Broadcast()
			return n, nil
		case s.ended:
			return 0, io.EOF
		}
		s.changed.Wait()
	}
}

func (s *stream) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	done := 0
	for {
		switch {
		case s.ended:
			return done, net.ErrClosed
		case s.gone:
			return done, io.ErrClosedPipe
		case s.write.passed():
			return done, os.ErrDeadlineExceeded
		case done == len(p):
			return done, nil
		}
		room := pipeBuffer - (len(s.buf) - s.start)
		if room == 0 {
			s.changed.Wait()
			continue
		}
		n := min(room, len(p)-done)
		if s.start > 0 && len(s.buf)+n > cap(s.buf) {
			s.buf = s.buf[:copy(s.buf, s.buf[s.start:])]
			s.start = 0
		}
		s.buf = append(s.buf, p[done:done+n]...)
		done += n
		s.changed.Broadcast()
	}
}

func (s *stream) set(d *deadline, t time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
	d.at = t
	if left := time.Until(t); !t.IsZero() && left > 0 {
		d.timer = time.AfterFunc(left, s.wake)
	}
	s.changed.Broadcast()
}

// wake takes the lock so that no waiter can be between its check and its wait.
func (s *stream) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.changed.Broadcast()
}

// close marks one end closed; flag is &s.ended or &s.gone.
func (s *stream) close(flag *bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	*flag = true
	s.changed.Broadcast()
}

type pipeConn struct{ in, out *stream }

func (c *pipeConn) Read(p []byte) (int, error)  { return c.in.Read(p) }
func (c *pipeConn) Write(p []byte) (int, error) { return c.out.Write(p) }
func (c *pipeConn) LocalAddr() net.Addr         { return pipeAddr{} }
func (c *pipeConn) RemoteAddr() net.Addr        { return pipeAddr{} }

func (c *pipeConn) Close() error {
	c.SetDeadline(time.Time{}) // leave no timer behind
	c.in.close(&c.in.gone)
	c.out.close(&c.out.ended)
	return nil
}

// CloseWrite ends the stream to the other side and goes on reading, like that
// of a net.TCPConn.
func (c *pipeConn) CloseWrite() error {
	c.out.close(&c.out.ended)
	return nil
}

func (c *pipeConn) SetDeadline(t time.Time) error {
	c.SetReadDeadline(t)
	return c.SetWriteDeadline(t)
}

func (c *pipeConn) SetReadDeadline(t time.Time) error {
	c.in.set(&c.in.read, t)
	return nil
}

func (c *pipeConn) SetWriteDeadline(t time.Time) error {
	c.out.set(&c.out.write, t)
	return nil
}

type pipeAddr struct{}

func (pipeAddr) Network() string { return "pipe" }
func (pipeAddr) String() string  { return "pipe" }
