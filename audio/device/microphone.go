package device

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// ErrNoMicrophone says that this build cannot use a microphone.
var ErrNoMicrophone = errors.New("device: this build has no support for microphones on this system")

// A Microphone listens between Start and Stop. It may be used from any goroutine.
type Microphone struct {
	o Options
	r reporter

	mu   sync.Mutex // held while it starts and stops
	stop func()     // nil: it is stopped
}

// NewMicrophone returns a microphone that is closed. Options.Rate and IdleAfter
// mean nothing to it.
func NewMicrophone(o Options) *Microphone {
	m := &Microphone{o: o.withDefaults()}
	m.r.o = &m.o
	return m
}

// Start opens the microphone, and stops it before if need be. What it hears, at
// this rate and with one or two channels, is given to deliver, about every 10 ms,
// from one goroutine, until Stop; the samples are good only during the call.
//
// While there is no microphone nothing is delivered, and as soon as there is one
// it is used. So Start fails only for parameters that nothing supports, and with
// [ErrNoMicrophone].
func (m *Microphone) Start(rate, channels int, deliver func(pcm []int16)) error {
	if rate < 1000 || rate > 384000 || channels < 1 || channels > 2 {
		return fmt.Errorf("device: microphone: %d Hz, %d channels", rate, channels)
	}
	if !canListen {
		return ErrNoMicrophone
	}
	m.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	gate := &gate{open: true}
	m.stop = func() {
		gate.close()
		cancel()
		<-done
	}
	go func() {
		defer close(done)
		keep(ctx, &m.r, func(ctx context.Context) error {
			return listen(ctx, rate, channels, &m.o, func(pcm []int16) { gate.pass(pcm, deliver) }, m.r.report)
		})
		m.r.report(State{})
	}()
	return nil
}

// Stop closes the microphone. When it returns nothing more is delivered. It must
// not be called by deliver or Options.OnState.
func (m *Microphone) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.stop != nil {
		m.stop()
		m.stop = nil
	}
}

// A gate lets samples through until it is closed.
type gate struct {
	mu   sync.Mutex // held while they go through
	open bool
}

func (g *gate) pass(pcm []int16, deliver func([]int16)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open && len(pcm) > 0 {
		deliver(pcm)
	}
}

func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = false
}
