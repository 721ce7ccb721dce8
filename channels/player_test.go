package channels_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"image"
	"image/png"
	"io"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels"
	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/channels/mainchan"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/capture"
	"saffron/spice/wire"
	"saffron/testdata"
)

// A tape is a recording that is being made up.
type tape struct {
	file  bytes.Buffer
	w     *capture.Writer
	now   time.Duration
	links map[spice.ChannelID]int
	sent  map[spice.ChannelID]uint64
}

func newTape() *tape {
	p := &tape{links: map[spice.ChannelID]int{}, sent: map[spice.ChannelID]uint64{}}
	p.w = capture.NewWriter(&p.file, capture.Header{})
	return p
}

func (p *tape) open(id spice.ChannelID) {
	n := len(p.links)
	p.links[id], p.sent[id] = n, 0
	p.w.Write(capture.Record{Kind: capture.Opened, Link: n, Time: p.now, Opened: capture.Link{ID: id}})
}

func (p *tape) close(id spice.ChannelID) {
	p.w.Write(capture.Record{Kind: capture.Closed, Link: p.links[id], Time: p.now})
}

// raw records a message.
func (p *tape) raw(id spice.ChannelID, typ uint16, body []byte, withheld bool) {
	p.sent[id]++
	p.w.Write(capture.Record{
		Kind: capture.Message, Link: p.links[id], Time: p.now, Withheld: withheld,
		Frame: spice.Frame{Serial: p.sent[id], Type: typ, Body: body},
	})
}

func (p *tape) send(id spice.ChannelID, typ uint16, m wire.Encoder) {
	var body []byte
	if m != nil {
		body = wire.Marshal(m)
	}
	p.raw(id, typ, body, false)
}

// end returns the recording.
func (p *tape) end() io.ReadSeeker {
	p.w.Close(p.now)
	return bytes.NewReader(p.file.Bytes())
}

// opening begins with main and a display of 8x8 pixels.
func (p *tape) opening() {
	p.open(mainID)
	p.send(mainID, mainchan.MsgInit, &mainchan.Init{SessionID: 7, DisplayChannels: 1, SupportedMouseModes: 1, CurrentMouseMode: 1, RAMHint: 64 << 20})
	p.open(display0)
	p.send(display0, display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 8, Height: 8, Format: 32, Flags: display.SurfacePrimary})
	p.send(display0, display.MsgMark, nil)
}

func (p *tape) fill(colour uint32) {
	p.send(display0, display.MsgDrawFill, &display.DrawFill{
		Base: display.Base{Box: image.Rect(0, 0, 8, 8)}, Brush: display.Brush{Type: 1, Color: colour}, ROP: 8})
}

// seconds is a recording of n seconds, of which each has its own colour.
func seconds(n int) io.ReadSeeker {
	p := newTape()
	p.opening()
	for i := range n {
		p.now = time.Duration(i) * time.Second
		p.fill(uint32(i + 1))
	}
	p.now += time.Second
	return p.end()
}

// A stageSet is where a recording is shown.
type stageSet struct {
	diary
	mu       sync.Mutex
	desktops map[uint8]*render.Desktop // guarded by mu
}

func (s *stageSet) canvas(id uint8) display.Canvas { return s.desktop(id) }

func (s *stageSet) desktop(id uint8) *render.Desktop {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.desktops == nil {
		s.desktops = map[uint8]*render.Desktop{}
	}
	if s.desktops[id] == nil {
		s.desktops[id] = render.NewDesktop(render.DesktopOptions{})
	}
	return s.desktops[id]
}

// blue returns the colour that display 0 shows, -1 for none.
func (s *stageSet) blue() int {
	if p := s.desktop(0).Snapshot(0); p != nil {
		return int(p.Pix[2])
	}
	return -1
}

