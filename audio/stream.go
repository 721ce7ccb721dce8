package audio

import (
	"math"
	"sync"
	"time"
)

const (
	// maxQueued bounds what a stream keeps; what is older is left out.
	maxQueued = 2 * time.Second
	// minGap is a gap in the media time of packets, in ms, that says that sound
	// was lost, and maxGap one that says that time has jumped. Shorter ones are
	// the jitter of the stamps, of which a part is followed with each packet.
	minGap = 30
	maxGap = 500
	follow = 16
	// surplus is what may pile up beyond the target, in ms, before sound is left
	// out. What is less goes by playing faster.
	surplus = 200
	// away is how long a device must not have read to count as gone.
	away = 300 * time.Millisecond
	// fadeTime is the length of the fades that replace steps.
	fadeTime = 3 * time.Millisecond
)

// What a stream is doing.
type phase uint8

const (
	stopped  phase = iota
	filling        // waits until there is enough to begin
	playing        //
	draining       // plays what is left
)

// A Stream is the sound of one playback channel on its way to the mixer. Any
// goroutine may call its methods; those of the channel are called by one at a
// time.
type Stream struct {
	mixer *Mixer

	mu        sync.Mutex // guards everything below
	phase     phase
	rate      int // of what is written, Hz
	channels  int
	resampler *Resampler
	jitter    jitter
	drift     drift
	gains     [2]fader
	volumes   [2]float32
	muted     bool
	next      uint32  // media time of what is to be written next,
	part      float64 // and parts of a ms of it
	fadeIn    int     // frames still to be faded in
	heard     position
	buf       []float32 // memory for Read
	stats     StreamStats
}

// fadeFrames returns how many frames fades have at a rate.
func fadeFrames(rate int) int { return int(fadeTime * time.Duration(rate) / time.Second) }

// A position is which media time is heard when.
type position struct {
	at     time.Time
	media  uint32
	read   time.Time // when the device asked for it
	active bool
}

// StreamStats is what a stream is doing and has done.
type StreamStats struct {
	Playing   bool
	Rate      int           // Hz, of what arrives
	Channels  int           // likewise
	Queued    time.Duration // not given to the device yet
	Target    time.Duration // of which is to be left after each read
	Delay     time.Duration // of the device
	Underruns uint64        // times that sound ran out in mid-stream
	Drift     float64       // by which the server's clock is faster, in ppm
	Lost      time.Duration // sound that did not come
	Dropped   time.Duration // sound left out
}

// Start begins sound of 1 or 2 channels at a rate in Hz, whose first sample has
// the media time in ms. What was written before is still played if it was of
// that kind.
func (s *Stream) Start(rate, channels int, media uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.resampler == nil || rate != s.rate || channels != s.channels {
		s.rate, s.channels = rate, channels
		s.resampler = NewResampler(rate, s.mixer.rate, channels)
		s.phase = stopped
	}
	s.next, s.part = media, 0
	s.jitter.restart()
	s.drift.jump()
	if s.phase == playing || s.phase == draining {
		s.phase = playing
		s.resampler.Break()
		if short := s.start() - s.queued(); short > 0 {
			s.resampler.Silence(int(short * float64(rate) / 1000))
		}
		return
	}
	s.resampler.Reset()
	s.phase = filling
}

// Play appends the frames of a packet and the media time of its first. Frames
// are dropped unless the stream was started.
func (s *Stream) Play(media uint32, samples []int16) {
	s.mu.Lock()
	frames := 0
	if s.phase == filling || s.phase == playing {
		frames = len(samples) / s.channels
	}
	if frames > 0 {
		s.play(media, samples, frames)
	}
	wake := s.phase == filling && s.queued() >= s.start()
	s.mu.Unlock()
	if wake {
		s.mixer.wakeUp()
	}
}

func (s *Stream) play(media uint32, samples []int16, frames int) {
	switch gap := int32(media - s.next); {
	case gap > maxGap || gap < -maxGap:
		s.jitter.restart()
		fallthrough
	case gap >= minGap || gap <= -minGap:
		if gap > 0 && gap <= maxGap {
			s.stats.Lost += time.Duration(gap) * time.Millisecond
			s.resampler.Break()
		}
		s.jitter.lost(float64(gap))
		s.next, s.part = media, 0
	default:
		s.advance(float64(gap) / follow)
	}
	length := 1000 * float64(frames) / float64(s.rate)
	s.jitter.arrived(time.Now(), length)
	s.resampler.Write(samples)
	s.advance(length)
	if over := s.queued() - ms(maxQueued); over > 0 {
		s.drop(over)
	}
}

// advance moves the media time of what is written next, by some ms.
func (s *Stream) advance(by float64) {
	s.part += by
	whole := math.Floor(s.part)
	s.next += uint32(int32(whole))
	s.part -= whole
}

// drop leaves out some ms that were to be played next.
func (s *Stream) drop(ms float64) {
	s.resampler.Drop(int(ms * float64(s.rate) / 1000))
	s.stats.Dropped += time.Duration(ms * float64(time.Millisecond))
	s.fadeIn = s.mixer.fade
	s.drift.jump()
}

// start returns with how many ms sound begins: after the first read the target
// is left.
func (s *Stream) start() float64 {
	return s.jitter.target() - s.jitter.length/2 + ms(s.mixer.period())
}

// queued returns how many ms were written and not read.
func (s *Stream) queued() float64 { return 1000 * s.resampler.Buffered() / float64(s.rate) }

// Stop ends the sound: what was written is still played.
func (s *Stream) Stop() {
	s.mu.Lock()
	wake := s.phase == filling
	if s.phase == filling || s.phase == playing {
		s.resampler.Flush()
		s.phase = draining
	}
	s.mu.Unlock()
	if wake {
		s.mixer.wakeUp()
	}
}

// Close takes the stream out of its mixer. What was not played is dropped.
func (s *Stream) Close() {
	s.mixer.remove(s)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.phase = stopped
}

// SetVolume sets the volumes of the channels, or of all if there is one. None
// changes nothing.
func (s *Stream) SetVolume(volumes []uint16) {
	if len(volumes) == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.volumes = [2]float32{Gain(volumes[0]), Gain(volumes[min(1, len(volumes)-1)])}
	s.aim()
}

// SetMute makes the stream silent, or not.
func (s *Stream) SetMute(muted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.muted = muted
	s.aim()
}

func (s *Stream) aim() {
	for i := range s.gains {
		s.gains[i].target = s.volumes[i]
		if s.muted {
			s.gains[i].target = 0
		}
	}
}

// SetLatency sets how many ms are to be queued at least, as the server wishes
// so that pictures are in time.
func (s *Stream) SetLatency(wished uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.jitter.wished = min(float64(wished), maxTarget)
}

// Now returns the media time of what is heard at this moment, and how many ms
// were written that are not heard yet. Unless sound is played, ok is false.
func (s *Stream) Now() (media, queued uint32, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.heard.active || time.Since(s.heard.read) > away {
		return 0, 0, false
	}
	media = s.heard.media + uint32(int32(time.Since(s.heard.at).Milliseconds()))
	return media, uint32(max(0, int32(s.next-media))), true
}

// Stats returns figures for diagnostics.
func (s *Stream) Stats() StreamStats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.stats
	st.Playing = s.phase == playing || s.phase == draining
	st.Rate, st.Channels = s.rate, s.channels
	if s.resampler != nil && s.phase != stopped {
		st.Queued = time.Duration(s.queued() * float64(time.Millisecond))
	}
	st.Target = time.Duration(s.jitter.target() * float64(time.Millisecond))
	st.Drift = 1e6 * s.drift.clocks
	return st
}
