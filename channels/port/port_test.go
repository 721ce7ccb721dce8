package port

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"saffron/channels/msgtable/msgtabletest"
	"saffron/codec/lz4"
	"saffron/spice"
	"saffron/spice/wire"
)

var samples = []wire.Message{
	&Data{[]byte("some bytes")}, &Data{},
	&Compressed{LZ4, 300, []byte{0x1f, 7, 1, 0, 200}}, &Compressed{Bytes: []byte("plain")},
	&Init{1, "org.qemu.console.serial.0"}, &Init{},
	&EventMessage{EventBreak},
}

func TestMessages(t *testing.T) {
	msgtabletest.Distinct(t, Messages)
	msgtabletest.RoundTrip(t, Messages, samples...)
	msgtabletest.Truncate(t, Messages, samples...)
}

func FuzzMessages(f *testing.F) { msgtabletest.Fuzz(f, Messages, samples...) }

func TestWireBytes(t *testing.T) {
	const want = "10000000 09000000 00 6f72672e746573742e706f72742e3000"
	if got := hex.EncodeToString(wire.Marshal(&Init{0, "org.test.port.0"})); got != strings.ReplaceAll(want, " ", "") {
		t.Errorf("got %s, want %s", got, want)
	}
}

// A tape is a sink that writes down what it is told.
type tape struct {
	mu    sync.Mutex
	lines []string
	data  []byte
	fail  error
}

func (s *tape) note(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line)
}

func (s *tape) Opened() { s.note("opened") }
func (s *tape) Closed() { s.note("closed") }
func (s *tape) Close() error {
	s.note("close")
	return nil
}
func (s *tape) Receive(p []byte) error {
	s.note(fmt.Sprintf("%d bytes", len(p)))
	s.data = append(s.data, p...)
	return s.fail
}

// A server writes down what is sent.
type server struct {
	caps spice.CapSet
	sent []spice.Outgoing
	fail error
}

func (s *server) Caps() spice.Caps { return spice.Caps{Channel: s.caps} }
func (s *server) Send(typ uint16, m wire.Encoder) error {
	if s.fail != nil {
		return s.fail
	}
	s.sent = append(s.sent, spice.Outgoing{Type: typ, Body: rawBody(wire.Marshal(m))})
	return nil
}

type rawBody []byte

func (b rawBody) Encode(w *wire.Writer) { w.Bytes(b) }

type bench struct {
	*Handler
	server
	tape
	port *Port
}

func newBench(t *testing.T, named bool) *bench {
	t.Helper()
	b := &bench{server: server{caps: spice.NewCapSet(CapLZ4)}}
	h, err := New(Options{ID: spice.ChannelID{Type: spice.ChannelPort, ID: 2}, Out: &b.server, Named: named,
		Open: func(p *Port) Sink { b.port = p; return &b.tape }})
	if err != nil {
		t.Fatal(err)
	}
	b.Handler = h
	return b
}

func (b *bench) handle(typ uint16, m wire.Encoder) error {
	return b.Handle(spice.Message{Type: typ, Body: wire.Marshal(m)})
}

func (b *bench) take() []string {
	l := b.lines
	b.lines = nil
	return l
}

func TestNamedPort(t *testing.T) {
	b := newBench(t, true)
	if err := b.handle(MsgData, &Data{[]byte("x")}); err == nil {
		t.Error("data before the name is taken")
	}
	if s := b.Stats(); s != (Stats{}) {
		t.Errorf("%+v", s)
	}
	for _, step := range []struct {
		typ  uint16
		m    wire.Encoder
		want string
	}{
		{MsgInit, &Init{0, "a.b"}, ""},
		{MsgEvent, &EventMessage{EventOpened}, "opened"},
		{MsgEvent, &EventMessage{EventOpened}, ""},
		{MsgData, &Data{[]byte("hello ")}, "6 bytes"},
		{MsgEvent, &EventMessage{EventClosed}, "closed"},
		{MsgEvent, &EventMessage{EventBreak}, ""},
		{MsgEvent, &EventMessage{77}, ""},
		{MsgCompressed, &Compressed{Bytes: []byte("world")}, "opened 5 bytes"}, // data implies opened
		{MsgData, &Data{}, ""},
		{spice.MsgPing, &Data{}, ""},
		{MsgCompressed, packed("and more, and more, and more, and more"), "38 bytes"},
		{MsgCompressed, packed(""), ""},
	} {
		if err := b.handle(step.typ, step.m); err != nil {
			t.Fatalf("%+v: %v", step, err)
		}
		if got := strings.Join(b.take(), " "); got != step.want {
			t.Errorf("%+v: got %q", step, got)
		}
	}
	if got := string(b.data); got != "hello worldand more, and more, and more, and more" {
		t.Errorf("%q", got)
	}
	if err := b.handle(MsgInit, &Init{0, "again"}); err == nil {
		t.Error("a second name is taken")
	}
	if b.port.Name() != "a.b" || b.port.ID().ID != 2 {
		t.Errorf("%q", b.port.Name())
	}
	b.Handler.Close()
	b.Handler.Close()
	if err := b.handle(MsgData, &Data{[]byte("late")}); err != nil {
		t.Error(err)
	}
	if got := strings.Join(b.take(), " "); got != "close" {
		t.Errorf("at the end: %q", got)
	}
}

func packed(text string) *Compressed {
	room := make([]byte, 100+len(text))
	n := lz4.EncodeBlock(room, []byte(text))
	if text == "" {
		n = copy(room, []byte{0})
	}
	return &Compressed{LZ4, uint32(len(text)), room[:n]}
}

