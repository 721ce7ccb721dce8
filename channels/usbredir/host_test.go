package usbredir

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"saffron/spice/wire"
)

// A guest is the other end of a Host: it takes its packets apart, and makes
// some.
type guest struct {
	*Host
	refused []Device

	mu     sync.Mutex
	parser parser
	lines  []string // guarded by mu; what came
	last   packet   // guarded by mu
}

func newGuest(caps Caps) *guest {
	g := &guest{parser: parser{ours: caps}}
	g.Host = New(g, Options{Version: "test", Refused: func(d Device) { g.refused = append(g.refused, d) }})
	return g
}

// Write takes what the Host says.
func (g *guest) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(p), g.parser.feed(p, func(m packet) error {
		g.last = m
		g.lines = append(g.lines, line(m))
		return nil
	})
}

func line(m packet) string {
	switch b := m.body.(type) {
	case *hello:
		return fmt.Sprintf("hello %s %#x", b.version, uint32(b.caps))
	case *deviceConnect:
		return fmt.Sprintf("connect %d %04x:%04x %x", b.speed, b.vendor, b.product, b.version)
	case *interfaceInfo:
		return fmt.Sprintf("interfaces %d", b.count)
	case *endpointInfo:
		return fmt.Sprintf("endpoints %d %d", b.types[2], b.maxPacket[17])
	case *control:
		return fmt.Sprintf("control %d %v %d %s", m.id, b.status, b.length, b.data)
	case *bulk:
		return fmt.Sprintf("bulk %d %v %d %s", m.id, b.status, b.length, b.data)
	case *short:
		return fmt.Sprintf("short %d %v %d %s", m.id, b.status, b.length, b.data)
	case *fields:
		return fmt.Sprintf("type %d %d %v", m.typ, m.id, []byte(*b))
	}
	return fmt.Sprintf("%T", m.body)
}

func (g *guest) take() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	l := g.lines
	g.lines = nil
	return l
}

// say sends a packet to the Host.
func (g *guest) say(t *testing.T, typ Type, id uint64, b body) {
	t.Helper()
	if err := g.try(typ, id, b); err != nil {
		t.Fatal(err)
	}
}

func (g *guest) try(typ Type, id uint64, b body) error {
	g.mu.Lock()
	caps := g.parser.caps
	g.mu.Unlock()
	return g.Receive(appendPacket(nil, packet{typ, id, b}, caps))
}

func bytesOf(b ...byte) *fields { f := fields(b); return &f }

