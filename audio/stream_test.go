package audio

import (
	"math"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// A tone makes the packets of a sine: on the left at its frequency, on the
// right at twice that.
type tone struct {
	rate, channels int
	frequency      float64
	frame          int
}

func (o *tone) packet(frames int) []int16 {
	p := make([]int16, 0, frames*o.channels)
	for range frames {
		t := 2 * math.Pi * o.frequency * float64(o.frame) / float64(o.rate)
		p = append(p, int16(10000*math.Sin(t)))
		if o.channels == 2 {
			p = append(p, int16(10000*math.Sin(2*t)))
		}
		o.frame++
	}
	return p
}

// A run plays a tone through a stream and a device, in fake time.
type run struct {
	rate, channels int
	device         int                                  // Hz; 0: 48000
	period         time.Duration                        // of the device and of packets; 0: 10 ms
	ppm            float64                              // by which the server's clock is faster
	late           func(packet int) time.Duration       // by which packets come later
	lost           func(packet int) bool                // never come
	stall          func(read int) time.Duration         // by which the device reads later, once
	each           func(at time.Duration, s *Stream)    // called with each read
	heard          func(at time.Duration, pcm []int16)  // likewise
	latency        func(packet int, queued StreamStats) // called with each packet
}

func (r run) play(t *testing.T, length time.Duration) StreamStats {
	t.Helper()
	device, period := 48000, 10*time.Millisecond
	if r.device != 0 {
		device = r.device
	}
	if r.period != 0 {
		period = r.period
	}
	m := NewMixer(device)
	s := m.NewStream()
	begin := time.Now()
	stopped := make(chan struct{})
	go func() { // the server
		defer close(stopped)
		frames := int(time.Duration(r.rate) * period / time.Second)
		o := tone{rate: r.rate, channels: r.channels, frequency: 440}
		s.Start(r.rate, r.channels, 5000)
		for i := 0; ; i++ {
			due := time.Duration(float64(i) * float64(period) / (1 + r.ppm/1e6))
			if due > length {
				return
			}
			if r.late != nil {
				due += r.late(i)
			}
			time.Sleep(due - time.Since(begin))
			p := o.packet(frames)
			if r.lost == nil || !r.lost(i) {
				s.Play(5000+uint32(i*int(period/time.Millisecond)), p)
			}
			if r.latency != nil {
				r.latency(i, s.Stats())
			}
		}
	}()
	frames := int(period * time.Duration(device) / time.Second)
	pcm := make([]int16, 2*frames)
	for i := 0; time.Since(begin) < length; i++ {
		wait := time.Duration(i)*period - time.Since(begin)
		if r.stall != nil {
			wait += r.stall(i)
		}
		time.Sleep(wait)
		m.Read(pcm, period)
		if r.each != nil {
			r.each(time.Since(begin), s)
		}
		if r.heard != nil {
			r.heard(time.Since(begin), pcm)
		}
	}
	st := s.Stats()
	<-stopped
	return st
}

func TestDriftForHours(t *testing.T) {
	for _, ppm := range []float64{300, -300} {
		synctest.Test(t, func(t *testing.T) {
			highest := 0.0
			const length = 100 * time.Millisecond // so that hours pass quickly
			st := run{rate: 2000, channels: 1, device: 2000, period: length, ppm: ppm, each: func(at time.Duration, s *Stream) {
				if at > time.Minute {
					highest = max(highest, ms(s.Stats().Queued))
				}
			}}.play(t, 2*time.Hour)
			t.Logf("%+v, at most %.1f ms", st, highest)
			if st.Underruns != 0 || st.Dropped != 0 || highest > 210 {
				t.Errorf("%d underruns, %v dropped, up to %.1f ms queued", st.Underruns, st.Dropped, highest)
			}
			if math.Abs(st.Drift-ppm) > 30 {
				t.Errorf("the drift is %.0f ppm, want %.0f", st.Drift, ppm)
			}
		})
	}
}

func TestDelay(t *testing.T) {
	for _, tc := range []struct {
		name string
		run
	}{
		{"48000", run{rate: 48000, channels: 2}},
		{"44100", run{rate: 44100, channels: 2}},
		{"mono", run{rate: 48000, channels: 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sum, n := 0.0, 0
				tc.latency = func(packet int, st StreamStats) {
					if packet > 200 {
						sum += ms(st.Queued) // with the packet that has just come
						n++
					}
				}
				tc.late = func(int) time.Duration { return 3 * time.Millisecond }
				st := tc.play(t, 20*time.Second)
				t.Logf("%.1f ms on average, %+v", sum/float64(n), st)
				if sum/float64(n) > 25 || st.Underruns > 0 {
					t.Errorf("a packet waits %.1f ms, %d underruns", sum/float64(n), st.Underruns)
				}
			})
		})
	}
}