func TestBrokenPieces(t *testing.T) {
	good := packed(strings.Repeat("good ", 100))
	for _, m := range []*Compressed{
		{LZ4, MaxUnpacked + 1, good.Bytes},
		{LZ4, 1 << 31, good.Bytes},
		{LZ4, good.Size - 1, good.Bytes},
		{LZ4, good.Size + 1, good.Bytes},
		{LZ4, good.Size, good.Bytes[:len(good.Bytes)-1]},
		{LZ4, good.Size, nil},
		{2, good.Size, good.Bytes},
	} {
		b := newBench(t, false)
		if err := b.handle(MsgCompressed, m); err == nil {
			t.Errorf("%d, %d bytes: taken", m.Compression, m.Size)
		}
		if len(b.data) > 0 {
			t.Error("the sink got something")
		}
	}
}

func TestUnwanted(t *testing.T) {
	none := func(*Port) Sink { return nil }
	if _, err := New(Options{Out: new(server), Open: none}); !errors.Is(err, ErrUnwanted) {
		t.Errorf("got %v", err)
	}
	h, err := New(Options{Out: new(server), Named: true, Open: none})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Handle(spice.Message{Type: MsgInit, Body: wire.Marshal(&Init{1, "x"})}); !errors.Is(err, ErrUnwanted) {
		t.Errorf("got %v", err)
	}
	if got := h.Stats().Name; got != "x" {
		t.Errorf("the name is %q", got)
	}
	h.Close()
}

func TestLongName(t *testing.T) {
	b := newBench(t, true)
	if err := b.handle(MsgInit, &Init{0, strings.Repeat("x", maxName)}); err == nil {
		t.Error("taken")
	}
	if err := b.Handle(spice.Message{Type: MsgInit, Body: []byte{4, 0, 0, 0, 7, 0, 0, 0, 1, 'a'}}); err == nil {
		t.Error("a name that ends outside is taken")
	}
}

// TestWrite sends what can be packed and what cannot, to servers that unpack
// and to others.
func TestWrite(t *testing.T) {
	noise := make([]byte, 3*MaxWrite+17)
	rand.NewChaCha8([32]byte{}).Read(noise)
	text := bytes.Repeat([]byte("0123456789abcdef"), MaxWrite/8)
	for _, caps := range []spice.CapSet{{}, spice.NewCapSet(CapLZ4)} {
		for _, data := range [][]byte{noise, text, []byte("short"), nil} {
			b := newBench(t, false)
			b.server.caps = caps
			h, _ := New(Options{Out: &b.server, Open: func(p *Port) Sink { b.port = p; return &b.tape }})
			if n, err := b.port.Write(data); n != len(data) || err != nil {
				t.Fatal(n, err)
			}
			got, compressed := unpackAll(t, b.sent)
			if !bytes.Equal(got, data) {
				t.Error("it arrives otherwise")
			}
			if want := caps.Has(CapLZ4) && len(data) == len(text); compressed != want {
				t.Errorf("%d bytes: packed %v, want %v", len(data), compressed, want)
			}
			if s := h.Stats(); s.Sent != uint64(len(data)) || compressed == (s.SentPacked == s.Sent) {
				t.Errorf("%+v", s)
			}
		}
	}
	b := newBench(t, false)
	if err := b.port.Break(); err != nil || len(b.sent) != 1 || b.sent[0].Type != MsgcEvent {
		t.Errorf("%v, %v", b.sent, err)
	}
	b.server.fail = errors.New("gone")
	if _, err := b.port.Write(noise); !errors.Is(err, b.server.fail) {
		t.Errorf("got %v", err)
	}
}

// unpackAll reads what was sent as a server does.
func unpackAll(t *testing.T, sent []spice.Outgoing) (all []byte, compressed bool) {
	t.Helper()
	for _, m := range sent {
		e, _ := Messages.Lookup(m.Type, false)
		msg := e.New()
		if err := wire.Unmarshal(m.Body.(rawBody), msg); err != nil {
			t.Fatal(err)
		}
		switch msg := msg.(type) {
		case *Data:
			if len(msg.Bytes) > MaxWrite {
				t.Errorf("%d bytes in one message", len(msg.Bytes))
			}
			all = append(all, msg.Bytes...)
		case *Compressed:
			p, err := msg.unpack(nil)
			if err != nil {
				t.Fatal(err)
			}
			all, compressed = append(all, p...), true
		}
	}
	return all, compressed
}

// FuzzHandler feeds a channel with any messages: whatever they are, the sink is
// told of openings and closings in turn, and of bytes only in between.
func FuzzHandler(f *testing.F) {
	f.Add([]byte{0, 4, 1, 2, 3, 4, 1, 3, 0, 9, 9})
	f.Add([]byte{2, 11, 2, 0, 0, 0, 9, 0, 0, 0, 1, 'x', 0, 3, 1, 1})
	f.Fuzz(func(t *testing.T, script []byte) {
		b := newBench(t, len(script)%2 == 0)
		for len(script) >= 2 {
			typ := []uint16{MsgData, MsgCompressed, MsgInit, MsgEvent}[script[0]%4]
			n := min(int(script[1]), len(script)-2)
			if b.Handle(spice.Message{Type: typ, Body: slices.Clone(script[2 : 2+n])}) != nil {
				break
			}
			script = script[2+n:]
		}
		b.Handler.Close()
		open := false
		for _, line := range b.take() {
			switch {
			case line == "opened" && open, line == "closed" && !open, strings.HasSuffix(line, "bytes") && !open:
				t.Fatalf("%q is out of turn", line)
			case line == "opened", line == "closed":
				open = line == "opened"
			}
		}
	})
}
