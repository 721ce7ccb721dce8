package replayserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/channels/mainchan"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/capture"
	"saffron/spice/wire"
)

var (
	display0 = spice.ChannelID{Type: spice.ChannelDisplay}
	display1 = spice.ChannelID{Type: spice.ChannelDisplay, ID: 1}
	cursor0  = spice.ChannelID{Type: spice.ChannelCursor}
	port0    = spice.ChannelID{Type: spice.ChannelPort}
)

// A tape is a recording that is being made up.
type tape struct {
	file  bytes.Buffer
	w     *capture.Writer
	now   time.Duration
	links map[spice.ChannelID]int
	sent  map[spice.ChannelID]uint64
	mini  bool
}

func newTape(mini bool) *tape {
	p := &tape{links: map[spice.ChannelID]int{}, sent: map[spice.ChannelID]uint64{}, mini: mini}
	p.w = capture.NewWriter(&p.file, capture.Header{})
	return p
}

func (p *tape) open(id spice.ChannelID, caps ...int) {
	common := spice.NewCapSet(spice.CapAuthSelection, spice.CapAuthSpice)
	if p.mini {
		common = spice.NewCapSet(spice.CapAuthSelection, spice.CapAuthSpice, spice.CapMiniHeader)
	}
	n := len(p.links)
	p.links[id], p.sent[id] = n, 0
	p.w.Write(capture.Record{Kind: capture.Opened, Link: n, Time: p.now, Opened: capture.Link{
		ID: id, Caps: spice.Caps{Common: common, Channel: spice.NewCapSet(caps...)}}})
}

func (p *tape) raw(id spice.ChannelID, typ uint16, body []byte, subList uint32, withheld bool) {
	p.sent[id]++
	p.w.Write(capture.Record{
		Kind: capture.Message, Link: p.links[id], Time: p.now, Withheld: withheld,
		Frame: spice.Frame{Serial: p.sent[id], Type: typ, Body: body, SubList: subList},
	})
}

func (p *tape) send(id spice.ChannelID, typ uint16, m wire.Encoder) {
	var body []byte
	if m != nil {
		body = wire.Marshal(m)
	}
	p.raw(id, typ, body, 0, false)
}

func (p *tape) end() []byte {
	p.w.Close(p.now)
	return p.file.Bytes()
}

// opening begins a session with two displays.
func (p *tape) opening() {
	p.open(mainID, mainchan.CapNameAndUUID)
	p.send(mainID, mainchan.MsgInit, &mainchan.Init{SessionID: 4711, DisplayChannels: 2, SupportedMouseModes: 1, CurrentMouseMode: 1, RAMHint: 64 << 20})
	p.send(mainID, mainchan.MsgName, &mainchan.Name{Name: "guest"})
	p.raw(mainID, mainchan.MsgAgentData, nil, 0, true)
	p.send(mainID, spice.MsgPing, &spice.Ping{ID: 5})
	p.send(mainID, mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: []spice.ChannelID{display0, display1, cursor0, port0}})
	p.send(mainID, mainchan.MsgMigrateSwitchHost, &mainchan.DstInfo{Port: 1, Host: "elsewhere"})
	for _, id := range []spice.ChannelID{display0, display1} {
		p.open(id, display.CapMonitorsConfig)
		p.send(id, spice.MsgSetAck, &spice.SetAck{Generation: 3, Window: 10})
		p.send(id, display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 8, Height: 8, Format: 32, Flags: display.SurfacePrimary})
		p.send(id, display.MsgMark, nil)
	}
	p.open(cursor0)
}

func (p *tape) fill(id spice.ChannelID, colour uint32) {
	p.send(id, display.MsgDrawFill, &display.DrawFill{
		Base: display.Base{Box: image.Rect(0, 0, 8, 8)}, Brush: display.Brush{Type: 1, Color: colour}, ROP: 8})
}

