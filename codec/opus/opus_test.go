//go:build !noopus

package opus

import (
	"errors"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestConformance compares what is decoded with what libopus makes of the same
// packets: no sample may differ by more than one step.
func TestConformance(t *testing.T) {
	for _, v := range vectors {
		t.Run(v.name, func(t *testing.T) {
			d, err := NewDecoder(v.rate, v.channels)
			if err != nil {
				t.Fatal(err)
			}
			dst := make([]int16, d.MaxSamples())
			found := map[string]bool{}
			packets := v.read(t)
			if want := v.periods / max(v.join, 1); len(packets) != want {
				t.Fatalf("%d packets, want %d", len(packets), want)
			}
			for i, p := range packets {
				if len(p.data) > 0 {
					found[mode(p.data)] = true
				} else if !slices.Contains(v.lost, i) {
					t.Fatalf("packet %d is empty", i)
				}
				n, err := d.Decode(dst, p.data)
				if err != nil {
					t.Fatalf("packet %d: %v", i, err)
				}
				if n != v.rate*v.ms*max(v.join, 1)/1000 {
					t.Fatalf("packet %d: %d frames", i, n)
				}
				from := 0
				if slices.Contains(v.lost, i-1) {
					from = v.rate / 400 * v.channels // fades in
				}
				if at, off := furthest(dst[from:max(from, len(p.pcm))], p.pcm[min(from, len(p.pcm)):]); off > 1 {
					t.Errorf("packet %d: sample %d is %d, want %d", i, from+at, dst[from+at], p.pcm[from+at])
				}
			}
			for _, m := range v.modes {
				if !found[m] {
					t.Errorf("no %s packet among them: %v", m, found)
				}
			}
		})
	}
}

// furthest returns where two signals differ most, and by how much.
func furthest(got, want []int16) (at, off int) {
	for i := range got {
		if d := int(got[i]) - int(want[i]); max(d, -d) > off {
			at, off = i, max(d, -d)
		}
	}
	return at, off
}

func TestParameters(t *testing.T) {
	for _, tc := range []struct {
		rate, channels int
		ok             bool
	}{
		{48000, 2, true}, {48000, 1, true}, {24000, 2, true}, {16000, 2, true}, {12000, 1, true}, {8000, 2, true},
		{44100, 2, false}, {0, 2, false}, {-48000, 2, false}, {96000, 2, false}, {48000, 0, false}, {48000, 3, false}, {48000, -1, false},
	} {
		_, err := NewDecoder(tc.rate, tc.channels)
		if (err == nil) != tc.ok {
			t.Errorf("decoder of %d Hz, %d channels: %v", tc.rate, tc.channels, err)
		}
		_, err = NewEncoder(tc.rate, tc.channels)
		if (err == nil) != tc.ok {
			t.Errorf("encoder of %d Hz, %d channels: %v", tc.rate, tc.channels, err)
		}
	}
	if !Available() || Library == "" {
		t.Errorf("available %v, library %q", Available(), Library)
	}
}

// TestRoom checks that a destination that is too small is refused, and that
// what is behind the room is left alone.
func TestRoom(t *testing.T) {
	d, err := NewDecoder(48000, 2)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Decode(make([]int16, d.MaxSamples()-1), nil); err == nil {
		t.Error("room for less than 120 ms is accepted")
	}
	whole := make([]int16, d.MaxSamples()+100)
	for i := range whole {
		whole[i] = 12345
	}
	for _, v := range vectors {
		if v.name != "celt-120ms" {
			continue
		}
		n, err := d.Decode(whole[:d.MaxSamples()], v.read(t)[0].data)
		if err != nil || n != 5760 {
			t.Errorf("packet of 120 ms: %d frames, %v", n, err)
		}
	}
	for _, s := range whole[d.MaxSamples():] {
		if s != 12345 {
			t.Fatal("samples are written behind the room")
		}
	}
}

// TestConceal checks what stands in for lost packets: nothing before the first
// packet, then something that begins where the sound ended, and then silence,
// all of the last packet's length. The next packet begins at nothing.
func TestConceal(t *testing.T) {
	for _, v := range vectors {
		d, err := NewDecoder(v.rate, v.channels)
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]int16, d.MaxSamples())
		n, err := d.Decode(dst, nil)
		if err != nil || n != v.rate/100 {
			t.Fatalf("%s: before the first packet: %d frames, %v", v.name, n, err)
		}
		if energy(dst[:n*v.channels]) != 0 {
			t.Errorf("%s: before the first packet: not silent", v.name)
		}
		packets := v.read(t)
		half := packets[:len(packets)/2+1]
		for _, p := range half {
			if n, err = d.Decode(dst, p.data); err != nil {
				t.Fatal(err)
			}
		}
		end := slices.Clone(dst[(n-1)*v.channels : n*v.channels])
		for i := range 4 {
			for k := range dst {
				dst[k] = 1111
			}
			again, err := d.Decode(dst, []byte{})
			if err != nil || again != n {
				t.Fatalf("%s: %d frames, want %d, %v", v.name, again, n, err)
			}
			loud := energy(dst[:n*v.channels])
			if i == 0 && (loud == 0 || !slices.Equal(dst[:v.channels], end)) {
				t.Errorf("%s: begins with %d after %d, as loud as %.0f", v.name, dst[:v.channels], end, loud)
			}
			if i > 0 && loud != 0 {
				t.Errorf("%s: not silent: %.0f", v.name, loud)
			}
		}
		if _, err := d.Decode(dst, half[len(half)-1].data); err != nil || dst[0] != 0 || energy(dst[:n*v.channels]) == 0 {
			t.Errorf("%s: the next packet begins with %d, %v", v.name, dst[0], err)
		}
	}
}

