//go:build !noopus && libopus && cgo

package opus

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/hraban/opus"
)

var update = flag.Bool("update", false, "make the vectors anew")

// TestUpdate makes the vectors anew, with libopus alone: nothing of this
// package takes part.
func TestUpdate(t *testing.T) {
	if Library != "libopus" {
		t.Fatalf("library %q", Library)
	}
	if !*update {
		return
	}
	for _, v := range vectors {
		if err := v.write(v.make(t)); err != nil {
			t.Fatal(err)
		}
	}
}

// write is the other direction of read.
func (v *vector) write(packets []packet) error {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return err
	}
	for _, p := range packets {
		fields := []any{uint16(len(p.data)), p.data, uint16(len(p.pcm) / v.channels), p.pcm}
		for _, f := range fields {
			if err := binary.Write(z, binary.LittleEndian, f); err != nil {
				return err
			}
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(v.file(), b.Bytes(), 0o644)
}

func (v *vector) make(t *testing.T) (packets []packet) {
	t.Helper()
	application := opus.AppRestrictedLowdelay
	if v.voip {
		application = opus.AppVoIP
	}
	encoder, err := opus.NewEncoder(v.rate, v.channels, application)
	if err != nil {
		t.Fatal(err)
	}
	if v.wideband {
		if err := encoder.SetMaxBandwidth(opus.Wideband); err != nil {
			t.Fatal(err)
		}
	}
	decoder, err := opus.NewDecoder(v.rate, v.channels)
	if err != nil {
		t.Fatal(err)
	}
	frames := v.rate * v.ms / 1000
	var joined [][]byte
	for i, signal := range slices.Collect(slices.Chunk(synthesize(v.rate, v.channels, frames*v.periods), frames*v.channels)) {
		if err := encoder.SetBitrate(v.bitrates[i*len(v.bitrates)/v.periods]); err != nil {
			t.Fatal(err)
		}
		data := make([]byte, 1500)
		n, err := encoder.Encode(signal, data)
		if err != nil {
			t.Fatal(err)
		}
		data = data[:n:n]
		if v.join > 0 {
			if joined = append(joined, data); len(joined) < v.join {
				continue
			}
			data, joined = join(joined), nil
		}
		pcm := make([]int16, v.rate*120/1000*v.channels)
		if slices.Contains(v.lost, i) {
			packets = append(packets, packet{})
			continue
		}
		n, err = decoder.Decode(data, pcm)
		if err != nil {
			t.Fatal(err)
		}
		packets = append(packets, packet{data, pcm[:n*v.channels]})
	}
	return packets
}

// join puts packets of one frame each, alike but for their sizes, into one
// (RFC 6716, section 3.2.5: code 3, frames of various sizes).
func join(packets [][]byte) []byte {
	out := []byte{packets[0][0] | 3, 0x80 | byte(len(packets))}
	for _, p := range packets[:len(packets)-1] {
		switch n := len(p) - 1; {
		case n < 252:
			out = append(out, byte(n))
		default:
			out = append(out, byte(252+n%4), byte((n-252)/4))
		}
	}
	for _, p := range packets {
		out = append(out, p[1:]...)
	}
	return out
}

// synthesize makes a signal with what codecs treat differently: a voice-like
// row of pulses through two resonances whose pitch moves, breath between,
// chirps, clicks, and channels that are alike in part.
func synthesize(rate, channels, frames int) []int16 {
	r := rand.New(rand.NewPCG(1, 2))
	pcm := make([]int16, frames*channels)
	var phase, a1, a2, b1, b2 float64
	for i := range frames {
		t := float64(i) / float64(rate)
		pitch := 130 + 40*math.Sin(2*math.Pi*3*t)
		source := 0.02 * (r.Float64()*2 - 1)
		if phase += pitch / float64(rate); phase >= 1 {
			phase--
			source += 1
		}
		if math.Mod(t, 0.1) > 0.08 {
			source = 0.3 * (r.Float64()*2 - 1)
		}
		a1, a2 = resonate(source, 700, 90, rate, a1, a2)
		b1, b2 = resonate(source, 1800, 150, rate, b1, b2)
		voice := 600 * (a1 + 0.6*b1)
		chirp := 3000 * math.Sin(2*math.Pi*(300+9000*math.Mod(t, 0.15))*t)
		for c := range channels {
			s := voice + chirp*float64(c+1)/3
			if i%(rate/7) < 3 {
				s += 5000
			}
			pcm[i*channels+c] = int16(max(-32768, min(32767, s)))
		}
	}
	return pcm
}

// resonate gives a sample to a filter of two poles, and returns its state.
func resonate(in, frequency, width float64, rate int, y1, y2 float64) (float64, float64) {
	radius := math.Exp(-math.Pi * width / float64(rate))
	return in + 2*radius*math.Cos(2*math.Pi*frequency/float64(rate))*y1 - radius*radius*y2, y1
}