// sample is a session of 300 messages a display, small and large.
func sample(mini bool) []byte {
	p := newTape(mini)
	p.opening()
	for i := range 100 {
		p.now += time.Millisecond
		p.fill(display0, uint32(i))
		p.fill(display1, uint32(2*i))
		p.raw(display0, 999, bytes.Repeat([]byte{byte(i)}, i*700), 0, false) // unknown to all
	}
	p.fill(display0, 77)
	p.fill(display1, 88)
	if !mini {
		p.raw(display1, 998, append(make([]byte, 8), 0, 0), 8, false) // with an empty list of sub-messages
	}
	return p.end()
}

// events collects what a server tells.
type events struct {
	mu   sync.Mutex
	list []Event
	came chan Event
}

func newEvents() *events { return &events{came: make(chan Event, 100)} }

func (e *events) take(ev Event, _ time.Time) {
	e.mu.Lock()
	e.list = append(e.list, ev)
	e.mu.Unlock()
	e.came <- ev
}

func (e *events) await(t *testing.T, want Event) {
	t.Helper()
	late := time.After(20 * time.Second)
	for {
		select {
		case got := <-e.came:
			if got == want {
				return
			}
		case <-late:
			t.Fatalf("%v did not come", want)
		}
	}
}

// serving serves a recording on loopback.
func serving(t testing.TB, data []byte, o Options) (*Server, spice.Target) {
	t.Helper()
	s, err := New(data, o)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		s.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, spice.Target{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port, Password: o.Password}
}

