package record

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"saffron/channels/msgtable"
	"saffron/channels/msgtable/msgtabletest"
	"saffron/spice"
	"saffron/spice/wire"
)

var samples = []wire.Message{
	new(msgtable.Empty),
	&Start{Channels: 2, Format: FormatS16, Frequency: 48000},
	&Volume{Levels: []uint16{0x8000, 0x4000}},
	&Volume{},
	&Mute{1},
	&Data{Time: 1 << 31, Samples: []byte{1, 2, 3, 4}},
	&Data{Time: 5},
	&SetMode{Time: 1754925, Mode: ModeOpus},
	&StartMark{7},
}

func TestMessages(t *testing.T) {
	msgtabletest.Distinct(t, Messages)
	msgtabletest.RoundTrip(t, Messages, samples...)
	msgtabletest.Truncate(t, Messages, samples...)
}

func FuzzMessages(f *testing.F) { msgtabletest.Fuzz(f, Messages, samples...) }

func TestWireBytes(t *testing.T) {
	for _, tc := range []struct {
		m    wire.Message
		want string
	}{
		{&Start{2, FormatS16, 48000}, "02 00 00 00  01 00  80 bb 00 00"},
		{&SetMode{0x1ac32d, ModeOpus}, "2d c3 1a 00  03 00"},
		{&StartMark{0x1ac32d}, "2d c3 1a 00"},
		{&Data{1, []byte{0xfe, 0xff}}, "01 00 00 00 fe ff"},
	} {
		got := hex.EncodeToString(wire.Marshal(tc.m))
		if got != strings.ReplaceAll(tc.want, " ", "") {
			t.Errorf("%+v: got %s, want %s", tc.m, got, tc.want)
		}
	}
}

// A fakeSource delivers when it is told to.
type fakeSource struct {
	lines   []string
	deliver func([]int16)
	fail    error
}

func (s *fakeSource) Start(rate, channels int, deliver func([]int16)) error {
	s.lines = append(s.lines, fmt.Sprintf("start %d %d", rate, channels))
	s.deliver = deliver
	return s.fail
}

func (s *fakeSource) Stop() { s.lines = append(s.lines, "stop") }

// A fakeServer writes down what is sent.
type fakeServer struct {
	lines []string
	last  []byte // samples
	fail  error
}

func (s *fakeServer) SendAll(messages ...spice.Outgoing) error {
	for _, m := range messages {
		line := fmt.Sprintf("%s %v", Messages.Name(m.Type, false), m.Body)
		if d, ok := m.Body.(*Data); ok {
			line = fmt.Sprintf("data %d %d bytes", d.Time, len(d.Samples))
			s.last = slices.Clone(d.Samples)
		}
		s.lines = append(s.lines, line)
	}
	return s.fail
}

// take returns what was sent since the last time.
func (s *fakeServer) take() []string {
	l := s.lines
	s.lines = nil
	return l
}

// A fakeClock stands still.
type fakeClock struct{ ms uint32 }

func (c *fakeClock) Now() (uint32, bool) { return c.ms, true }

// A fakeEncoder writes the number of samples.
type fakeEncoder struct{}

var errFrame = errors.New("no frame")

func (fakeEncoder) Encode(dst []byte, pcm []int16) (int, error) {
	if pcm[0] == 13 {
		return 0, errFrame
	}
	return copy(dst, fmt.Sprintf("%04d", len(pcm))), nil
}

func newFake(rate, channels int) (Encoder, error) {
	if channels == 1 || rate == 44100 {
		return nil, errors.New("no such sound")
	}
	return fakeEncoder{}, nil
}

type bench struct {
	*Handler
	source fakeSource
	server fakeServer
	clock  fakeClock
}

func newBench(encoder func(int, int) (Encoder, error)) *bench {
	b := &bench{clock: fakeClock{5000}}
	b.Handler = New(Options{Source: &b.source, Out: &b.server, Clock: &b.clock, NewEncoder: encoder})
	return b
}

