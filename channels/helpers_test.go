package channels_test

import (
	"context"
	"errors"
	"fmt"
	"image"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/channels/mainchan"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/spicetest"
)

var (
	mainID   = spice.ChannelID{Type: spice.ChannelMain}
	display0 = spice.ChannelID{Type: spice.ChannelDisplay}
	display1 = spice.ChannelID{Type: spice.ChannelDisplay, ID: 1}
	inputsID = spice.ChannelID{Type: spice.ChannelInputs}
	cursorID = spice.ChannelID{Type: spice.ChannelCursor}
	portID   = spice.ChannelID{Type: spice.ChannelPort, ID: 3}
)

// A machine is a server with a guest whose picture is one colour. Its fields
// are set before it serves.
type machine struct {
	spicetest.Server
	init mainchan.Init
	list []spice.ChannelID                                  // what main lists at first
	run  map[spice.ChannelID]func(*spicetest.Channel) error // in place of the usual

	mu   sync.Mutex
	open map[spice.ChannelID]*spicetest.Channel // guarded by mu
	got  []receipt                              // guarded by mu
}

// A receipt is a message that came from the client.
type receipt struct {
	id  spice.ChannelID
	typ uint16
}

func newMachine(ids ...spice.ChannelID) *machine {
	m := &machine{
		init: mainchan.Init{SupportedMouseModes: 1, CurrentMouseMode: 1, DisplayChannels: 1, RAMHint: 64 << 20},
		list: ids, run: map[spice.ChannelID]func(*spicetest.Channel) error{}, open: map[spice.ChannelID]*spicetest.Channel{},
	}
	m.Channels, m.Handler = ids, m.serve
	return m
}

func (m *machine) serve(c *spicetest.Channel) error {
	m.mu.Lock()
	m.open[c.ID] = c
	m.mu.Unlock()
	if run := m.run[c.ID]; run != nil {
		return run(c)
	}
	switch c.ID.Type {
	case spice.ChannelMain:
		init := m.init
		init.SessionID = c.Session
		c.Send(mainchan.MsgInit, &init)
	case spice.ChannelDisplay:
		if err := m.paint(c); err != nil {
			return err
		}
	}
	return m.read(c)
}

// read takes down what the client sends, until it leaves.
func (m *machine) read(c *spicetest.Channel) error {
	for {
		msg, err := c.Recv()
		if err != nil {
			return err
		}
		m.note(c, msg)
		if c.ID == mainID && msg.Type == mainchan.MsgcAttachChannels {
			c.Send(mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: m.list})
		}
	}
}

func (m *machine) note(c *spicetest.Channel, msg spice.Message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.got = append(m.got, receipt{c.ID, msg.Type})
}

// received returns how many messages of a type came on a channel.
func (m *machine) received(id spice.ChannelID, typ uint16) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, r := range m.got {
		if r == (receipt{id, typ}) {
			n++
		}
	}
	return n
}

// paint is the beginning of a display channel.
func (m *machine) paint(c *spicetest.Channel) error {
	first, err := c.Recv()
	if err != nil {
		return err
	}
	if first.Type != display.MsgcInit {
		return fmt.Errorf("the first message is %d", first.Type)
	}
	m.note(c, first)
	c.SetAck(20)
	c.Send(display.MsgInvalAllPalettes, nil)
	c.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 8, Height: 8, Format: 32, Flags: display.SurfacePrimary})
	fill(c, 0x123456)
	return c.Send(display.MsgMark, nil)
}

func fill(c *spicetest.Channel, colour uint32) error {
	return c.Send(display.MsgDrawFill, &display.DrawFill{
		Base: display.Base{Box: image.Rect(0, 0, 8, 8)}, Brush: display.Brush{Type: 1, Color: colour}, ROP: 8})
}

// channel returns the server's side of an open channel.
func (m *machine) channel(t *testing.T, id spice.ChannelID) *spicetest.Channel {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.open[id] == nil {
		t.Fatalf("there is no link of %s", id)
	}
	return m.open[id]
}

// A diary takes down events.
type diary struct {
	mu    sync.Mutex
	lines []string // guarded by mu
}

func (d *diary) event(e channels.Event) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf("%T%v", e, e)[len("channels."):])
}

// take returns the events since the last time.
func (d *diary) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	l := d.lines
	d.lines = nil
	return l
}

// A client is a session and what it shows.
type client struct {
	*channels.Session
	diary
	desktop *render.Desktop // of display 0
	options channels.Options
}

func newClient(m *machine) *client {
	c := &client{desktop: render.NewDesktop(render.DesktopOptions{})}
	c.options = channels.Options{
		Link:    spice.Options{Target: spice.Target{Host: "vm", Port: 5900}, Dial: m.DialContext},
		Sinks:   channels.Sinks{Canvas: c.canvas},
		OnEvent: c.event,
	}
	return c
}

func (c *client) canvas(id uint8) display.Canvas {
	if id == 0 {
		return c.desktop
	}
	return render.NewDesktop(render.DesktopOptions{})
}

func (c *client) connect(t *testing.T) {
	t.Helper()
	var err error
	if c.Session, err = channels.Connect(t.Context(), &c.options); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	synctest.Wait()
}

// session runs a test in a bubble in which whatever a session leaves behind
// fails it.
func session(t *testing.T, m *machine, f func(t *testing.T, m *machine, c *client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		defer m.Close()
		c := newClient(m)
		c.connect(t)
		defer c.Close()
		f(t, m, c)
	})
}

func expect(t *testing.T, d *diary, want ...string) {
	t.Helper()
	if got := d.take(); !slices.Equal(got, want) {
		t.Errorf("events\n%q, want\n%q", got, want)
	}
}

// has reports whether a link of id is open.
func (c *client) has(id spice.ChannelID) bool {
	return slices.ContainsFunc(c.Info().Channels, func(i channels.ChannelInfo) bool { return i.ID == id })
}

// farAway is a DialFunc to m over a network that takes delay each way.
func farAway(m *machine, delay time.Duration) spice.DialFunc {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		select {
		case <-time.After(2 * delay):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		client, near := spicetest.Pipe()
		far, server := spicetest.Pipe()
		go m.ServeConn(server)
		go carry(far, near, delay)
		go carry(near, far, delay)
		return client, nil
	}
}

// carry moves bytes from one connection to the other, each delay later.
func carry(to, from net.Conn, delay time.Duration) {
	type parcel struct {
		due  time.Time
		body []byte
	}
	road := make(chan parcel, 1000)
	go func() {
		defer close(road)
		for {
			buf := make([]byte, 4<<10)
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			road <- parcel{time.Now().Add(delay), buf[:n]}
		}
	}()
	defer from.Close()
	defer to.Close()
	for p := range road {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.body); err != nil {
			return
		}
	}
}

var errTest = errors.New("error of the test")
