package channels

import (
	"testing"
	"time"
)

// distant is a sender whose server is so far away.
type distant struct {
	Sender
	trip time.Duration
}

func (d distant) RoundTrip() time.Duration { return d.trip }

// TestSoundForm sends raw samples where they are welcome.
func TestSoundForm(t *testing.T) {
	near, far := distant{trip: time.Millisecond}, distant{trip: 50 * time.Millisecond}
	for i, c := range []struct {
		form SoundForm
		out  Sender
		opus bool
	}{
		{SoundAuto, near, false}, {SoundAuto, far, true}, {SoundAuto, distant{}, false}, {SoundAuto, nil, false},
		{SoundRaw, far, false}, {SoundOpus, near, true},
	} {
		s := &Session{o: Options{RecordForm: c.form}}
		if got := s.prefersOpus(c.out); got != c.opus {
			t.Errorf("case %d: Opus %t, want %t", i, got, c.opus)
		}
	}
}
