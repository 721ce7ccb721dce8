package audio

import "time"

// mix adds the stream's next stereo frames to sum, of which the first will be
// heard after the delay. It returns whether the stream sounds.
func (s *Stream) mix(sum []float32, delay time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stats.Delay = delay
	read := time.Duration(len(sum)/2) * time.Second / time.Duration(s.mixer.rate)
	if s.phase == filling && s.queued() >= s.start() {
		s.phase = playing
		s.begin()
	}
	if s.phase != playing && s.phase != draining {
		s.heard.active = false
		return false
	}
	if time.Since(s.heard.read) > away {
		s.begin()
	}
	s.locate(delay)
	want := len(sum) / 2
	missing := 0
	switch s.phase {
	case playing: // so much stays that there is something to fade when it runs out
		missing = max(0, want+s.mixer.fade-s.resampler.Ready())
	case draining:
		missing = max(0, want-s.resampler.Ready())
	}
	s.add(sum[:2*min(want, s.resampler.Ready())], missing > 0)
	switch {
	case missing > 0:
		s.ranDry(missing)
	case s.phase == playing:
		s.steer(read)
	}
	return true
}

// begin is called before the first read after a pause of the sound or of the
// device: what has piled up meanwhile is too old.
func (s *Stream) begin() {
	if over := s.queued() - s.start(); over > surplus {
		s.drop(over)
	}
	s.drift.jump()
}

// locate notes which media time will be heard when.
func (s *Stream) locate(delay time.Duration) {
	now := time.Now()
	s.heard = position{at: now.Add(delay), media: s.next - uint32(s.queued()), read: now, active: true}
}

// add plays into sum, which the stream has enough for. The last sound for now
// is faded.
func (s *Stream) add(sum []float32, last bool) {
	frames := len(sum) / 2
	s.buf = append(s.buf[:0], sum[:frames*s.channels]...)
	s.resampler.Read(s.buf)
	fade := 0
	if last {
		fade = min(s.mixer.fade, frames)
	}
	for i := range frames {
		f := s.rise()
		if left := frames - i; left < fade {
			f *= float32(left) / float32(fade)
		}
		frame := s.buf[i*s.channels:]
		sum[2*i] += frame[0] * s.gains[0].next() * f
		sum[2*i+1] += frame[s.channels-1] * s.gains[1].next() * f
	}
}

// rise returns by what the next frame is faded after a pause.
func (s *Stream) rise() float32 {
	if s.fadeIn == 0 {
		return 1
	}
	s.fadeIn--
	return 1 - float32(s.fadeIn+1)/float32(s.mixer.fade+1)
}

// ranDry deals with a read that some frames were missing to.
func (s *Stream) ranDry(missing int) {
	if s.phase == draining {
		s.phase = stopped
		return
	}
	s.phase, s.fadeIn = filling, s.mixer.fade
	s.stats.Underruns++
	s.jitter.ranOut(1000 * float64(missing) / float64(s.mixer.rate))
	s.drift.jump()
}

// steer keeps what is left at the target, after a read that was filled.
func (s *Stream) steer(read time.Duration) {
	s.jitter.forget(read)
	level, target := s.queued()+s.jitter.since(time.Now()), s.jitter.target()
	speed := s.drift.speed(level, target, read)
	if over := s.drift.level - target; over > surplus {
		s.drop(over)
	}
	s.resampler.SetSpeed(speed)
}
