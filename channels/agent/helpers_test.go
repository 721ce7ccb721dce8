package agent

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

// A pair is a client's agent and the guest's, without links between them.
type pair struct {
	*Agent
	guest *spicetest.Agent
	local *testLocal // nil: no clipboard is shared

	mu     sync.Mutex
	broken error             // guarded by mu; a rule that the client broke
	got    []received        // guarded by mu; messages since the last time
	on     func(m *received) // guarded by mu
}

// A received is a message that came to the guest.
type received struct {
	typ  uint32
	body []byte
}

func (m received) String() string { return fmt.Sprintf("%s %x", messageName(m.typ), m.body) }

// pairOf makes a pair of which the guest's half is not there yet.
func pairOf(t *testing.T, o Options) *pair {
	t.Helper()
	p := &pair{}
	if o.Local == nil {
		p.local = &testLocal{}
		o.Local = p.local
	}
	if o.Local == noLocal {
		o.Local = nil
	}
	o.Out = p
	p.Agent = New(o)
	p.guest = newGuest(p)
	t.Cleanup(func() {
		p.Close()
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.broken != nil {
			t.Error(p.broken)
		}
	})
	return p
}

func newGuest(p *pair) *spicetest.Agent {
	return &spicetest.Agent{Send: p.toClient, OnMessage: p.note}
}

// noLocal stands for no clipboard.
var noLocal Local = new(testLocal)

// toClient hands a message of main to the client.
func (p *pair) toClient(typ uint16, m wire.Encoder) error {
	body := wire.Marshal(m)
	switch typ {
	case 115:
		p.Connect(true, wire.NewReader(body).U32())
	case 108:
		p.Connect(false, 0)
	case 109:
		p.Data(body)
	case 110:
		p.Tokens(wire.NewReader(body).U32())
	}
	return nil
}

func (p *pair) note(typ uint32, body []byte) {
	p.mu.Lock()
	m := received{typ, body}
	p.got = append(p.got, m)
	on := p.on
	p.mu.Unlock()
	if on != nil {
		on(&m)
	}
}

func (p *pair) take(typ uint16, body []byte) error {
	_, err := p.guest.Take(spice.Message{Type: typ, Body: body})
	if err != nil {
		p.mu.Lock()
		p.broken = err
		p.mu.Unlock()
	}
	return err
}

func (p *pair) StartAgent(n uint32) error { return p.take(106, word(n)) }
func (p *pair) SendAgentData(data []byte) error {
	return p.take(107, bytes.Clone(data))
}
func (p *pair) GrantAgentTokens(n uint32) error { return p.take(108, word(n)) }

func word(n uint32) []byte {
	var w wire.Writer
	w.U32(n)
	return w.Body()
}

// heard returns the messages since the last time.
func (p *pair) heard() []received {
	synctest.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	got := p.got
	p.got = nil
	return got
}

// expect compares the messages since the last time.
func (p *pair) expect(t *testing.T, want ...received) {
	t.Helper()
	got := p.heard()
	if !slices.EqualFunc(got, want, func(a, b received) bool { return a.typ == b.typ && bytes.Equal(a.body, b.body) }) {
		t.Errorf("the guest got\n%v, want\n%v", got, want)
	}
}

// say lets the guest's agent say something.
func (p *pair) say(t *testing.T, typ uint32, m wire.Encoder) {
	t.Helper()
	if err := p.guest.Say(typ, wire.Marshal(m)); err != nil {
		t.Error(err)
	}
}

// linuxCaps are those of spice-vdagent 0.22.
var linuxCaps = Caps{0x00038de7}

// greeted makes the guest's half come and announce capabilities, and forgets
// what it was told.
func (p *pair) greeted(t *testing.T, caps Caps) {
	t.Helper()
	if err := p.guest.Connect(); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	p.say(t, msgAnnounce, &announce{Caps: caps})
	p.heard()
}

// full is the layout of messages of the clipboard that both sides know.
var full = layout{selection: true, serial: true}

func message1(typ uint32, m wire.Encoder) received { return received{typ, wire.Marshal(m)} }

// A testLocal is a clipboard that writes down what it is told.
type testLocal struct {
	mu      sync.Mutex
	lines   []string                                     // guarded by mu
	content map[Selection][]byte                         // guarded by mu; answered at once
	wanted  map[Selection][]func(data []byte, err error) // guarded by mu; those that wait
	marks   []string                                     // guarded by mu; progress
}

func (l *testLocal) note(format string, a ...any) {
	l.lines = append(l.lines, fmt.Sprintf(format, a...))
}

func (l *testLocal) Offered(sel Selection, formats []Format) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note("offered %v %v", sel, formats)
}

func (l *testLocal) Withdrawn(sel Selection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.note("withdrawn %v", sel)
}

func (l *testLocal) Wanted(sel Selection, f Format, answer func([]byte, error)) {
	l.mu.Lock()
	l.note("wanted %v %v", sel, f)
	data, ok := l.content[sel]
	if !ok {
		if l.wanted == nil {
			l.wanted = map[Selection][]func([]byte, error){}
		}
		l.wanted[sel] = append(l.wanted[sel], answer)
	}
	l.mu.Unlock()
	if ok {
		answer(data, nil)
	}
}

func (l *testLocal) Progress(sel Selection, toGuest bool, done, total int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.marks = append(l.marks, fmt.Sprintf("%v %v %d/%d", sel, toGuest, done, total))
}

// has makes content what it answers with.
func (l *testLocal) has(sel Selection, content []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.content == nil {
		l.content = map[Selection][]byte{}
	}
	l.content[sel] = content
}

// answer returns the first request that waits.
func (l *testLocal) answer(t *testing.T, sel Selection) func([]byte, error) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.wanted[sel]) == 0 {
		t.Fatal("nothing is wanted")
	}
	f := l.wanted[sel][0]
	l.wanted[sel] = l.wanted[sel][1:]
	return f
}

// expect compares what it was told since the last time.
func (l *testLocal) expect(t *testing.T, want ...string) {
	t.Helper()
	synctest.Wait()
	l.mu.Lock()
	defer l.mu.Unlock()
	if !slices.Equal(l.lines, want) {
		t.Errorf("the clipboard was told\n%q, want\n%q", l.lines, want)
	}
	l.lines = nil
}

// An outcome is what a call returned, which runs beside the test.
type outcome[T any] struct {
	done  chan struct{}
	value T
	err   error
}

func start[T any](f func() (T, error)) *outcome[T] {
	o := &outcome[T]{done: make(chan struct{})}
	go func() {
		defer close(o.done)
		o.value, o.err = f()
	}()
	return o
}

// ended waits until nothing moves and reports whether the call has returned.
func (o *outcome[T]) ended() bool {
	synctest.Wait()
	select {
	case <-o.done:
		return true
	default:
		return false
	}
}

func (p *pair) request(ctx context.Context, sel Selection, f Format) *outcome[[]byte] {
	return start(func() ([]byte, error) { return p.Request(ctx, sel, f) })
}
