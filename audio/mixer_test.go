package audio

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// steady plays a constant through a stream of a mixer.
type steady struct {
	m   *Mixer
	s   *Stream
	pcm []int16 // read last
	n   int
}

func newSteady(m *Mixer) *steady {
	p := &steady{m: m, s: m.NewStream(), pcm: make([]int16, 2*480)}
	p.s.Start(48000, 2, 0)
	return p
}

// send plays a packet of a constant.
func (p *steady) send(left, right int16) {
	p.s.Play(uint32(10*p.n), slices.Repeat([]int16{left, right}, 480))
	p.n++
}

func (p *steady) read() bool { return p.m.Read(p.pcm, 10*time.Millisecond) }

// last returns the last frame read.
func (p *steady) last() [2]int16 { return [2]int16(p.pcm[len(p.pcm)-2:]) }

func TestVolume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSteady(NewMixer(48000))
		for _, tc := range []struct {
			set  func()
			want [2]int16
		}{
			{func() {}, [2]int16{8000, -16000}},
			{func() { p.s.SetVolume([]uint16{0x7fff, 0xffff}) }, [2]int16{1000, -16000}},
			{func() { p.s.SetVolume([]uint16{0x7fff}) }, [2]int16{1000, -2000}},
			{func() { p.s.SetVolume(nil) }, [2]int16{1000, -2000}},
			{func() { p.s.SetMute(true) }, [2]int16{}},
			{func() { p.s.SetVolume([]uint16{0xffff, 0, 7}) }, [2]int16{}},
			{func() { p.s.SetMute(false) }, [2]int16{8000, 0}},
			{func() { p.m.SetVolume(0x7fff); p.s.SetVolume([]uint16{0xffff}) }, [2]int16{1000, -2000}},
			{func() { p.m.SetMute(true) }, [2]int16{}},
			{func() { p.m.SetVolume(0xffff); p.m.SetMute(false) }, [2]int16{8000, -16000}},
		} {
			tc.set()
			var c steepest
			for range 8 {
				p.send(8000, -16000)
				p.read()
				c.add(p.pcm)
				time.Sleep(10 * time.Millisecond)
			}
			if got := p.last(); math.Abs(float64(got[0]-tc.want[0])) > 1 || math.Abs(float64(got[1]-tc.want[1])) > 1 {
				t.Errorf("%v, want %v", got, tc.want)
			}
		}
	})
}

func TestMix(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMixer(48000)
		a, b := newSteady(m), newSteady(m)
		play := func(n int) {
			for range n {
				a.send(20000, 100)
				b.send(20000, 23)
				a.read()
				time.Sleep(10 * time.Millisecond)
			}
		}
		play(10)
		if got := a.last(); got != [2]int16{32767, 123} {
			t.Errorf("two streams are %v", got)
		}
		b.s.Close()
		play(2)
		if got := a.last(); got != [2]int16{20000, 100} {
			t.Errorf("the stream that is left is %v", got)
		}
	})
}

// TestWake checks that a device may sleep while there is no sound.
func TestWake(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSteady(NewMixer(48000))
		if p.read() {
			t.Error("there is sound before any came")
		}
		for p.n < 3 {
			p.send(1, 1)
			time.Sleep(10 * time.Millisecond)
		}
		select {
		case <-p.m.Wake():
		default:
			t.Fatal("the device is not woken")
		}
		if !p.read() {
			t.Error("there is no sound")
		}
		p.s.Stop()
		for range 10 {
			p.read()
			time.Sleep(10 * time.Millisecond)
		}
		if p.read() || p.s.Stats().Underruns != 0 || p.s.Stats().Queued != 0 {
			t.Errorf("after the end: %+v", p.s.Stats())
		}
	})
}

// TestDrains checks that a sound shorter than what is waited for is heard, to
// its end.
func TestDrains(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSteady(NewMixer(48000))
		p.send(900, 900)
		p.s.Stop()
		<-p.m.Wake()
		heard := 0
		for p.read() {
			for _, v := range p.pcm {
				if v > 450 {
					heard++
				}
			}
			time.Sleep(10 * time.Millisecond)
		}
		if heard/2 < 450 || heard/2 > 490 {
			t.Errorf("%d frames of 480 were heard", heard/2)
		}
	})
}

