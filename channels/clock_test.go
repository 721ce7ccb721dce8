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
