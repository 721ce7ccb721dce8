package channels

import (
	"sync"
	"time"
)

// A MediaClock is the multi-media clock of a session: the server's milliseconds
// by which sound and video are stamped. It wraps; compare by the sign of a
// 32-bit difference. Any goroutine may use it. The zero clock has not been set.
//
// While sound is played, it is what is heard that says what time it is.
//
// Source: SPICE main channel, MULTI_MEDIA_TIME; SPICE audio, A/V sync.
type MediaClock struct {
	mu    sync.Mutex
	at    time.Time   // guarded by mu; when it read now, zero if never set
	now   uint32      // guarded by mu; ms
	sound []SoundTime // guarded by mu
}

// A SoundTime returns the media time of what is heard at this moment, and how
// many ms of sound were received that are not heard yet. ok is false unless
// sound is played. Any goroutine.
type SoundTime func() (ms, queued uint32, ok bool)

// Follow makes the clock go by a playback channel while that plays; of several,
// by the one that was added first.
func (c *MediaClock) Follow(s SoundTime) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sound = append(c.sound, s)
}

// heard returns what is heard, if sound is played.
func (c *MediaClock) heard() (ms, queued uint32, ok bool) {
	c.mu.Lock()
	sound := c.sound // only appended to
	c.mu.Unlock()
	for _, s := range sound {
		if ms, queued, ok = s(); ok {
			return ms, queued, true
		}
	}
	return 0, 0, false
}

// Set makes the clock read ms now.
func (c *MediaClock) Set(ms uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.now = time.Now(), ms
}

// Now returns the time in ms, and false if the clock was never set.
func (c *MediaClock) Now() (ms uint32, set bool) {
	if ms, _, ok := c.heard(); ok {
		return ms, true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return 0, false
	}
	return c.now + uint32(time.Since(c.at).Milliseconds()), true
}

// Sound returns how many ms of sound were received that are not heard yet, and
// whether sound is played: only then have pictures to wait.
func (c *MediaClock) Sound() (delay uint32, playing bool) {
	_, queued, ok := c.heard()
	return queued, ok
}
