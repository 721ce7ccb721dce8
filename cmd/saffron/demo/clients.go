package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"saffron/channels/display"
	"saffron/channels/mainchan"
	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

const (
	machineName = "Saffron demo"
	ackWindow   = 20
	agentTokens = 10
	ramHint     = 64 << 20
	mouseModes  = mainchan.MouseServer | mainchan.MouseClient
)

// clients are the open channels of the one client there is.
type clients struct{ main, display, inputs, cursor *spicetest.Channel }

// slot returns where the channel of a type is kept.
func (c *clients) slot(t spice.ChannelType) **spicetest.Channel {
	switch t {
	case spice.ChannelMain:
		return &c.main
	case spice.ChannelDisplay:
		return &c.display
	case spice.ChannelInputs:
		return &c.inputs
	}
	return &c.cursor
}

// handle runs one channel until its client leaves.
func (d *Desktop) handle(c *spicetest.Channel) error {
	defer context.AfterFunc(c.Context(), d.wake)()
	d.enter(c)
	defer d.leave(c)
	var err error
	switch c.ID.Type {
	case spice.ChannelMain:
		err = d.serveMain(c)
	case spice.ChannelDisplay:
		err = d.serveDisplay(c)
	case spice.ChannelInputs:
		err = d.serveInputs(c)
	case spice.ChannelCursor:
		err = d.serveCursor(c)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// enter makes c the channel of its type. A new main channel is a new client:
// the old one goes.
func (d *Desktop) enter(c *spicetest.Channel) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if c.ID.Type == spice.ChannelMain {
		for _, old := range []*spicetest.Channel{d.clients.main, d.clients.display, d.clients.inputs, d.clients.cursor} {
			if old != nil {
				old.Close()
			}
		}
		d.input.serverMode = true
	}
	slot := d.clients.slot(c.ID.Type)
	if *slot != nil {
		(*slot).Close()
	}
	*slot = c
}

// leave forgets c, if no other channel has taken its place.
func (d *Desktop) leave(c *spicetest.Channel) {
	c.Close()
	d.mu.Lock()
	defer d.mu.Unlock()
	if slot := d.clients.slot(c.ID.Type); *slot == c {
		*slot = nil
	}
	if c.ID.Type == spice.ChannelInputs {
		d.input.keys.releaseAll()
	}
	if d.screen.link.channel == c {
		d.screen.link = newLink(nil, defaultGLZWindow)
		d.changed.Broadcast()
	}
}

// serveMain begins the session and grants mouse modes.
func (d *Desktop) serveMain(c *spicetest.Channel) error {
	err := c.Send(mainchan.MsgInit, &mainchan.Init{SessionID: c.Session, DisplayChannels: 1,
		SupportedMouseModes: mouseModes, CurrentMouseMode: mainchan.MouseServer,
		AgentTokens: agentTokens, RAMHint: ramHint})
	if err != nil {
		return err
	}
	if c.ClientCaps.Channel.Has(mainchan.CapNameAndUUID) {
		if err := c.Send(mainchan.MsgName, &mainchan.Name{Name: machineName}); err != nil {
			return err
		}
	}
	for {
		m, err := c.Recv()
		if err != nil {
			return err
		}
		switch m.Type {
		case mainchan.MsgcAttachChannels:
			err = c.Send(mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: d.server.Channels})
		case mainchan.MsgcMouseModeRequest:
			err = d.mouseMode(c, m)
		}
		if err != nil {
			return err
		}
	}
}

func (d *Desktop) mouseMode(c *spicetest.Channel, m spice.Message) error {
	var request mainchan.MouseModeRequest
	if err := wire.Unmarshal(m.Body, &request); err != nil {
		return fmt.Errorf("demo: mouse mode request: %w", err)
	}
	if request.Mode != mainchan.MouseServer && request.Mode != mainchan.MouseClient {
		return nil
	}
	d.mu.Lock()
	d.input.serverMode = request.Mode == mainchan.MouseServer
	d.changed.Broadcast()
	d.mu.Unlock()
	d.tellRun()
	return c.Send(mainchan.MsgMouseMode, &mainchan.MouseMode{Supported: mouseModes, Current: request.Mode})
}

// serveDisplay sends the whole picture, then what changes.
func (d *Desktop) serveDisplay(c *spicetest.Channel) error {
	m, err := c.Recv()
	if err != nil {
		return err
	}
	var init display.Init
	if err := wire.Unmarshal(m.Body, &init); err != nil || m.Type != display.MsgcInit {
		return errors.New("demo: the display channel does not begin with INIT")
	}
	if err := c.SetAck(ackWindow); err != nil {
		return err
	}
	d.mu.Lock()
	l := newLink(c, int(min(max(init.GLZWindowSize, 1), display.MaxGLZWindow)))
	d.screen.link = l
	l.send(display.MsgInvalAllPalettes, nil)
	d.begin()
	d.mu.Unlock()

	var writer sync.WaitGroup
	writer.Go(func() { d.write(c, l) })
	for err == nil {
		_, err = c.Recv()
	}
	writer.Wait()
	return err
}

// write sends what is queued on l until the channel ends.
func (d *Desktop) write(c *spicetest.Channel, l *link) {
	for {
		d.mu.Lock()
		for len(l.queue) == 0 && c.Context().Err() == nil {
			d.changed.Wait()
		}
		if c.Context().Err() != nil {
			d.mu.Unlock()
			return
		}
		m := l.queue[0]
		l.queue[0] = spice.Outgoing{}
		l.queue = l.queue[1:]
		d.changed.Broadcast()
		d.mu.Unlock()
		if c.WaitAcks() != nil || c.Send(m.Type, m.Body) != nil {
			return
		}
	}
}

// tellRun makes Run echo what has changed without waiting for the next step.
func (d *Desktop) tellRun() {
	select {
	case d.kick <- struct{}{}:
	default:
	}
}
