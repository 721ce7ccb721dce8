package inputs

import (
	"context"
	"fmt"
	"image"
	"math"
	"time"

	"saffron/spice"
	"saffron/spice/wire"
)

const (
	// motionWindow is how many motion messages may be without acknowledgement
	// before further motion is held back, and motionAck how many a
	// MOUSE_MOTION_ACK stands for.
	motionWindow = 8
	motionAck    = 4

	// maxUnsent bounds the messages that wait for the connection. Whoever wants
	// to add to that many waits; nothing but motion is ever merged.
	maxUnsent = 4096
)

// A motion is pointer movement that was not sent yet. It always comes after
// everything in the queue.
type motion struct {
	moved   bool // there is a position
	display uint8
	pos     image.Point
	dx, dy  int
}

func (m *motion) empty() bool { return !m.moved && m.dx == 0 && m.dy == 0 }

// run is the owner of the connection: it takes what is queued and writes it,
// until Close or the first error.
func (i *Inputs) run() {
	defer close(i.done)
	var p pace
	for {
		batch, ok := i.take()
		if !ok {
			return
		}
		if len(batch) == 0 {
			select {
			case <-i.wake:
			case <-i.stop:
				return
			}
			continue
		}
		i.write(batch, &p)
	}
}

// write sends a batch, key messages no faster than p allows.
func (i *Inputs) write(batch []spice.Outgoing, p *pace) {
	for len(batch) > 0 {
		n, wait := p.fit(batch)
		if n > 0 {
			err := i.out.SendAll(batch[:n]...)
			i.written(n, err)
			if err != nil {
				return
			}
			clear(batch[:n]) // the bodies are garbage now
			batch = batch[n:]
			continue
		}
		select {
		case <-time.After(wait):
		case <-i.stop:
			return
		}
	}
}

// take empties the queue, and adds motion if the server keeps up with it. It
// returns false when the end has come.
func (i *Inputs) take() ([]spice.Outgoing, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.outstanding < motionWindow {
		i.flushMotion()
	}
	batch := i.queue
	i.queue, i.batch = i.batch[:0], batch
	return batch, !i.ended
}

// written notes that n messages were written, or that they could not be.
func (i *Inputs) written(n int, err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sent += uint64(n)
	if err != nil && !i.ended {
		i.err = fmt.Errorf("inputs: %w", err)
		i.end()
	}
	i.tell()
}

// end makes all methods do nothing from now on. The caller holds mu.
func (i *Inputs) end() {
	i.ended = true
	i.queue, i.pending = nil, motion{}
	close(i.stop)
	i.tell()
}

// tell wakes those who wait for the queue to change. The caller holds mu.
func (i *Inputs) tell() {
	if i.changed != nil {
		close(i.changed)
		i.changed = nil
	}
}

// change returns a channel that is closed at the next tell. The caller holds mu.
func (i *Inputs) change() <-chan struct{} {
	if i.changed == nil {
		i.changed = make(chan struct{})
	}
	return i.changed
}

// begin waits until not too much is unsent and reports whether there is still a use
// for messages. The caller holds mu, which is free meanwhile.
func (i *Inputs) begin() bool {
	for !i.ended && i.added-i.sent >= maxUnsent {
		changed := i.change()
		i.mu.Unlock()
		<-changed
		i.mu.Lock()
	}
	return !i.ended
}

// add queues a message. The caller holds mu.
func (i *Inputs) add(typ uint16, m wire.Encoder) {
	i.queue = append(i.queue, spice.Outgoing{Type: typ, Body: m})
	i.added++
	i.notify()
}

// notify makes run look. The caller holds mu.
func (i *Inputs) notify() {
	select {
	case i.wake <- struct{}{}:
	default:
	}
}

// flushMotion queues the pending motion, whatever the server has acknowledged.
// The caller holds mu.
func (i *Inputs) flushMotion() {
	if i.pending.empty() {
		return
	}
	p := i.pending
	i.pending = motion{}
	i.outstanding++
	if p.moved {
		i.add(MsgcMousePosition, &MousePosition{
			X: uint32(max(0, p.pos.X)), Y: uint32(max(0, p.pos.Y)), Buttons: i.buttons, Display: p.display,
		})
		return
	}
	i.add(MsgcMouseMotion, &MouseMotion{DX: clamp(p.dx), DY: clamp(p.dy), Buttons: i.buttons})
}

func clamp(d int) int32 { return int32(max(math.MinInt32, min(d, math.MaxInt32))) }

// Flush returns when everything that was asked for before, pending motion
// included, has been handed to the connection. It returns Err after an error of
// the connection, net.ErrClosed after Close, or the context's error.
func (i *Inputs) Flush(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.flushMotion()
	for goal := i.added; i.sent < goal && !i.ended; {
		changed := i.change()
		i.mu.Unlock()
		var err error
		select {
		case <-changed:
		case <-ctx.Done():
			err = ctx.Err()
		}
		i.mu.Lock()
		if err != nil {
			return err
		}
	}
	if i.ended {
		return i.endError()
	}
	return nil
}