// TestJitter plays over links whose packets come late at random, in order.
func TestJitter(t *testing.T) {
	for _, jitter := range []time.Duration{5, 30, 100} {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(1, uint64(jitter)))
			st := run{rate: 8000, channels: 1, device: 8000, ppm: 100, late: func(int) time.Duration {
				return time.Duration(random.Float64() * float64(jitter) * float64(time.Millisecond))
			}}.play(t, 3*time.Minute)
			t.Logf("%d ms: %+v", jitter, st)
			if st.Underruns > 3 {
				t.Errorf("%d ms: %d underruns", jitter, st.Underruns)
			}
			if most := 2*jitter + 40; st.Queued > most*time.Millisecond {
				t.Errorf("%d ms: %v queued", jitter, st.Queued)
			}
		})
	}
}

// TestShrinks plays over a link that is bad for a while.
func TestShrinks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		random := rand.New(rand.NewPCG(1, 1))
		var during, after time.Duration
		st := run{rate: 48000, channels: 2, late: func(i int) time.Duration {
			if i > 1000 && i < 3000 {
				return time.Duration(random.IntN(80)) * time.Millisecond
			}
			return 0
		}, each: func(at time.Duration, s *Stream) {
			switch {
			case at < 30*time.Second:
				during = max(during, s.Stats().Queued)
			case at > 110*time.Second:
				after = max(after, s.Stats().Queued)
			}
		}}.play(t, 2*time.Minute)
		t.Logf("%v, then %v; %+v", during, after, st)
		if during < 80*time.Millisecond || after > 30*time.Millisecond {
			t.Errorf("%v queued while it was bad, %v long after", during, after)
		}
		if st.Underruns > 4 || st.Dropped > 0 {
			t.Errorf("%d underruns, %v dropped", st.Underruns, st.Dropped)
		}
	})
}

// steepest is the largest second difference of a channel of stereo sound: a
// click is a large one.
type steepest struct {
	before [2][2]float64
	n      int
	most   float64
}

func (c *steepest) add(pcm []int16) {
	for i := 0; i+1 < len(pcm); i += 2 {
		for ch := range 2 {
			v := float64(pcm[i+ch])
			b := &c.before[ch]
			if c.n > 1 {
				c.most = max(c.most, math.Abs(v-2*b[1]+b[0]))
			}
			b[0], b[1] = b[1], v
		}
		c.n++
	}
}

// TestNoClicks loses packets, stalls the link and the device, and listens.
func TestNoClicks(t *testing.T) {
	// Of 880 Hz at 10000: 10000 (2π 880/48000)².
	smooth := 10000 * math.Pow(2*math.Pi*880/48000, 2)
	for name, r := range map[string]run{
		"nothing": {},
		"losses":  {lost: func(i int) bool { return i%100 > 95 }},
		"stalls": {late: func(i int) time.Duration {
			if at := i % 700; i > 700 && at < 30 {
				return time.Duration(30-at) * 10 * time.Millisecond
			}
			return 0
		}},
		"slow device": {stall: func(i int) time.Duration {
			if i%300 == 299 {
				return 60 * time.Millisecond
			}
			return 0
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var c steepest
				r.rate, r.channels = 48000, 2
				r.heard = func(at time.Duration, pcm []int16) {
					if at > 100*time.Millisecond {
						c.add(pcm)
					}
				}
				st := r.play(t, 30*time.Second)
				t.Logf("second difference %.0f, of the tone %.0f; %+v", c.most, smooth, st)
				if c.most > 2*smooth {
					t.Errorf("second difference of %.0f, of the tone %.0f", c.most, smooth)
				}
				if name == "losses" && st.Lost == 0 {
					t.Error("nothing was lost")
				}
			})
		})
	}
}
