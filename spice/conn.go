package spice

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"saffron/spice/wire"
)

// sendTimeout ends a link whose server takes nothing for so long. Keep-alive
// does not run while sent bytes are unacknowledged.
const sendTimeout = 30 * time.Second

// patient reports whether a server may take nothing on a channel for as long as
// it likes: those of devices wait for the guest to read.
func patient(t ChannelType) bool {
	switch t {
	case ChannelUSBRedir, ChannelPort, ChannelWebDAV, ChannelSmartcard:
		return true
	}
	return false
}

// A Message came from the server.
type Message struct {
	Type uint16
	// Serial counts the messages of the channel from 1. It is 0 for a
	// sub-message, which stands in front of the message that carried it.
	Serial uint64
	// Body belongs to the receiver.
	Body []byte

	loan  *pooledBody // what Body lies in, or nil
	files *fileConn   // where a descriptor came from, or nil
}

// Free gives the body back for reuse. It is optional; after it nobody may use
// the body or what aliases it.
func (m *Message) Free() {
	if m.loan != nil {
		m.loan.free()
	}
	m.Body, m.loan = nil, nil
}

// Stats count what went over a link.
type Stats struct {
	Received, Sent           uint64 // messages
	ReceivedBytes, SentBytes uint64 // headers included
}

// A Conn is an open link. Next is for one goroutine, everything else for any.
type Conn struct {
	id     ChannelID
	caps   Caps // the server's
	secure bool
	mini   bool
	opts   *Options
	conn   net.Conn

	// Read side, owned by the goroutine that calls Next.
	r        *bufio.Reader
	limit    uint32
	serial   uint64    // of the last message received
	queue    []Message // sub-messages and their message
	handed   int       // how many of queue were handed out
	ack      ackWindow
	readFail error // sticks

	// Write side.
	mu        sync.Mutex
	out       []byte // guarded by mu; reused
	outSerial uint64 // guarded by mu; of the last message sent
	sendFail  error  // guarded by mu; sticks

	received, receivedBytes atomic.Uint64
	sent, sentBytes         atomic.Uint64
	closed                  atomic.Bool
	told                    sync.Once // the Tap knows that the link has ended
}

func newConn(t *Transport, r *bufio.Reader, id ChannelID, caps Caps, o *Options) *Conn {
	return &Conn{
		id: id, caps: caps, secure: t.secure, opts: o, conn: t.conn, r: r,
		mini:  caps.Common.Has(CapMiniHeader) && commonCaps.Has(CapMiniHeader),
		limit: o.Limits.message(id.Type),
	}
}

// ID returns the channel that the link carries.
func (c *Conn) ID() ChannelID { return c.id }

// Caps returns what the server announced.
func (c *Conn) Caps() Caps { return c.caps }

// Secure reports whether the link is encrypted.
func (c *Conn) Secure() bool { return c.secure }

// RemoteAddr returns the server's address.
func (c *Conn) RemoteAddr() net.Addr { return c.conn.RemoteAddr() }

// Stats returns what went over the link so far.
func (c *Conn) Stats() Stats {
	return Stats{
		Received: c.received.Load(), ReceivedBytes: c.receivedBytes.Load(),
		Sent: c.sent.Load(), SentBytes: c.sentBytes.Load(),
	}
}

// Next returns the next message. Calling it acknowledges the one before, so a
// caller that is slow to come back slows the server down.
//
// Acks, pings and notices are answered before Next returns them: the caller
// sees them only to follow the serials. Sub-messages come first, with serial 0,
// then the message that carried them.
//
// It returns ErrServerClosed when the server ended the link between messages,
// ErrClosed after Close, and a *ProtocolError for a message that cannot be
// read; all of them stick.
func (c *Conn) Next() (Message, error) {
	c.releaseFile()
	if c.handed == len(c.queue) {
		if c.readFail == nil {
			if c.readFail = c.read(); c.readFail != nil {
				c.tellEnd()
			}
		}
		if c.readFail != nil {
			c.queue, c.handed = nil, 0 // what came with the failure is not to be trusted
			return Message{}, c.readFail
		}
	}
	m := c.queue[c.handed]
	c.queue[c.handed] = Message{} // the body is not ours any more
	c.handed++
	return m, nil
}

// read takes one frame off the wire and queues its messages.
func (c *Conn) read() error {
	if c.ack.due() {
		if err := c.answer(MsgcAck, nil); err != nil {
			return err
		}
	}
	f, err := readFrame(c.r, c.mini, c.serial+1, c.limit)
	if err == nil {
		err = c.readFile(&f)
	}
	if err != nil {
		return c.readError(f.Type, err)
	}
	c.serial = f.Serial
	c.received.Add(1)
	c.receivedBytes.Add(uint64(len(f.Body) + c.headerSize()))
	if c.opts.Tap != nil {
		c.opts.Tap.Received(c.id, f)
	}
	if f.Type != MsgSetAck {
		c.ack.count()
	}
	return c.unpack(f)
}

