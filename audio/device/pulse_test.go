//go:build !windows && !darwin

package device

import (
	"context"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"
)

// A sleeper is a source that never has anything.
type sleeper struct{ reads atomic.Int64 }

func (s *sleeper) Read(dst []int16, _ time.Duration) bool { s.reads.Add(1); clear(dst); return false }
func (s *sleeper) Wake() <-chan struct{}                  { return nil }

// TestNoServer checks that without a sound server Play goes on, says so, and ends
// when it is told to.
func TestNoServer(t *testing.T) {
	states := make(chan State, 10)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Play(ctx, &sleeper{}, Options{Server: "unix:" + filepath.Join(t.TempDir(), "none"), OnState: func(s State) { states <- s }})
	}()
	if s := <-states; s.Condition != Missing || s.Err == nil {
		t.Errorf("state %+v", s)
	}
	cancel()
	<-done
	if s := <-states; s.Condition != Closed {
		t.Errorf("at the end: %+v", s)
	}
}

// TestMicrophoneWithoutServer starts and stops a microphone that is not there.
func TestMicrophoneWithoutServer(t *testing.T) {
	states := make(chan State, 10)
	m := NewMicrophone(Options{Server: "unix:" + filepath.Join(t.TempDir(), "none"), OnState: func(s State) { states <- s }})
	for range 3 {
		if err := m.Start(48000, 1, func([]int16) { t.Error("delivered") }); err != nil {
			t.Fatal(err)
		}
		if s := <-states; s.Condition != Missing {
			t.Errorf("state %+v", s)
		}
		m.Stop()
		if s := <-states; s.Condition != Closed {
			t.Errorf("stopped: %+v", s)
		}
	}
}
