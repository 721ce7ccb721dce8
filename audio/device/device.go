package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"
	"time"
)

// A Source is what is played: stereo, at [Options].Rate.
type Source interface {
	// Read fills dst with frames, left and right in turn, silence where there is
	// nothing, and reports whether there was something. The first of them is
	// heard after delay. It is called from one goroutine at a time and must not
	// wait.
	Read(dst []int16, delay time.Duration) (sounding bool)

	// Wake gets a value when sound begins after silence: a device that has been
	// paused resumes.
	Wake() <-chan struct{}
}

// Options say how to play or listen. The zero value works.
type Options struct {
	// Program and Stream are the names that volume controls show. They default
	// to "Saffron" and "Sound".
	Program, Stream string

	// Rate is the sample rate of what is played. It defaults to 48000.
	Rate int

	// Latency is the time asked for between sound being read and being heard,
	// for the buffers of a sound server and its device. It defaults to 20 ms. It
	// grows by itself, up to 100 ms, where samples come too late.
	Latency time.Duration

	// IdleAfter is how long there is silence before the device is paused. It
	// defaults to 5 s.
	IdleAfter time.Duration

	// Server is a PulseAudio server, in PulseAudio's way of writing. It defaults
	// to $PULSE_SERVER, or else the user's own.
	Server string

	// Device is the name of a PulseAudio sink or source. It defaults to the
	// user's default device, and follows when that changes.
	Device string

	// OnState is called when the state changes, from one goroutine at a time.
	OnState func(State)

	// Log gets what happens to devices. It defaults to nothing.
	Log *slog.Logger
}

func (o Options) withDefaults() Options {
	set(&o.Program, "Saffron")
	set(&o.Stream, "Sound")
	set(&o.Rate, 48000)
	set(&o.Latency, 20*time.Millisecond)
	set(&o.IdleAfter, 5*time.Second)
	if o.Log == nil {
		o.Log = slog.New(slog.NewTextHandler(io.Discard, nil))
	}
	return o
}

// set gives an option that is zero its default.
func set[T comparable](option *T, to T) {
	var zero T
	if *option == zero {
		*option = to
	}
}

// A Condition is what a device is doing.
type Condition int

// Conditions of a device.
const (
	Closed  Condition = iota // not wanted, or not opened yet
	Missing                  // there is none; State.Err says why
	Active                   // plays or listens
	Idle                     // paused, because there is nothing to play
)

// A State says what a device is doing.
type State struct {
	Condition Condition
	Device    string        // as people call it
	Latency   time.Duration // between this program and the ear, or the microphone
	Underruns int           // how often samples came too late, since the device was opened
	Err       error         // why there is no device
}

// String describes a state in a line without the word for what the device does.
func (s State) String() string {
	switch s.Condition {
	case Missing:
		return fmt.Sprintf("no device: %v", s.Err)
	case Active:
		return fmt.Sprintf("on %s, %v", s.Device, s.Latency.Round(time.Millisecond))
	case Idle:
		return fmt.Sprintf("on %s, paused", s.Device)
	}
	return "closed"
}

// differs reports whether a change of state is worth telling. Latencies waver.
func (s State) differs(from State) bool {
	off := max(s.Latency-from.Latency, from.Latency-s.Latency)
	return s.Condition != from.Condition || s.Device != from.Device || s.Underruns != from.Underruns ||
		fmt.Sprint(s.Err) != fmt.Sprint(from.Err) || off >= 5*time.Millisecond
}

// A reporter tells of changes of state.
type reporter struct {
	o  *Options
	mu sync.Mutex // held while the callback runs
	is State
}

func (r *reporter) report(s State) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !s.differs(r.is) {
		return
	}
	r.is = s
	r.o.Log.Debug("sound device", "state", s.String(), "underruns", s.Underruns)
	if r.o.OnState != nil {
		r.o.OnState(s)
	}
}

// Play plays what the source has until the context ends, on whatever device
// there is. It does not return earlier, and when it returns the source is not
// read any more.
func Play(ctx context.Context, src Source, o Options) {
	o = o.withDefaults()
	r := &reporter{o: &o}
	keep(ctx, r, func(ctx context.Context) error { return play(ctx, src, &o, r.report) })
	r.report(State{})
}

// How long to wait before a device is opened again. What has worked for a while
// is tried again soon.
const (
	shortWait = 200 * time.Millisecond
	longWait  = 5 * time.Second
	steady    = 2 * time.Second
)

// keep calls use, which opens a device and returns when it has lost it or the
// context has ended, again and again.
func keep(ctx context.Context, r *reporter, use func(context.Context) error) {
	wait := shortWait
	for ctx.Err() == nil {
		began := time.Now()
		err := use(ctx)
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("the device has gone")
		}
		if time.Since(began) > steady {
			wait = shortWait
		}
		r.report(State{Condition: Missing, Err: err})
		select {
		case <-ctx.Done():
		case <-time.After(wait):
		}
		wait = min(wait*2, longWait)
	}
}
