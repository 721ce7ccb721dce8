package playback

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"saffron/channels/msgtable"
	"saffron/channels/msgtable/msgtabletest"
	"saffron/spice"
	"saffron/spice/wire"
)

var samples = []wire.Message{
	new(msgtable.Empty),
	&Data{Time: 1 << 31, Samples: []byte{1, 2, 3, 4}},
	&Data{Time: 5},
	&SetMode{Time: 1754925, Mode: ModeOpus},
	&SetMode{Time: 1, Mode: ModeRaw, Rest: []byte{9}},
	&Start{Channels: 2, Format: FormatS16, Frequency: 48000, Time: 1755130},
	&Volume{Levels: []uint16{0x8000, 0x4000}},
	&Volume{},
	&Mute{1},
	&Latency{250},
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
		{&SetMode{Time: 0x1ac32d, Mode: ModeOpus}, "2d c3 1a 00  03 00"},
		{&Start{2, FormatS16, 48000, 0x1ac7fa}, "02 00 00 00  01 00  80 bb 00 00  fa c7 1a 00"},
		{&Volume{[]uint16{0x8000, 0x4000}}, "02  00 80  00 40"},
		{&Mute{1}, "01"},
	} {
		got := hex.EncodeToString(wire.Marshal(tc.m))
		if got != strings.ReplaceAll(tc.want, " ", "") {
			t.Errorf("%+v: got %s, want %s", tc.m, got, tc.want)
		}
	}
}

// A diary is a sink that writes down what it is told.
type diary struct{ lines []string }

func (d *diary) note(format string, a ...any) { d.lines = append(d.lines, fmt.Sprintf(format, a...)) }

func (d *diary) Start(rate, channels int, time uint32) {
	d.note("start %d %d %d", rate, channels, time)
}
func (d *diary) Play(time uint32, pcm []int16) { d.note("play %d %v", time, pcm) }
func (d *diary) Stop()                         { d.note("stop") }
func (d *diary) SetVolume(levels []uint16)     { d.note("volume %v", levels) }
func (d *diary) SetMute(mute bool)             { d.note("mute %v", mute) }
func (d *diary) SetLatency(ms uint32)          { d.note("latency %d", ms) }
func (d *diary) Close()                        { d.note("close") }

// A fakeDecoder takes packets that begin with a number: of that many frames,
// each of the value that follows. It makes up frames of 77.
type fakeDecoder struct{ channels, last int }

var errPacket = errors.New("no packet")

func (d *fakeDecoder) Decode(dst []int16, p []byte) (int, error) {
	switch {
	case p == nil:
		for i := range d.last * d.channels {
			dst[i] = 77
		}
		return d.last, nil
	case len(p) != 2 || int(p[0])*d.channels > len(dst):
		return 0, errPacket
	}
	for i := range int(p[0]) * d.channels {
		dst[i] = int16(p[1])
	}
	d.last = int(p[0])
	return d.last, nil
}

func newFake(rate, channels int) (Decoder, error) {
	if rate == 44_100 {
		return nil, errors.New("not a rate of Opus")
	}
	return &fakeDecoder{channels: channels}, nil
}

func message(typ uint16, m wire.Encoder) spice.Message {
	if m == nil {
		return spice.Message{Type: typ}
	}
	return spice.Message{Type: typ, Body: wire.Marshal(m)}
}

func mode(m Mode) spice.Message { return message(MsgMode, &SetMode{Mode: m}) }

func start(rate, channels uint32) spice.Message {
	return message(MsgStart, &Start{channels, FormatS16, rate, 1000})
}

func data(time uint32, p ...byte) spice.Message { return message(MsgData, &Data{time, p}) }

var stop = message(MsgStop, nil)

