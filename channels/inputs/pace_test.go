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

// take returns when the messages since the last time came.
func (r *timed) take() []time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	at := r.at
	r.at = nil
	return at
}

// TestPace presses keys as a person does and as a machine does: the first are
// never held back, the others all arrive, at a guest's pace.
func TestPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := new(timed)
		i := New(r, nil)
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
			if at := r.take(); len(at) != 2 || at[1] != start {
				t.Fatalf("a single key went out at %v, not at %v", at, start)
			}
			time.Sleep(20 * time.Millisecond)
		}
		start := time.Now()
		press(100)
		synctest.Wait()
		if at := r.take(); len(at) != keyBurst {
			t.Errorf("%d of a burst went out at once, want %d", len(at), keyBurst)
		}
		time.Sleep(time.Second)
		at := r.take()
		if want := (200 - keyBurst) * keyPace; len(at) != 200-keyBurst || at[len(at)-1].Sub(start) != want {
			t.Errorf("%d more, the last after %v, want %d after %v", len(at), at[len(at)-1].Sub(start), 200-keyBurst, want)
		}
	})
}
