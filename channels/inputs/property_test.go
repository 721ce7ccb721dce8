package inputs

import (
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"saffron/spice"
)

// slow takes its time for each write.
type slow struct {
	recorder
	rng *rand.Rand
}

func (s *slow) SendAll(messages ...spice.Outgoing) error {
	time.Sleep(time.Duration(s.rng.IntN(5)) * time.Millisecond)
	return s.recorder.SendAll(messages...)
}

// A player does random things and notes what must become of them.
type player struct {
	i      *Inputs
	rng    *rand.Rand
	client bool
	want   []string    // everything but motion, in order; a click with the place of the pointer
	pos    image.Point // of the pointer, absolute or summed up
	held   []Scancode
	mask   uint16 // of buttons that are held
}

func (p *player) step() {
	switch p.rng.IntN(9) {
	case 0, 1:
		p.key(Scancode(0x10 + p.rng.IntN(4)))
	case 2:
		p.i.Combo(0x1d, 0xe04d)
		for _, c := range slices.Backward(p.held) {
			p.want = append(p.want, fmt.Sprintf("-%x", int(c)))
		}
		p.held = nil
		p.want = append(p.want, "+1d", "+e04d", "-e04d", "-1d")
	case 3:
		p.button([]Button{Left, Middle, Right, Side, Extra}[p.rng.IntN(5)])
	case 4:
		p.wheel(p.rng.IntN(5) - 2)
	default:
		p.move(image.Pt(p.rng.IntN(50), p.rng.IntN(50)))
	}
}

// key presses c, or releases it if it is down.
func (p *player) key(c Scancode) {
	at := slices.Index(p.held, c)
	p.i.Key(c, at < 0)
	if at < 0 {
		p.held = append(p.held, c)
		p.want = append(p.want, fmt.Sprintf("+%x", int(c)))
		return
	}
	p.held = slices.Delete(p.held, at, at+1)
	p.want = append(p.want, fmt.Sprintf("-%x", int(c)))
}

// button presses b, or releases it if it is down.
func (p *player) button(b Button) {
	p.mask ^= b.mask()
	down := p.mask&b.mask() != 0
	p.i.Button(b, down)
	p.click(uint8(b), down)
}

// click notes a button, of the wheel or not, where the pointer is.
func (p *player) click(b uint8, down bool) {
	typ := uint16(MsgcMouseRelease)
	if down {
		typ = MsgcMousePress
	}
	p.want = append(p.want, word(spice.Outgoing{Type: typ, Body: &MouseButton{b, p.mask}})+fmt.Sprintf(" at %v", p.pos))
}

// wheel turns the wheel: each notch is there, none is taken back by the next.
func (p *player) wheel(n int) {
	p.i.Wheel(n)
	b := uint8(wheelUp)
	if n < 0 {
		b, n = wheelDown, -n
	}
	for range n {
		p.click(b, true)
		p.click(b, false)
	}
}

func (p *player) move(d image.Point) {
	if p.client {
		p.pos = d
		p.i.Position(0, d)
		return
	}
	p.pos = p.pos.Add(d)
	p.i.Motion(d.X, d.Y)
}

// replay reads messages as a server would, in the words of player.want.
func replay(messages []spice.Outgoing) (events []string, pos image.Point) {
	for _, m := range messages {
		switch b := m.Body.(type) {
		case *MousePosition:
			pos = image.Pt(int(b.X), int(b.Y))
		case *MouseMotion:
			pos = pos.Add(image.Pt(int(b.DX), int(b.DY)))
		case *MouseButton:
			events = append(events, fmt.Sprintf("%s at %v", word(m), pos))
		default:
			events = append(events, strings.Fields(word(m))...)
		}
	}
	return events, pos
}

// An acker is the part of a server that acknowledges motion.
type acker struct {
	unacked, seen int
}

// look counts motion among messages that came since the last time. More of it
// than the window allows must be there for something that follows at once.
func (a *acker) look(t *testing.T, messages []spice.Outgoing) {
	t.Helper()
	for n := a.seen; n < len(messages); n++ {
		if !isMotion(messages[n]) {
			continue
		}
		if a.unacked >= motionWindow && (n+1 == len(messages) || isMotion(messages[n+1])) {
			t.Errorf("message %d: motion while %d are unacknowledged", n, a.unacked)
		}
		a.unacked++
	}
	a.seen = len(messages)
}

func isMotion(m spice.Outgoing) bool {
	return m.Type == MsgcMouseMotion || m.Type == MsgcMousePosition
}

// TestAnyOrder does random things against a slow server that acknowledges late,
// and checks that the server sees all of them in order, each click at its
// place, and never more motion than allowed.
func TestAnyOrder(t *testing.T) {
	for seed := range uint64(200) {
		synctest.Test(t, func(t *testing.T) { checkAnyOrder(t, seed, seed%2 == 0) })
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func checkAnyOrder(t *testing.T, seed uint64, client bool) {
	server := &slow{rng: rand.New(rand.NewPCG(seed, 1))}
	var caps spice.CapSet
	if seed%4 >= 2 {
		caps = spice.NewCapSet(CapKeyScancode)
	}
	i := New(server, caps)
	defer i.Close()
	i.SetMouseMode(!client)
	p := &player{i: i, rng: rand.New(rand.NewPCG(seed, 2)), client: client}
	var a acker
	for range 300 {
		p.step()
		if p.rng.IntN(3) > 0 {
			continue
		}
		time.Sleep(time.Duration(p.rng.IntN(8)) * time.Millisecond)
		server.mu.Lock()
		a.look(t, server.got)
		server.mu.Unlock()
		if a.unacked >= motionAck && p.rng.IntN(4) == 0 {
			a.unacked -= motionAck
			ack(t, i)
		}
	}
	for quiet := false; !quiet; { // the last motion must come by itself
		time.Sleep(time.Second)
		synctest.Wait()
		a.look(t, server.got)
		quiet = a.unacked < motionAck
		for ; a.unacked >= motionAck; a.unacked -= motionAck {
			ack(t, i)
		}
	}
	got, pos := replay(server.got)
	if d := cmp.Diff(p.want, got); d != "" || pos != p.pos {
		t.Errorf("the pointer is at %v, want %v; events: %s", pos, p.pos, d)
	}
}
