package spicetest

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"saffron/spice"
	"saffron/spice/wire"
)

// A Channel is one linked connection, seen from the server. Recv is for one
// goroutine, everything else for any.
type Channel struct {
	ID           spice.ChannelID
	ClientCaps   spice.Caps
	Session      uint32 // the server's, which main tells the client
	ConnectionID uint32 // the session that the client named, 0 on main
	Secure       bool   // over TLS

	conn   net.Conn
	r      *bufio.Reader // owned by the goroutine that calls Recv
	inward uint64        // serial of the last message received; owned likewise
	mini   bool
	ctx    context.Context
	cancel context.CancelFunc

	mu     sync.Mutex
	out    []byte // guarded by mu; reused
	serial uint64 // guarded by mu; of the last message sent

	ack struct {
		sync.Mutex
		generation, synced uint32
		window             uint32
		open               uint64 // messages sent and not acknowledged
	}
	acked chan struct{} // guarded by ack; closed and replaced at every change
}

// Context ends when the connection does: by Server.Close, when the handler
// returns, or when Send or Recv has failed.
func (c *Channel) Context() context.Context { return c.ctx }

// Mini reports whether messages carry the short form of headers.
func (c *Channel) Mini() bool { return c.mini }

// Serial returns the serial of the last message sent, 0 before the first.
func (c *Channel) Serial() uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.serial
}

// Close ends the connection, as a server does whose machine shuts down.
func (c *Channel) Close() error {
	c.cancel()
	return c.conn.Close()
}

// Send writes one message; m is nil for an empty body. An error ends the
// channel.
func (c *Channel) Send(typ uint16, m wire.Encoder) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out = c.append(c.out[:0], spice.Outgoing{Type: typ, Body: m}, 0)
	return c.write(c.out)
}

// SendRaw writes bytes that stand outside of every count: a broken message, a
// part of one.
func (c *Channel) SendRaw(p []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.write(p)
}

// SendList writes sub-messages and the message they belong to. Full headers
// carry them inside outer; with short ones a LIST message precedes it. outer
// may be nil. The sizes of sub-messages are overstated, as real servers do.
func (c *Channel) SendList(sub []spice.Outgoing, outer *spice.Outgoing) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.mini || outer == nil:
		c.out = c.append(c.out[:0], spice.Outgoing{Type: spice.MsgList, Body: listBody(sub)}, 0)
		if outer != nil {
			c.out = c.append(c.out, *outer, 0)
		}
	default:
		body := &nestedBody{outer: outer.Body, sub: sub}
		at := uint32(body.encode(new(wire.Writer)))
		c.out = c.append(c.out[:0], spice.Outgoing{Type: outer.Type, Body: body}, at)
	}
	return c.write(c.out)
}

// write sends p and ends the channel if that fails. mu is held.
func (c *Channel) write(p []byte) error {
	_, err := c.conn.Write(p)
	if err != nil {
		c.Close()
	}
	return err
}

// append encodes a message and counts it. mu is held.
func (c *Channel) append(out []byte, m spice.Outgoing, list uint32) []byte {
	c.serial++
	c.countSent(m.Type)
	if !c.mini {
		out = binary.LittleEndian.AppendUint64(out, c.serial)
	}
	out = binary.LittleEndian.AppendUint16(out, m.Type)
	size := len(out)
	out = binary.LittleEndian.AppendUint32(out, 0)
	if !c.mini {
		out = binary.LittleEndian.AppendUint32(out, list)
	}
	w := wire.NewWriter(out)
	if m.Body != nil {
		m.Body.Encode(w)
	}
	out = w.Buffer()
	binary.LittleEndian.PutUint32(out[size:], uint32(w.Len()))
	return out
}

// A listBody is the body of a LIST message.
type listBody []spice.Outgoing

// Encode implements wire.Encoder. The list comes first, and the sub-messages
// lie in memory the other way round than they are listed: only the list says
// in which order they are meant.
func (l listBody) Encode(w *wire.Writer) {
	w.U16(uint16(len(l)))
	here := make([]func(), len(l))
	for i := range l {
		here[i] = w.Pointer()
	}
	for i := len(l) - 1; i >= 0; i-- {
		here[i]()
		encodeSub(w, l[i])
	}
}

// A nestedBody is a message with sub-messages inside.
type nestedBody struct {
	outer wire.Encoder
	sub   []spice.Outgoing
}

// Encode implements wire.Encoder.
func (b *nestedBody) Encode(w *wire.Writer) { b.encode(w) }

// encode returns where the list stands.
func (b *nestedBody) encode(w *wire.Writer) (list int) {
	if b.outer != nil {
		b.outer.Encode(w)
	}
	if w.Len() == 0 {
		w.U32(0) // anything: nothing can stand at offset 0
	}
	offsets := make([]uint32, len(b.sub))
	for i := len(b.sub) - 1; i >= 0; i-- {
		offsets[i] = uint32(w.Len())
		encodeSub(w, b.sub[i])
	}
	list = w.Len()
	w.U16(uint16(len(offsets)))
	for _, at := range offsets {
		w.U32(at)
	}
	return list
}

func encodeSub(w *wire.Writer, m spice.Outgoing) {
	var body []byte
	if m.Body != nil {
		body = wire.Marshal(m.Body)
	}
	w.U16(m.Type)
	w.U32(uint32(8 + 2*len(body)))
	w.Bytes(body)
}

