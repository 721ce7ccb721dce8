package channels_test

import (
	"context"
	"errors"
	"image"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/channels/inputs"
	"saffron/channels/mainchan"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/spicetest"
)

func TestSession(t *testing.T) {
	m := newMachine(display0, inputsID, cursorID)
	m.Session = 77
	session(t, m, func(t *testing.T, m *machine, c *client) {
		got := c.take()
		if !slices.Equal(got[:3], []string{"ChannelOpened{main}", "Connected{77}", "MouseMode{true 1}"}) {
			t.Errorf("events begin with %q", got)
		}
		slices.Sort(got[3:])
		if !slices.Equal(got[3:], []string{"ChannelOpened{cursor}", "ChannelOpened{display}", "ChannelOpened{inputs}"}) {
			t.Errorf("and go on with %q", got[3:])
		}
		for _, id := range []spice.ChannelID{mainID, display0, inputsID, cursorID} {
			if err := c.Await(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
		if err := c.Await(t.Context(), display1); err == nil {
			t.Error("display 1 is there")
		}
		if p := c.desktop.Snapshot(0); p == nil || p.Pix[0] != 0x12 {
			t.Error("no picture")
		}
		if n := m.received(display0, display.MsgcInit); n != 1 {
			t.Errorf("INIT was sent %d times", n)
		}
		m.channel(t, mainID).Send(mainchan.MsgName, &mainchan.Name{Name: "guest"})
		m.channel(t, mainID).Send(mainchan.MsgUUID, &mainchan.UUID{})
		synctest.Wait()
		expect(t, &c.diary, "Named{guest }", "Named{guest }")
		info := c.Info()
		if info.Session != 77 || info.Name != "guest" || info.RAMHint != 64<<20 || !info.ServerMouse || info.MouseModes != 1 || info.Agent {
			t.Errorf("info %+v", info)
		}
		if want := []spice.ChannelID{display0, inputsID, cursorID}; !slices.Equal(info.Offered, want) {
			t.Errorf("offered %v", info.Offered)
		}
		if len(info.Channels) != 4 || info.Channels[1].ID != display0 || info.Channels[1].Secure ||
			info.Channels[1].Display.Messages["draw_fill"] != 1 || info.Channels[1].Stats.Received < 5 || info.Channels[0].Display != nil {
			t.Errorf("channels %+v", info.Channels)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if err := c.Wait(); err != spice.ErrClosed {
			t.Errorf("wait: %v", err)
		}
		if err := c.Await(t.Context(), display0); err == nil {
			t.Error("display 0 is open after Close")
		}
		expect(t, &c.diary)
	})
}

// A clock is a canvas that notes when the first operation came.
type clock struct {
	display.Canvas
	first chan time.Time
}

func (c *clock) Draw(surface uint32, box image.Rectangle, clip *render.Region, op render.Op) error {
	select {
	case c.first <- time.Now():
	default:
	}
	return c.Canvas.Draw(surface, box, clip, op)
}

// TestRoundTrips counts how often connecting waits for the other side of the
// world until there is something to see.
func TestRoundTrips(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 100 * time.Millisecond
		m := newMachine(display0, inputsID)
		defer time.Sleep(10 * delay) // until nothing is under way
		defer m.Close()
		c := newClient(m)
		c.options.Link.Dial = farAway(m, delay)
		seen := &clock{c.desktop, make(chan time.Time, 1)}
		c.options.Sinks.Canvas = func(uint8) display.Canvas { return seen }
		start := time.Now()
		c.connect(t)
		if took := (<-seen.first).Sub(start); took != 10*delay {
			t.Errorf("the first picture took %v, want 5 round trips of %v", took, 2*delay)
		}
		if err := c.Await(t.Context(), display0); err != nil || m.received(display0, display.MsgcInit) != 1 {
			t.Errorf("%v; INIT was sent %d times", err, m.received(display0, display.MsgcInit))
		}
	})
}

// TestChannelsLater lists channels that are new, known, and of no use.
func TestChannelsLater(t *testing.T) {
	m := newMachine(display0, display1, cursorID, portID)
	m.list = []spice.ChannelID{display0, portID, {Type: 200, ID: 9}}
	session(t, m, func(t *testing.T, m *machine, c *client) {
		c.take()
		list := func(ids ...spice.ChannelID) {
			m.channel(t, mainID).Send(mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: ids})
			synctest.Wait()
		}
		list(display1, display1, display0)
		list(display1)
		expect(t, &c.diary, "ChannelOpened{display 1}")
		if c.has(portID) || len(c.Info().Offered) != 4 {
			t.Errorf("%+v", c.Info())
		}
		list(inputsID) // which the server does not have after all
		time.Sleep(time.Second)
		synctest.Wait()
		if got := c.take(); len(got) != 1 || !failure(got[0]) {
			t.Errorf("events %q", got)
		}
		if m.received(display1, display.MsgcInit) != 1 || m.received(display0, display.MsgcInit) != 1 || c.Inputs() != nil {
			t.Error("channels were opened twice")
		}
		select {
		case <-c.Done():
			t.Error(c.Wait())
		default:
		}
	})
}

