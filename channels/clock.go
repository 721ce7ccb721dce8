package channels

import (
	"sync"
	"time"
)

// A MediaClock is the multi-media clock of a session: the server's milliseconds
// by which sound and video are stamped. It wraps; compare by the sign of a
// 32-bit difference. Any goroutine may use it. The zero clock has not been set.
//
// Source: SPICE main channel, MULTI_MEDIA_TIME.
type MediaClock struct {
	mu  sync.Mutex
	at  time.Time // guarded by mu; when it read now, zero if never set
	now uint32    // guarded by mu; ms
}

// Set makes the clock read ms now.
func (c *MediaClock) Set(ms uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.now = time.Now(), ms
}

// Now returns the time in ms, and false if the clock was never set.
func (c *MediaClock) Now() (ms uint32, set bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.at.IsZero() {
		return 0, false
	}
	return c.now + uint32(time.Since(c.at).Milliseconds()), true
}

// Sound reports that there is no sound: pictures need not wait for it.
func (c *MediaClock) Sound() (delay uint32, playing bool) { return 0, false }
