package channels

import "time"

const (
	// nowhere is the target of a player that is not on its way anywhere.
	nowhere = time.Duration(-1)
	// forever is a wait that something else ends.
	forever = time.Duration(1<<63 - 1)
	// maxLag is how far a player may be behind before its time stands still
	// instead of running away.
	maxLag = 250 * time.Millisecond
)

// A pace says when what was recorded is due.
type pace struct {
	at     time.Duration // recorded time that was reached ...
	since  time.Time     // ... at this moment
	speed  float64
	full   bool          // as fast as can be
	paused bool          // time stands still
	target time.Duration // go there as fast as can be, or nowhere
}

// rushing reports whether nothing waits for its time.
func (p *pace) rushing() bool { return p.target != nowhere || p.full && !p.paused }

// aloud reports whether time runs as it was recorded.
func (p *pace) aloud() bool { return !p.paused && !p.rushing() && p.speed == 1 }

// now returns the recorded time that it is.
func (p *pace) now() time.Duration {
	if p.paused || p.rushing() {
		return p.at
	}
	return p.at + time.Duration(float64(time.Since(p.since))*p.speed)
}

// rebase takes the time that it is as the beginning, before something changes.
func (p *pace) rebase() { p.at, p.since = p.now(), time.Now() }

// before returns how long to wait for a moment, or that it lies behind the
// target. If it waits for nothing, the moment becomes the time that it is.
func (p *pace) before(moment time.Duration) (wait time.Duration, arrived bool) {
	switch {
	case p.target != nowhere && moment > p.target:
		return 0, true
	case p.rushing():
		p.at, p.since = max(p.at, moment), time.Now()
		return 0, false
	case p.paused:
		return forever, false
	}
	ahead := moment - p.now()
	if ahead > 0 {
		return max(time.Duration(float64(ahead)/p.speed), 1), false
	}
	if -ahead > maxLag {
		p.at, p.since = moment, time.Now()
	}
	return 0, false
}

// arrive ends the way to the target.
func (p *pace) arrive() {
	if p.target != nowhere {
		p.at, p.since, p.target = p.target, time.Now(), nowhere
	}
}
