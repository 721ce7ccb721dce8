package device

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"saffron/audio"
)

var _ Source = (*audio.Mixer)(nil)

func TestState(t *testing.T) {
	base := State{Condition: Active, Device: "card", Latency: 20 * time.Millisecond}
	for _, tc := range []struct {
		s       State
		differs bool
		text    string
	}{
		{base, false, "on card, 20ms"},
		{State{Condition: Active, Device: "card", Latency: 23400 * time.Microsecond}, false, "on card, 23ms"},
		{State{Condition: Active, Device: "card", Latency: 25 * time.Millisecond}, true, "on card, 25ms"},
		{State{Condition: Active, Device: "other", Latency: 20 * time.Millisecond}, true, "on other, 20ms"},
		{State{Condition: Active, Device: "card", Latency: 20 * time.Millisecond, Underruns: 1}, true, "on card, 20ms"},
		{State{Condition: Idle, Device: "card", Latency: 20 * time.Millisecond}, true, "on card, paused"},
		{State{Condition: Missing, Err: errors.New("none")}, true, "no device: none"},
		{State{}, true, "closed"},
	} {
		if got := tc.s.differs(base); got != tc.differs {
			t.Errorf("%+v differs: %v", tc.s, got)
		}
		if got := tc.s.String(); got != tc.text {
			t.Errorf("%+v is %q, want %q", tc.s, got, tc.text)
		}
	}
	a, b := State{Condition: Missing, Err: errors.New("x")}, State{Condition: Missing, Err: errors.New("x")}
	if a.differs(b) {
		t.Error("the same error again is told")
	}
}

func TestDefaults(t *testing.T) {
	o := Options{Stream: "vm", IdleAfter: time.Second}.withDefaults()
	if o.Program != "Saffron" || o.Stream != "vm" || o.Rate != 48000 || o.Latency != 20*time.Millisecond || o.IdleAfter != time.Second || o.Log == nil {
		t.Errorf("%+v", o)
	}
}

// TestKeep checks when a device is opened again: at once after it has worked for
// a while, else less and less often, and never after the end.
func TestKeep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lasts := []time.Duration{0, 0, 0, 0, 0, 0, 0, time.Minute, time.Second, 0}
		var waits []time.Duration
		var states []State
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		o := Options{OnState: func(s State) { states = append(states, s) }}.withDefaults()
		n, ended := 0, time.Now()
		keep(ctx, &reporter{o: &o}, func(context.Context) error {
			waits = append(waits, time.Since(ended))
			if n == len(lasts) {
				cancel()
				return nil
			}
			time.Sleep(lasts[n])
			n, ended = n+1, time.Now()
			return errors.New("lost")
		})
		s := func(ms int) time.Duration { return time.Duration(ms) * time.Millisecond }
		want := []time.Duration{0, s(200), s(400), s(800), s(1600), s(3200), s(5000), s(5000), s(200), s(400), s(800)}
		if !slices.Equal(waits, want) {
			t.Errorf("waits %v, want %v", waits, want)
		}
		if len(states) != 1 || states[0].Condition != Missing {
			t.Errorf("states %v", states)
		}
	})
}

func TestClock(t *testing.T) {
	start := time.Now()
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	var c clock
	check := func(ms int, want time.Duration) {
		t.Helper()
		if got := c.now(at(ms)); got != want {
			t.Errorf("after %d ms: %v, want %v", ms, got, want)
		}
	}
	c.reset(5*time.Millisecond, at(0))
	check(0, 5*time.Millisecond)
	c.add(10 * time.Millisecond)
	check(3, 12*time.Millisecond)
	check(100, 0) // it has run dry
	c.measured(8*time.Millisecond, at(10))
	check(10, 8*time.Millisecond)
	c.add(10 * time.Millisecond)
	c.measured(16*time.Millisecond, at(12)) // counted: 16
	check(14, 14*time.Millisecond)
	c.measured(22*time.Millisecond, at(14)) // a little off
	check(14, 15*time.Millisecond)
	c.measured(80*time.Millisecond, at(14)) // far off
	check(20, 74*time.Millisecond)
}

func TestMicrophoneParameters(t *testing.T) {
	m := NewMicrophone(Options{})
	for _, p := range [][2]int{{0, 2}, {48000, 0}, {48000, 3}, {-1, 1}, {1 << 30, 1}} {
		if err := m.Start(p[0], p[1], nil); err == nil {
			t.Errorf("%d Hz, %d channels: accepted", p[0], p[1])
		}
	}
	m.Stop()
}

func TestGate(t *testing.T) {
	g := &gate{open: true}
	var got []int16
	g.pass([]int16{20000, -20000}, func(pcm []int16) { got = slices.Clone(pcm) })
	if want := []int16{20000, -20000}; !slices.Equal(got, want) {
		t.Errorf("delivered %d, want %d", got, want)
	}
	g.close()
	g.pass([]int16{1, 1}, func([]int16) { t.Error("delivered after the end") })
}