// TestFirstDisplayAgain refuses the attempt that goes ahead of the list.
func TestFirstDisplayAgain(t *testing.T) {
	m := newMachine(display0)
	tries := 0
	m.Refuse = func(id spice.ChannelID) spice.LinkCode {
		if id == display0 {
			if tries++; tries == 1 {
				return spice.LinkFailed
			}
		}
		return spice.LinkOK
	}
	synctest.Test(t, func(t *testing.T) {
		defer time.Sleep(time.Second)
		defer m.Close()
		c := newClient(m)
		c.options.Link.Dial = farAway(m, 10*time.Millisecond) // else the list may come first
		c.connect(t)
		defer c.Close()
		if err := c.Await(t.Context(), display0); err != nil || tries != 2 {
			t.Errorf("%v after %d tries", err, tries)
		}
		if got := c.take(); slices.ContainsFunc(got, failure) {
			t.Errorf("events %q", got)
		}
	})
}

func failure(event string) bool { return strings.HasPrefix(event, "ChannelFailed") }

func TestRefusedChannels(t *testing.T) {
	refuse := func(id spice.ChannelID, code spice.LinkCode) *machine {
		m := newMachine(display0, cursorID)
		m.Refuse = func(other spice.ChannelID) spice.LinkCode {
			if other == id {
				return code
			}
			return spice.LinkOK
		}
		return m
	}
	session(t, refuse(cursorID, spice.LinkNeedSecured), func(t *testing.T, m *machine, c *client) {
		if got := c.take(); !slices.ContainsFunc(got, failure) {
			t.Errorf("events %q", got)
		}
		if !c.has(display0) || c.has(cursorID) {
			t.Error("the wrong channel is missing")
		}
	})
	session(t, refuse(display0, spice.LinkNeedSecured), func(t *testing.T, m *machine, c *client) {
		var le *spice.LinkError
		if err := c.Wait(); !errors.As(err, &le) || le.Code != spice.LinkNeedSecured || le.Channel != display0 {
			t.Errorf("got %v", err)
		}
	})
}

