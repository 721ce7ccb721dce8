package ycbcr

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"
)

var matrices = []struct {
	name          string
	m             *Matrix
	black         float64 // luma of black
	luma, chroma  float64 // what a unit of each is worth
	fromCr        float64 // red's share of Cr
	cbToG, crToG  float64
	fromCb        float64
	white, colour byte // the brightest luma and the middle of chroma
}{
	{"full BT.601", Full601, 0, 1, 1, 1.402, -0.344136, -0.714136, 1.772, 255, 128},
	{"full BT.709", Full709, 0, 1, 1, 1.5748, -0.187324, -0.468124, 1.8556, 255, 128},
	{"limited BT.601", Limited601, 16, 255. / 219, 255. / 224, 1.402, -0.344136, -0.714136, 1.772, 235, 128},
	{"limited BT.709", Limited709, 16, 255. / 219, 255. / 224, 1.5748, -0.187324, -0.468124, 1.8556, 235, 128},
}

// Luma and chroma of all kinds are within one of the exact conversion, and seldom
// off at all.
func TestConvert(t *testing.T) {
	var ys, cbs, crs [256]byte
	for i := range ys {
		ys[i] = byte(i)
	}
	var dst [1024]byte
	for _, tt := range matrices {
		misses, all := 0, 0
		for cb := 0; cb < 256; cb += 3 {
			for cr := 0; cr < 256; cr += 3 {
				for i := range ys {
					cbs[i], crs[i] = byte(cb), byte(cr)
				}
				tt.m.Convert(dst[:], ys[:], cbs[:], crs[:])
				b, r := tt.chroma*float64(cb-128), tt.chroma*float64(cr-128)
				for i := range 256 {
					y, p := tt.luma*(float64(i)-tt.black), dst[4*i:][:4]
					want := [3]float64{y + tt.fromCr*r, y + tt.cbToG*b + tt.crToG*r, y + tt.fromCb*b}
					for k, v := range want {
						all++
						near := math.Round(min(max(v, 0), 255))
						if math.Abs(near-float64(p[k])) > 1 || p[3] != 0 {
							t.Fatalf("%s: %d,%d,%d gives %v, want %.2f", tt.name, i, cb, cr, p, want)
						}
						if near != float64(p[k]) {
							misses++
						}
					}
				}
			}
		}
		share := float64(misses) / float64(all)
		t.Logf("%s: %.2f %% of the values are one off", tt.name, 100*share)
		if share > 0.02 {
			t.Errorf("%s: %.2f %% of the values are one off", tt.name, 100*share)
		}
	}
}

// Grey has no tint, and black and white are where they belong.
func TestGrey(t *testing.T) {
	for _, tt := range matrices {
		for y := range 256 {
			var p [4]byte
			tt.m.Convert(p[:], []byte{byte(y)}, []byte{128}, []byte{128})
			if p[0] != p[1] || p[1] != p[2] {
				t.Errorf("%s: grey %d gives %v", tt.name, y, p)
			}
			if black := byte(y) == byte(tt.black); black && p[0] != 0 || byte(y) == tt.white && p[0] != 255 {
				t.Errorf("%s: %d gives %v", tt.name, y, p)
			}
		}
	}
}

// The functions that may be in assembly give what their twins in Go do.
func checkStretch(t *testing.T, near, far []byte) {
	t.Helper()
	n := len(near) - 2
	pad := make([]byte, 16)
	near, far = append(near, pad...), append(far, pad...)
	got, want := make([]byte, 2*n+32), make([]byte, 2*n)
	Stretch(got, near, far, n)
	stretchGo(want, near, far, n)
	if !bytes.Equal(got[:2*n], want) {
		t.Fatalf("Stretch of %d and %d gives\n%d, want\n%d", near, far, got[:2*n], want)
	}
}

func checkConvert(t *testing.T, y, cb, cr []byte) {
	t.Helper()
	for _, tt := range matrices {
		got, want := bytes.Repeat([]byte{9}, 4*len(y)+1), bytes.Repeat([]byte{9}, 4*len(y)+1)
		tt.m.Convert(got, y, cb, cr)
		tt.m.convertGo(want, y, cb, cr)
		if !bytes.Equal(got, want) {
			t.Fatalf("%s: Convert of %d, %d, %d gives\n%d, want\n%d", tt.name, y, cb, cr, got, want)
		}
	}
}

func TestTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return b
	}
	for n := range 200 {
		checkStretch(t, random(n+2), random(n+2))
		checkConvert(t, random(n), random(n), random(n))
	}
	row := make([]byte, 256) // every luma with every chroma
	for i := range row {
		row[i] = byte(i)
	}
	for c := range 256 {
		cs := bytes.Repeat([]byte{byte(c)}, 256)
		checkConvert(t, row, cs, cs)
		checkConvert(t, cs, row, cs)
		checkConvert(t, cs, cs, row)
	}
}

func FuzzTwins(f *testing.F) {
	f.Add(bytes.Repeat([]byte{1, 2, 3}, 100))
	f.Add(bytes.Repeat([]byte{0x7f, 0xff, 0x80, 0, 0}, 60))
	f.Fuzz(func(t *testing.T, b []byte) {
		if n := len(b) / 2; n >= 2 {
			checkStretch(t, bytes.Clone(b[:n]), bytes.Clone(b[n:2*n]))
		}
		n := len(b) / 3
		checkConvert(t, b[:n], b[n:2*n], b[2*n:3*n])
	})
}

func TestNeighbours(t *testing.T) {
	for _, tt := range []struct{ y, height, down, near, far int }{
		{0, 5, 2, 0, 0}, {1, 5, 2, 0, 1}, {2, 5, 2, 1, 0}, {3, 5, 2, 1, 2}, {4, 5, 2, 2, 1},
		{3, 4, 2, 1, 1}, {0, 1, 2, 0, 0}, {3, 5, 1, 3, 3},
	} {
		if near, far := Neighbours(tt.y, tt.height, tt.down); near != tt.near || far != tt.far {
			t.Errorf("row %d of %d: %d and %d, want %d and %d", tt.y, tt.height, near, far, tt.near, tt.far)
		}
	}
}

func BenchmarkConvert(b *testing.B) {
	row := make([]byte, 1920)
	for i := range row {
		row[i] = byte(i * 7)
	}
	dst := make([]byte, 4*len(row))
	b.Run("vector", func(b *testing.B) {
		b.SetBytes(int64(len(row)))
		for b.Loop() {
			Limited709.Convert(dst, row, row, row)
		}
	})
	b.Run("Go", func(b *testing.B) {
		b.SetBytes(int64(len(row)))
		for b.Loop() {
			Limited709.convertGo(dst, row, row, row)
		}
	})
}

func BenchmarkStretch(b *testing.B) {
	row, out := make([]byte, 960+32), make([]byte, 1920+32)
	b.Run("vector", func(b *testing.B) {
		b.SetBytes(1920)
		for b.Loop() {
			Stretch(out, row, row, 960)
		}
	})
	b.Run("Go", func(b *testing.B) {
		b.SetBytes(1920)
		for b.Loop() {
			stretchGo(out, row, row, 960)
		}
	})
}