// energy returns the root of the mean of the squares.
func energy(pcm []int16) float64 {
	var sum float64
	for _, s := range pcm {
		sum += float64(s) * float64(s)
	}
	return math.Sqrt(sum / float64(len(pcm)))
}

// tone returns a sine, another in each channel.
func tone(rate, channels, frames int) []int16 {
	pcm := make([]int16, frames*channels)
	for i := range pcm {
		t, c := float64(i/channels)/float64(rate), float64(i%channels)
		pcm[i] = int16(8000 * math.Sin(2*math.Pi*(440+220*c)*t))
	}
	return pcm
}

// TestRoundTrip encodes tones and decodes them: packets are of the size that
// the bit rate asks for, and the tones come back, each in its channel.
func TestRoundTrip(t *testing.T) {
	for _, rate := range []int{48000, 24000, 16000, 12000, 8000} {
		for channels := 1; channels <= 2; channels++ {
			e, err := NewEncoder(rate, channels)
			if err != nil {
				t.Fatal(err)
			}
			d, err := NewDecoder(rate, channels)
			if err != nil {
				t.Fatal(err)
			}
			packet, dst := make([]byte, MaxEncoded), make([]int16, d.MaxSamples())
			var heard []int16
			size := 0
			for pcm := range slices.Chunk(tone(rate, channels, rate/2), rate/100*channels) {
				n, err := e.Encode(packet, pcm)
				if err != nil {
					t.Fatal(err)
				}
				size += n
				frames, err := d.Decode(dst, packet[:n])
				if err != nil || frames != rate/100 {
					t.Fatalf("%d Hz, %d channels: %d frames, %v", rate, channels, frames, err)
				}
				heard = append(heard, dst[:frames*channels]...)
			}
			if bits := size * 8 * 2; bits > bitrate*channels*3/2 {
				t.Errorf("%d Hz, %d channels: %d bits a second", rate, channels, bits)
			}
			for c := range channels {
				own, other := power(heard, rate, channels, c, 440+220*c), power(heard, rate, channels, c, 660-220*c)
				if own < 7000 || own > 9000 || other > 400 {
					t.Errorf("%d Hz, channel %d of %d: its tone at %.0f, the other's at %.0f", rate, c, channels, own, other)
				}
			}
		}
	}
}

// power returns the amplitude of a frequency in the second half of a channel.
func power(pcm []int16, rate, channels, c, frequency int) float64 {
	var re, im float64
	n := 0
	for i := len(pcm)/channels - rate/10; i < len(pcm)/channels; i++ { // whole periods
		a := 2 * math.Pi * float64(frequency) * float64(i) / float64(rate)
		s := float64(pcm[i*channels+c])
		re, im, n = re+s*math.Cos(a), im+s*math.Sin(a), n+1
	}
	return 2 * math.Hypot(re, im) / float64(n)
}

func TestEncodeSizes(t *testing.T) {
	e, err := NewEncoder(48000, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 1, 2, 478, 480, 958, 962, 1922, 5760 * 2} {
		if _, err := e.Encode(make([]byte, MaxEncoded), make([]int16, n)); err == nil {
			t.Errorf("%d samples are accepted", n)
		}
	}
	if _, err := e.Encode(make([]byte, MaxEncoded-1), make([]int16, 960)); err == nil {
		t.Error("too little room is accepted")
	}
	r := rand.New(rand.NewPCG(3, 4))
	dst, pcm := make([]byte, MaxEncoded), make([]int16, 1920)
	for i := range 100 { // what is hardest: noise and silence at full level
		for k := range pcm {
			pcm[k] = int16(r.Uint32()) * int16(i/3%2)
		}
		n, err := e.Encode(dst, pcm[:len(pcm)>>(i/10%2)])
		if err != nil || n < 1 {
			t.Fatalf("packet %d: %d bytes, %v", i, n, err)
		}
	}
}

