package replayserver

import (
	"encoding/binary"
	"sync"
	"time"

	"saffron/channels/display"
	"saffron/channels/mainchan"
	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

const (
	// buffered is how many bytes are written at once.
	buffered = 256 << 10
	// direct is from how many bytes on a body is not copied to the buffer.
	direct = 64 << 10
	// lastPing is the id of the ping that follows the last frame.
	lastPing = 0x6e666173
)

// An outlet plays a track to one client.
type outlet struct {
	c     *spicetest.Channel
	track *track
	due   func(at time.Duration) time.Time // nil: at once

	attached chan struct{} // closed by ATTACH_CHANNELS
	ready    chan struct{} // closed by DISPLAY_INIT
	consumed chan struct{} // closed by the answer to the last ping

	out    []byte
	serial uint64 // of the last message
	acks   acks
}

func newOutlet(c *spicetest.Channel, t *track, due func(time.Duration) time.Time) *outlet {
	return &outlet{
		c: c, track: t, due: due,
		attached: make(chan struct{}), ready: make(chan struct{}), consumed: make(chan struct{}),
		out: make([]byte, 0, buffered+direct), acks: acks{changed: make(chan struct{})},
	}
}

// receive takes what the client says until it leaves.
func (o *outlet) receive() error {
	for {
		m, err := o.c.Recv()
		if err != nil {
			return err
		}
		switch {
		case m.Type == spice.MsgcAckSync:
			var sync spice.AckSync
			if wire.Unmarshal(m.Body, &sync) == nil {
				o.acks.sync(sync.Generation)
			}
		case m.Type == spice.MsgcAck:
			o.acks.ack()
		case m.Type == spice.MsgcPong:
			var pong spice.Ping
			if wire.Unmarshal(m.Body, &pong) == nil && pong.ID == lastPing {
				once(o.consumed)
			}
		case o.c.ID == mainID && m.Type == mainchan.MsgcAttachChannels:
			once(o.attached)
		case o.c.ID.Type == spice.ChannelDisplay && m.Type == display.MsgcInit:
			once(o.ready)
		}
	}
}

// once closes a channel that only one goroutine closes, unless it is closed.
func once(c chan struct{}) {
	select {
	case <-c:
	default:
		close(c)
	}
}

// send sends the track, and on a display the last ping.
func (o *outlet) send() error {
	for i := range o.track.frames {
		f := &o.track.frames[i]
		if err := o.gate(f); err != nil {
			return err
		}
		if err := o.put(&f.Frame); err != nil {
			return err
		}
	}
	if o.c.ID.Type == spice.ChannelDisplay {
		ping := spice.Frame{Serial: o.serial + 1, Type: spice.MsgPing, Body: wire.Marshal(&spice.Ping{ID: lastPing})}
		if err := o.put(&ping); err != nil {
			return err
		}
	}
	return o.flush()
}

// gate returns when it is time to send a frame.
func (o *outlet) gate(f *frame) error {
	var first chan struct{}
	switch {
	case o.c.ID == mainID && f.Type == mainchan.MsgChannelsList:
		first = o.attached
	case o.c.ID.Type == spice.ChannelDisplay && f.Type != spice.MsgSetAck && f.Type != spice.MsgPing:
		first = o.ready
	}
	if first != nil {
		if err := o.await(first); err != nil {
			return err
		}
	}
	if o.due != nil {
		if wait := time.Until(o.due(f.at)); wait > 0 {
			if err := o.pause(wait); err != nil {
				return err
			}
		}
	}
	for {
		full, changed := o.acks.full()
		if !full {
			return nil
		}
		if err := o.await(changed); err != nil {
			return err
		}
	}
}

// await flushes and waits until c is closed.
func (o *outlet) await(c <-chan struct{}) error {
	select {
	case <-c:
		return nil
	default:
	}
	if err := o.flush(); err != nil {
		return err
	}
	select {
	case <-c:
		return nil
	case <-o.c.Context().Done():
		return o.c.Context().Err()
	}
}

func (o *outlet) pause(d time.Duration) error {
	if err := o.flush(); err != nil {
		return err
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-o.c.Context().Done():
		return o.c.Context().Err()
	}
}

// put writes a frame to the buffer, or past it.
func (o *outlet) put(f *spice.Frame) error {
	o.serial = f.Serial
	o.acks.sent(f)
	if !o.c.Mini() {
		o.out = binary.LittleEndian.AppendUint64(o.out, f.Serial)
	}
	o.out = binary.LittleEndian.AppendUint16(o.out, f.Type)
	o.out = binary.LittleEndian.AppendUint32(o.out, uint32(len(f.Body)))
	if !o.c.Mini() {
		o.out = binary.LittleEndian.AppendUint32(o.out, f.SubList)
	}
	if len(f.Body) >= direct {
		if err := o.flush(); err != nil {
			return err
		}
		return o.c.SendRaw(f.Body)
	}
	o.out = append(o.out, f.Body...)
	if len(o.out) >= buffered {
		return o.flush()
	}
	return nil
}

func (o *outlet) flush() error {
	if len(o.out) == 0 {
		return nil
	}
	err := o.c.SendRaw(o.out)
	o.out = o.out[:0]
	return err
}

// acks count what the client has acknowledged.
type acks struct {
	mu         sync.Mutex
	generation uint32
	window     uint64        // 0: none are wanted
	synced     bool          // the client has heard of this window
	open       uint64        // messages not acknowledged
	changed    chan struct{} // closed and replaced when open shrinks
}

// sent counts a message. One that sets the window begins a new count.
func (a *acks) sent(f *spice.Frame) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if f.Type != spice.MsgSetAck {
		a.open++
		return
	}
	var set spice.SetAck
	if wire.Unmarshal(f.Body, &set) == nil {
		a.generation, a.window, a.synced, a.open = set.Generation, uint64(set.Window), false, 0
	}
}

func (a *acks) sync(generation uint32) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.synced = generation == a.generation
}

func (a *acks) ack() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.synced {
		return
	}
	a.open -= min(a.window, a.open)
	close(a.changed)
	a.changed = make(chan struct{})
}

// full reports whether two windows are unacknowledged.
func (a *acks) full() (bool, <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.window > 0 && a.open >= 2*a.window, a.changed
}