func TestHandle(t *testing.T) {
	for name, tc := range map[string]struct {
		messages []spice.Message
		want     []string
		stats    Stats
	}{
		"raw": {[]spice.Message{mode(ModeRaw), start(44100, 2), data(1000, 1, 0, 0xff, 0xff), stop},
			[]string{"start 44100 2 1000", "play 1000 [1 -1]", "stop"},
			Stats{Mode: ModeRaw, Rate: 44100, Channels: 2, Packets: 1, Bytes: 4}},
		"mono": {[]spice.Message{start(48000, 1), data(1000, 1, 0, 2, 0, 3, 0)},
			[]string{"start 48000 1 1000", "play 1000 [1 2 3]"},
			Stats{Mode: ModeRaw, Playing: true, Rate: 48000, Channels: 1, Packets: 1, Bytes: 6}},
		"no whole frame": {[]spice.Message{start(48000, 2), data(1000, 1, 0, 2, 0, 3, 0, 4), data(1001, 5, 0, 6), data(1002)},
			[]string{"start 48000 2 1000", "play 1000 [1 2]"},
			Stats{Mode: ModeRaw, Playing: true, Rate: 48000, Channels: 2, Packets: 1, Bytes: 7}},
		"outside": {[]spice.Message{data(999, 1, 0, 1, 0), start(48000, 1), stop, data(1000, 1, 0), stop},
			[]string{"start 48000 1 1000", "stop"},
			Stats{Mode: ModeRaw, Rate: 48000, Channels: 1, Dropped: 2}},
		"opus": {[]spice.Message{mode(ModeOpus), start(48000, 2), data(1000, 2, 9), data(1001, 1, 8)},
			[]string{"start 48000 2 1000", "play 1000 [9 9 9 9]", "play 1001 [8 8]"},
			Stats{Mode: ModeOpus, Playing: true, Rate: 48000, Channels: 2, Packets: 2, Bytes: 4}},
		"bad packets": {[]spice.Message{mode(ModeOpus), start(48000, 2), data(1000, 2, 9), data(1001, 1), data(1002), data(1003, 1, 8)},
			[]string{"start 48000 2 1000", "play 1000 [9 9 9 9]", "play 1001 [77 77 77 77]", "play 1002 [77 77 77 77]", "play 1003 [8 8]"},
			Stats{Mode: ModeOpus, Playing: true, Rate: 48000, Channels: 2, Packets: 4, Bytes: 5, Concealed: 2}},
		"mode while playing": {[]spice.Message{start(48000, 1), data(1000, 1, 0), mode(ModeOpus), data(1001, 1, 5), mode(ModeRaw), data(1002, 2, 0)},
			[]string{"start 48000 1 1000", "play 1000 [1]", "play 1001 [5]", "play 1002 [2]"},
			Stats{Mode: ModeRaw, Playing: true, Rate: 48000, Channels: 1, Packets: 3, Bytes: 6}},
		"mode is kept": {[]spice.Message{mode(ModeOpus), start(48000, 1), stop, start(24000, 1), data(1000, 1, 5)},
			[]string{"start 48000 1 1000", "stop", "start 24000 1 1000", "play 1000 [5]"},
			Stats{Mode: ModeOpus, Playing: true, Rate: 24000, Channels: 1, Packets: 1, Bytes: 2}},
		"opus at its rates": {[]spice.Message{mode(ModeOpus), start(44100, 2), data(1000, 1, 5)},
			[]string{"start 44100 2 1000"},
			Stats{Mode: ModeOpus, Playing: true, Rate: 44100, Channels: 2, Dropped: 1}},
		"celt": {[]spice.Message{mode(ModeCELT), start(44100, 2), data(1000, 1, 5)},
			[]string{"start 44100 2 1000"},
			Stats{Mode: ModeCELT, Playing: true, Rate: 44100, Channels: 2, Dropped: 1}},
		"start again": {[]spice.Message{start(44100, 2), data(1000, 1, 0, 1, 0), start(48000, 1), data(1000, 2, 0)},
			[]string{"start 44100 2 1000", "play 1000 [1 1]", "start 48000 1 1000", "play 1000 [2]"},
			Stats{Mode: ModeRaw, Playing: true, Rate: 48000, Channels: 1, Packets: 2, Bytes: 6}},
		"nonsense": {[]spice.Message{start(48000, 2), start(48000, 0), start(48000, 1<<31), start(0, 2), start(1<<32-1, 2),
			message(MsgStart, &Start{2, 7, 48000, 0}), data(1000, 1, 0, 1, 0)},
			[]string{"start 48000 2 1000", "stop"},
			Stats{Mode: ModeRaw, Rate: 48000, Channels: 2, Dropped: 1}},
		"volume": {[]spice.Message{message(MsgVolume, &Volume{[]uint16{1, 2}}), message(MsgVolume, &Volume{}), message(MsgMute, &Mute{1}),
			start(48000, 1), message(MsgLatency, &Latency{300}), message(MsgMute, &Mute{0}), message(MsgMute, &Mute{5})},
			[]string{"volume [1 2]", "mute true", "start 48000 1 1000", "latency 300", "mute false", "mute true"},
			Stats{Mode: ModeRaw, Playing: true, Rate: 48000, Channels: 1, Volume: []uint16{1, 2}, Muted: true, Latency: 300}},
		"ignored": {[]spice.Message{message(spice.MsgPing, nil), message(200, nil)}, nil, Stats{Mode: ModeRaw}},
	} {
		t.Run(name, func(t *testing.T) {
			d := new(diary)
			h := New(Options{Sink: d, NewDecoder: newFake})
			for _, m := range tc.messages {
				if err := h.Handle(m); err != nil {
					t.Errorf("%d: %v", m.Type, err)
				}
			}
			if !slices.Equal(d.lines, tc.want) {
				t.Errorf("got  %q\nwant %q", d.lines, tc.want)
			}
			if got := h.Stats(); fmt.Sprint(got) != fmt.Sprint(tc.stats) {
				t.Errorf("got  %+v\nwant %+v", got, tc.stats)
			}
			h.Close()
			h.Close()
			if want := append(slices.Clone(tc.want), "close"); !slices.Equal(d.lines, want) || h.Stats().Playing {
				t.Errorf("after Close: %q", d.lines)
			}
		})
	}
}

