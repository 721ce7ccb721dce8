package inputs

import (
	"fmt"
	"image"
	"math/rand/v2"
	"slices"
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
	left   bool
}

func (p *player) step() {
	switch p.rng.IntN(8) {
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
		p.left = !p.left
		p.i.Button(Left, p.left)
		p.want = append(p.want, fmt.Sprintf("%s at %v", map[bool]string{true: "L1", false: "l0"}[p.left], p.pos))
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
			events = append(events, word(m))
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
	i := New(server)
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