func (s *stageSet) play(t testing.TB, source io.ReadSeeker, o channels.PlayOptions) *channels.Player {
	t.Helper()
	o.Session.Sinks.Canvas, o.Session.OnEvent = s.canvas, s.event
	p, err := channels.Play(source, &o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func await(t testing.TB, p *channels.Player) {
	t.Helper()
	if err := p.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestPlayerTime: at each moment the picture is the one of that moment.
func TestPlayerTime(t *testing.T) {
	for _, speed := range []float64{1, 4, 0.5} {
		synctest.Test(t, func(t *testing.T) {
			var s stageSet
			p := s.play(t, seconds(10), channels.PlayOptions{Speed: speed})
			defer p.Close()
			time.Sleep(time.Duration(float64(500*time.Millisecond) / speed))
			for i := range 10 {
				synctest.Wait()
				if got := s.blue(); got != i+1 {
					t.Errorf("at %v the colour is %d, want %d", p.State().Position, got, i+1)
				}
				if pos := p.State().Position - time.Duration(i)*time.Second - 500*time.Millisecond; pos.Abs() > time.Microsecond {
					t.Errorf("the position is wrong by %v", pos)
				}
				time.Sleep(time.Duration(float64(time.Second) / speed))
			}
			synctest.Wait()
			want := channels.State{Position: 10 * time.Second, Duration: 10 * time.Second, Speed: speed, Ended: true}
			if got := p.State(); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

func TestPlayerPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s stageSet
		changes := 0
		p := s.play(t, seconds(10), channels.PlayOptions{Paused: true, Changed: func() { changes++ }})
		defer p.Close()
		time.Sleep(time.Hour)
		if s.blue() != -1 || p.State().Position != 0 {
			t.Error("it has begun")
		}
		p.Pause(false)
		time.Sleep(2500 * time.Millisecond)
		p.Pause(true)
		time.Sleep(time.Hour)
		if got := p.State(); s.blue() != 3 || got.Position != 2500*time.Millisecond || !got.Paused {
			t.Error(s.blue(), got)
		}
		p.SetSpeed(2)
		p.SetSpeed(-1) // is none
		p.Pause(false)
		time.Sleep(500 * time.Millisecond)
		synctest.Wait()
		if got := p.State(); s.blue() != 4 || got.Position != 3500*time.Millisecond || got.Speed != 2 {
			t.Error(s.blue(), got)
		}
		if changes == 0 {
			t.Error("nobody is told")
		}
	})
}

// TestPlayerSeek goes to and fro, paused and not.
func TestPlayerSeek(t *testing.T) {
	for _, paused := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			var s stageSet
			p := s.play(t, seconds(20), channels.PlayOptions{Paused: paused})
			defer p.Close()
			for _, to := range []int{15, 3, 4, 4, 0, 19, 25, -5, 20, 20, 7} {
				begin := time.Now()
				p.Seek(time.Duration(to)*time.Second + 100*time.Millisecond)
				await(t, p)
				if took := time.Since(begin); took > 0 {
					t.Errorf("it took %v", took)
				}
				want := min(max(to+1, 1), 20)
				if got := s.blue(); got != want {
					t.Errorf("at %d the colour is %d, want %d", to, got, want)
				}
				st := p.State()
				at := min(max(0, time.Duration(to)*time.Second+100*time.Millisecond), 20*time.Second)
				if st.Position != at || st.Paused != paused || st.Seeking || st.Ended != (to >= 20) {
					t.Errorf("at %d: %+v", to, st)
				}
			}
			if paused {
				return
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if s.blue() != 9 {
				t.Error("it does not go on:", s.blue())
			}
		})
	}
}

// TestPlayerSeekUnderWay changes its mind while it seeks.
func TestPlayerSeekUnderWay(t *testing.T) {
	var s stageSet
	p := s.play(t, seconds(200), channels.PlayOptions{Paused: true})
	defer p.Close()
	for i := range 40 {
		p.Seek(time.Duration(i*37%200) * time.Second)
		if i%3 == 0 {
			time.Sleep(time.Duration(i) * 50 * time.Microsecond)
		}
	}
	p.Seek(100 * time.Second)
	await(t, p)
	if s.blue() != 101 {
		t.Errorf("the colour is %d, want 101", s.blue())
	}
}

// TestPlayerBackward: nothing of what came later is left.
func TestPlayerBackward(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTape()
		r.opening()
		r.open(cursorID)
		r.fill(1)
		r.now = time.Second
		r.send(display0, display.MsgSurfaceCreate, &display.SurfaceCreate{Surface: 5, Width: 4, Height: 4, Format: 32})
		r.send(display0, display.MsgSurfaceDestroy, &display.SurfaceDestroy{})
		r.send(display0, display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 16, Height: 16, Format: 32, Flags: display.SurfacePrimary})
		r.send(display0, display.MsgMonitorsConfig, &display.MonitorsConfig{MaxAllowed: 1, Heads: []display.Head{{Width: 3, Height: 3}}})
		r.fill(2)
		r.now = 2 * time.Second
		source := r.end()
		var s stageSet
		resets := 0
		o := channels.PlayOptions{FullSpeed: true}
		o.Session.Sinks.Cursor = func(uint8) cursor.Sink { return &countedResets{n: &resets} }
		p := s.play(t, source, o)
		defer p.Close()
		await(t, p)
		if w, _ := s.desktop(0).HeadSize(0); w != 3 || s.desktop(0).Stats().Surfaces != 2 {
			t.Fatal(w, s.desktop(0).Stats())
		}
		p.Pause(true)
		p.Seek(500 * time.Millisecond)
		await(t, p)
		if w, _ := s.desktop(0).HeadSize(0); w != 8 || s.desktop(0).Stats().Surfaces != 1 || s.blue() != 1 || resets == 0 {
			t.Error(w, s.desktop(0).Stats(), s.blue(), resets)
		}
		p.Pause(false)
		await(t, p)
		if w, _ := s.desktop(0).HeadSize(0); w != 3 {
			t.Error(w)
		}
	})
}