// maxBody is what servers accept from clients, in bytes, by channel.
func maxBody(t spice.ChannelType) uint32 {
	switch t {
	case spice.ChannelMain:
		return 4096 + 11*2048
	case spice.ChannelInputs:
		return 2048
	case spice.ChannelDisplay, spice.ChannelCursor:
		return 1024
	}
	return 64 << 10
}

// Recv returns the client's next message, acknowledgements and pongs included;
// the former have been counted for WaitAcks by then. It returns io.EOF when
// the client has left between two messages, and a *spice.ProtocolError for a
// body larger than servers take. An error ends the channel.
func (c *Channel) Recv() (spice.Message, error) {
	m, err := c.recv()
	if err == nil {
		err = c.countAck(m)
	}
	if err != nil {
		c.Close()
		return spice.Message{}, err
	}
	return m, nil
}

func (c *Channel) recv() (spice.Message, error) {
	c.inward++
	m := spice.Message{Serial: c.inward}
	var header [18]byte
	h := header[:]
	if c.mini {
		h = header[:6]
	}
	if _, err := io.ReadFull(c.r, h); err != nil {
		return m, err
	}
	if !c.mini {
		m.Serial = binary.LittleEndian.Uint64(h)
		h = h[8:]
	}
	m.Type = binary.LittleEndian.Uint16(h)
	size := binary.LittleEndian.Uint32(h[2:])
	if limit := maxBody(c.ID.Type); size > limit {
		return m, &spice.ProtocolError{Channel: c.ID, Type: m.Type,
			Err: fmt.Errorf("a message of %d bytes; servers take %d", size, limit)}
	}
	m.Body = make([]byte, size)
	_, err := io.ReadFull(c.r, m.Body)
	if err == io.EOF && size > 0 {
		err = io.ErrUnexpectedEOF
	}
	return m, err
}

// SetAck asks the client for an acknowledgement after every window messages,
// and begins to count them. The generation goes up by one each time.
func (c *Channel) SetAck(window uint32) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	set := c.setWindow(window)
	c.out = c.append(c.out[:0], spice.Outgoing{Type: spice.MsgSetAck, Body: set}, 0)
	return c.write(c.out)
}

// setWindow begins a new count. mu is held, so that no message comes between
// it and the one that tells the client.
func (c *Channel) setWindow(window uint32) *spice.SetAck {
	c.ack.Lock()
	defer c.ack.Unlock()
	c.ack.generation++
	c.ack.window, c.ack.open = window, 0
	c.changed()
	return &spice.SetAck{Generation: c.ack.generation, Window: window}
}

// Unacknowledged returns how many messages since SetAck are not acknowledged.
func (c *Channel) Unacknowledged() uint64 {
	c.ack.Lock()
	defer c.ack.Unlock()
	return c.ack.open
}

// WaitAcks blocks while more than two windows of messages are unacknowledged:
// a server calls it before it sends more. Another goroutine must be in Recv.
// It returns the context's error when the channel ends.
func (c *Channel) WaitAcks() error {
	for {
		c.ack.Lock()
		full := c.ack.window > 0 && c.ack.open > 2*uint64(c.ack.window)
		changed := c.acked
		c.ack.Unlock()
		if !full {
			return c.ctx.Err()
		}
		select {
		case <-changed:
		case <-c.ctx.Done():
			return c.ctx.Err()
		}
	}
}

func (c *Channel) countSent(typ uint16) {
	c.ack.Lock()
	defer c.ack.Unlock()
	if c.ack.window > 0 && typ != spice.MsgSetAck {
		c.ack.open++
	}
}

// countAck takes note of acknowledgements. Those of an earlier generation do
// not count.
func (c *Channel) countAck(m spice.Message) error {
	c.ack.Lock()
	defer c.ack.Unlock()
	switch m.Type {
	case spice.MsgcAckSync:
		var sync spice.AckSync
		if err := wire.Unmarshal(m.Body, &sync); err != nil {
			return &spice.ProtocolError{Channel: c.ID, Type: m.Type, Err: err}
		}
		c.ack.synced = sync.Generation
	case spice.MsgcAck:
		if c.ack.synced != c.ack.generation {
			return nil
		}
		if uint64(c.ack.window) > c.ack.open {
			return &spice.ProtocolError{Channel: c.ID, Type: m.Type,
				Err: errors.New("an acknowledgement of messages that were not sent")}
		}
		c.ack.open -= uint64(c.ack.window)
		c.changed()
	}
	return nil
}

// changed wakes WaitAcks. ack is held.
func (c *Channel) changed() {
	close(c.acked)
	c.acked = make(chan struct{})
}

// Ping sends a ping with padding bytes behind it, which measure bandwidth. The
// pong comes out of Recv.
func (c *Channel) Ping(id uint32, padding int) error {
	return c.Send(spice.MsgPing, &paddedPing{spice.Ping{ID: id, Time: uint64(time.Now().UnixNano())}, padding})
}

type paddedPing struct {
	spice.Ping
	padding int
}

// Encode implements wire.Encoder.
func (p *paddedPing) Encode(w *wire.Writer) {
	p.Ping.Encode(w)
	w.Bytes(make([]byte, p.padding))
}
