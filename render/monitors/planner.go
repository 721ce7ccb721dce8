package monitors

import (
	"image"
	"maps"
	"slices"
	"time"
)

// Times of a planner.
const (
	// Settle is how long everything has to be quiet before the guest is asked.
	Settle = 300 * time.Millisecond
	// answer is how long a guest may take to do what it is asked for. The next
	// request waits for that.
	answer = 3 * time.Second
	// unrest is the time in which restless changes by the guest, or requests
	// that nobody's hand led to, are too many.
	unrest   = time.Minute
	restless = 6
)

// tolerance is the multiple to which guests round what they are asked for.
const tolerance = 8

// A Reason says why a guest does not have the size it was asked for.
type Reason uint8

// Reasons.
const (
	NoReason Reason = iota
	NoAgent         // and the server does not do it by itself
	Kept            // it has an agent, and kept its size all the same
	Missing         // it has an agent, and has not switched a monitor on
	Restless        // it takes one size after the other, and is left alone
)

// A slot is a monitor of the guest and the window that shows it.
type slot struct {
	guest  image.Rectangle // on its surface; empty without a picture
	window image.Point     // zero without a window
	place  image.Rectangle // where it is to be on the full screen; empty for anywhere
	off    bool            // switched off by the user
	wanted bool            // switched on by the user
}

// A Planner decides which monitors a guest is asked for, and when. Its methods
// are called by one goroutine at a time. Slots are the numbers by which server
// and client know the guest's monitors.
type Planner struct {
	mode  Mode
	slots map[int]*slot
	agent bool

	sent    []Monitor // asked for last, or what the guest has had since
	sentAt  time.Time // zero: nothing is outstanding
	settled time.Time // when everything will have been quiet for long enough
	asks    []time.Time
	changes []time.Time // to what the guest was not asked for
	quiet   bool        // nothing that was asked for counts any more
	reason  Reason
	told    bool // reason has been told
}

// NewPlanner returns a planner for a guest of which nothing is known.
func NewPlanner(m Mode) *Planner { return &Planner{mode: m, slots: map[int]*slot{}} }

func (p *Planner) slot(n int) *slot {
	s := p.slots[n]
	if s == nil {
		s = new(slot)
		p.slots[n] = s
	}
	return s
}

// Mode returns the mode.
func (p *Planner) Mode() Mode { return p.mode }

// SetMode sets the mode.
func (p *Planner) SetMode(m Mode, now time.Time) {
	if m.Fixed != (image.Point{}) || m != p.mode {
		p.sent, p.quiet = nil, true // ask again, should it have gone another way
	}
	p.mode = m
	p.stir(now)
	p.calm()
}

// stir makes the planner wait for quiet.
func (p *Planner) stir(now time.Time) { p.settled = now.Add(Settle) }

// calm forgets what the guest did: its user wants something new.
func (p *Planner) calm() { p.reason, p.told, p.changes, p.asks = NoReason, false, nil, nil }

// Window tells the size of the window that shows a monitor; zero when there is
// none any more.
func (p *Planner) Window(n int, size image.Point, now time.Time) {
	s := p.slot(n)
	if s.window == size {
		return
	}
	s.window = size
	p.stir(now)
	// A window that took the size of its monitor has not been touched by its user.
	if size != s.guest.Size() {
		p.calm()
	}
}

// Place says where a monitor is to be among the others, an empty rectangle that
// it does not matter. It counts if all monitors have a place.
func (p *Planner) Place(n int, at image.Rectangle, now time.Time) {
	if s := p.slot(n); s.place != at {
		s.place = at
		p.stir(now)
	}
}

// Switch switches a monitor on or off at its user's wish.
func (p *Planner) Switch(n int, on bool, now time.Time) {
	s := p.slot(n)
	s.off, s.wanted = !on, on && s.guest.Empty()
	p.calm()
	p.stir(now)
}

// Guest tells which monitors the guest has now.
func (p *Planner) Guest(heads map[int]image.Rectangle, now time.Time) {
	for n := range heads {
		p.slot(n)
	}
	changed := false
	for n, s := range p.slots {
		before := s.guest
		s.guest = heads[n]
		changed = changed || before.Size() != s.guest.Size()
		if before.Empty() && !s.guest.Empty() {
			s.wanted = false
			s.off = s.off && !p.sentAt.IsZero() // the guest has switched it on
		}
	}
	if !changed {
		return
	}
	p.stir(now)
	if p.met() {
		p.sentAt = time.Time{}
		if p.reason != Restless {
			p.reason = NoReason
		}
	} else if p.sent != nil {
		p.note(&p.changes, now)
	}
}

// note adds a time to those that are told apart from calm.
func (p *Planner) note(times *[]time.Time, now time.Time) {
	*times = append(*times, now)
	if n := len(*times) - restless; n >= 0 {
		*times = (*times)[n:]
		if now.Sub((*times)[0]) < unrest {
			p.reason = Restless
		}
	}
}

// Ready tells whether the guest has an agent that arranges monitors.
func (p *Planner) Ready(agent bool, now time.Time) {
	if agent == p.agent {
		return
	}
	p.agent = agent
	if !agent {
		p.quiet = true
	} else {
		p.sent, p.sentAt = nil, time.Time{} // this one has not been asked
		if p.reason == NoAgent {
			p.calm()
		}
		p.stir(now)
	}
}

// Reset forgets the guest: the connection is a new one.
func (p *Planner) Reset(now time.Time) {
	p.agent, p.sent, p.sentAt = false, nil, time.Time{}
	for _, s := range p.slots {
		s.guest = image.Rectangle{}
	}
	p.calm()
	p.stir(now)
}

