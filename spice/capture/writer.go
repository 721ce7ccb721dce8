package capture

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"
)

const (
	writeBuffer = 256 << 10
	// flushAfter bounds how long a record stays in memory: what is lost when
	// the machine stops.
	flushAfter = time.Second
)

// A Writer writes a capture. Any goroutine may call its methods; what they
// write is in the file a second later at the latest.
type Writer struct {
	failed chan struct{} // closed by the first error

	mu     sync.Mutex
	w      *bufio.Writer // guarded by mu, like all below
	flush  *time.Timer
	timed  bool // flush runs
	head   [recordSize]byte
	totals Totals
	links  int
	last   uint64 // time of the last record in microseconds
	err    error  // sticks
	closed bool
}

var errClosed = errors.New("capture: written to after it was closed")

// NewWriter begins a capture. What fails is told by the methods of the Writer.
// Nothing is written to w before the first record or Close, which does not
// close w.
func NewWriter(w io.Writer, h Header) *Writer {
	c := &Writer{failed: make(chan struct{}), w: bufio.NewWriterSize(w, writeBuffer)}
	_, c.err = c.w.Write(h.encode())
	c.flush = time.AfterFunc(flushAfter, c.flushLate)
	c.flush.Stop() // until there is a record
	return c
}

// flushLate brings to the file what has waited for long enough.
func (c *Writer) flushLate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timed = false
	if err := c.w.Flush(); err != nil {
		c.fail(err)
	}
}

// fail makes err the Writer's error, unless it has one. mu is held.
func (c *Writer) fail(err error) {
	if c.err == nil {
		c.err = err
		close(c.failed)
	}
}

// Failed is closed by the first error, after which nothing is written any
// more. Write and Close return it.
func (c *Writer) Failed() <-chan struct{} { return c.failed }

// Write appends a record. Of an Opened record the Link must be the next number;
// a Time less than before counts as that. Bodies are not kept. It blocks while
// the disk does; the first error sticks.
func (c *Writer) Write(r Record) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		c.fail(errClosed)
	}
	if c.err == nil {
		if err := c.write(r); err != nil {
			c.fail(err)
		}
	}
	return c.err
}

// write is Write with the lock held.
func (c *Writer) write(r Record) error {
	h := head{kind: r.Kind, link: uint16(r.Link), micros: max(uint64(max(r.Time, 0).Microseconds()), c.last)}
	var payload []byte
	switch r.Kind {
	case Opened:
		if r.Link != c.links || c.links >= MaxLinks {
			return fmt.Errorf("capture: link %d is opened after %d others", r.Link, c.links)
		}
		c.links++
		payload = r.Opened.encode()
		if r.Opened.Secure {
			h.flags = flagSecure
		}
	case Message:
		h.serial, h.typ, h.subList = r.Frame.Serial, r.Frame.Type, r.Frame.SubList
		if r.Withheld {
			h.flags, h.subList = flagHeld, 0
		} else {
			payload = r.Frame.Body
		}
		c.totals.Messages++
		c.totals.Bytes += uint64(len(payload))
	case End:
		payload = r.Totals.encode()
	}
	c.last, h.size = h.micros, uint32(len(payload))
	h.put(&c.head)
	if _, err := c.w.Write(c.head[:]); err != nil {
		return err
	}
	if !c.timed {
		c.timed = true
		c.flush.Reset(flushAfter)
	}
	_, err := c.w.Write(payload)
	return err
}

// Totals returns what was written so far.
func (c *Writer) Totals() Totals {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.totals
}

// Close writes the end and returns the first error of all. at is how long the
// recording took.
func (c *Writer) Close(at time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return c.err
	}
	c.closed = true
	c.flush.Stop()
	if c.err == nil {
		c.err = c.write(Record{Kind: End, Time: at, Totals: c.totals})
		c.flush.Stop()
	}
	if c.err == nil {
		c.err = c.w.Flush()
	}
	return c.err
}
