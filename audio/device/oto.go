//go:build windows || darwin

package device

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/ebitengine/oto/v3"
)

// The one context that oto allows a program. It stays for its whole life, and
// follows the system's default device by itself.
var (
	otoMu      sync.Mutex
	otoContext *oto.Context
	otoRate    int
	otoErr     error
)

// device returns the context, made for the first rate that is asked for.
func device(o *Options) (*oto.Context, error) {
	otoMu.Lock()
	defer otoMu.Unlock()
	if otoErr != nil {
		return nil, otoErr
	}
	if otoContext == nil {
		c, ready, err := oto.NewContext(&oto.NewContextOptions{
			SampleRate: o.Rate, ChannelCount: 2, Format: oto.FormatSignedInt16LE,
			BufferSize: o.Latency, ApplicationName: o.Program,
		})
		if err != nil {
			otoErr = err // for good: oto does not try twice
			return nil, err
		}
		<-ready
		otoContext, otoRate = c, o.Rate
	}
	if otoRate != o.Rate {
		return nil, fmt.Errorf("the device is open at %d Hz, not %d", otoRate, o.Rate)
	}
	return otoContext, otoContext.Err()
}

// An otoSource is a source as oto takes it.
type otoSource struct {
	src     Source
	o       *Options
	player  *oto.Player
	pcm     []int16
	silence chan struct{} // gets a value when there has been silence for long

	mu    sync.Mutex // guards what follows
	quiet time.Duration
}

// Read is called by oto whenever its buffer has room.
func (s *otoSource) Read(b []byte) (int, error) {
	frames := min(len(b)/4, len(s.pcm)/2)
	pcm := s.pcm[:frames*2]
	buffered := time.Duration(s.player.BufferedSize()/4) * time.Second / time.Duration(s.o.Rate)
	sounding := s.src.Read(pcm, buffered+s.o.Latency)
	for i, v := range pcm {
		binary.LittleEndian.PutUint16(b[2*i:], uint16(v))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.quiet
	s.quiet += time.Duration(frames) * time.Second / time.Duration(s.o.Rate)
	if sounding {
		s.quiet = 0
	} else if before < s.o.IdleAfter && s.quiet >= s.o.IdleAfter {
		select {
		case s.silence <- struct{}{}:
		default:
		}
	}
	return len(pcm) * 2, nil
}

// woken ends the silence, and isSilent reports whether it lasts.
func (s *otoSource) woken() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.quiet = 0
}

func (s *otoSource) isSilent() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.quiet >= s.o.IdleAfter
}

// play plays until the device fails or the context ends.
func play(ctx context.Context, src Source, o *Options, report func(State)) error {
	c, err := device(o)
	if err != nil {
		return err
	}
	s := &otoSource{src: src, o: o, pcm: make([]int16, o.Rate/100*2), silence: make(chan struct{}, 1)}
	s.player = c.NewPlayer(s)
	s.player.SetBufferSize(o.Rate / 100 * 4 * 2)
	state := State{Condition: Active, Device: "the system's default device", Latency: o.Latency + 20*time.Millisecond}
	report(state)
	s.player.Play()
	defer s.player.PauseAndStopReading()
	check := time.NewTicker(time.Second)
	defer check.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-s.silence:
			s.player.PauseAndStopReading()
			if !s.isSilent() { // not any more
				s.player.Play()
				continue
			}
			err, state.Condition = c.Suspend(), Idle
		case <-src.Wake():
			s.woken()
			if state.Condition == Active {
				continue
			}
			err, state.Condition = c.Resume(), Active
			s.player.Play()
		case <-check.C:
			err = errors.Join(c.Err(), s.player.Err())
		}
		if err != nil {
			return err
		}
		report(state)
	}
}
