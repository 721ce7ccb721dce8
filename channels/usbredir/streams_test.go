package usbredir

import (
	"fmt"
	"testing"
)

// A sensor is a gadget that speaks by itself.
type sensor struct {
	gadget
	heard func(status Status, data []byte, last bool)
	sent  []string
	ended int
}

func (s *sensor) StartReceiving(endpoint uint8, got func(Status, []byte)) Status {
	if endpoint != 0x83 {
		return Invalid
	}
	s.heard = func(status Status, data []byte, _ bool) { got(status, data) }
	return Success
}
func (s *sensor) StopReceiving(uint8) Status { s.ended++; return Success }
func (s *sensor) StartIso(_, packets, urbs uint8, got func(Status, []byte, bool)) Status {
	s.heard = got
	s.sent = append(s.sent, fmt.Sprintf("start %d %d", packets, urbs))
	return Success
}
func (s *sensor) StopIso(uint8) Status { s.ended++; return Success }
func (s *sensor) SendIso(endpoint uint8, p []byte) {
	s.sent = append(s.sent, fmt.Sprintf("%d %s", endpoint, p))
}

// TestStreams begins and ends streams of interrupts and isochronous packets.
func TestStreams(t *testing.T) {
	g := newGuest(hostCaps)
	d := new(sensor)
	if err := g.Plug(d); err != nil {
		t.Fatal(err)
	}
	g.hello(t)
	g.take()
	const id = 7
	g.say(t, TypeStartInterruptReceiving, id, bytesOf(0x81))
	same(t, g.take(), "type 17 7 [2 129]")
	g.say(t, TypeStartInterruptReceiving, id, bytesOf(0x83))
	d.heard(Success, []byte("a"), false)
	d.heard(Success, []byte("bc"), false)
	d.heard(Stall, nil, false)
	g.say(t, TypeStopInterruptReceiving, 8, bytesOf(0x83))
	same(t, g.take(), "type 17 7 [0 131]", "short 0 success 1 a", "short 1 success 2 bc", "type 17 0 [4 131]", "type 17 8 [0 131]")

	for _, wrong := range []*fields{bytesOf(0x84, 0, 1), bytesOf(0x84, 33, 1), bytesOf(0x84, 1, 0), bytesOf(0x84, 1, 17)} {
		g.say(t, TypeStartIso, id, wrong)
		same(t, g.take(), "type 14 7 [2 132]")
	}
	g.say(t, TypeStartIso, id, bytesOf(0x84, 4, 2))
	d.heard(Success, []byte("x"), false)
	d.heard(IOError, nil, false)
	d.heard(IOError, nil, true)
	g.say(t, TypeStopIso, id, bytesOf(0x84))
	same(t, g.take(), "type 14 7 [0 132]", "short 0 success 1 x", "short 1 I/O error 0 ", "type 14 0 [3 132]", "type 14 7 [0 132]")
	g.say(t, TypeIso, id, &short{endpoint: 5, length: 2, data: []byte("hi")})
	same(t, d.sent, "start 4 2", "5 hi")
	same(t, g.take())
	for _, wrong := range []*short{{endpoint: 0x85, length: 1}, {endpoint: 5, length: 9, data: []byte("x")}} {
		if err := g.try(TypeIso, id, wrong); err == nil {
			t.Errorf("%+v is taken", wrong)
		}
	}
	heard := d.heard
	g.Unplug()
	g.take()
	heard(Success, []byte("late"), false)
	same(t, g.take())
	if d.ended != 2 {
		t.Errorf("%d streams have ended", d.ended)
	}
}