// unpack queues the sub-messages of f and f itself, and deals with those that
// belong to the link.
func (c *Conn) unpack(f Frame) error {
	var err error
	c.handed = 0
	if c.queue, err = f.AppendMessages(c.queue[:0]); err != nil {
		return &ProtocolError{c.id, f.Type, err}
	}
	for _, m := range c.queue {
		if err := c.base(m); err != nil {
			return err
		}
	}
	return nil
}

// base handles the messages of the link itself.
func (c *Conn) base(m Message) error {
	switch m.Type {
	case MsgSetAck:
		var set SetAck
		if err := wire.Unmarshal(m.Body, &set); err != nil {
			return &ProtocolError{c.id, m.Type, err}
		}
		c.ack.set(set.Window)
		return c.answer(MsgcAckSync, &AckSync{set.Generation})
	case MsgPing:
		var ping Ping
		if err := wire.Unmarshal(m.Body, &ping); err != nil {
			return &ProtocolError{c.id, m.Type, err}
		}
		return c.answer(MsgcPong, &ping)
	case MsgNotify:
		var n Notify
		if err := wire.Unmarshal(m.Body, &n); err != nil {
			return &ProtocolError{c.id, m.Type, err}
		}
		text := strings.ToValidUTF8(n.Text[:min(len(n.Text), maxNotice)], "")
		c.opts.log().Info("notice from the server", "channel", c.id.String(), "severity", n.Severity, "text", text)
	case MsgDisconnecting:
		var d Disconnecting
		if err := wire.Unmarshal(m.Body, &d); err != nil {
			return &ProtocolError{c.id, m.Type, err}
		}
		c.opts.log().Info("the server is disconnecting", "channel", c.id.String(), "reason", d.Reason.String())
	}
	return nil
}

// answer sends what the link itself has to say. If the server has gone, that
// must not keep back what it sent before: the end of the stream will tell.
func (c *Conn) answer(typ uint16, m wire.Encoder) error {
	if err := c.Send(typ, m); err != ErrServerClosed {
		return err
	}
	return nil
}

func (c *Conn) readError(typ uint16, err error) error {
	switch {
	case c.closed.Load():
		return ErrClosed
	case err == io.EOF:
		return ErrServerClosed
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &ProtocolError{c.id, typ, errors.New("the server closed the connection inside a message")}
	case isClosed(err):
		return ErrServerClosed
	case isTimeout(err):
		return fmt.Errorf("%w: the server's machine does not answer", ErrLost)
	}
	var network *net.OpError
	if errors.As(err, &network) {
		return fmt.Errorf("%w: %w", ErrLost, network.Err)
	}
	return &ProtocolError{c.id, typ, err}
}

func (c *Conn) headerSize() int {
	if c.mini {
		return miniHeaderSize
	}
	return fullHeaderSize
}

// Send writes one message; m is nil for an empty body. It blocks while the
// connection takes nothing: at most 30 s, or until Close on the channels of
// devices, whose guest may not read. Its first error sticks. Any goroutine.
func (c *Conn) Send(typ uint16, m wire.Encoder) error {
	return c.SendAll(Outgoing{typ, m})
}

// SendAll writes messages one after the other with nothing in between. Any
// goroutine.
func (c *Conn) SendAll(messages ...Outgoing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sendFail != nil {
		return c.sendFail
	}
	c.out = c.out[:0]
	for _, m := range messages {
		c.out = c.appendMessage(c.out, m.Type, m.Body)
	}
	if !patient(c.id.Type) {
		c.conn.SetWriteDeadline(time.Now().Add(sendTimeout))
	}
	if _, err := c.conn.Write(c.out); err != nil {
		c.sendFail = c.readError(0, err)
		if c.sendFail != ErrServerClosed { // else the reader will see it, behind the last messages
			c.conn.Close() // wakes the reader too: half a message cannot be mended
		}
		return c.sendFail
	}
	return nil
}

// appendMessage encodes one message and counts it. The caller holds mu, or is
// the only one to know c.
func (c *Conn) appendMessage(out []byte, typ uint16, m wire.Encoder) []byte {
	start := len(out)
	c.outSerial++
	out = appendFrame(out, c.mini, c.outSerial, typ, m)
	c.sent.Add(1)
	c.sentBytes.Add(uint64(len(out) - start))
	if c.opts.Tap != nil {
		c.opts.Tap.Sent(c.id, Frame{Serial: c.outSerial, Type: typ, Body: out[start+c.headerSize():]})
	}
	return out
}

// Close ends the link. Next and Send then return ErrClosed. Any goroutine;
// closing twice is harmless.
func (c *Conn) Close() error {
	if c.closed.Swap(true) {
		return nil
	}
	err := c.conn.Close()
	c.tellEnd()
	return err
}

func (c *Conn) tellEnd() {
	if c.opts.Tap != nil {
		c.told.Do(func() { c.opts.Tap.Closed(c.id) })
	}
}