// TestDeviceAway checks that nothing old is heard when a device comes back, and
// that memory is bounded meanwhile.
func TestDeviceAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newSteady(NewMixer(48000))
		for i := range 3000 {
			p.send(int16(i), int16(i))
			if i < 100 {
				p.read()
			}
			time.Sleep(10 * time.Millisecond)
			if q := p.s.Stats().Queued; q > maxQueued+20*time.Millisecond {
				t.Fatalf("%v is queued", q)
			}
		}
		if _, _, ok := p.s.Now(); ok {
			t.Error("the clock goes by a device that is away")
		}
		p.read()
		if got := p.last()[0]; got < 2990 {
			t.Errorf("what is heard is %d ms old", 10*(3000-int(got)))
		}
	})
}

// TestNow compares the media time that is heard with what is.
func TestNow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := NewMixer(48000)
		s := m.NewStream()
		s.Start(48000, 2, 0xffffff00) // the time wraps
		pcm := make([]int16, 2*480)
		for i := range 200 {
			media := uint32(0xffffff00 + 10*i)
			s.Play(media, slices.Repeat([]int16{int16(i), int16(i)}, 480))
			m.Read(pcm, 30*time.Millisecond)
			if now, queued, ok := s.Now(); ok && i > 20 {
				// Frame 0 of pcm is heard in 30 ms, and was of packet pcm[0].
				want := uint32(0xffffff00+10*int(pcm[0])) - 30
				if d := int32(now - want); d < -1 || d > 11 {
					t.Fatalf("packet %d: it is %d, want %d", i, now, want)
				}
				if d := int32(now + queued - media - 10); d < -2 || d > 2 {
					t.Fatalf("packet %d: %d ms are queued at %d", i, queued, now)
				}
			} else if i > 20 {
				t.Fatal("there is no time")
			}
			time.Sleep(10 * time.Millisecond)
		}
	})
}

// TestStorm starts and stops at random, with all rates, and checks that it ends
// and stays within bounds.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(3, 4))
		m := NewMixer(48000)
		s := m.NewStream()
		pcm := make([]int16, 2*480)
		rates := []int{8000, 11025, 44100, 48000, 192000}
		rate, channels, media := 48000, 2, uint32(0)
		for range 3000 {
			switch random.IntN(12) {
			case 0:
				rate, channels = rates[random.IntN(len(rates))], 1+random.IntN(2)
				s.Start(rate, channels, media)
			case 1:
				s.Stop()
			case 2:
				media += uint32(random.IntN(3000)) - 1000
			case 3:
				s.SetLatency(uint32(random.IntN(100)))
			case 4:
				time.Sleep(time.Duration(random.IntN(1000)) * time.Millisecond)
			case 5, 6, 7, 8:
				s.Play(media, make([]int16, random.IntN(rate/50*channels)))
				media += 10
			default:
				m.Read(pcm, time.Duration(random.IntN(100))*time.Millisecond)
				time.Sleep(10 * time.Millisecond)
			}
			if q := s.Stats().Queued; q > maxQueued+50*time.Millisecond || q < 0 {
				t.Fatalf("%v is queued", q)
			}
		}
	})
}

func TestNoAllocation(t *testing.T) {
	p := newSteady(NewMixer(48000))
	packet := slices.Repeat([]int16{7, 7}, 480)
	step := func() {
		p.s.Play(uint32(10*p.n), packet)
		p.n++
		p.read()
	}
	for range 1000 {
		step()
	}
	if n := testing.AllocsPerRun(1000, step); n > 0 {
		t.Errorf("%.2f allocations a packet", n)
	}
}

// BenchmarkStream plays packets of 10 ms through a stream and the mixer.
func BenchmarkStream(b *testing.B) {
	p := newSteady(NewMixer(48000))
	packet := slices.Repeat([]int16{7, 7}, 480)
	b.ReportAllocs()
	for b.Loop() {
		p.s.Play(uint32(10*p.n), packet)
		p.n++
		p.read()
	}
}