type countedResets struct {
	n *int
	render.CursorOverlay
}

func (c *countedResets) Reset() { *c.n++ }

// TestPlayerCut plays what there is.
func TestPlayerCut(t *testing.T) {
	data, _ := io.ReadAll(seconds(10))
	for _, cut := range []int{1, 50, 100, 300} {
		synctest.Test(t, func(t *testing.T) {
			var s stageSet
			p := s.play(t, bytes.NewReader(data[:len(data)-cut]), channels.PlayOptions{FullSpeed: true})
			defer p.Close()
			await(t, p)
			if p.Broken() != capture.ErrTruncated || p.Summary().Complete || s.blue() < 6 {
				t.Error(p.Broken(), p.Summary(), s.blue())
			}
			p.Seek(3500 * time.Millisecond)
			await(t, p)
		})
	}
	if _, err := channels.Play(strings.NewReader("something else, and long enough"), &channels.PlayOptions{}); err != capture.ErrNotCapture {
		t.Error(err)
	}
}

// TestPlayerBroken: what no handler takes ends what it would end live.
func TestPlayerBroken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTape()
		r.opening()
		r.open(cursorID)
		r.raw(cursorID, 101, []byte{1}, false) // INIT cut short
		r.raw(cursorID, 101, []byte{1}, false)
		r.fill(3)
		r.now = time.Second
		r.send(mainID, mainchan.MsgMigrateSwitchHost, &mainchan.DstInfo{Port: 1, Host: "elsewhere"})
		var s stageSet
		p := s.play(t, r.end(), channels.PlayOptions{FullSpeed: true})
		await(t, p)
		if got := s.take(); s.blue() != 3 || !slices.ContainsFunc(got, func(l string) bool { return strings.HasPrefix(l, "ChannelFailed{cursor") }) {
			t.Error(s.blue(), got)
		}
		p.Close()

		r = newTape()
		r.opening()
		r.raw(display0, display.MsgDrawCopy, []byte{1, 2, 3}, false)
		for range 1000 {
			r.fill(4)
		}
		p = s.play(t, r.end(), channels.PlayOptions{})
		var protocol *spice.ProtocolError
		if err := p.Await(t.Context()); err != nil && !errors.As(err, &protocol) {
			t.Error(err)
		}
		if err := p.Wait(); !errors.As(err, &protocol) || protocol.Channel != display0 {
			t.Error(err)
		}
		p.Close()
	})
}

