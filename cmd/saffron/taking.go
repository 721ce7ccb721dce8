package main

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"saffron/channels"
	"saffron/channels/inputs"
	"saffron/spice"
)

// takeTimeout bounds the wait for the server to say that it took the input.
const takeTimeout = 5 * time.Second

// motionsPerAck is how many motion messages a server acknowledges at once, in
// whichever mouse mode.
const motionsPerAck = 4

// A taking is an inputs channel that can tell when the server has taken what
// was sent.
//
// Keys are not acknowledged, and what lies in a socket when it is closed may
// be lost. But messages of one channel are taken in order, and motion is
// acknowledged: so motion by nothing, sent last, tells. Servers pass it on to
// the mouse, or in the other mouse mode ignore it, and count it either way.
type taking struct {
	*inputs.Inputs
	out channels.Sender

	mu      sync.Mutex
	motions int           // guarded by mu; motion messages sent
	acks    int           // guarded by mu
	acked   chan struct{} // guarded by mu; closed and replaced with each ack

	gone    chan struct{} // closed when the channel has ended
	closing sync.Once
}

// takeInputs makes the inputs channels of the console's sessions such, and
// returns what hands out the first when it is open.
func (c *console) takeInputs() <-chan *taking {
	opened := make(chan *taking, 1)
	c.options.Extra = append(c.options.Extra, channels.Kind{
		Type: spice.ChannelInputs,
		New: func(s *channels.Session, id spice.ChannelID, out channels.Sender) (channels.Handler, error) {
			t := &taking{out: out, acked: make(chan struct{}), gone: make(chan struct{})}
			t.Inputs = inputs.New(t, out.Caps().Channel)
			t.SetMouseMode(s.Info().ServerMouse)
			c.mu.Lock()
			c.onMode = t.SetMouseMode
			c.mu.Unlock()
			select {
			case opened <- t:
			default:
			}
			return t, nil
		},
	})
	return opened
}

// SendAll counts what it passes on.
func (t *taking) SendAll(messages ...spice.Outgoing) error {
	n := 0
	for _, m := range messages {
		if m.Type == inputs.MsgcMouseMotion || m.Type == inputs.MsgcMousePosition {
			n++
		}
	}
	t.mu.Lock()
	t.motions += n
	t.mu.Unlock()
	return t.out.SendAll(messages...)
}

// Handle takes the server's messages.
func (t *taking) Handle(m spice.Message) error {
	if m.Type == inputs.MsgMouseMotionAck {
		t.mu.Lock()
		t.acks++
		close(t.acked)
		t.acked = make(chan struct{})
		t.mu.Unlock()
	}
	return t.Inputs.Handle(m)
}

// taken sends what is queued and returns when the server has taken it.
func (t *taking) taken(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, takeTimeout)
	defer cancel()
	err := t.Flush(ctx)
	if err == nil {
		nothing := spice.Outgoing{Type: inputs.MsgcMouseMotion, Body: &inputs.MouseMotion{}}
		err = t.SendAll(nothing, nothing, nothing, nothing)
	}
	for err == nil {
		t.mu.Lock()
		missing, acked := t.motions/motionsPerAck-t.acks, t.acked
		t.mu.Unlock()
		if missing <= 0 {
			return nil
		}
		select {
		case <-acked:
		case <-t.gone:
			err = net.ErrClosed
		case <-ctx.Done():
			err = ctx.Err()
		}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &failure{exitOther, errors.New("the input was sent, but the server does not confirm that it took it"), ""}
	}
	return err
}

// Close ends the channel. The session calls it.
func (t *taking) Close() error {
	t.closing.Do(func() { close(t.gone) })
	return t.Inputs.Close()
}

// pause waits between two keys.
func (t *taking) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-t.gone:
		return net.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// input connects and runs work, which sends input. It returns when the server
// has taken all of it.
func (c *console) input(ctx context.Context, work func(context.Context, *taking) error) error {
	opened := c.takeInputs()
	if err := c.connect(ctx); err != nil {
		return err
	}
	defer c.close()
	err := c.current().Await(ctx, spice.ChannelID{Type: spice.ChannelInputs})
	if err != nil {
		return c.orEnd(err)
	}
	t := <-opened
	if err = work(ctx, t); err == nil {
		err = t.taken(ctx)
	}
	if errors.Is(err, net.ErrClosed) {
		return c.orEnd(&failure{code: exitLost, err: errors.New("the server closed the inputs channel")})
	}
	return err
}

// endGrace is how long the end of a channel waits for the end of its session,
// which explains it better.
const endGrace = 1500 * time.Millisecond

// orEnd returns why the session has ended, or err if it goes on.
func (c *console) orEnd(err error) error {
	select {
	case <-c.current().Done():
		return c.wait()
	case <-time.After(endGrace):
		return err
	}
}
