package spice

import (
	"encoding/binary"
	"net"
	"os"
	"sync"
)

// msgGLScanoutUnix is the one message that a descriptor comes with: memory of
// the host's GPU (SPICE_MSG_DISPLAY_GL_SCANOUT_UNIX).
const msgGLScanoutUnix = 320

// carriesFile reports whether a byte follows f that is not counted in its size
// and that a descriptor may be attached to: always, unless the scanout is none.
func carriesFile(id ChannelID, f *Frame) bool {
	const fourcc = 12 // where it stands
	return id.Type == ChannelDisplay && f.Type == msgGLScanoutUnix && len(f.Body) >= fourcc+4 &&
		binary.LittleEndian.Uint32(f.Body[fourcc:]) != 0
}

// maxWaitingFiles bounds the descriptors that have come and whose message has
// not been read: the kernel hands out one with each read, so there is hardly
// ever more than one.
const maxWaitingFiles = 4

// A fileConn is a unix socket whose reads take descriptors along. Read is for
// one goroutine, everything else for any.
type fileConn struct {
	net.Conn
	unix *net.UnixConn

	read int64 // bytes read, owned by the reader

	mu      sync.Mutex
	waiting []passedFile // guarded by mu; in order
	lent    *os.File     // guarded by mu; of the last message, until it is taken
	closed  bool         // guarded by mu; no descriptor is kept any more
}

// A passedFile came with the byte at offset at of the stream.
type passedFile struct {
	at   int64
	file *os.File
}

// withFiles makes conn one that takes descriptors, if it can.
func withFiles(conn net.Conn) net.Conn {
	if u, ok := conn.(*net.UnixConn); ok && filesPass {
		return &fileConn{Conn: conn, unix: u}
	}
	return conn
}

// Read implements io.Reader.
func (c *fileConn) Read(p []byte) (int, error) {
	n, file, err := readWithFile(c.unix, p)
	c.read += int64(n)
	if file != nil {
		// A read ends with the byte that a descriptor is attached to.
		c.keep(passedFile{c.read - 1, file})
	}
	return n, err
}

// keep holds a descriptor until its message is read. When there are too many,
// the oldest belongs to none.
func (c *fileConn) keep(f passedFile) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		f.file.Close()
		return
	}
	if len(c.waiting) == maxWaitingFiles {
		c.waiting[0].file.Close()
		c.waiting = c.waiting[1:]
	}
	c.waiting = append(c.waiting, f)
}

// lend makes the descriptor of the byte at offset at that of the message that
// is handed out next. Those of earlier bytes belong to no message.
func (c *fileConn) lend(at int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for len(c.waiting) > 0 && c.waiting[0].at <= at {
		f := c.waiting[0]
		c.waiting = c.waiting[1:]
		if f.at == at {
			c.lent = f.file
			return
		}
		f.file.Close()
	}
}

// take hands the descriptor over, nil if there is none any more.
func (c *fileConn) take() *os.File {
	c.mu.Lock()
	defer c.mu.Unlock()
	f := c.lent
	c.lent = nil
	return f
}

// release closes the descriptor that nobody took.
func (c *fileConn) release() {
	if f := c.take(); f != nil {
		f.Close()
	}
}

// Close implements io.Closer.
func (c *fileConn) Close() error {
	c.release()
	c.mu.Lock()
	c.closed = true
	for _, f := range c.waiting {
		f.file.Close()
	}
	c.waiting = nil
	c.mu.Unlock()
	return c.Conn.Close()
}

// PassesFiles reports whether descriptors can come with messages: that is so on
// a unix socket, on systems that have memory of GPUs as descriptors.
func (t *Transport) PassesFiles() bool {
	_, ok := t.conn.(*fileConn)
	return ok
}

// readFile reads the byte that follows f and the descriptor attached to it.
func (c *Conn) readFile(f *Frame) error {
	conn, ok := c.conn.(*fileConn)
	if !ok || !carriesFile(c.id, f) {
		return nil
	}
	at := conn.read - int64(c.r.Buffered())
	if _, err := c.r.ReadByte(); err != nil {
		return inside(err, 1)
	}
	conn.lend(at)
	f.files = conn
	return nil
}

// TakeFile returns the descriptor that came with the message, or nil if there
// is none. It is the caller's to close. One that is not taken is closed by the
// next call of Conn.Next, and by Close.
func (m Message) TakeFile() *os.File {
	if m.files != nil {
		return m.files.take()
	}
	return nil
}

// releaseFile closes the descriptor of the message before, if it is still here.
func (c *Conn) releaseFile() {
	if conn, ok := c.conn.(*fileConn); ok {
		conn.release()
	}
}
