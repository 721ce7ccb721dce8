package device

import "time"

// A clock knows how long it will be until the next sample is heard. It is told
// that now and then by the device, and counts in between: time goes by, and
// samples are added.
type clock struct {
	set   bool
	delay time.Duration // at time at
	at    time.Time
}

// jump is how far the device's word may be from what was counted until it is
// taken at once, and not little by little.
const jump = 10 * time.Millisecond

// now returns the delay of a sample that is given to the device now.
func (c *clock) now(at time.Time) time.Duration {
	return max(0, c.delay-at.Sub(c.at))
}

// add counts samples that last for d.
func (c *clock) add(d time.Duration) { c.delay += d }

// measured takes the device's word for the delay at some time.
func (c *clock) measured(delay time.Duration, at time.Time) {
	counted := c.delay - at.Sub(c.at)
	if off := delay - counted; c.set && max(off, -off) < jump {
		delay = counted + off/8
	}
	*c = clock{true, delay, at}
}

// reset forgets what the device has said, and takes a guess in its place.
func (c *clock) reset(delay time.Duration, at time.Time) { *c = clock{false, delay, at} }
