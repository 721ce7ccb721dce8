package monitors

import (
	"image"
	"slices"
	"testing"
	"time"
)

// A scene is a planner, a guest that obeys it in its way, and a clock.
type scene struct {
	*Planner
	now   time.Time
	heads map[int]image.Rectangle
	obey  func([]Monitor) map[int]image.Rectangle // nil: the guest does nothing
	delay time.Duration                           // until it does
	sent  [][]Monitor
}

func newScene(m Mode, heads ...image.Point) *scene {
	s := &scene{Planner: NewPlanner(m), now: time.Unix(1000, 0), heads: map[int]image.Rectangle{}}
	for n, size := range heads {
		s.heads[n] = image.Rectangle{Max: size}
	}
	s.Guest(s.heads, s.now)
	return s
}

// run lets time pass.
func (s *scene) run(d time.Duration) {
	const step = 10 * time.Millisecond
	var due time.Time
	var next map[int]image.Rectangle
	for end := s.now.Add(d); s.now.Before(end); s.now = s.now.Add(step) {
		if next != nil && !s.now.Before(due) {
			s.heads, next = next, nil
			s.Guest(s.heads, s.now)
		}
		send, _ := s.Next(s.now)
		if send == nil {
			continue
		}
		s.sent = append(s.sent, send)
		if s.obey != nil {
			next, due = s.obey(send), s.now.Add(s.delay)
		}
	}
}

// round is a guest that rounds widths down, as the Linux agent does.
func round(m []Monitor) map[int]image.Rectangle {
	heads := map[int]image.Rectangle{}
	for n, one := range m {
		if one.Enabled {
			one.Rect.Max.X -= one.Rect.Dx() % 8
			heads[n] = one.Rect
		}
	}
	return heads
}

func one(w, h int) []Monitor { return []Monitor{{image.Rect(0, 0, w, h), true}} }

func (s *scene) wantSent(t *testing.T, want ...[]Monitor) {
	t.Helper()
	if !slices.EqualFunc(s.sent, want, slices.Equal) {
		t.Fatalf("sent %v, want %v", s.sent, want)
	}
	s.sent = nil
}

func TestResizeAsksOnceAfterQuiet(t *testing.T) {
	s := newScene(Resize, image.Pt(1024, 768))
	s.obey, s.delay = round, 200*time.Millisecond
	s.Ready(true, s.now)
	s.Window(0, image.Pt(1024, 768), s.now)
	s.run(time.Second)
	s.wantSent(t) // it has that size
	for i := range 200 {
		s.Window(0, image.Pt(801+i, 600+i), s.now)
		s.run(20 * time.Millisecond)
	}
	s.wantSent(t)
	s.run(time.Minute)
	s.wantSent(t, one(1000, 799)) // and 1000 is a multiple of 8
	s.Window(0, image.Pt(1005, 799), s.now)
	s.run(time.Minute)
	s.wantSent(t, one(1005, 799)) // comes as 1000, and is not asked for again
	if why := s.Why(); why != NoReason {
		t.Errorf("Why = %v", why)
	}
	s.Window(0, image.Pt(640, 480), s.now)
	s.run(100 * time.Millisecond)
	s.Window(0, image.Pt(1005, 799), s.now)
	s.run(time.Minute)
	s.wantSent(t) // back before anything was sent
}

// A guest that is slow gets the next request when it has done the last.
func TestResizeWaitsForTheGuest(t *testing.T) {
	s := newScene(Resize, image.Pt(1024, 768))
	s.obey, s.delay = round, 1500*time.Millisecond
	s.Ready(true, s.now)
	for _, w := range []int{800, 880, 960, 1040} {
		s.Window(0, image.Pt(w, 600), s.now)
		s.run(400 * time.Millisecond)
	}
	s.run(10 * time.Second)
	s.wantSent(t, one(800, 600), one(1040, 600))
}

// The window that follows a guest which changes by itself asks for nothing.
func TestGuestChangesByItself(t *testing.T) {
	s := newScene(Resize, image.Pt(720, 400))
	s.obey = round
	s.Ready(true, s.now)
	for _, size := range []image.Point{{640, 480}, {1024, 768}, {720, 400}, {1280, 800}} {
		s.run(time.Second)
		s.heads = map[int]image.Rectangle{0: {Max: size}}
		s.Guest(s.heads, s.now)
		if !s.Follows(0, size, s.now) {
			t.Fatalf("does not follow to %v", size)
		}
		s.run(50 * time.Millisecond)
		s.Window(0, size, s.now)
	}
	s.run(10 * time.Second)
	s.wantSent(t)
	s.Window(0, image.Pt(800, 600), s.now) // now by its user
	if s.run(310 * time.Millisecond); !s.Forgets() || s.Forgets() {
		t.Error("what was asked for before is to be forgotten, once")
	}
	s.wantSent(t, one(800, 600))
	s.Guest(map[int]image.Rectangle{0: image.Rect(0, 0, 800, 592)}, s.now) // what it makes of that
	s.run(10 * time.Second)
	s.wantSent(t)
}