// connect opens a session of our own client.
func connect(t testing.TB, target spice.Target, tap spice.Tap, canvas func(uint8) display.Canvas, disabled ...spice.ChannelType) *channels.Session {
	t.Helper()
	s, err := channels.Connect(t.Context(), &channels.Options{
		Link: spice.Options{Target: target, Tap: tap}, Sinks: channels.Sinks{Canvas: canvas},
		Disabled: func(t spice.ChannelType) bool { return slices.Contains(disabled, t) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// A listener is a tap that keeps what is received.
type listener struct {
	mu     sync.Mutex
	frames map[spice.ChannelID][]spice.Frame
	caps   map[spice.ChannelID]spice.Caps
}

func (l *listener) Opened(id spice.ChannelID, caps spice.Caps, _ bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.caps[id] = caps
}
func (l *listener) Closed(spice.ChannelID)            {}
func (l *listener) Sent(spice.ChannelID, spice.Frame) {}
func (l *listener) Received(id spice.ChannelID, f spice.Frame) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f.Body = slices.Clone(f.Body)
	l.frames[id] = append(l.frames[id], f)
}

// TestFrames: a client gets what was recorded, frame by frame, and it shows.
func TestFrames(t *testing.T) {
	for _, mini := range []bool{true, false} {
		for _, recordedSpeed := range []bool{false, true} {
			t.Run(fmt.Sprintf("mini=%v/recorded=%v", mini, recordedSpeed), func(t *testing.T) {
				data, ev := sample(mini), newEvents()
				s, target := serving(t, data, Options{Event: ev.take, RecordedSpeed: recordedSpeed, Password: "sesame"})
				heard := &listener{frames: map[spice.ChannelID][]spice.Frame{}, caps: map[spice.ChannelID]spice.Caps{}}
				desktops := [2]*render.Desktop{render.NewDesktop(render.DesktopOptions{}), render.NewDesktop(render.DesktopOptions{})}
				c := connect(t, target, heard, func(id uint8) display.Canvas { return desktops[id] })
				ev.await(t, Consumed)
				for i, want := range []byte{77, 88} {
					for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
						if p := desktops[i].Snapshot(0); p != nil && p.Pix[2] == want {
							break
						} else if time.Now().After(deadline) {
							t.Fatalf("display %d does not show %d", i, want)
						}
					}
				}
				c.Close()
				ev.await(t, Left)
				ev.mu.Lock()
				told := slices.DeleteFunc(ev.list, func(e Event) bool { return e == Connected })
				ev.mu.Unlock()
				if !slices.Equal(told, []Event{Ready, Consumed, Left}) {
					t.Error(told)
				}
				compare(t, s, heard, mini)
			})
		}
	}
}

func compare(t *testing.T, s *Server, heard *listener, mini bool) {
	t.Helper()
	if len(heard.frames) != 3 || heard.caps[display0].Channel[0] != 1<<display.CapMonitorsConfig || heard.caps[mainID].Channel[0] != 1<<mainchan.CapNameAndUUID {
		t.Errorf("%d channels, capabilities %v", len(heard.frames), heard.caps)
	}
	for id, got := range heard.frames {
		want := slices.Clone(s.tracks[id].frames)
		if id.Type == spice.ChannelDisplay {
			want = append(want, frame{Frame: spice.Frame{Serial: uint64(len(want)) + 1, Type: spice.MsgPing, Body: wire.Marshal(&spice.Ping{ID: lastPing})}})
		}
		if len(got) != len(want) {
			t.Fatalf("%v: %d frames, want %d", id, len(got), len(want))
		}
		for i, f := range got {
			if w := want[i]; f.Serial != w.Serial || f.Type != w.Type || f.SubList != w.SubList || !bytes.Equal(f.Body, w.Body) {
				t.Fatalf("%v: frame %d is %d %d %d, want %d %d %d", id, i, f.Serial, f.Type, len(f.Body), w.Serial, w.Type, len(w.Body))
			}
		}
	}
	m := heard.frames[mainID]
	if len(m) != 6 || m[2].Type != spice.MsgPing || m[5].Type != spice.MsgPing {
		t.Error("what is withheld or leads elsewhere is not replaced")
	}
	var list mainchan.ChannelsList
	if err := wire.Unmarshal(m[4].Body, &list); err != nil || !slices.Equal(list.Channels, []spice.ChannelID{display0, display1, cursor0}) {
		t.Error(list, err)
	}
}

// TestRecordedSpeed: the end comes no sooner than it did.
func TestRecordedSpeed(t *testing.T) {
	p := newTape(true)
	p.now = time.Hour // does not count
	p.opening()
	for range 3 {
		p.now += 100 * time.Millisecond
		p.fill(display0, 1)
	}
	ev := newEvents()
	_, target := serving(t, p.end(), Options{Event: ev.take, RecordedSpeed: true})
	begin := time.Now()
	connect(t, target, nil, nil)
	ev.await(t, Consumed)
	if took := time.Since(begin); took < 300*time.Millisecond || took > 10*time.Second {
		t.Error(took)
	}
}

// A client is one by hand.
type client struct {
	t      *testing.T
	target spice.Target
}

func (c client) link(id spice.ChannelID, first ...spice.Outgoing) *spice.Conn {
	c.t.Helper()
	session := uint32(4711)
	if id == mainID {
		session = 0
	}
	conn, err := spice.Connect(c.t.Context(), id, session, nil, &spice.Options{Target: c.target}, first...)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { conn.Close() })
	return conn
}

func next(t *testing.T, c *spice.Conn) uint16 {
	t.Helper()
	m, err := c.Next()
	if err != nil {
		t.Fatal(err)
	}
	return m.Type
}

// silent checks that nothing comes.
func silent(t *testing.T, c *spice.Conn) chan uint16 {
	t.Helper()
	came := make(chan uint16, 1)
	go func() {
		if m, err := c.Next(); err == nil {
			came <- m.Type
		}
		close(came)
	}()
	select {
	case typ := <-came:
		t.Errorf("message %d comes too early", typ)
	case <-time.After(50 * time.Millisecond):
	}
	return came
}

// TestGates: some things wait for the client.
func TestGates(t *testing.T) {
	ev := newEvents()
	_, target := serving(t, sample(true), Options{Event: ev.take})
	c := client{t, target}
	m := c.link(mainID)
	for _, want := range []uint16{mainchan.MsgInit, mainchan.MsgName, spice.MsgPing, spice.MsgPing} {
		if got := next(t, m); got != want {
			t.Errorf("main sends %d, want %d", got, want)
		}
	}
	list := silent(t, m)
	m.Send(mainchan.MsgcAttachChannels, nil)
	if got := <-list; got != mainchan.MsgChannelsList {
		t.Error(got)
	}
	d := c.link(display0)
	if got := next(t, d); got != spice.MsgSetAck {
		t.Error(got)
	}
	surface := silent(t, d)
	d.Send(display.MsgcPreferredCompression, &display.PreferredCompression{Compression: 1}) // is ignored
	d.Send(display.MsgcInit, &display.Init{})
	if got := <-surface; got != display.MsgSurfaceCreate {
		t.Error(got)
	}
	ev.await(t, Ready)
	// The connection does not acknowledge while nobody calls Next.
	time.Sleep(50 * time.Millisecond)
	for range 200 {
		next(t, d)
	}
	m.Close() // ends all
	ev.await(t, Left)
	for {
		if _, err := d.Next(); err != nil {
			if !errors.Is(err, spice.ErrServerClosed) && !errors.Is(err, spice.ErrLost) {
				var p *spice.ProtocolError
				if !errors.As(err, &p) { // cut within a message
					t.Error(err)
				}
			}
			break
		}
	}
}

// TestWindow: no more than two windows are unacknowledged.
func TestWindow(t *testing.T) {
	a := acks{changed: make(chan struct{})}
	a.sent(&spice.Frame{Type: spice.MsgPing})
	if full, _ := a.full(); full {
		t.Error("full without a window")
	}
	set := &spice.Frame{Type: spice.MsgSetAck, Body: wire.Marshal(&spice.SetAck{Generation: 2, Window: 3})}
	a.sent(set)
	count := 0
	fill := func() (n int) {
		for {
			if full, _ := a.full(); full {
				return n
			}
			a.sent(&spice.Frame{Type: 300})
			n++
			if count++; count > 100 {
				t.Fatal("never full")
			}
		}
	}
	if n := fill(); n != 6 {
		t.Errorf("%d messages, want 6", n)
	}
	a.ack() // of an earlier window
	a.sync(1)
	a.ack()
	if n := fill(); n != 0 {
		t.Error(n)
	}
	a.sync(2)
	_, changed := a.full()
	a.ack()
	<-changed
	if n := fill(); n != 3 {
		t.Error(n)
	}
	a.ack()
	a.ack()
	a.ack() // one too many
	if n := fill(); n != 6 {
		t.Error(n)
	}
}

// TestSecondClient takes the place of the first.
func TestSecondClient(t *testing.T) {
	ev := newEvents()
	_, target := serving(t, sample(true), Options{Event: ev.take})
	first := connect(t, target, nil, nil)
	ev.await(t, Consumed)
	connect(t, target, nil, nil)
	if err := first.Wait(); !errors.Is(err, spice.ErrServerClosed) && !errors.Is(err, spice.ErrLost) {
		t.Error(err)
	}
	ev.await(t, Consumed)
}

// TestOneDisplay: a client that does not want all displays is done, too.
func TestOneDisplay(t *testing.T) {
	ev := newEvents()
	_, target := serving(t, sample(true), Options{Event: ev.take})
	c := client{t, target}
	m := c.link(mainID)
	next(t, m) // INIT: there is a session
	m.Send(mainchan.MsgcAttachChannels, nil)
	go func() {
		for {
			if _, err := m.Next(); err != nil {
				return
			}
		}
	}()
	d := c.link(display1, spice.Outgoing{Type: display.MsgcInit, Body: &display.Init{}})
	go func() {
		for {
			if _, err := d.Next(); err != nil {
				return
			}
		}
	}()
	ev.await(t, Consumed)
}

func TestRefused(t *testing.T) {
	_, target := serving(t, sample(true), Options{Password: "sesame"})
	target.Password = "wrong"
	var link *spice.LinkError
	if _, err := spice.Connect(t.Context(), mainID, 0, nil, &spice.Options{Target: target}); !errors.As(err, &link) || link.Code != spice.LinkPermissionDenied {
		t.Error(err)
	}
	target.Password = "sesame"
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for _, id := range []spice.ChannelID{port0, {Type: spice.ChannelInputs}} {
		if _, err := spice.Connect(ctx, id, 4711, nil, &spice.Options{Target: target}); err == nil {
			t.Errorf("there is a %v channel", id)
		}
	}
	conn, err := spice.Connect(ctx, display0, 4711, nil, &spice.Options{Target: target})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Next(); err == nil { // there is no session
		t.Error("a display without main")
	}
}

// TestBroken: what cannot be served is refused, what was cut is served.
func TestBroken(t *testing.T) {
	if _, err := New([]byte("not a recording at all, is it?"), Options{}); err != capture.ErrNotCapture {
		t.Error(err)
	}
	p := newTape(true)
	p.open(display0)
	if _, err := New(p.end(), Options{}); err == nil || !strings.Contains(err.Error(), "beginning") {
		t.Error(err)
	}
	p = newTape(true)
	p.open(mainID)
	p.send(mainID, mainchan.MsgInit, &mainchan.Init{})
	if _, err := New(p.end(), Options{}); err == nil || !strings.Contains(err.Error(), "number") {
		t.Error(err)
	}
	p = newTape(true)
	p.open(mainID)
	p.send(mainID, mainchan.MsgInit, &mainchan.Init{SessionID: 1})
	p.raw(mainID, mainchan.MsgChannelsList, []byte{1}, 0, false)
	if _, err := New(p.end(), Options{}); err == nil || !strings.Contains(err.Error(), "list") {
		t.Error(err)
	}
	p = newTape(true)
	p.open(mainID)
	p.send(mainID, mainchan.MsgInit, &mainchan.Init{SessionID: 1, DisplayChannels: 1, SupportedMouseModes: 1, CurrentMouseMode: 1})
	p.open(display0)
	p.send(display0, display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 8, Height: 8, Format: 32, Flags: display.SurfacePrimary})
	p.fill(display0, 1)
	data := p.end()
	ev := newEvents()
	s, target := serving(t, data[:len(data)-70], Options{Event: ev.take})
	if s.Broken() != capture.ErrTruncated {
		t.Error(s.Broken())
	}
	connect(t, target, nil, nil)
	ev.await(t, Consumed)
}

