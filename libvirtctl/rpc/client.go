package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// writePatience bounds how long a peer may leave a packet of ours unread.
const writePatience = 30 * time.Second

// ErrClosed is why a connection ended that this side closed.
var ErrClosed = errors.New("rpc: closed")

// A Client is a connection to a libvirt daemon. Its methods may be called from
// any goroutine.
type Client struct {
	conn    net.Conn
	message func(procedure uint32, body []byte)
	heard   atomic.Int64 // when a packet came last, in nanoseconds since start
	start   time.Time

	writing sync.Mutex // held for a whole packet

	mu      sync.Mutex
	own     map[int32]call   // calls of this package; their serials are negative
	foreign map[int32]uint32 // procedures that Conn's user called, by serial
	last    int32            // serial of the last call of our own
	err     error            // why the connection has ended

	done     chan struct{}
	inbox    chan []byte   // packets for Conn's user
	attached chan struct{} // closed when Conn's user may learn of the end
	attach   sync.Once
}

// A call is one that waits for its reply.
type call struct {
	procedure uint32
	answer    chan<- reply // has room for the one reply
}

type reply struct {
	status uint32
	body   []byte
	files  []*os.File
}

// New makes conn a client's. The client closes it. message is told of what the
// daemon says unasked, by the goroutine that reads: it must not wait.
func New(conn net.Conn, message func(procedure uint32, body []byte)) *Client {
	c := &Client{
		conn: conn, message: message, start: time.Now(),
		own: make(map[int32]call), foreign: make(map[int32]uint32),
		done: make(chan struct{}), inbox: make(chan []byte, 16), attached: make(chan struct{}),
	}
	go c.read()
	return c
}

// Done returns a channel that is closed when the connection has ended.
func (c *Client) Done() <-chan struct{} { return c.done }

// Err says why the connection ended: ErrClosed, what the transport said, or
// what the peer did wrong. It is nil before the end.
func (c *Client) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// Close ends the connection. Calls that wait fail.
func (c *Client) Close() error {
	c.end(ErrClosed)
	return nil
}

// Bye tells the daemon that the connection ends, waits for its answer as long
// as ctx allows, and closes.
func (c *Client) Bye(ctx context.Context) {
	_, _, _ = c.Call(ctx, procClose, nil) // it is over either way
	_ = c.Close()
}

// Call makes a call of the remote program and returns its results and the
// descriptors that came with them, which the caller closes. What the daemon
// refuses is an *Error.
func (c *Client) Call(ctx context.Context, procedure uint32, args []byte) ([]byte, []*os.File, error) {
	answer := make(chan reply, 1)
	c.mu.Lock()
	c.last--
	serial := c.last
	c.own[serial] = call{procedure, answer}
	c.mu.Unlock()
	forget := func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		_, waits := c.own[serial]
		delete(c.own, serial)
		return waits
	}
	if err := c.send(header{program: programRemote, version: version, procedure: procedure, kind: typeCall, serial: serial}.packet(args)); err != nil {
		forget()
		return nil, nil, err
	}
	select {
	case r := <-answer:
		return r.result()
	case <-c.done:
		if !forget() {
			return (<-answer).result() // it came just before the end
		}
		return nil, nil, c.Err()
	case <-ctx.Done():
		if !forget() {
			closeAll((<-answer).files)
		}
		return nil, nil, context.Cause(ctx)
	}
}

func (r reply) result() ([]byte, []*os.File, error) {
	if r.status != statusOK {
		closeAll(r.files)
		return nil, nil, parseError(r.body)
	}
	return r.body, r.files, nil
}

func closeAll(files []*os.File) {
	for _, f := range files {
		f.Close()
	}
}

// send writes a whole packet.
func (c *Client) send(packet []byte) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	_ = c.conn.SetWriteDeadline(time.Now().Add(writePatience)) // a transport without deadlines ends by keepalive
	if _, err := c.conn.Write(packet); err != nil {
		c.end(err)
		return c.Err()
	}
	return nil
}

// end ends the connection for a reason; the first counts.
func (c *Client) end(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		return
	}
	c.err = err
	close(c.done)
	go c.conn.Close() // a TLS connection says goodbye first, which may take time
}

// read takes packets until the connection ends.
func (c *Client) read() {
	for {
		h, body, err := readPacket(c.conn)
		if err == nil {
			c.heard.Store(int64(time.Since(c.start)))
			err = c.take(h, body)
		}
		if err == io.EOF {
			err = errors.New("rpc: the daemon closed the connection")
		}
		if err != nil {
			c.end(err)
			return
		}
	}
}

// take does with a packet what is to be done.
func (c *Client) take(h header, body []byte) error {
	switch {
	case h.program == programKeepAlive:
		return c.keepAlive(h)
	case h.kind == typeReply:
		return c.reply(h, body, nil)
	case h.kind == typeReplyWithFiles:
		rest, files, err := c.files(body)
		if err != nil {
			return err
		}
		return c.reply(h, rest, files)
	case h.kind == typeMessage:
		if h.program == programRemote {
			c.message(h.procedure, body)
		}
		return nil
	}
	return fmt.Errorf("rpc: a packet of type %d, which no server sends unasked", h.kind)
}

// reply gives a reply to whom it is for.
func (c *Client) reply(h header, body []byte, files []*os.File) error {
	own, mine, ours := c.claim(h)
	if !ours {
		closeAll(files)
		return fmt.Errorf("rpc: a reply to call %d of procedure %d, which nobody made", h.serial, h.procedure)
	}
	if mine {
		own.answer <- reply{h.status, body, files}
		return nil
	}
	closeAll(files)
	if err := checkReply(h.procedure, h.status, body); err != nil {
		return err
	}
	h.kind = typeReply
	return c.deliver(h.packet(body))
}

// claim finds the call that a reply is for, and strikes it off: mine if it is
// this package's, and ours if there is one.
func (c *Client) claim(h header) (own call, mine, ours bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if own, mine = c.own[h.serial]; mine && own.procedure == h.procedure {
		delete(c.own, h.serial)
		return own, true, true
	}
	if procedure, theirs := c.foreign[h.serial]; theirs && procedure == h.procedure {
		delete(c.foreign, h.serial)
		return call{}, false, true
	}
	return call{}, false, false
}

func (c *Client) deliver(packet []byte) error {
	select {
	case c.inbox <- packet:
		return nil
	case <-c.done:
		return c.Err()
	}
}