// TestPlayerOddities: what is left out, comes late or never.
func TestPlayerOddities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newTape()
		r.open(inputsID)
		r.open(portID)
		r.open(display0) // no main before it
		r.raw(inputsID, 101, nil, false)
		r.raw(portID, 201, nil, true)
		r.raw(display0, spice.MsgMigrateData, nil, true)
		r.send(display0, display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 8, Height: 8, Format: 32, Flags: display.SurfacePrimary})
		r.open(mainID)
		r.raw(mainID, mainchan.MsgInit, nil, false) // would be an error, but comes too late
		r.send(display0, spice.MsgWaitForChannels, &spice.WaitForChannels{Wait: []spice.ChannelSerial{{Channel: mainID, Serial: 1}, {Channel: portID, Serial: 99}}})
		r.fill(5)
		r.send(display0, spice.MsgWaitForChannels, &spice.WaitForChannels{Wait: []spice.ChannelSerial{{Channel: mainID, Serial: 1000}}})
		r.fill(6)
		r.close(display0)
		r.open(display0)
		r.raw(display0, spice.MsgPing, make([]byte, 12), false)
		var s stageSet
		begin := time.Now()
		p := s.play(t, r.end(), channels.PlayOptions{FullSpeed: true})
		await(t, p)
		if s.blue() != 6 || time.Since(begin) > 0 {
			t.Error(s.blue(), time.Since(begin))
		}
		info := p.Info()
		if len(info.Channels) != 2 || info.Channels[0].Display == nil || info.Channels[0].Stats.Received != 6 {
			t.Errorf("%+v", info.Channels)
		}
		p.Close()
		if err := p.Wait(); err != spice.ErrClosed {
			t.Error(err)
		}
		if err := p.Await(t.Context()); err != nil { // it was there
			t.Error(err)
		}
	})
}

// TestPlayerClose ends it wherever it is.
func TestPlayerClose(t *testing.T) {
	for i := range 20 {
		synctest.Test(t, func(t *testing.T) {
			var s stageSet
			p := s.play(t, seconds(20), channels.PlayOptions{FullSpeed: i%2 == 0})
			time.Sleep(time.Duration(i) * 500 * time.Millisecond)
			if i%3 == 0 {
				p.Seek(0)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_ = p.Await(ctx)
			p.Close()
			p.Close()
			<-p.Done()
		})
	}
}

// TestPlayerIsASession: what a live session shows, its recording shows.
func TestPlayerIsASession(t *testing.T) {
	m := newMachine(display0, display1, inputsID, cursorID)
	var file bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		defer m.Close()
		tap := capture.NewRecorder(&file, capture.Options{})
		c := newClient(m)
		c.options.Link.Tap = tap
		c.connect(t)
		fill(m.channel(t, display0), 77)
		synctest.Wait()
		c.Close()
		tap.Close()
	})
	synctest.Test(t, func(t *testing.T) {
		var s stageSet
		p := s.play(t, bytes.NewReader(file.Bytes()), channels.PlayOptions{FullSpeed: true})
		defer p.Close()
		await(t, p)
		if s.blue() != 77 || s.desktop(1).Snapshot(0) == nil {
			t.Error(s.blue())
		}
		got := s.take()
		for _, want := range []string{"ChannelOpened{display}", "ChannelOpened{display 1}", "ChannelOpened{cursor}", "MouseMode{true 1}"} {
			if !slices.Contains(got, want) {
				t.Errorf("no %s in %q", want, got)
			}
		}
	})
}

