//go:build !windows && !darwin

package device

import (
	"context"
	"encoding/binary"
	"io"
	"net"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jfreymuth/pulse/proto"
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

// TestConnectEnds checks that a server that does not answer holds nobody up.
func TestConnectEnds(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "deaf")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	began := time.Now()
	Play(ctx, &sleeper{}, Options{Server: "unix:" + socket})
	if _, err := connect(ctx, &Options{Server: "unix:" + socket}, nil); err == nil || time.Since(began) > 900*time.Millisecond {
		t.Errorf("%v after %v", err, time.Since(began))
	}
}

// A ramp is a source that counts its frames.
type ramp struct {
	at       int16
	sounding bool
	sizes    []int // of what was asked for, in frames
	delays   []time.Duration
}

func (r *ramp) Wake() <-chan struct{} { return nil }

func (r *ramp) Read(dst []int16, delay time.Duration) bool {
	for i := 0; i < len(dst); i += 2 {
		dst[i], dst[i+1] = r.at, -r.at
		r.at++
	}
	r.sizes, r.delays = append(r.sizes, len(dst)/2), append(r.delays, delay)
	return r.sounding
}

// playerOnPipe returns a player whose server takes everything and says nothing,
// and a function that returns the frames that have arrived there.
func playerOnPipe(t *testing.T, src Source) (p *player, arrived func(frames int) []int16) {
	o := Options{IdleAfter: time.Second}.withDefaults()
	p = newPlayer(src, &o, func(State) {})
	ours, theirs := net.Pipe()
	p.server = &server{&proto.Client{}, ours}
	p.server.Open(ours)
	p.index = 7
	samples := make(chan int16, 1<<20)
	go func() {
		for {
			var header [20]byte
			if _, err := io.ReadFull(theirs, header[:]); err != nil {
				return
			}
			data := make([]byte, binary.BigEndian.Uint32(header[:]))
			if _, err := io.ReadFull(theirs, data); err != nil || binary.BigEndian.Uint32(header[4:]) != 7 {
				return
			}
			for i := 0; i < len(data); i += 2 {
				samples <- int16(binary.LittleEndian.Uint16(data[i:]))
			}
		}
	}()
	t.Cleanup(func() { theirs.Close(); p.close() })
	return p, func(frames int) (got []int16) {
		for range 2 * frames {
			select {
			case s := <-samples:
				got = append(got, s)
			case <-time.After(5 * time.Second):
				t.Fatalf("%d samples of %d frames have arrived", len(got), frames)
			}
		}
		return got
	}
}

// TestFill checks that the server gets what it asks for, in order, in portions of
// up to 10 ms, and nothing while the device is paused or after the end.
func TestFill(t *testing.T) {
	src := &ramp{sounding: true}
	p, arrived := playerOnPipe(t, src)
	ask := func(bytes uint32) { p.handle(&proto.Request{StreamIndex: 7, Length: bytes}) }
	ask(1000 * frameBytes)
	if len(src.sizes) != 0 {
		t.Fatal("the source is read while the device is paused")
	}
	p.corked = false
	p.clock.reset(5*time.Millisecond, time.Now())
	ask(100*frameBytes + 3)
	if want := []int{480, 480, 140}; !slices.Equal(src.sizes, want) {
		t.Errorf("portions %d, want %d", src.sizes, want)
	}
	for i, s := range arrived(1100) {
		if want := int16(i/2) * int16(1-i%2*2); s != want {
			t.Fatalf("sample %d is %d, want %d", i, s, want)
		}
	}
	if d := src.delays[2] - src.delays[0]; d > 20*time.Millisecond || src.delays[0] > 5*time.Millisecond {
		t.Errorf("delays %v", src.delays)
	}
	ask(1) // with the 3 before, a frame
	arrived(1)
	src.sizes = nil
	ask(1 << 31)
	total := 0
	for _, n := range src.sizes {
		total += n
	}
	if total != maxOwed/frameBytes {
		t.Errorf("%d frames for a request without measure", total)
	}
	arrived(total)
	p.close()
	src.sizes = nil
	ask(1000)
	if len(src.sizes) != 0 {
		t.Error("the source is read after the end")
	}
}

// TestQuiet checks when run learns of silence and of underruns.
func TestQuiet(t *testing.T) {
	src := &ramp{}
	p, arrived := playerOnPipe(t, src)
	p.corked = false
	expect := func(when string, want any) {
		t.Helper()
		select {
		case got := <-p.events:
			if got != want {
				t.Errorf("%s: %v", when, got)
			}
		default:
			if want != nil {
				t.Errorf("%s: nothing is told", when)
			}
		}
	}
	read := func(frames uint32) {
		p.handle(&proto.Request{StreamIndex: 7, Length: frames * frameBytes})
		arrived(int(frames))
	}
	read(47520)
	expect("just before a second of silence", nil)
	read(480)
	expect("after a second of silence", wentQuiet{})
	p.handle(&proto.Underflow{StreamIndex: 7})
	read(40000)
	expect("when it was told already", nil)
	src.sounding = true
	read(480)
	p.handle(&proto.Underflow{StreamIndex: 7})
	expect("after an underrun", underrun{})
	src.sounding = false
	read(47520)
	expect("just before another second of silence", nil)
	read(480)
	expect("after another second of silence", wentQuiet{})
}
