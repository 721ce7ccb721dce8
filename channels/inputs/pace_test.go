package inputs

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice"
)

// A timed server notes when each message came.
type timed struct {
	mu sync.Mutex
	at []time.Time
}

func (r *timed) SendAll(messages ...spice.Outgoing) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for range messages {
		r.at = append(r.at, time.Now())
	}
	return nil
}

func (r *timed) last() time.Time { return r.at[len(r.at)-1] }

// TestPace presses keys as a person does and as a machine does: the first are
// never held back, the others all arrive, at a guest's pace.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(timed)
		i := New(r)
		defer i.Close()
		press := func(n int) {
			for range n {
				i.Key(0x1e, true)
				i.Key(0x1e, false)
			}
		}
		for range 50 { // 50 keys a second, each press on its own
			start := time.Now()
			press(1)
			synctest.Wait()
			if late := r.last().Sub(start); late != 0 {
				t.Fatalf("a single key went out %v late", late)
			}
			time.Sleep(20 * time.Millisecond)
		}
		r.at = nil
		start := time.Now()
		press(100)
		synctest.Wait()
		if len(r.at) != keyBurst {
			t.Errorf("%d of a burst went out at once, want %d", len(r.at), keyBurst)
		}
		time.Sleep(time.Second)
		if want := (200 - keyBurst) * keyPace; len(r.at) != 200 || r.last().Sub(start) != want {
			t.Errorf("%d of 200 messages, the last after %v, want %v", len(r.at), r.last().Sub(start), want)
		}
	})
}