// TestWithoutOpus gets what was not announced.
func TestWithoutOpus(t *testing.T) {
	d := new(diary)
	h := New(Options{Sink: d})
	for _, m := range []spice.Message{mode(ModeOpus), start(48000, 2), data(1000, 1, 5), mode(ModeRaw), data(1001, 1, 0, 1, 0)} {
		if err := h.Handle(m); err != nil {
			t.Error(err)
		}
	}
	if want := []string{"start 48000 2 1000", "play 1001 [1 1]"}; !slices.Equal(d.lines, want) || h.Stats().Dropped != 1 {
		t.Errorf("got %q, %+v", d.lines, h.Stats())
	}
}

func TestErrors(t *testing.T) {
	for _, typ := range []uint16{MsgData, MsgMode, MsgStart, MsgVolume, MsgMute, MsgLatency} {
		body := []byte{1}
		if typ == MsgMute || typ == MsgVolume {
			body = nil
		}
		d := new(diary)
		err := New(Options{Sink: d}).Handle(spice.Message{Type: typ, Body: body})
		if !errors.Is(err, wire.ErrShort) || !strings.HasPrefix(err.Error(), "playback: "+Messages.Name(typ, true)+": byte ") {
			t.Errorf("%d: got %v", typ, err)
		}
		if len(d.lines) > 0 {
			t.Errorf("%d: told the sink %q", typ, d.lines)
		}
	}
}

// TestGaps loses packets of a stream whose times jitter and drift, and wrap.
func TestGaps(t *testing.T) {
	for name, tc := range map[string]struct {
		ppm, jitter int
		lose        func(n int) bool
		least, most uint64
	}{
		"nothing":     {0, 0, func(int) bool { return false }, 0, 0},
		"jitter":      {0, 30, func(int) bool { return false }, 0, 0},
		"drift":       {300, 20, func(int) bool { return false }, 0, 0},
		"ten at once": {0, 10, func(n int) bool { return n%1000 < 10 }, 850, 1150},
	} {
		random := rand.New(rand.NewPCG(1, 2))
		var g gaps
		var lost uint64
		for n := range 11_000 {
			if tc.lose(n + 500) {
				continue
			}
			time := uint32(1<<32-5000) + uint32(n*10+n*10*tc.ppm/1_000_000)
			if tc.jitter > 0 {
				time += uint32(random.IntN(tc.jitter))
			}
			lost += uint64(g.take(time, 480, 48_000))
		}
		if lost < tc.least || lost > tc.most {
			t.Errorf("%s: %d ms are lost, want %d to %d", name, lost, tc.least, tc.most)
		}
	}
	var g gaps
	g.take(5, 480, 48_000)
	if lost := g.take(1_000_000, 480, 48_000) + g.take(17, 480, 48_000); lost != 0 {
		t.Errorf("a clock that was set loses %d ms", lost)
	}
}