// TestChannelEnds ends links one by one.
func TestChannelEnds(t *testing.T) {
	m := func() *machine { return newMachine(display0, display1, cursorID, inputsID) }
	session(t, m(), func(t *testing.T, m *machine, c *client) {
		c.take()
		if c.Inputs() == nil {
			t.Error("no inputs")
		}
		m.channel(t, inputsID).Close()
		synctest.Wait()
		expect(t, &c.diary) // it could be the end of everything
		time.Sleep(time.Second)
		synctest.Wait()
		expect(t, &c.diary, "ChannelFailed{inputs spice: the server closed the connection}")
		if c.Inputs() != nil {
			t.Error("inputs are still there")
		}
		m.channel(t, display1).Send(display.MsgSurfaceDestroy, nil) // too short
		synctest.Wait()
		if got := c.take(); len(got) != 1 || !strings.HasPrefix(got[0], "ChannelFailed{display 1 ") {
			t.Errorf("events %q", got)
		}
		if !c.has(display0) {
			t.Error("display 0 has gone, too")
		}
		start := time.Now()
		m.channel(t, display0).Close()
		if err := c.Wait(); err != spice.ErrServerClosed || time.Since(start) != time.Second {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
	session(t, m(), func(t *testing.T, m *machine, c *client) {
		start := time.Now()
		m.channel(t, display0).Send(display.MsgSurfaceDestroy, nil)
		var broken *spice.ProtocolError
		if err := c.Wait(); !errors.As(err, &broken) || time.Since(start) != 0 {
			t.Errorf("got %v after %v", err, time.Since(start))
		}
	})
	session(t, m(), func(t *testing.T, m *machine, c *client) { // main explains it better
		m.channel(t, display0).Close()
		time.Sleep(time.Second / 2)
		m.channel(t, mainID).Send(mainchan.MsgMigrateSwitchHost, &mainchan.DstInfo{Host: "there", Port: 5, TLSPort: 6, Subject: "CN=x"})
		var moved *channels.MovedError
		if err := c.Wait(); !errors.As(err, &moved) || *moved != (channels.MovedError{Host: "there", Port: 5, TLSPort: 6, Subject: "CN=x"}) {
			t.Errorf("got %v", err)
		}
	})
	session(t, m(), func(t *testing.T, m *machine, c *client) {
		c.take()
		m.Close()
		if err := c.Wait(); err != spice.ErrServerClosed {
			t.Errorf("got %v", err)
		}
		expect(t, &c.diary)
	})
}

// TestDiesWhileOpening ends the server while channels are being opened: that it
// closed the connection is the cause, not what it did to a link.
func TestDiesWhileOpening(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const delay = 10 * time.Millisecond
		m := newMachine(display0, cursorID)
		defer time.Sleep(10 * delay)
		defer m.Close()
		c := newClient(m)
		c.options.Link.Dial = farAway(m, delay)
		c.connect(t)
		m.Close()
		if err := c.Wait(); err != spice.ErrServerClosed {
			t.Errorf("got %v", err)
		}
	})
}

// TestEviction has one display evict an image while another may need it, in
// both forms of headers.
func TestEviction(t *testing.T) {
	for _, full := range []bool{false, true} {
		m := newMachine(display0, display1)
		m.NoMiniHeader = full
		session(t, m, func(t *testing.T, m *machine, c *client) {
			a, b := m.channel(t, display0), m.channel(t, display1)
			img := &display.Image{ID: 9, Type: display.ImageBitmap, Flags: display.FlagCacheMe, Format: 8,
				Width: 1, Height: 1, Stride: 4, Data: []byte{1, 2, 3, 4}}
			draw := func(c *spicetest.Channel, img *display.Image) {
				area := image.Rect(0, 0, 1, 1)
				c.Send(display.MsgDrawCopy, &display.DrawCopy{Base: display.Base{Box: area}, Src: img, SrcArea: area, ROP: 8})
			}
			draw(a, img)
			synctest.Wait()
			err := a.SendList([]spice.Outgoing{
				{Type: spice.MsgWaitForChannels, Body: &spice.WaitForChannels{Wait: []spice.ChannelSerial{{Channel: display1, Serial: b.Serial() + 1}}}},
				{Type: display.MsgInvalList, Body: &display.InvalList{Resources: []display.Resource{{Type: 1, ID: 9}}}},
			}, &spice.Outgoing{Type: display.MsgMark})
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			draw(b, &display.Image{ID: 9, Type: display.ImageFromCache, Width: 1, Height: 1})
			synctest.Wait()
			draw(b, &display.Image{ID: 9, Type: display.ImageFromCache, Width: 1, Height: 1})
			time.Sleep(time.Minute)
			synctest.Wait()
			stats := c.Info().Channels[2].Display
			if stats.Images["from_cache"].Count != 1 || stats.Failed != 1 {
				t.Errorf("full headers %v: %+v", full, stats)
			}
			if events := c.take(); !strings.HasPrefix(events[len(events)-1], "Warning{display 1 ") {
				t.Errorf("events %q", events)
			}
		})
	}
}

// TestInit begins sessions in the wrong way.
func TestInit(t *testing.T) {
	for name, tc := range map[string]struct {
		main func(c *spicetest.Channel) error
		want error
		took time.Duration
	}{
		"never":  {func(c *spicetest.Channel) error { _, err := c.Recv(); return err }, nil, 15 * time.Second},
		"closed": {func(c *spicetest.Channel) error { return nil }, spice.ErrServerClosed, 0},
		"wrong order": {func(c *spicetest.Channel) error {
			c.Send(mainchan.MsgMediaTime, &mainchan.MediaTime{})
			c.Recv()
			return nil
		}, mainchan.ErrNotInit, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(display0)
			defer m.Close()
			m.run[mainID] = tc.main
			start := time.Now()
			s, err := channels.Connect(t.Context(), &newClient(m).options)
			var le *spice.LinkError
			if s != nil || !errors.As(err, &le) || tc.want != nil && !errors.Is(err, tc.want) || time.Since(start) != tc.took {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
		})
	}
	session(t, newMachine(display0), func(t *testing.T, m *machine, c *client) {
		m.channel(t, mainID).Send(mainchan.MsgInit, &m.init)
		if err := c.Wait(); !errors.Is(err, mainchan.ErrInit) {
			t.Errorf("twice: %v", err)
		}
	})
}

// TestMouseMode follows the mode, and the agent that makes it possible.
func TestMouseMode(t *testing.T) {
	session(t, newMachine(display0, inputsID), func(t *testing.T, m *machine, c *client) {
		c.take()
		main := m.channel(t, mainID)
		moved := func() (position, motion int) {
			c.Inputs().Position(0, image.Pt(1, 2))
			c.Inputs().Motion(3, 4)
			synctest.Wait()
			return m.received(inputsID, inputs.MsgcMousePosition), m.received(inputsID, inputs.MsgcMouseMotion)
		}
		mode := func(supported, current uint16) {
			main.Send(mainchan.MsgMouseMode, &mainchan.MouseMode{Supported: supported, Current: current})
			synctest.Wait()
		}
		if p, r := moved(); p != 0 || r != 1 {
			t.Errorf("server mode: %d positions, %d motions", p, r)
		}
		main.Send(mainchan.MsgAgentConnectedTokens, &mainchan.AgentTokens{Tokens: 10})
		main.Send(mainchan.MsgAgentConnected, nil)
		mode(3, 1)
		if n := m.received(mainID, mainchan.MsgcMouseModeRequest); n != 1 {
			t.Errorf("%d requests", n)
		}
		mode(3, 2)
		if p, r := moved(); p != 1 || r != 1 {
			t.Errorf("client mode: %d positions, %d motions", p, r)
		}
		main.Send(mainchan.MsgAgentDisconnected, &mainchan.AgentDisconnected{})
		mode(1, 1)
		if p, r := moved(); p != 1 || r != 2 || m.received(mainID, mainchan.MsgcMouseModeRequest) != 1 {
			t.Errorf("lost again: %d positions, %d motions", p, r)
		}
		expect(t, &c.diary, "AgentChanged{true false false}", "MouseMode{true 3}", "MouseMode{false 3}", "AgentChanged{false false false}", "MouseMode{true 1}")
	})
	synctest.Test(t, func(t *testing.T) { // the user wants relative motion
		m := newMachine(inputsID)
		m.init.SupportedMouseModes, m.init.AgentConnected = 3, 1
		defer m.Close()
		c := newClient(m)
		c.options.ServerMouse = true
		c.connect(t)
		defer c.Close()
		if n := m.received(mainID, mainchan.MsgcMouseModeRequest); n != 0 || !c.Info().Agent {
			t.Errorf("%d requests; %+v", n, c.Info())
		}
	})
}

// TestTicket asks for the password once for all channels.
func TestTicket(t *testing.T) {
	for _, password := range []string{"secret", "wrong"} {
		synctest.Test(t, func(t *testing.T) {
			m := newMachine(display0, inputsID, cursorID)
			m.Password = "secret"
			defer m.Close()
			c := newClient(m)
			asked := 0
			c.options.Link.Ticket = func(ctx context.Context) (string, error) { asked++; return password, ctx.Err() }
			if password == "wrong" {
				_, err := channels.Connect(t.Context(), &c.options)
				var le *spice.LinkError
				if !errors.As(err, &le) || le.Code != spice.LinkPermissionDenied {
					t.Errorf("got %v", err)
				}
				return
			}
			c.connect(t)
			defer c.Close()
			if n := len(c.Info().Channels); n != 4 || asked != 1 {
				t.Errorf("%d channels, asked %d times", n, asked)
			}
		})
	}
}

// TestCloseAnyTime ends a session at each moment of its beginning, by Close, by
// its context and by the server. What is left behind fails the test.
func TestCloseAnyTime(t *testing.T) {
	const delay = 10 * time.Millisecond
	for after := time.Duration(0); after <= 13*delay; after += delay / 2 {
		for _, way := range []string{"close", "context", "server"} {
			synctest.Test(t, func(t *testing.T) {
				m := newMachine(display0, display1, inputsID, cursorID)
				defer time.Sleep(10 * delay)
				defer m.Close()
				c := newClient(m)
				c.options.Link.Dial = farAway(m, delay)
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				start := time.Now()
				switch way {
				case "context":
					time.AfterFunc(after, func() { cancel(errTest) })
				case "server":
					time.AfterFunc(after, m.Close)
				}
				s, err := channels.Connect(ctx, &c.options)
				if err != nil {
					if d := time.Since(start); way == "context" && (!errors.Is(err, errTest) || d != after) || way == "close" || s != nil {
						t.Errorf("%s after %v: %v after %v", way, after, err, d)
					}
					return
				}
				time.Sleep(after - time.Since(start))
				if way != "server" {
					go s.Close()
					s.Close()
				}
				if err := s.Wait(); way != "server" && err != spice.ErrClosed || err == nil {
					t.Errorf("%s after %v: %v", way, after, err)
				}
			})
		}
	}
}

// TestConnectCancelled connects with a context that has ended.
func TestConnectCancelled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(display0)
		defer m.Close()
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if s, err := channels.Connect(ctx, &newClient(m).options); s != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, %v", s, err)
		}
	})
}

