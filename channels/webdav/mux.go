package webdav

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

const (
	headerSize = 10

	// maxConns bounds the connections that are open at a time.
	maxConns = 64

	// maxLive bounds those and the ones that the guest has left, which are there
	// until they are closed here: that may have to wait for the guest to read.
	maxLive = 2 * maxConns

	// maxQueued bounds what one connection has not read yet, in bytes. Beyond
	// that the guest waits, with all its connections.
	maxQueued = 256 << 10

	// stuck is how long the guest waits for a connection that reads nothing
	// before that is given up.
	stuck = 30 * time.Second

	// quiet is how long a connection that is closed here, with something unread,
	// must say nothing before the guest is told: the guest uses its number again
	// as soon as it knows, and what it sent before must not be taken for the
	// beginning of another.
	quiet = time.Second
)

// A Mux takes a stream apart into connections. Opened, Closed and Receive are
// for one goroutine, the other methods for any.
type Mux struct {
	out io.Writer // whole pieces are written at once
	log *slog.Logger

	header []byte // of the next piece, as far as it has come; owned by Receive
	into   *conn  // whose piece it is, nil to ignore it; owned by Receive
	left   int    // bytes of the piece that are to come; owned by Receive

	accept chan *conn
	done   chan struct{} // closed by Close

	mu     sync.Mutex
	conns  map[int64]*conn       // guarded by mu; those open on both sides
	drains map[int64]*time.Timer // guarded by mu; closed here, and the guest is not told yet
	live   int                   // guarded by mu; connections that are not closed here
	closed bool                  // guarded by mu
}

var _ net.Listener = (*Mux)(nil)

// New returns the Mux of a channel. Each piece is one Write to out, which any
// goroutine may call. A nil log is silent.
func New(out io.Writer, log *slog.Logger) *Mux {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Mux{out: out, log: log, accept: make(chan *conn, maxConns), done: make(chan struct{}),
		conns: map[int64]*conn{}, drains: map[int64]*time.Timer{}}
}

// Opened says that the guest begins at a piece's beginning.
func (m *Mux) Opened() {}

// Closed says that there will be no more of any piece: all connections end.
func (m *Mux) Closed() {
	m.header, m.into, m.left = m.header[:0], nil, 0
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop()
}

// drop ends all connections. mu is held.
func (m *Mux) drop() {
	for _, c := range m.conns {
		c.end(net.ErrClosed)
	}
	clear(m.conns)
	for _, timer := range m.drains {
		timer.Stop()
	}
	clear(m.drains)
}

// Close ends all connections, Accept and Receive.
func (m *Mux) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.closed {
		m.closed = true
		close(m.done)
		m.drop()
	}
	return nil
}

// Accept implements net.Listener.
func (m *Mux) Accept() (net.Conn, error) {
	select {
	case c := <-m.accept:
		return c, nil
	case <-m.done:
		return nil, net.ErrClosed
	}
}

// Addr implements net.Listener.
func (m *Mux) Addr() net.Addr { return addr{} }

// addr is the address of both ends.
type addr struct{}

func (addr) Network() string { return "spice" }
func (addr) String() string  { return "guest" }

// Receive takes the next bytes of the stream. It blocks while a connection has
// too much to read. It never fails: whatever comes are pieces.
func (m *Mux) Receive(p []byte) error {
	for len(p) > 0 {
		if m.left == 0 {
			p = m.begin(p)
			continue
		}
		n := min(m.left, len(p))
		if m.into != nil && !m.into.feed(p[:n]) {
			m.log.Info("a connection to the shared folder does not read, and is given up")
			m.into.Close()
			m.into = nil
		}
		p, m.left = p[n:], m.left-n
	}
	return nil
}

// begin takes as much of a header as there is.
func (m *Mux) begin(p []byte) []byte {
	n := min(headerSize-len(m.header), len(p))
	m.header = append(m.header, p[:n]...)
	if len(m.header) < headerSize {
		return p[n:]
	}
	id := int64(binary.LittleEndian.Uint64(m.header))
	m.left = int(binary.LittleEndian.Uint16(m.header[8:]))
	m.header, m.into = m.header[:0], nil
	if m.left == 0 {
		m.leave(id)
	} else {
		m.into = m.conn(id)
	}
	return p[n:]
}

// leave ends a connection that the guest has closed.
func (m *Mux) leave(id int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if timer := m.drains[id]; timer != nil {
		timer.Stop()
		delete(m.drains, id)
	}
	if c := m.conns[id]; c != nil {
		c.end(io.EOF)
		delete(m.conns, id)
	}
}

// conn returns the connection of that number, a new one if there is none, or
// nil if what comes is to be ignored.
func (m *Mux) conn(id int64) *conn {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c := m.conns[id]; c != nil || m.closed {
		return c
	}
	if timer := m.drains[id]; timer != nil {
		timer.Reset(quiet)
		return nil
	}
	if len(m.conns)+len(m.drains) < maxConns && m.live < maxLive {
		c := newConn(m, id)
		select {
		case m.accept <- c:
			m.conns[id] = c
			m.live++
			return c
		default: // nobody accepts
		}
	}
	m.log.Info("there are too many connections to the shared folder")
	m.drain(id)
	return nil
}

// drain ignores what comes on a connection until it is quiet, and then tells the
// guest that it is closed. mu is held.
func (m *Mux) drain(id int64) {
	if len(m.drains) >= 2*maxConns {
		return // the guest finds out by itself
	}
	var timer *time.Timer
	timer = time.AfterFunc(quiet, func() {
		m.mu.Lock()
		current := m.drains[id] == timer
		if current {
			delete(m.drains, id)
		}
		m.mu.Unlock()
		if current {
			_ = m.send(id, nil) // a link that fails is noticed by its reader
		}
	})
	m.drains[id] = timer
}

// closing is called by a connection that is closed on this side, with something
// unread or not; first says that it was not before.
func (m *Mux) closing(c *conn, unread, first bool) {
	m.mu.Lock()
	if first {
		m.live--
	}
	ours := m.conns[c.id] == c
	if ours {
		delete(m.conns, c.id)
		if unread {
			m.drain(c.id)
		}
	}
	m.mu.Unlock()
	if ours && !unread {
		_ = m.send(c.id, nil) // likewise
	}
}

// maxPiece is how much goes in one piece: with its header, one message.
const maxPiece = 64<<10 - headerSize - 1

// send writes one piece; none of its bytes say that the connection is closed.
func (m *Mux) send(id int64, p []byte) error {
	piece := binary.LittleEndian.AppendUint64(make([]byte, 0, headerSize+len(p)), uint64(id))
	piece = binary.LittleEndian.AppendUint16(piece, uint16(len(p)))
	_, err := m.out.Write(append(piece, p...))
	return err
}