// BenchmarkServe sends a recording to a client that throws it away.
func BenchmarkServe(b *testing.B) {
	for name, size := range map[string]int{"100B": 100, "10KiB": 10 << 10, "1MiB": 1 << 20} {
		b.Run(name, func(b *testing.B) {
			p := newTape(true)
			p.open(mainID)
			p.send(mainID, mainchan.MsgInit, &mainchan.Init{SessionID: 4711, DisplayChannels: 1, SupportedMouseModes: 1, CurrentMouseMode: 1})
			p.open(display0)
			for range 64 << 20 / (size + 100) {
				p.raw(display0, 999, make([]byte, size), 0, false)
			}
			data := p.end()
			s, target := serving(b, data, Options{})
			_, total := s.Totals()
			b.SetBytes(int64(total))
			for b.Loop() {
				m, err := spice.Connect(b.Context(), mainID, 0, nil, &spice.Options{Target: target})
				if err != nil {
					b.Fatal(err)
				}
				if _, err := m.Next(); err != nil { // INIT: there is a session
					b.Fatal(err)
				}
				d, err := spice.Connect(b.Context(), display0, 4711, nil, &spice.Options{Target: target},
					spice.Outgoing{Type: display.MsgcInit, Body: &display.Init{}})
				if err != nil {
					b.Fatal(err)
				}
				for {
					f, err := d.Next()
					if err != nil {
						b.Fatal(err)
					}
					if f.Type == spice.MsgPing {
						break
					}
					f.Free()
				}
				m.Close()
				d.Close()
			}
		})
	}
}