func TestGarbage(t *testing.T) {
	for _, p := range [][]byte{
		{0xff},                       // frames of various sizes, and no count
		{0x03, 0x00},                 // no frames at all
		{0x03, 0x3f, 1, 2, 3},        // 63 frames of 10 ms
		{0x1a, 0xff},                 // two frames, the first longer than the packet
		{0x01, 1, 2, 3},              // two frames of equal size that are not
		make([]byte, 1400),           // a frame of more than 1275 bytes
		make([]byte, maxPacket+1),    // more than any
		{0xfb, 0xc1, 0xff, 0xff, 10}, // padding longer than the packet
	} {
		d, err := NewDecoder(48000, 2)
		if err != nil {
			t.Fatal(err)
		}
		var format FormatError
		if n, err := d.Decode(make([]int16, d.MaxSamples()), p); n != 0 || !errors.As(err, &format) {
			t.Errorf("% x: %d frames, %v", p[:min(len(p), 8)], n, err)
		}
	}
}

// decodeAll decodes data as packets of a size, the first byte's, as a stream.
func decodeAll(t testing.TB, rate, channels int, data []byte) {
	d, err := NewDecoder(rate, channels)
	if err != nil {
		t.Fatal(err)
	}
	dst := make([]int16, d.MaxSamples())
	for len(data) > 1 {
		n := min(int(data[0]), len(data)-1)
		frames, err := d.Decode(dst, data[1:1+n])
		if frames < 0 || frames > d.MaxSamples()/channels || err != nil && frames != 0 {
			t.Fatalf("%d frames, %v", frames, err)
		}
		data = data[1+n:]
	}
}

// rows returns the packets of vectors as decodeAll takes them.
func rows(t testing.TB) (all [][]byte) {
	for _, v := range vectors {
		var row []byte
		for _, p := range v.read(t) {
			if len(p.data) < 256 {
				row = append(append(row, byte(len(p.data))), p.data...)
			}
		}
		all = append(all, row)
	}
	return all
}

// TestDamaged decodes streams with bytes changed and cut off.
func TestDamaged(t *testing.T) {
	for k, row := range rows(t) {
		v := vectors[k]
		for i := 0; i < len(row); i += 29 {
			damaged := slices.Clone(row[:min(len(row), i+600)])
			damaged[i] ^= byte(1 << (i % 8))
			damaged[(i+i/2)%len(damaged)] += byte(i)
			decodeAll(t, v.rate, v.channels, damaged[max(0, i-300):])
		}
		decodeAll(t, v.rate, 3-v.channels, row)
		decodeAll(t, 16000, v.channels, row)
	}
}

func FuzzDecode(f *testing.F) {
	for _, row := range rows(f) {
		f.Add(uint8(len(row)), row[:min(len(row), 2000)])
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		rates := []int{48000, 24000, 16000, 12000, 8000}
		decodeAll(t, rates[int(kind)%len(rates)], 1+int(kind)/128, data[:min(len(data), 8192)])
	})
}

// TestAllocs checks that nothing is allocated for a frame.
func TestAllocs(t *testing.T) {
	for _, v := range vectors {
		d, err := NewDecoder(v.rate, v.channels)
		if err != nil {
			t.Fatal(err)
		}
		packets, dst, i := v.read(t), make([]int16, d.MaxSamples()), 0
		if n := testing.AllocsPerRun(100, func() {
			d.Decode(dst, packets[i%len(packets)].data)
			i++
		}); n != 0 {
			t.Errorf("%s: %v allocations a packet", v.name, n)
		}
	}
	e, err := NewEncoder(48000, 2)
	if err != nil {
		t.Fatal(err)
	}
	pcm, dst := tone(48000, 2, 480), make([]byte, MaxEncoded)
	if n := testing.AllocsPerRun(100, func() { e.Encode(dst, pcm) }); n != 0 {
		t.Errorf("%v allocations to encode a packet", n)
	}
}

func BenchmarkDecode(b *testing.B) {
	for _, v := range vectors[:3] {
		b.Run(v.name, func(b *testing.B) {
			d, err := NewDecoder(v.rate, v.channels)
			if err != nil {
				b.Fatal(err)
			}
			packets, dst, i := v.read(b), make([]int16, d.MaxSamples()), 0
			b.ReportAllocs()
			for b.Loop() {
				if _, err := d.Decode(dst, packets[i%len(packets)].data); err != nil {
					b.Fatal(err)
				}
				i++
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/0.010*100, "%core")
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	e, err := NewEncoder(48000, 2)
	if err != nil {
		b.Fatal(err)
	}
	pcm, dst, i := slices.Collect(slices.Chunk(tone(48000, 2, 48000), 960)), make([]byte, MaxEncoded), 0
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e.Encode(dst, pcm[i%len(pcm)]); err != nil {
			b.Fatal(err)
		}
		i++
	}
	b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/0.010*100, "%core")
}