func (g *guest) hello(t *testing.T) {
	t.Helper()
	g.say(t, TypeHello, 0, &hello{"guest", g.parser.ours})
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// A gadget is a device that takes what it gets, and gives it back; transfers of
// endpoint 3 wait.
type gadget struct {
	mu      sync.Mutex
	config  uint8
	resets  int
	waiting []*Transfer
}

func (d *gadget) Describe() Description {
	return Description{Speed: High, Vendor: 0x1234, Product: 0x5678, Version: 0x0102,
		Interfaces: []Interface{{Class: 8, SubClass: 6, Protocol: 0x50}},
		Endpoints:  []Endpoint{{Address: 0x02, Type: BulkEndpoint, MaxPacket: 512}, {Address: 0x81, Type: BulkEndpoint, MaxPacket: 512}}}
}

func (d *gadget) Reset() {
	d.mu.Lock()
	waiting := d.waiting
	d.waiting = nil
	d.resets++
	d.mu.Unlock()
	for _, t := range waiting {
		t.Took(Cancelled, 0)
	}
}

func (d *gadget) SetConfiguration(n uint8) Status {
	if n > 1 {
		return Stall
	}
	d.config = n
	return Success
}
func (d *gadget) Configuration() uint8 { return d.config }
func (d *gadget) SetAlt(_, alt uint8) Status {
	return map[bool]Status{true: Success, false: Stall}[alt == 0]
}
func (d *gadget) Alt(i uint8) (uint8, Status) {
	return 0, map[bool]Status{true: Success, false: Stall}[i == 0]
}
func (d *gadget) wait(t *Transfer) { d.mu.Lock(); d.waiting = append(d.waiting, t); d.mu.Unlock() }
func (d *gadget) Submit(t *Transfer) {
	switch {
	case t.Endpoint&0x7f == 3:
		d.wait(t)
	case t.Length > 0:
		t.Finish(Success, bytes.Repeat([]byte("x"), min(t.Length, 5)))
	default:
		t.Took(Success, len(t.Data))
	}
}

func (d *gadget) Cancel(t *Transfer) {
	d.mu.Lock()
	i := slices.Index(d.waiting, t)
	if i >= 0 {
		d.waiting = slices.Delete(d.waiting, i, i+1)
	}
	d.mu.Unlock()
	if i >= 0 {
		t.Took(Cancelled, 0)
	}
}

const qemu = Caps(0xff)

var plugged = []string{"interfaces 1", "endpoints 2 512", "connect 2 1234:5678 102"}

// TestPlug plugs before the guest is there and after, and takes out.
func TestPlug(t *testing.T) {
	g := newGuest(qemu)
	same(t, g.take(), "hello test 0x7e")
	if err := g.Plug(new(gadget)); err != nil {
		t.Fatal(err)
	}
	same(t, g.take())
	g.hello(t)
	same(t, g.take(), plugged...)
	if err := g.Plug(new(gadget)); !errors.Is(err, ErrBusy) {
		t.Errorf("a second device: %v", err)
	}
	if g.Unplug() == nil || g.Unplug() != nil {
		t.Error("it is not unplugged once")
	}
	same(t, g.take(), "type 2 0 []")
	if err := g.Plug(new(gadget)); err != nil {
		t.Fatal(err)
	}
	same(t, g.take()) // the guest has not noticed yet
	g.say(t, TypeReset, 0, newEmpty())
	g.say(t, TypeDisconnectAck, 0, newEmpty())
	same(t, g.take(), plugged...)
	g.Close()
	g.Close()
	if err := g.Plug(new(gadget)); !errors.Is(err, ErrClosed) {
		t.Errorf("plugging into what is closed: %v", err)
	}
	same(t, g.take())
}

// TestOldGuest speaks with one that can do nothing of what came later.
func TestOldGuest(t *testing.T) {
	g := newGuest(0)
	g.hello(t)
	g.Plug(new(gadget))
	g.Unplug()
	g.Plug(new(gadget))
	g.say(t, TypeBulk, 1<<31, &bulk{endpoint: 0x81, length: 3})
	same(t, g.take()[1:], "interfaces 1", "endpoints 2 0", "connect 2 1234:5678 0", "type 2 0 []",
		"interfaces 1", "endpoints 2 0", "connect 2 1234:5678 0", "bulk 2147483648 success 3 xxx")
}

// TestRequests asks for everything once.
func TestRequests(t *testing.T) {
	g, d := newGuest(qemu), new(gadget)
	g.hello(t)
	g.say(t, TypeReset, 0, newEmpty()) // of nothing
	g.Plug(d)
	g.take()
	const big = 1 << 40
	for _, step := range []struct {
		typ  Type
		b    body
		want []string
	}{
		{TypeReset, newEmpty(), nil},
		{TypeSetConfiguration, bytesOf(1), []string{"interfaces 1", "endpoints 2 512", "type 8 1099511627776 [0 1]"}},
		{TypeSetConfiguration, bytesOf(7), []string{"interfaces 1", "endpoints 2 512", "type 8 1099511627776 [4 1]"}},
		{TypeGetConfiguration, newEmpty(), []string{"type 8 1099511627776 [0 1]"}},
		{TypeSetAlt, bytesOf(0, 0), []string{"interfaces 1", "endpoints 2 512", "type 11 1099511627776 [0 0 0]"}},
		{TypeGetAlt, bytesOf(5), []string{"type 11 1099511627776 [4 5 0]"}},
		{TypeStartIso, bytesOf(4, 1, 1), []string{"type 14 1099511627776 [2 4]"}},
		{TypeStopIso, bytesOf(4), []string{"type 14 1099511627776 [2 4]"}},
		{TypeStartInterruptReceiving, bytesOf(0x84), []string{"type 17 1099511627776 [2 132]"}},
		{TypeStopInterruptReceiving, bytesOf(0x84), []string{"type 17 1099511627776 [2 132]"}},
		{TypeAllocBulkStreams, bytesOf(1, 2, 3, 4, 5, 6, 7, 8), []string{"type 20 1099511627776 [1 2 3 4 5 6 7 8 2]"}},
		{TypeFreeBulkStreams, bytesOf(1, 2, 3, 4), []string{"type 20 1099511627776 [1 2 3 4 0 0 0 0 2]"}},
		{TypeStartBulkReceiving, bytesOf(1, 2, 3, 4, 5, 6, 7, 8, 9, 10), []string{"type 27 1099511627776 [1 2 3 4 9 2]"}},
		{TypeStopBulkReceiving, bytesOf(1, 2, 3, 4, 9), []string{"type 27 1099511627776 [1 2 3 4 9 2]"}},
		{TypeControl, &control{endpoint: 0x80, requestType: 0x80, request: 6, value: 0x100, length: 3}, []string{"control 1099511627776 success 3 xxx"}},
		{TypeControl, &control{requestType: 0x21, length: 2, data: []byte("ab")}, []string{"control 1099511627776 success 2 "}},
		{TypeBulk, &bulk{endpoint: 2, length: 70_000, data: make([]byte, 70_000)}, []string{"bulk 1099511627776 success 70000 "}},
		{TypeBulk, &bulk{endpoint: 0x81, length: 70_000}, []string{"bulk 1099511627776 success 5 xxxxx"}},
		{TypeBulk, &bulk{endpoint: 0x81, length: MaxTransfer + 1}, []string{"bulk 1099511627776 invalid 0 "}},
		{TypeInterrupt, &short{endpoint: 2, length: 1, data: []byte("i")}, []string{"short 1099511627776 success 1 "}},
		{TypeCancel, newEmpty(), nil},
	} {
		g.say(t, step.typ, big, step.b)
		same(t, g.take(), step.want...)
	}
	if d.resets != 1 {
		t.Errorf("%d resets", d.resets)
	}
}

// TestCancel stops what waits, by its number and by everything that ends it.
func TestCancel(t *testing.T) {
	g, d := newGuest(qemu), new(gadget)
	g.hello(t)
	g.Plug(d)
	g.take()
	for id := range uint64(4) {
		g.say(t, TypeBulk, id, &bulk{endpoint: 0x83, length: 10})
	}
	if err := g.try(TypeBulk, 2, &bulk{endpoint: 0x83, length: 10}); err == nil {
		t.Error("a number is taken twice")
	}
	g.say(t, TypeCancel, 2, newEmpty())
	g.say(t, TypeCancel, 2, newEmpty())
	same(t, g.take(), "bulk 2 cancelled 0 ")
	g.say(t, TypeReset, 0, newEmpty())
	same(t, g.take(), "bulk 0 cancelled 0 ", "bulk 1 cancelled 0 ", "bulk 3 cancelled 0 ")
	g.say(t, TypeBulk, 9, &bulk{endpoint: 0x83, length: 10})
	g.Unplug()
	same(t, g.take(), "type 2 0 []") // the guest has forgotten them
	if len(g.transfers) != 0 || g.held != 0 {
		t.Errorf("%d transfers stay", len(g.transfers))
	}
}

// TestLimits asks for more than a guest may.
func TestLimits(t *testing.T) {
	g, d := newGuest(qemu), new(gadget)
	g.hello(t)
	g.Plug(d)
	g.take()
	for id := range uint64(maxTransfers) {
		g.say(t, TypeBulk, id, &bulk{endpoint: 0x83, length: 10})
	}
	g.say(t, TypeBulk, maxTransfers, &bulk{endpoint: 0x83, length: 10})
	same(t, g.take(), "bulk 1024 I/O error 0 ")
	g.say(t, TypeReset, 0, newEmpty())
	const size = MaxTransfer
	sent := make(chan int)
	go func() {
		for id := range 3 {
			if err := g.try(TypeBulk, uint64(id), &bulk{endpoint: 3, length: size, data: make([]byte, size)}); err != nil {
				return
			}
			sent <- id
		}
	}()
	<-sent
	<-sent
	select {
	case <-sent:
		t.Error("three are taken at once")
	default:
	}
	d.mu.Lock()
	first := d.waiting[0]
	d.mu.Unlock()
	d.Cancel(first)
	<-sent
}

// TestFilter lets the guest refuse devices, before and after they are plugged.
func TestFilter(t *testing.T) {
	g, d := newGuest(qemu), new(gadget)
	g.hello(t)
	g.say(t, TypeFilter, 0, &filterRules{"0x08,-1,-1,-1,0|-1,-1,-1,-1,1"})
	if err := g.Plug(d); !errors.Is(err, ErrRefused) {
		t.Errorf("got %v", err)
	}
	g.say(t, TypeFilter, 0, &filterRules{"-1,-1,-1,-1,1"})
	if err := g.Plug(d); err != nil {
		t.Error(err)
	}
	g.say(t, TypeFilterReject, 0, newEmpty())
	if len(g.refused) != 1 || g.Unplug() != nil {
		t.Errorf("%d are refused", len(g.refused))
	}
	if err := g.try(TypeFilter, 0, &filterRules{"nonsense"}); err == nil {
		t.Error("a filter without sense is taken")
	}
	g = newGuest(qemu)
	g.Plug(d)
	g.Receive(slices.Concat(appendPacket(nil, packet{TypeHello, 0, &hello{"g", qemu}}, 0),
		appendPacket(nil, packet{TypeFilter, 0, &filterRules{""}}, hostCaps)))
	if err := g.Plug(d); err == nil {
		t.Error("what the guest does not want is plugged")
	}
}

// TestBroken sends what no guest sends.
func TestBroken(t *testing.T) {
	helloPacket := slices.Clip(appendPacket(nil, packet{TypeHello, 0, &hello{"g", qemu}}, 0))
	for name, p := range map[string][]byte{
		"no hello":         appendPacket(nil, packet{TypeReset, 0, newEmpty()}, 0),
		"two hellos":       append(helloPacket, long(TypeHello, 68, 0, make([]byte, 68))...),
		"unknown type":     append(helloPacket, long(99, 0, 0, nil)...),
		"huge":             append(helloPacket, long(TypeBulk, 0xffffffff, 0, nil)...),
		"huge filter":      append(helloPacket, long(TypeFilter, 70_000, 0, bytes.Repeat([]byte("-1,-1,-1,-1,1|"), 5000))...),
		"short":            append(helloPacket, long(TypeSetConfiguration, 0, 0, nil)...),
		"too long":         append(helloPacket, long(TypeReset, 1, 0, []byte{1})...),
		"from the host":    append(helloPacket, long(TypeConfigurationStatus, 2, 0, []byte{1, 1})...),
		"also":             append(helloPacket, long(TypeDeviceConnect, 10, 0, make([]byte, 10))...),
		"data for nothing": append(helloPacket, appendPacket(nil, packet{TypeBulk, 1, &bulk{endpoint: 0x81, length: 1, data: []byte{1}}}, hostCaps)...),
		"data missing":     append(helloPacket, appendPacket(nil, packet{TypeBulk, 1, &bulk{endpoint: 1, length: 2, data: []byte{1}}}, hostCaps)...),
	} {
		g := newGuest(qemu)
		g.Plug(new(gadget))
		var err error
		for i := 0; i < len(p) && err == nil; i++ { // byte by byte
			err = g.Receive(p[i : i+1])
		}
		if err == nil || !strings.HasPrefix(err.Error(), "usbredir: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// long is a packet with a long header that says what it likes.
func long(typ Type, size uint32, id uint64, data []byte) []byte {
	w := new(wire.Writer)
	w.U32(uint32(typ))
	w.U32(size)
	w.U64(id)
	w.Bytes(data)
	return w.Body()
}

// TestPackets takes each type through both directions, with all combinations of
// what packets depend on.
func TestPackets(t *testing.T) {
	for _, caps := range []Caps{0, CapDeviceVersion, CapMaxPacketSize, CapMaxPacketSize | CapBulkStreams, Cap64BitIDs, Cap32BitLength, qemu} {
		for typ, make := range bodies {
			if typ == TypeHello {
				continue
			}
			b := make()
			if f, ok := b.(*fields); ok {
				for i := range *f {
					(*f)[i] = byte(i + 1)
				}
			}
			first := appendPacket(nil, packet{typ, 7, b}, caps)
			p := parser{begun: true, caps: caps}
			n := 0
			for i := range first { // cut anywhere
				if err := p.feed(first[i:i+1], func(m packet) error {
					n++
					if again := appendPacket(nil, m, caps); !bytes.Equal(again, first) {
						t.Errorf("type %d, %#x: %x, then %x", typ, caps, first, again)
					}
					return nil
				}); err != nil {
					t.Fatalf("type %d, %#x: %v", typ, caps, err)
				}
			}
			if n != 1 {
				t.Errorf("type %d: %d packets", typ, n)
			}
		}
	}
}

// TestHelloBytes reads what a real guest says first.
func TestHelloBytes(t *testing.T) {
	p := slices.Concat([]byte{0, 0, 0, 0, 0x44, 0, 0, 0, 0, 0, 0, 0}, []byte("qemu usb-redir guest 7.2.22"), make([]byte, 64-27), []byte{0xff, 0, 0, 0})
	g := newGuest(qemu)
	if err := g.Receive(p); err != nil || g.parser.caps != hostCaps {
		t.Errorf("%v, %#x", err, g.parser.caps)
	}
}

// FuzzHost feeds a Host with any stream, behind a hello or not.
func FuzzHost(f *testing.F) {
	helloPacket := appendPacket(nil, packet{TypeHello, 0, &hello{"g", qemu}}, 0)
	f.Add(helloPacket, uint8(100))
	for typ, make := range bodies {
		f.Add(append(slices.Clone(helloPacket), appendPacket(nil, packet{typ, 3, make()}, hostCaps)...), uint8(typ))
	}
	f.Fuzz(func(t *testing.T, stream []byte, cut uint8) {
		g, d := newGuest(qemu), new(gadget)
		g.Plug(d)
		for len(stream) > 0 {
			n := min(int(cut)+1, len(stream))
			if g.Receive(stream[:n]) != nil {
				break
			}
			stream = stream[n:]
		}
		g.Close()
		if len(d.waiting) > 0 || len(g.transfers) > 0 || g.held != 0 {
			t.Errorf("%d wait, %d transfers, %d bytes", len(d.waiting), len(g.transfers), g.held)
		}
	})
}
