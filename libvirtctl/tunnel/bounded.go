package tunnel

import (
	"net"
	"os"
	"sync"
	"time"
)

// A bounded is a connection with deadlines over one that has none, as ssh's
// channels: when a deadline passes, the connection is closed.
type bounded struct {
	net.Conn

	mu          sync.Mutex
	read, write *time.Timer // nil: no deadline
	expired     bool
}

func (b *bounded) SetDeadline(t time.Time) error {
	_ = b.SetReadDeadline(t) // it cannot fail, nor the other
	return b.SetWriteDeadline(t)
}

func (b *bounded) SetReadDeadline(t time.Time) error {
	b.set(&b.read, t)
	return nil
}

func (b *bounded) SetWriteDeadline(t time.Time) error {
	b.set(&b.write, t)
	return nil
}

func (b *bounded) set(timer **time.Timer, t time.Time) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if *timer != nil {
		(*timer).Stop()
		*timer = nil
	}
	if !t.IsZero() {
		*timer = time.AfterFunc(time.Until(t), b.expire)
	}
}

func (b *bounded) expire() {
	b.mu.Lock()
	b.expired = true
	b.mu.Unlock()
	b.Conn.Close()
}

// cause says that it was a deadline, if it was.
func (b *bounded) cause(err error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err != nil && b.expired {
		return os.ErrDeadlineExceeded
	}
	return err
}

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.Conn.Read(p)
	return n, b.cause(err)
}

func (b *bounded) Write(p []byte) (int, error) {
	n, err := b.Conn.Write(p)
	return n, b.cause(err)
}

func (b *bounded) Close() error {
	_ = b.SetDeadline(time.Time{})
	return b.Conn.Close()
}