// A gate is a canvas that lets no operation pass until it is opened.
type gate struct {
	display.Canvas
	open chan struct{}
}

func (g *gate) Draw(surface uint32, box image.Rectangle, clip *render.Region, op render.Op) error {
	<-g.open
	return g.Canvas.Draw(surface, box, clip, op)
}

// TestCloseBlocked closes a session whose display's reader waits for a canvas.
func TestCloseBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(display0, cursorID)
		defer m.Close()
		c := newClient(m)
		g := &gate{c.desktop, make(chan struct{})}
		c.options.Sinks.Canvas = func(uint8) display.Canvas { return g }
		c.connect(t)
		m.channel(t, display0).SetAck(0)
		for range 500 {
			fill(m.channel(t, display0), 1)
		}
		synctest.Wait()
		if n := c.Info().Channels[1].Display.Messages["draw_fill"]; n > 100 {
			t.Errorf("%d operations were taken", n)
		}
		go c.Close()
		synctest.Wait()
		if err := m.channel(t, cursorID).Context().Err(); err == nil {
			t.Error("the other channels' links wait for the canvas")
		}
		close(g.open)
		if err := c.Wait(); err != spice.ErrClosed {
			t.Error(err)
		}
	})
}

// TestTCP opens a session over real sockets, side by side with another.
func TestTCP(t *testing.T) {
	m := newMachine(display0, display1, inputsID, cursorID)
	defer m.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go m.Serve(l)
	for range 2 {
		c := newClient(m)
		c.options.Link = spice.Options{Target: spice.Target{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}}
		s, err := channels.Connect(t.Context(), &c.options)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		for _, id := range m.Channels {
			if err := s.Await(t.Context(), id); err != nil {
				t.Error(err)
			}
		}
	}
}