func (b *bench) handle(t *testing.T, typ uint16, m wire.Encoder) {
	t.Helper()
	msg := spice.Message{Type: typ}
	if m != nil {
		msg.Body = wire.Marshal(m)
	}
	if err := b.Handle(msg); err != nil {
		t.Error(err)
	}
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func TestRaw(t *testing.T) {
	b := newBench(nil)
	b.handle(t, MsgStart, &Start{2, FormatS16, 44100})
	b.source.deliver(make([]int16, 964))
	same(t, b.server.take())
	b.source.deliver(make([]int16, 61)) // one sample is no frame
	same(t, b.server.take(), "mode &{4989 raw}", "start_mark &{4989}", "data 4989 2048 bytes")
	b.clock.ms += 22
	b.source.deliver(make([]int16, 2048))
	same(t, b.server.take(), "data 5000 2048 bytes", "data 5012 2048 bytes")
	b.source.deliver(make([]int16, 100))
	b.handle(t, MsgStop, nil)
	b.source.deliver(make([]int16, 2048)) // too late
	same(t, b.server.take())
	b.handle(t, MsgStart, &Start{1, FormatS16, 48000})
	b.source.deliver(make([]int16, 512))
	same(t, b.server.take(), "mode &{5012 raw}", "start_mark &{5012}", "data 5012 1024 bytes")
	b.handle(t, MsgStop, nil)
	b.handle(t, MsgStop, nil)
	same(t, b.source.lines, "start 44100 2", "stop", "start 48000 1", "stop")
	want := Stats{Mode: ModeRaw, Rate: 48000, Channels: 1, Packets: 4, Bytes: 3*2048 + 1024}
	if got := b.Stats(); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestOpus(t *testing.T) {
	b := newBench(newFake)
	b.handle(t, MsgStart, &Start{2, FormatS16, 48000})
	if s := b.Stats(); !s.Recording || s.Mode != ModeOpus {
		t.Errorf("%+v", s)
	}
	b.source.deliver(make([]int16, 960))
	same(t, b.server.take(), "mode &{4990 opus}", "start_mark &{4990}", "data 4990 4 bytes")
	broken := make([]int16, 960)
	broken[0] = 13
	b.source.deliver(broken) // left out
	b.source.deliver(make([]int16, 960))
	same(t, b.server.take(), "data 5010 4 bytes")
	b.handle(t, MsgStart, &Start{2, FormatS16, 44100}) // without STOP, and not for Opus
	b.source.deliver(make([]int16, 1024))
	same(t, b.server.take(), "mode &{4989 raw}", "start_mark &{4989}", "data 4989 2048 bytes")
	b.handle(t, MsgStart, &Start{2, FormatS16, 16000})
	b.source.deliver(make([]int16, 320))
	same(t, b.server.take(), "mode &{4990 opus}", "start_mark &{4990}", "data 4990 4 bytes")
	b.handle(t, MsgStart, &Start{1, FormatS16, 48000}) // for which there is no encoder
	b.source.deliver(make([]int16, 512))
	same(t, b.server.take(), "mode &{4990 raw}", "start_mark &{4990}", "data 4990 1024 bytes")
	b.Close()
	b.Close()
	b.handle(t, MsgStart, &Start{2, FormatS16, 48000})
	same(t, b.source.lines, "start 48000 2", "stop", "start 44100 2", "stop", "start 16000 2", "stop", "start 48000 1", "stop")
}

func TestNonsense(t *testing.T) {
	b := newBench(newFake)
	for _, m := range []*Start{{0, FormatS16, 48000}, {3, FormatS16, 48000}, {2, 2, 48000}, {2, FormatS16, 0}, {2, FormatS16, math.MaxUint32}} {
		b.handle(t, MsgStart, m)
	}
	b.handle(t, spice.MsgPing, nil)
	b.handle(t, 200, nil)
	b.handle(t, MsgVolume, &Volume{})
	b.handle(t, MsgStop, nil)
	same(t, b.source.lines)
	b.source.fail = errors.New("no microphone")
	b.handle(t, MsgStart, &Start{2, FormatS16, 48000})
	b.source.deliver(make([]int16, 960))
	b.handle(t, MsgStop, nil)
	same(t, b.source.lines, "start 48000 2")
	same(t, b.server.take())
	if b.Stats().Recording {
		t.Errorf("%+v", b.Stats())
	}
	for _, typ := range []uint16{MsgStart, MsgVolume, MsgMute} {
		err := b.Handle(spice.Message{Type: typ})
		if !errors.Is(err, wire.ErrShort) || !strings.HasPrefix(err.Error(), "record: "+Messages.Name(typ, true)+": byte ") {
			t.Errorf("%d: got %v", typ, err)
		}
	}
}

func TestLevels(t *testing.T) {
	b := newBench(nil)
	b.handle(t, MsgStart, &Start{2, FormatS16, 48000})
	first := func() string {
		pcm := make([]int16, 1024)
		for i := range pcm {
			pcm[i] = 8000
		}
		b.source.deliver(pcm)
		var d [2]int16
		for i := range d {
			d[i] = int16(uint16(b.server.last[2*i]) | uint16(b.server.last[2*i+1])<<8)
		}
		return fmt.Sprint(d)
	}
	for _, tc := range []struct {
		typ  uint16
		m    wire.Encoder
		want string
	}{
		{MsgMute, &Mute{0}, "[8000 8000]"},
		{MsgVolume, &Volume{[]uint16{65535, 32768}}, "[8000 1000]"},
		{MsgMute, &Mute{1}, "[0 0]"},
		{MsgVolume, &Volume{[]uint16{32768}}, "[0 0]"},
		{MsgMute, &Mute{0}, "[1000 1000]"},
		{MsgVolume, &Volume{}, "[1000 1000]"},
		{MsgVolume, &Volume{[]uint16{65535}}, "[8000 8000]"},
	} {
		b.handle(t, tc.typ, tc.m)
		if got := first(); got != tc.want {
			t.Errorf("%d %v: got %s, want %s", tc.typ, tc.m, got, tc.want)
		}
	}
}

// TestTimes has a source that stops for a while, and delivers in bursts.
func TestTimes(t *testing.T) {
	var s stamps
	for _, tc := range []struct{ now, want uint32 }{
		{math.MaxUint32, math.MaxUint32 - 10}, {8, math.MaxUint32}, {60, 9}, {60, 19}, {200, 190}, {205, 200}, {50, 40},
	} {
		if got := s.next(tc.now, 480, 48_000); got != tc.want {
			t.Errorf("at %d: got %d, want %d", tc.now, got, tc.want)
		}
	}
}

// forgetful is a server that forgets everything.
type forgetful struct{}

func (forgetful) SendAll(...spice.Outgoing) error { return nil }

func TestNoMemory(t *testing.T) {
	for _, encoder := range []func(int, int) (Encoder, error){nil, func(int, int) (Encoder, error) { return quiet{}, nil }} {
		source := new(fakeSource)
		h := New(Options{Source: source, Out: forgetful{}, Clock: &fakeClock{}, NewEncoder: encoder})
		h.Handle(spice.Message{Type: MsgStart, Body: wire.Marshal(&Start{2, FormatS16, 48000})})
		pcm := make([]int16, 1024)
		if n := testing.AllocsPerRun(100, func() { source.deliver(pcm) }); n > 0 {
			t.Errorf("a packet takes %v allocations", n)
		}
		if n := h.Stats().BitRate; n == 0 {
			t.Error("there is no bit rate")
		}
	}
}

// quiet encodes everything as the same.
type quiet struct{}

func (quiet) Encode(dst []byte, _ []int16) (int, error) { return 100, nil }

// TestWhileDelivering starts and stops while the source delivers.
func TestWhileDelivering(t *testing.T) {
	b := newBench(nil)
	var delivering sync.WaitGroup
	for range 200 {
		b.handle(t, MsgStart, &Start{2, FormatS16, 48000})
		deliver := b.source.deliver
		delivering.Wait()
		delivering.Go(func() { deliver(make([]int16, 960)) })
		b.handle(t, MsgVolume, &Volume{[]uint16{1}})
		b.handle(t, MsgStop, nil)
	}
	delivering.Wait()
}

// script runs a list of messages: type, length, body.
func script(t *testing.T, p []byte) {
	b := newBench(newFake)
	defer b.Close()
	for len(p) >= 2 {
		typ, n := 100+uint16(p[0]%6), min(int(p[1]), len(p)-2)
		_ = b.Handle(spice.Message{Type: typ, Body: p[2 : 2+n]}) // what is malformed must do no harm
		if b.source.deliver != nil {
			b.source.deliver(make([]int16, 1000))
		}
		p = p[2+n:]
	}
}

// FuzzHandle feeds the handler any messages in any order.
func FuzzHandle(f *testing.F) {
	var p []byte
	for _, m := range []wire.Encoder{&Start{2, FormatS16, 48000}, &Start{1, FormatS16, 44100}, &Start{9, FormatS16, 44100}} {
		body := wire.Marshal(m)
		p = append(append(p, 1, byte(len(body))), body...)
	}
	f.Add(append(p, 3, 3, 1, 255, 255, 4, 1, 1, 2, 0))
	f.Fuzz(script)
}
