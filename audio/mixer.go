package audio

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Mixer adds the sound of streams up for a device, in stereo. Any goroutine
// may call its methods, one at a time Read.
type Mixer struct {
	rate int // Hz
	fade int // frames of a fade
	wake chan struct{}
	last atomic.Int64 // nanoseconds of the last read

	mu      sync.Mutex
	streams []*Stream // guarded by mu; replaced, not changed
	volume  uint16    // guarded by mu
	muted   bool      // guarded by mu

	// Owned by Read.
	sum  []float32
	gain fader
}

// NewMixer returns a mixer for a device that plays at a rate in Hz.
func NewMixer(rate int) *Mixer {
	return &Mixer{rate: rate, fade: fadeFrames(rate), wake: make(chan struct{}, 1), volume: MaxVolume, gain: fader{1, 1}}
}

// SetVolume sets how loud everything is, MaxVolume at first, besides the volumes
// of the streams.
func (m *Mixer) SetVolume(volume uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.volume = volume
}

// Volume returns what SetVolume has set.
func (m *Mixer) Volume() uint16 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.volume
}

// SetMute makes everything silent, or no more.
func (m *Mixer) SetMute(mute bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.muted = mute
}

// Muted reports whether everything is silent.
func (m *Mixer) Muted() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.muted
}

// Rate returns the rate in Hz.
func (m *Mixer) Rate() int { return m.rate }

// NewStream returns a stream that is mixed in until it is closed.
func (m *Mixer) NewStream() *Stream {
	s := &Stream{mixer: m, drift: newDrift(), volumes: [2]float32{1, 1}}
	s.gains = [2]fader{{1, 1}, {1, 1}}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.streams = append(slices.Clip(m.streams), s)
	return s
}

func (m *Mixer) remove(s *Stream) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.streams = slices.DeleteFunc(slices.Clone(m.streams), func(t *Stream) bool { return t == s })
}

// Wake returns a channel that gets a value when there is sound again. A device
// that has paused meanwhile begins to read then.
func (m *Mixer) Wake() <-chan struct{} { return m.wake }

func (m *Mixer) wakeUp() {
	select {
	case m.wake <- struct{}{}:
	default:
	}
}

// period returns how much the device reads at a time.
func (m *Mixer) period() time.Duration {
	return min(time.Duration(m.last.Load()), 100*time.Millisecond)
}

// Read fills dst with stereo frames, of which the first will be heard after the
// delay, and returns whether there was sound. Otherwise dst is silent.
func (m *Mixer) Read(dst []int16, delay time.Duration) (sounding bool) {
	m.mu.Lock()
	streams := m.streams
	m.gain.target = Gain(m.volume)
	if m.muted {
		m.gain.target = 0
	}
	m.mu.Unlock()
	frames := len(dst) / 2
	m.last.Store(int64(time.Duration(frames) * time.Second / time.Duration(m.rate)))
	m.sum = slices.Grow(m.sum[:0], 2*frames)[:2*frames]
	clear(m.sum)
	for _, s := range streams {
		sounding = s.mix(m.sum, delay) || sounding
	}
	m.scale(m.sum)
	for i, v := range m.sum {
		dst[i] = clip(v)
	}
	clear(dst[2*frames:])
	return sounding
}

// scale makes everything as loud as it is to be.
func (m *Mixer) scale(frames []float32) {
	if m.gain.now == 1 && m.gain.target == 1 {
		return
	}
	for i := 0; i < len(frames); i += 2 {
		g := m.gain.next()
		frames[i] *= g
		frames[i+1] *= g
	}
}

// clip rounds a sample to 16 bits.
func clip(v float32) int16 {
	switch {
	case v >= 32767:
		return 32767
	case v <= -32768:
		return -32768
	case v < 0:
		return int16(v - 0.5)
	}
	return int16(v + 0.5)
}
