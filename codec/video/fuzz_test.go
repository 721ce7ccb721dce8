package video

import (
	"bytes"
	"encoding/binary"
	"image"
	"math/rand/v2"
	"testing"
)

// join puts frames in one slice, each after its length in two bytes.
func join(frames [][]byte) (b []byte) {
	for _, f := range frames {
		b = append(binary.LittleEndian.AppendUint16(b, uint16(len(f))), f...)
	}
	return b
}

// checkStream decodes what join puts together, cut or not, and reads every sample
// of every picture.
func checkStream(t *testing.T, d *Decoder, b []byte) {
	t.Helper()
	for len(b) >= 2 {
		n := min(int(binary.LittleEndian.Uint16(b)), len(b)-2)
		p, err := d.Decode(b[2 : 2+n])
		b = b[2+n:]
		if p != nil && err != nil {
			t.Fatalf("both a picture and an error: %v", err)
		}
		if p == nil {
			continue
		}
		if p.Width < 1 || p.Height < 1 || p.Width > maxSide || p.Height > maxSide {
			t.Fatalf("size %dx%d", p.Width, p.Height)
		}
		for _, plane := range [][]byte{p.Y, p.Cb, p.Cr} {
			if bytes.Count(plane, []byte{128}) > len(plane) {
				t.Fatal("samples change while they are read")
			}
		}
		if p.Width*p.Height <= 1<<18 {
			p.RGBA(image.NewRGBA(image.Rect(0, 0, p.Width, p.Height)))
		}
	}
}

// small are the streams that are not for benchmarks.
var small = []string{"vp8", "vp9", "h264", "h265"}

// Damaged frames do no harm, and the decoder gets over them: by the end of the
// stream, whose first pictures may suffer, it is as good as before.
func TestDamage(t *testing.T) {
	for _, name := range small {
		t.Run(name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			frames, sums := stream(t, name)
			d := decoder(t, streams[name])
			whole := join(frames)
			for range 40 {
				damaged := append([]byte(nil), whole...)
				for range 1 + r.IntN(40) {
					damaged[r.IntN(len(damaged))] ^= 1 << r.IntN(8)
				}
				checkStream(t, d, damaged[:r.IntN(len(damaged)+1)])
			}
			last := len(frames) - 1
			checkStream(t, d, join(frames[:last]))
			if p, err := d.Decode(frames[last]); err != nil || sumOf(p) != sums[last] {
				t.Errorf("last picture after damage is %v, error %v, want %v", sumOf(p), err, sums[last])
			}
		})
	}
}

// Frames that are cut anywhere give a picture or an error.
func TestTruncated(t *testing.T) {
	for _, name := range small {
		frames, _ := stream(t, name)
		d := decoder(t, streams[name])
		for _, f := range frames[:2] {
			for n := 1; n < len(f); n += 1 + n/40 {
				checkStream(t, d, join([][]byte{f[:n]}))
			}
		}
	}
}

func fuzz(f *testing.F, name string) {
	frames, _ := stream(f, name)
	f.Add(join(frames))
	f.Add(join(frames[:2]))
	for i := range frames[1:] {
		f.Add(join([][]byte{frames[0], frames[i+1]}))
	}
	codec := streams[name]
	f.Fuzz(func(t *testing.T, b []byte) { checkStream(t, decoder(t, codec), b) })
}

func FuzzVP8(f *testing.F)  { fuzz(f, "vp8") }
func FuzzVP9(f *testing.F)  { fuzz(f, "vp9") }
func FuzzH264(f *testing.F) { fuzz(f, "h264") }
func FuzzH265(f *testing.F) { fuzz(f, "h265") }
