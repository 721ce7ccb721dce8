package audio

import (
	"math"
	"time"
)

const (
	// levelTime smooths what is left after a read: packets and reads come in
	// lumps.
	levelTime = 2 * time.Second
	// settling is the time in which an error of the level is mended, as far as
	// the limit allows.
	settling = 10 * time.Second
	// maxSpeed is how much faster or slower sound may be: a twelfth of a
	// semitone, which nobody hears.
	maxSpeed = 0.005
	// near is the error, in ms, up to which it says something of the clocks.
	near = 10
)

// A drift decides how much faster than nominal sound has to be played so that
// what is left of it stays at a target: a proportional and an integral part, of
// which the latter is the difference of the clocks.
type drift struct {
	level    float64 // smoothed, ms
	clocks   float64 // the part by which the server's clock is faster
	unsteady bool    // level has to be learned anew
}

func newDrift() drift { return drift{unsteady: true} }

// jump says that the level has just changed otherwise than by the clocks.
func (d *drift) jump() { d.unsteady = true }

// speed takes the level after a read of some time, in ms, and returns how fast
// to play.
func (d *drift) speed(level, target float64, read time.Duration) float64 {
	if d.unsteady {
		d.level, d.unsteady = target, false
	}
	dt := read.Seconds()
	d.level += (level - d.level) * min(1, dt/levelTime.Seconds())
	const kp = 1 / float64(settling/time.Millisecond) // of ms to parts
	wrong := (d.level - target) * kp
	speed := d.clocks + wrong
	if math.Abs(d.level-target) < near {
		const ki = 1.0 / 4 / float64(settling/time.Second)
		d.clocks = max(-maxSpeed/2, min(maxSpeed/2, d.clocks+wrong*ki*dt))
	}
	return 1 + max(-maxSpeed, min(maxSpeed, speed))
}
