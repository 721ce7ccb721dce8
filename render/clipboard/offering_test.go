package clipboard

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
)

// TestOfferingOnce lets many ask at once: the data are fetched once, and again
// only if they were not worth keeping.
func TestOfferingOnce(t *testing.T) {
	var fetched atomic.Int32
	var running sync.WaitGroup
	defer running.Wait()
	size, gate := 10, make(chan struct{})
	o := newOffering(t.Context(), running.Go, []Format{Text}, func(context.Context, Format) ([]byte, error) {
		fetched.Add(1)
		<-gate
		return make([]byte, size), nil
	})
	get := func() {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				if data, err := o.get(t.Context(), Text); err != nil || len(data) != size {
					t.Error(len(data), err)
				}
			})
		}
		for { // until all wait
			o.mu.Lock()
			c := o.calls[Text]
			waiting := c != nil && c.users == 20
			o.mu.Unlock()
			if waiting {
				break
			}
		}
		close(gate)
		all.Wait()
	}
	get()
	if _, err := o.get(t.Context(), Text); err != nil || fetched.Load() != 1 {
		t.Errorf("small data were fetched %d times: %v", fetched.Load(), err)
	}
	size, gate, o.calls = keepSize+1, make(chan struct{}), map[Format]*call{}
	get()
	o.mu.Lock()
	kept := len(o.calls)
	o.mu.Unlock()
	if kept != 0 || fetched.Load() != 2 {
		t.Errorf("large data were fetched %d times, %d are kept", fetched.Load()-1, kept)
	}
}

// TestOfferingFails asks again after a failure.
func TestOfferingFails(t *testing.T) {
	var running sync.WaitGroup
	defer running.Wait()
	fail := errors.New("no")
	o := newOffering(t.Context(), running.Go, []Format{Text}, func(context.Context, Format) ([]byte, error) {
		if fail != nil {
			return nil, fail
		}
		return []byte("yes"), nil
	})
	if _, err := o.get(t.Context(), Text); !errors.Is(err, fail) {
		t.Error(err)
	}
	running.Wait()
	fail = nil
	if data, err := o.get(t.Context(), Text); err != nil || string(data) != "yes" {
		t.Errorf("%q, %v", data, err)
	}
}

// TestOfferingImpatient gives up before the data are there.
func TestOfferingImpatient(t *testing.T) {
	var running sync.WaitGroup
	defer running.Wait()
	gate := make(chan struct{})
	defer close(gate)
	o := newOffering(t.Context(), running.Go, []Format{Text}, func(context.Context, Format) ([]byte, error) {
		<-gate
		return nil, nil
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := o.get(ctx, Text); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
