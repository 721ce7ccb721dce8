package channels

import (
	"math"
	"testing"
	"testing/synctest"
	"time"
)

func TestMediaClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c MediaClock
		if _, set := c.Now(); set {
			t.Error("a new clock is set")
		}
		c.Set(math.MaxUint32 - 99)
		time.Sleep(250 * time.Millisecond)
		if now, set := c.Now(); !set || now != 150 {
			t.Errorf("after 250 ms: %d, %v; it should have wrapped to 150", now, set)
		}
		c.Set(7) // backwards
		if now, _ := c.Now(); now != 7 {
			t.Errorf("set to 7, it reads %d", now)
		}
	})
}

func TestMediaClockFollowsSound(t *testing.T) {
	var c MediaClock
	playing := [2]bool{}
	for i := range playing {
		c.Follow(func() (ms, queued uint32, ok bool) { return uint32(1000 * (i + 1)), uint32(10 + i), playing[i] })
	}
	if _, known := c.Now(); known {
		t.Error("a clock without sound that was not set reads something")
	}
	c.Set(5)
	for _, tc := range []struct {
		playing   [2]bool
		least, at uint32
		delay     uint32
		sound     bool
	}{
		{[2]bool{false, false}, 5, 500, 0, false},
		{[2]bool{false, true}, 2000, 2000, 11, true},
		{[2]bool{true, true}, 1000, 1000, 10, true},
	} {
		playing = tc.playing
		if now, _ := c.Now(); now < tc.least || now > tc.at {
			t.Errorf("%v: it is %d", tc.playing, now)
		}
		if delay, sound := c.Sound(); delay != tc.delay || sound != tc.sound {
			t.Errorf("%v: sound is delayed by %d, %v", tc.playing, delay, sound)
		}
	}
}