// tapes makes captures of the sessions in testdata. Their channels were
// recorded one by one: here each has a message a millisecond.
func tapes(t testing.TB) (names []string, captures map[string]*tape) {
	t.Helper()
	captures = map[string]*tape{}
	var manifest struct {
		Entries []struct {
			Name     string
			Channels []struct {
				ID   uint8 `json:"channel_id"`
				File string
			}
		}
	}
	if err := json.Unmarshal(sessionFile(t, "manifest.json"), &manifest); err != nil {
		t.Fatal(err)
	}
	for _, e := range manifest.Entries {
		r := newTape()
		var rest [][]byte
		for _, c := range e.Channels {
			r.open(spice.ChannelID{Type: spice.ChannelDisplay, ID: c.ID})
			rest = append(rest, sessionFile(t, c.File))
		}
		for more := true; more; r.now += time.Millisecond {
			more = false
			for i, c := range e.Channels {
				if b := rest[i]; len(b) > 0 {
					more = true
					size := binary.LittleEndian.Uint32(b[2:])
					r.raw(spice.ChannelID{Type: spice.ChannelDisplay, ID: c.ID}, binary.LittleEndian.Uint16(b), b[6:6+size], false)
					rest[i] = b[6+size:]
				}
			}
		}
		names, captures[e.Name] = append(names, e.Name), r
	}
	return names, captures
}

func sessionFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := testdata.FS.ReadFile("sessions/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestPlayRecordedSessions plays what real servers sent, at once and in pieces.
func TestPlayRecordedSessions(t *testing.T) {
	var manifest struct {
		Entries []struct {
			Name     string
			Surfaces []struct {
				Channel uint8  `json:"channel_id"`
				ID      uint32 `json:"surface_id"`
				File    string
			}
		}
	}
	if err := json.Unmarshal(sessionFile(t, "manifest.json"), &manifest); err != nil {
		t.Fatal(err)
	}
	_, captures := tapes(t)
	for _, e := range manifest.Entries {
		t.Run(e.Name, func(t *testing.T) {
			var s stageSet
			p := s.play(t, captures[e.Name].end(), channels.PlayOptions{Session: channels.Options{Workers: 2}, FullSpeed: true, Timed: true})
			defer p.Close()
			check := func() {
				await(t, p)
				for _, want := range e.Surfaces {
					img, err := png.Decode(bytes.NewReader(sessionFile(t, want.File)))
					if err != nil {
						t.Fatal(err)
					}
					if n := unlike(s.desktop(want.Channel).SurfaceSnapshot(want.ID), img); n != 0 {
						t.Errorf("display %d, surface %d: %d pixels are wrong", want.Channel, want.ID, n)
					}
				}
			}
			check()
			var took time.Duration
			for _, c := range p.Info().Channels {
				if c.Display.Failed != 0 {
					t.Errorf("%v: %d could not be shown", c.ID, c.Display.Failed)
				}
				for _, i := range c.Display.Images {
					took += i.Time
				}
			}
			if took == 0 {
				t.Error("no time was taken")
			}
			p.Pause(true)
			d := p.Summary().Duration
			for _, to := range []time.Duration{d / 2, d / 4} {
				p.Seek(to)
				await(t, p)
			}
			p.Seek(d)
			check()
		})
	}
}

// unlike counts the pixels that differ in colour.
func unlike(got *image.RGBA, want image.Image) int {
	if got == nil || got.Rect.Size() != want.Bounds().Size() {
		return math.MaxInt
	}
	n := 0
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			g := got.RGBAAt(x, y)
			r, gr, b, _ := want.At(x, y).RGBA()
			if uint32(g.R) != r>>8 || uint32(g.G) != gr>>8 || uint32(g.B) != b>>8 {
				n++
			}
		}
	}
	return n
}

func BenchmarkPlayer(b *testing.B) {
	names, captures := tapes(b)
	for _, name := range names {
		b.Run(name, func(b *testing.B) {
			source := captures[name].end()
			b.SetBytes(int64(captures[name].file.Len()))
			b.ReportAllocs()
			for b.Loop() {
				var s stageSet
				p := s.play(b, source, channels.PlayOptions{FullSpeed: true})
				await(b, p)
				p.Close()
			}
		})
	}
}