func TestBitRate(t *testing.T) {
	h := New(Options{Sink: new(diary)})
	h.Handle(start(48_000, 2))
	packet := data(0, make([]byte, 1920)...)
	for n := range 250 {
		packet.Body = wire.Marshal(&Data{uint32(n * 10), make([]byte, 1920)})
		h.Handle(packet)
	}
	if got := h.Stats().BitRate; got != 1_536_000 {
		t.Errorf("got %d", got)
	}
}

// A deaf sink takes everything.
type deaf struct{ diary }

func (*deaf) Play(uint32, []int16) {}

func TestNoMemory(t *testing.T) {
	h := New(Options{Sink: new(deaf), NewDecoder: newFake})
	h.Handle(mode(ModeOpus))
	h.Handle(start(48_000, 2))
	packet := data(1000, 240, 5)
	if n := testing.AllocsPerRun(100, func() { h.Handle(packet) }); n > 0 {
		t.Errorf("a packet of Opus takes %v allocations", n)
	}
	h.Handle(mode(ModeRaw))
	packet = data(1000, make([]byte, 1920)...)
	if n := testing.AllocsPerRun(100, func() { h.Handle(packet) }); n > 0 {
		t.Errorf("a raw packet takes %v allocations", n)
	}
}

// A judge is a sink that checks that it is told only what makes sense.
type judge struct {
	t        *testing.T
	playing  bool
	channels int
}

func (j *judge) Start(rate, channels int, _ uint32) {
	if rate < minRate || rate > maxRate || channels < 1 || channels > 2 {
		j.t.Errorf("start %d %d", rate, channels)
	}
	j.playing, j.channels = true, channels
}

func (j *judge) Play(_ uint32, pcm []int16) {
	if !j.playing || len(pcm) == 0 || len(pcm)%j.channels != 0 {
		j.t.Errorf("playing %v: %d samples", j.playing, len(pcm))
	}
}

func (j *judge) Stop() {
	if !j.playing {
		j.t.Error("stop twice")
	}
	j.playing = false
}

func (j *judge) SetVolume(levels []uint16) {
	if len(levels) == 0 {
		j.t.Error("no levels")
	}
}
func (j *judge) SetMute(bool)      {}
func (j *judge) SetLatency(uint32) {}
func (j *judge) Close()            {}

// script runs a list of messages: type, length, body.
func script(t *testing.T, p []byte) {
	h := New(Options{Sink: &judge{t: t}, NewDecoder: newFake})
	defer h.Close()
	for len(p) >= 2 {
		typ, n := 100+uint16(p[0]%9), min(int(p[1]), len(p)-2)
		_ = h.Handle(spice.Message{Type: typ, Body: p[2 : 2+n]}) // what is malformed must do no harm
		p = p[2+n:]
	}
}

// FuzzHandle feeds the handler any messages in any order.
func FuzzHandle(f *testing.F) {
	var p []byte
	for _, m := range []spice.Message{data(1, 1, 2), mode(ModeOpus), start(48_000, 2), data(2, 2, 3), data(3, 1), stop, data(4, 1, 2),
		start(44_100, 1), data(5, 1, 2, 3), mode(ModeRaw), data(6, 1, 2, 3, 4, 5), start(1, 9), message(MsgVolume, &Volume{})} {
		p = append(p, byte(m.Type-100), byte(len(m.Body)))
		p = append(p, m.Body...)
	}
	f.Add(p)
	f.Add(binary.LittleEndian.AppendUint64(nil, 0x0103020401030204))
	f.Fuzz(script)
}