func TestDoesNotFollowAnAnswer(t *testing.T) {
	s := newScene(Resize, image.Pt(1024, 768))
	s.Ready(true, s.now)
	s.Window(0, image.Pt(700, 500), s.now)
	s.run(400 * time.Millisecond)
	s.wantSent(t, one(700, 500))
	s.Guest(map[int]image.Rectangle{0: image.Rect(0, 0, 640, 480)}, s.now) // the best it can
	if s.Follows(0, image.Pt(640, 480), s.now) {
		t.Error("follows what the guest made of a request")
	}
	s.run(time.Minute)
	s.wantSent(t)
	if why := s.Why(); why != Kept {
		t.Errorf("Why = %v, want Kept", why)
	}
	if !s.Follows(0, image.Pt(1024, 768), s.now) {
		t.Error("does not follow the guest a minute later")
	}
}

func TestNoAgent(t *testing.T) {
	s := newScene(Resize, image.Pt(1024, 768))
	s.Window(0, image.Pt(700, 500), s.now)
	s.run(time.Second)
	if !s.Follows(0, image.Pt(640, 480), s.now) || s.Follows(0, image.Pt(698, 500), s.now) {
		t.Error("without an agent only what was asked for is an answer")
	}
	s.wantSent(t, one(700, 500)) // the server may do it by itself
	if why := s.Why(); why != NoReason {
		t.Errorf("Why = %v too soon", why)
	}
	s.run(10 * time.Second)
	if why := s.Why(); why != NoAgent {
		t.Errorf("Why = %v, want NoAgent", why)
	}
	if why := s.Why(); why != NoReason {
		t.Errorf("Why again = %v", why)
	}
	s.wantSent(t)
	s.obey = round
	s.Ready(true, s.now) // there it is
	s.run(time.Second)
	s.wantSent(t, one(700, 500))
	if got := s.heads[0].Size(); got != image.Pt(696, 500) {
		t.Errorf("the guest has %v", got)
	}
}

// A guest that goes on choosing is left alone until its user does something.
func TestRestlessGuest(t *testing.T) {
	s := newScene(Resize, image.Pt(1024, 768))
	s.Ready(true, s.now)
	s.Window(0, image.Pt(700, 500), s.now)
	for i := range 50 {
		s.run(500 * time.Millisecond)
		s.Guest(map[int]image.Rectangle{0: image.Rect(0, 0, 800+40*(i%3), 600)}, s.now)
	}
	if len(s.sent) != 1 {
		t.Errorf("sent %d times", len(s.sent))
	}
	s.sent = nil
	if why := s.Why(); why != Restless {
		t.Errorf("Why = %v, want Restless", why)
	}
	if s.Follows(0, image.Pt(1024, 768), s.now) {
		t.Error("follows it")
	}
	s.obey = round
	s.Window(0, image.Pt(720, 500), s.now)
	s.run(time.Second)
	s.wantSent(t, one(720, 500))
}

// Each request ends the guest's session: after a few that is enough.
func TestAgentThatRestarts(t *testing.T) {
	s := newScene(Resize, image.Pt(1024, 768))
	s.Window(0, image.Pt(700, 500), s.now)
	for range 50 {
		s.Ready(true, s.now)
		s.run(800 * time.Millisecond)
		s.Ready(false, s.now)
		s.run(200 * time.Millisecond)
	}
	if len(s.sent) > restless {
		t.Errorf("sent %d times", len(s.sent))
	}
	if why := s.Why(); why != Restless {
		t.Errorf("Why = %v, want Restless", why)
	}
}

func TestModes(t *testing.T) {
	s := newScene(Scale, image.Pt(1024, 768))
	s.obey = round
	s.Ready(true, s.now)
	s.Window(0, image.Pt(700, 500), s.now)
	s.run(time.Second)
	s.wantSent(t)
	fixed := Mode{Fixed: image.Pt(1280, 720)}
	s.SetMode(fixed, s.now)
	s.run(time.Second)
	s.wantSent(t, one(1280, 720))
	s.Window(0, image.Pt(800, 500), s.now)
	s.run(time.Second)
	s.wantSent(t)
	s.SetMode(Resize, s.now)
	s.run(time.Second)
	s.wantSent(t, one(800, 500))
	s.SetMode(Scale, s.now)
	s.Window(0, image.Pt(640, 480), s.now)
	s.run(time.Second)
	s.wantSent(t)
	s.Guest(map[int]image.Rectangle{0: image.Rect(0, 0, 1024, 768)}, s.now)
	s.SetMode(fixed, s.now)
	s.run(time.Second)
	s.wantSent(t, one(1280, 720))
}

