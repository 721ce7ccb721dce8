package audio

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// resample plays a sine of some Hz through a resampler and returns the power
// of what comes out at that frequency and of all else, in dB of the sine's.
func resample(from, to int, hz float64) (tone, rest float64) {
	r := NewResampler(from, to, 1)
	in := make([]int16, from)
	for i := range in {
		in[i] = int16(math.Round(16000 * math.Sin(2*math.Pi*hz*float64(i)/float64(from))))
	}
	out := make([]float32, to)
	n := 0
	for len(in) > 0 { // in lumps of odd sizes
		k := min(len(in), 441)
		r.Write(in[:k])
		in = in[k:]
		n += r.Read(out[n:])
	}
	out = out[n-to*6/10 : n-to/10] // half a second: whole periods
	var re, im, all float64
	for i, v := range out {
		w := 2 * math.Pi * hz * float64(i) / float64(to)
		re += float64(v) * math.Cos(w)
		im += float64(v) * math.Sin(w)
		all += float64(v) * float64(v)
	}
	k := float64(len(out))
	power := 2 * (re*re + im*im) / k
	db := func(p float64) float64 { return 10 * math.Log10(max(p, 1e-9)/(k*16000*16000/2)) }
	return db(power), db(all - power)
}

func TestResampler(t *testing.T) {
	for _, tc := range []struct {
		from, to int
		hz       float64
		heard    bool
	}{
		{48000, 48000, 1000, true}, {48000, 48000, 15000, true}, {44100, 48000, 1000, true}, {44100, 48000, 10000, true}, {48000, 44100, 10000, true},
		{8000, 48000, 1000, true}, {48000, 8000, 1000, true}, {48000, 44100, 23500, false}, {48000, 16000, 9000, false},
	} {
		tone, rest := resample(tc.from, tc.to, tc.hz)
		name := fmt.Sprintf("%d to %d Hz, tone of %.0f Hz", tc.from, tc.to, tc.hz)
		t.Logf("%s: %.2f dB, all else %.1f dB", name, tone, rest)
		if tc.heard && (math.Abs(tone) > 0.1 || rest > -75) {
			t.Errorf("%s: comes out at %.2f dB, with %.1f dB of something else", name, tone, rest)
		}
		if !tc.heard && max(tone, rest) > -50 {
			t.Errorf("%s: comes out at %.1f and %.1f dB", name, tone, rest)
		}
	}
}

func TestResamplerKeepsConstants(t *testing.T) {
	r := NewResampler(44100, 48000, 2)
	r.SetSpeed(1.003)
	in := slices.Repeat([]int16{1000, -2000}, 2000)
	r.Write(in)
	if got := r.Buffered(); got != 2000 {
		t.Errorf("%.1f frames are buffered", got)
	}
	out := make([]float32, 2*4000)
	n := r.Read(out)
	if want := 2152; n < want-2 || n > want+2 {
		t.Errorf("%d frames came out, want %d", n, want)
	}
	for i, v := range out[2*40 : 2*n] {
		want := float32(1000)
		if i%2 == 1 {
			want = -2000
		}
		if math.Abs(float64(v-want)) > 0.5 {
			t.Fatalf("sample %d is %f", i, v)
		}
	}
	r.Flush()
	if n := r.Read(out); n < 17 || n > 19 {
		t.Errorf("%d frames were left", n)
	}
}

func TestRemap(t *testing.T) {
	stereo, mono := []int16{1, 3, -32768, -32768, 32767, 32767}, []int16{5, -6}
	for _, tc := range []struct {
		src      []int16
		from, to int
		want     []int16
	}{
		{stereo, 2, 1, []int16{2, -32768, 32767}},
		{mono, 1, 2, []int16{5, 5, -6, -6}},
		{mono, 1, 1, mono},
		{stereo[:5], 2, 2, stereo[:4]},
	} {
		if got := Remap(nil, tc.src, tc.from, tc.to); !slices.Equal(got, tc.want) {
			t.Errorf("%v from %d to %d channels: %v, want %v", tc.src, tc.from, tc.to, got, tc.want)
		}
	}
}

func BenchmarkResample(b *testing.B) {
	for _, from := range []int{48000, 44100} {
		b.Run(fmt.Sprint(from), func(b *testing.B) {
			r := NewResampler(from, 48000, 2)
			r.SetSpeed(1.0001)
			in, out := make([]int16, 2*from/100), make([]float32, 2*480)
			b.ReportAllocs()
			for b.Loop() {
				r.Write(in)
				r.Read(out)
			}
		})
	}
}