// Follows reports whether a window is to follow when its monitor gets a size:
// not if that is what the guest was asked for, or what its agent made of that.
func (p *Planner) Follows(n int, size image.Point, now time.Time) bool {
	if p.mode == Scale {
		return true
	}
	if n < len(p.sent) && p.sent[n].Enabled && near(p.sent[n].Rect.Size(), size) {
		return false
	}
	asked := !p.sentAt.IsZero() && now.Sub(p.sentAt) <= answer
	return p.reason != Restless && !(asked && p.agent)
}

// Off reports whether a monitor is switched off.
func (p *Planner) Off(n int) bool { s := p.slots[n]; return s != nil && s.off }

// Slots returns the monitors that the guest has or has had, in order.
func (p *Planner) Slots() []int { return slices.Sorted(maps.Keys(p.slots)) }

// Next returns the arrangement that is to be sent now, nil for none, and the
// time until which it need not be called again if nothing happens: zero if there is none.
func (p *Planner) Next(now time.Time) (send []Monitor, wake time.Time) {
	if !p.sentAt.IsZero() {
		if late := p.sentAt.Add(answer); now.Before(late) {
			return nil, late
		}
		p.sentAt = time.Time{}
		p.refused()
	}
	if p.reason == Restless {
		return nil, time.Time{}
	}
	if now.Before(p.settled) {
		return nil, p.settled
	}
	want := p.wanted()
	if want == nil || same(want, p.sent) {
		return nil, time.Time{}
	}
	p.sent = want
	if p.has(want) {
		p.quiet = true
		return nil, time.Time{}
	}
	p.sentAt = now
	p.note(&p.asks, now)
	return slices.Clone(want), now.Add(answer)
}

// Forgets reports, once, that what was sent before does not count any more: an
// agent that comes must not be asked for it.
func (p *Planner) Forgets() bool {
	forgets := p.quiet
	p.quiet = false
	return forgets
}

// refused finds why a request led to nothing.
func (p *Planner) refused() {
	switch {
	case p.met():
	case p.agent && p.giveUp():
		p.reason = Missing
		p.sent = p.wanted() // the next request is without them; there is no need for one now
	case p.agent:
		p.reason = Kept
	default:
		p.reason = NoAgent
	}
}

// giveUp gives up the monitors that the guest has not switched on, and reports
// whether there are any. They would else be asked for with every new size.
func (p *Planner) giveUp() (some bool) {
	for _, s := range p.slots {
		some = some || s.wanted
		s.wanted = false
	}
	return some
}

// Why returns once, when it becomes known, why the guest is not as it was asked
// to be.
func (p *Planner) Why() Reason {
	if p.told || p.reason == NoReason {
		return NoReason
	}
	p.told = true
	return p.reason
}

// wanted returns the arrangement that the windows and the mode ask for, nil
// if there is nothing to ask for.
func (p *Planner) wanted() []Monitor {
	if p.mode == Scale && !p.switching() {
		return nil
	}
	slots := slices.Sorted(maps.Keys(p.slots))
	if len(slots) == 0 || slots[len(slots)-1] >= maxMonitors {
		return nil
	}
	want := make([]Monitor, slots[len(slots)-1]+1)
	placed, some := true, false
	for _, n := range slots {
		s := p.slots[n]
		size := p.size(s)
		if s.off || size == (image.Point{}) {
			continue
		}
		at := s.place
		placed = placed && !at.Empty()
		if at.Size() != size {
			at = image.Rectangle{Min: at.Min, Max: at.Min.Add(size)}
		}
		want[n] = Monitor{at, true}
		some = true
	}
	if !some {
		return nil // a guest without a monitor is of no use
	}
	Arrange(want, placed)
	return want
}

// switching reports whether a monitor is off or on by its user's wish.
func (p *Planner) switching() bool {
	for _, s := range p.slots {
		if s.off || s.wanted {
			return true
		}
	}
	return false
}

// size returns which size a monitor is to have, zero if it is not to be.
func (p *Planner) size(s *slot) image.Point {
	if s.guest.Empty() && !s.wanted {
		return image.Point{}
	}
	size := s.guest.Size()
	switch {
	case p.mode.Fixed != (image.Point{}):
		return p.mode.Fixed
	case p.mode.Resize && s.window != (image.Point{}):
		size = s.window
	case p.mode.Resize && !s.place.Empty():
		size = s.place.Size()
	case size == (image.Point{}) && !s.place.Empty():
		size = s.place.Size()
	case size == (image.Point{}):
		size = usual
	}
	return image.Pt(max(minSide, min(size.X, maxSide)), max(minSide, min(size.Y, maxSide)))
}

// usual is the size of a monitor of which nothing is known.
var usual = image.Pt(1024, 768)

// has reports whether the guest has an arrangement, positions aside.
func (p *Planner) has(want []Monitor) bool {
	for n, s := range p.slots {
		on := n < len(want) && want[n].Enabled
		if on == s.guest.Empty() || on && want[n].Rect.Size() != s.guest.Size() {
			return false
		}
	}
	return true
}

// met reports whether the guest has done what it was asked for, as well as it can.
func (p *Planner) met() bool {
	for n, m := range p.sent {
		s := p.slots[n]
		switch {
		case s == nil:
			continue
		case m.Enabled && s.guest.Empty(), !m.Enabled && !s.guest.Empty() && s.off:
			return false
		case m.Enabled && !near(m.Rect.Size(), s.guest.Size()):
			return false
		}
	}
	return p.sent != nil
}

func near(a, b image.Point) bool {
	d := a.Sub(b)
	return max(d.X, -d.X) < tolerance && max(d.Y, -d.Y) < tolerance
}

func same(a, b []Monitor) bool { return b != nil && slices.Equal(a, b) }