// A new connection is to a guest that may have started anew.
func TestReset(t *testing.T) {
	s := newScene(Resize, image.Pt(1024, 768))
	s.obey = round
	s.Ready(true, s.now)
	s.Window(0, image.Pt(800, 600), s.now)
	s.run(time.Second)
	s.wantSent(t, one(800, 600))
	s.Reset(s.now)
	s.run(time.Second)
	s.wantSent(t) // nothing is known
	s.Guest(map[int]image.Rectangle{0: image.Rect(0, 0, 640, 480)}, s.now)
	s.Ready(true, s.now)
	s.run(time.Second)
	s.wantSent(t, one(800, 600))
}

func TestSeveral(t *testing.T) {
	s := newScene(Resize, image.Pt(800, 600), image.Pt(800, 600))
	s.obey = round
	s.Ready(true, s.now)
	s.Window(0, image.Pt(808, 600), s.now)
	s.run(time.Second)
	s.wantSent(t, []Monitor{{image.Rect(0, 0, 808, 600), true}, {image.Rect(808, 0, 1608, 600), true}})
	s.Window(1, image.Pt(400, 300), s.now)
	s.run(time.Second)
	s.wantSent(t, []Monitor{{image.Rect(0, 0, 808, 600), true}, {image.Rect(808, 0, 1208, 300), true}})

	s.Switch(0, false, s.now) // its window is closed
	s.Window(0, image.Point{}, s.now)
	s.run(time.Second)
	s.wantSent(t, []Monitor{{}, {image.Rect(0, 0, 400, 300), true}})
	if !s.Off(0) || s.Off(1) || len(s.heads) != 1 {
		t.Errorf("off: %v, %v; the guest has %v", s.Off(0), s.Off(1), s.heads)
	}
	s.Switch(0, true, s.now)
	s.run(time.Second)
	s.wantSent(t, []Monitor{{image.Rect(0, 0, 1024, 768), true}, {image.Rect(1024, 0, 1424, 300), true}})
	s.Switch(2, true, s.now) // one that was never there
	s.Place(2, image.Rect(0, 0, 640, 480), s.now)
	s.run(time.Second)
	want := []Monitor{{image.Rect(0, 0, 1024, 768), true}, {image.Rect(1024, 0, 1424, 300), true}, {image.Rect(1424, 0, 2064, 480), true}}
	s.wantSent(t, want)

	// On the full screen each has its place on the desktop.
	for n, at := range []image.Rectangle{image.Rect(1920, 0, 3200, 1024), image.Rect(0, 200, 1920, 1280), image.Rect(3200, 0, 3840, 480)} {
		s.Place(n, at, s.now)
		s.Window(n, at.Size(), s.now)
	}
	s.run(time.Second)
	s.wantSent(t, []Monitor{{image.Rect(1920, 0, 3200, 1024), true}, {image.Rect(0, 200, 1920, 1280), true}, {image.Rect(3200, 0, 3840, 480), true}})
	s.Switch(1, false, s.now)
	s.run(time.Second)
	s.wantSent(t, []Monitor{{image.Rect(0, 0, 1280, 1024), true}, {}, {image.Rect(1280, 0, 1920, 480), true}})
}

// The last monitor is not switched off, and nothing out of bounds is asked for.
func TestMonitorThatDoesNotCome(t *testing.T) {
	s := newScene(Resize, image.Pt(1024, 768))
	s.obey = func(m []Monitor) map[int]image.Rectangle { return round(m[:1]) } // it has one output
	s.Ready(true, s.now)
	s.Window(0, image.Pt(1024, 768), s.now)
	s.run(time.Second)
	s.Switch(1, true, s.now)
	s.run(10 * time.Second)
	if len(s.sent) != 1 || len(s.sent[0]) != 2 {
		t.Fatalf("sent %v, want one request for two monitors", s.sent)
	}
	if why := s.Why(); why != Missing {
		t.Errorf("Why = %v, want Missing", why)
	}
	s.sent = nil
	s.Window(0, image.Pt(800, 600), s.now)
	s.run(10 * time.Second)
	s.wantSent(t, append(one(800, 600), Monitor{}))
	if why := s.Why(); why != NoReason {
		t.Errorf("Why = %v after a size that the guest took", why)
	}
	s.sent = nil
	s.Switch(1, true, s.now) // its user may try again
	s.run(time.Second)
	if len(s.sent) != 1 || len(s.sent[0]) != 2 {
		t.Errorf("sent %v, want another request for two monitors", s.sent)
	}
}

func TestBounds(t *testing.T) {
	s := newScene(Resize, image.Pt(800, 600))
	s.obey = round
	s.Ready(true, s.now)
	s.Switch(0, false, s.now)
	s.run(time.Second)
	s.wantSent(t)
	s.Switch(0, true, s.now)
	s.Window(0, image.Pt(1, 100000), s.now)
	s.run(time.Second)
	s.wantSent(t, one(minSide, maxSide))
	s.Guest(map[int]image.Rectangle{maxMonitors: image.Rect(0, 0, 10, 10)}, s.now)
	s.run(time.Second)
	s.wantSent(t)
}
