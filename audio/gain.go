package audio

// MaxVolume is the volume of a channel at which its sound stays as it is.
const MaxVolume = 0xffff

// Gain returns what samples are multiplied by at a volume. It is its cube, by
// which steps of the same size sound alike. Source: SPICE audio, volume and
// mute.
func Gain(volume uint16) float32 {
	v := float32(volume) / MaxVolume
	return v * v * v
}

// rampFrames is the time that a gain takes to go from 0 to 1: 10 ms at 48 kHz.
const rampFrames = 480

// A fader multiplies sound by a gain that moves towards its target without a
// step.
type fader struct{ now, target float32 }

// next moves on by a frame and returns the gain.
func (f *fader) next() float32 {
	switch d := f.target - f.now; {
	case d > 1.0/rampFrames:
		f.now += 1.0 / rampFrames
	case d < -1.0/rampFrames:
		f.now -= 1.0 / rampFrames
	default:
		f.now = f.target
	}
	return f.now
}
