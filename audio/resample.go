package audio

import (
	"math"
	"slices"
)

const (
	// wings is how many zero crossings of the filter are used to either side, if
	// the rates are different; if they are not, there is nothing to keep out.
	wings     = 16
	sameWings = 8
	// phases is how many positions between two samples the filter is known at;
	// between them it is interpolated.
	phases = 256
	// beta shapes the Kaiser window: more than 80 dB of attenuation.
	beta = 8.6
	// passband is the part of the band that goes through unharmed.
	passband = 0.92
)

// A Resampler changes the rate of sound with a windowed sinc filter, and plays
// it a little faster or slower on demand. It keeps what was written until it is
// used. One goroutine at a time may call its methods.
type Resampler struct {
	channels int
	ratio    float64 // input frames for each output frame, without speed
	step     float64 // and with it
	taps     int     // frames of input that one frame of output is made of, even
	filter   []float32

	in   []float32 // frames not used up
	at   float64   // of the next output frame, in frames of in
	fade int       // frames of a fade
	rise int       // frames of what is written next that are faded in
}

// NewResampler returns a resampler of sound with 1 or 2 channels from one rate
// to another, in Hz.
func NewResampler(from, to, channels int) *Resampler {
	r := &Resampler{channels: channels, fade: fadeFrames(from), ratio: float64(from) / float64(to)}
	if stretch := max(1, r.ratio); from == to {
		r.taps = 2 * sameWings
		r.filter = sinc(r.taps, 1)
	} else { // to a lower rate the filter is as much longer
		r.taps = 2 * int(math.Ceil(wings*stretch))
		r.filter = sinc(r.taps, passband/stretch)
	}
	r.SetSpeed(1)
	r.Reset()
	return r
}

// sinc returns a low-pass filter of that many taps for phases+1 positions, for
// a band that is a part of the input's.
func sinc(taps int, band float64) []float32 {
	f := make([]float32, (phases+1)*taps)
	for p := range phases + 1 {
		row := f[p*taps : (p+1)*taps]
		sum := 0.0
		for i := range row {
			x := float64(i-taps/2+1) - float64(p)/phases
			v := band * kaiser(x/float64(taps/2))
			if x != 0 {
				v *= math.Sin(math.Pi*band*x) / (math.Pi * band * x)
			}
			row[i] = float32(v)
			sum += v
		}
		for i := range row {
			row[i] /= float32(sum) // so that a constant stays what it is
		}
	}
	return f
}

// kaiser is the window, from -1 to 1.
func kaiser(x float64) float64 {
	if x <= -1 || x >= 1 {
		return 0
	}
	return bessel(beta*math.Sqrt(1-x*x)) / bessel(beta)
}

// bessel is the modified Bessel function of order 0, by its series.
func bessel(x float64) float64 {
	sum, term := 1.0, 1.0
	for k := 1.0; term > 1e-12*sum; k++ {
		term *= x * x / (4 * k * k)
		sum += term
	}
	return sum
}

// SetSpeed makes the sound play at that many times its speed, near 1.
func (r *Resampler) SetSpeed(speed float64) { r.step = r.ratio * speed }

// Reset forgets what was written.
func (r *Resampler) Reset() {
	r.in = append(r.in[:0], make([]float32, r.taps/2*r.channels)...)
	r.at, r.rise = float64(r.taps/2), 0
}

// Flush makes all that was written readable, with silence after it.
func (r *Resampler) Flush() { r.Silence(r.taps / 2) }

// Write appends frames.
func (r *Resampler) Write(samples []int16) {
	frames := len(samples) / r.channels
	for _, s := range samples[:frames*r.channels] {
		r.in = append(r.in, float32(s))
	}
	fresh := r.in[len(r.in)-frames*r.channels:]
	for i := 0; r.rise > 0 && i < frames; i++ {
		r.scale(fresh, i, 1-float32(r.rise)/float32(r.fade))
		r.rise--
	}
}

// Break says that what is written next does not go on from what was: the end
// of the one and the beginning of the other are faded.
func (r *Resampler) Break() {
	n := min(r.fade, int(r.Buffered()))
	last := r.in[len(r.in)-n*r.channels:]
	for i := range n {
		r.scale(last, i, float32(n-i)/float32(n))
	}
	r.rise = r.fade
}

func (r *Resampler) scale(in []float32, frame int, by float32) {
	for c := range r.channels {
		in[frame*r.channels+c] *= by
	}
}

// Silence appends frames of silence.
func (r *Resampler) Silence(frames int) {
	n := len(r.in)
	r.in = slices.Grow(r.in, frames*r.channels)[:n+frames*r.channels]
	clear(r.in[n:])
}

// Buffered returns how many frames were written and not played yet.
func (r *Resampler) Buffered() float64 { return float64(len(r.in)/r.channels) - r.at }

// Ready returns how many frames can be read now. The last half of a filter's
// length cannot, until more is written.
func (r *Resampler) Ready() int {
	last := len(r.in)/r.channels - r.taps/2 // the last position that has all it needs
	return max(0, int(math.Ceil((float64(last)-r.at)/r.step)))
}

// Drop leaves out frames that were written first.
func (r *Resampler) Drop(frames int) {
	r.at += min(float64(frames), max(0, r.Buffered()))
	r.compact()
}

// Read fills dst as far as it can and returns how many frames it has written.
func (r *Resampler) Read(dst []float32) int {
	n := min(len(dst)/r.channels, r.Ready())
	for i := range n {
		at := int(r.at)
		in := r.in[(at-r.taps/2+1)*r.channels:]
		x := (r.at - float64(at)) * phases
		row := r.filter[int(x)*r.taps:]
		a, b, f := row[:r.taps], row[r.taps:2*r.taps], float32(x-math.Floor(x))
		if r.channels == 2 {
			dst[2*i], dst[2*i+1] = stereo(a, b, f, in)
		} else {
			dst[i] = mono(a, b, f, in)
		}
		r.at += r.step
	}
	r.compact()
	return n
}

// mono filters, with a filter that is the part f of the way from a to b.
func mono(a, b []float32, f float32, in []float32) (sum float32) {
	b, in = b[:len(a)], in[:len(a)]
	for i, v := range a {
		sum += (v + f*(b[i]-v)) * in[i]
	}
	return sum
}

func stereo(a, b []float32, f float32, in []float32) (left, right float32) {
	b = b[:len(a)]
	for i, v := range a {
		v += f * (b[i] - v)
		frame := in[2*i : 2*i+2 : 2*i+2]
		left += v * frame[0]
		right += v * frame[1]
	}
	return left, right
}

// compact drops input that nothing needs any more, not at every call.
func (r *Resampler) compact() {
	used := int(r.at) - r.taps/2
	if used < 1024 || used*r.channels < len(r.in)/2 && used < 1<<15 {
		return
	}
	r.in = r.in[:copy(r.in, r.in[used*r.channels:])]
	r.at -= float64(used)
}
