package video

import (
	"bytes"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

// random returns a picture of noise, with rows of the given bytes more.
func random(r *rand.Rand, width, height, more int) *Picture {
	cw, ch := (width+1)/2, (height+1)/2
	p := &Picture{Width: width, Height: height, YStride: width + more, CStride: cw + more}
	p.Y = make([]byte, (height-1)*p.YStride+width)
	p.Cb = make([]byte, (ch-1)*p.CStride+cw)
	p.Cr = make([]byte, (ch-1)*p.CStride+cw)
	for _, plane := range [][]byte{p.Y, p.Cb, p.Cr} {
		for i := range plane {
			plane[i] = byte(r.Uint32())
		}
	}
	return p
}

// between returns the chroma of a pixel, three parts of the nearest sample and
// one of the next, across and down.
func between(plane []byte, stride, width, height, x, y int) float64 {
	at := func(x, y int) float64 {
		x, y = min(max(x, 0), width-1), min(max(y, 0), height-1)
		return float64(plane[y*stride+x])
	}
	nx, ny := x/2-1+x%2*2, y/2-1+y%2*2
	return (9*at(x/2, y/2) + 3*at(nx, y/2) + 3*at(x/2, ny) + at(nx, ny)) / 16
}

// Pixels are what the formulas give, within what rounding chroma makes of it.
func TestRGBA(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, size := range []image.Point{{1, 1}, {2, 1}, {1, 2}, {3, 5}, {16, 16}, {31, 4}, {33, 7}, {64, 3}, {67, 35}} {
		for kind := range 4 {
			p := random(r, size.X, size.Y, 3*kind)
			p.FullRange, p.HD = kind&1 != 0, kind&2 != 0
			whole := image.NewRGBA(image.Rect(-1, -2, size.X+2, size.Y+3))
			for i := range whole.Pix {
				whole.Pix[i] = 0x5a
			}
			p.RGBA(whole.SubImage(image.Rectangle{Max: size}).(*image.RGBA))
			checkRGBA(t, p, whole)
		}
	}
}

// checkRGBA checks that whole is p at 0,0, and what it was around it.
func checkRGBA(t *testing.T, p *Picture, whole *image.RGBA) {
	t.Helper()
	for y := whole.Rect.Min.Y; y < whole.Rect.Max.Y; y++ {
		for x := whole.Rect.Min.X; x < whole.Rect.Max.X; x++ {
			got := whole.Pix[whole.PixOffset(x, y):][:4]
			if x < 0 || y < 0 || x >= p.Width || y >= p.Height {
				if !bytes.Equal(got, []byte{0x5a, 0x5a, 0x5a, 0x5a}) {
					t.Fatalf("%d,%d outside of %dx%d is %v", x, y, p.Width, p.Height, got)
				}
				continue
			}
			want := exact(p, x, y)
			for i, v := range want {
				if math.Abs(float64(got[i])-min(max(v, 0), 255)) > 2 || got[3] != 0 {
					t.Fatalf("%d,%d of %dx%d is %v, want %.1f", x, y, p.Width, p.Height, got, want)
				}
			}
		}
	}
}

// exact returns red, green and blue of a pixel before rounding.
func exact(p *Picture, x, y int) [3]float64 {
	cw, ch := (p.Width+1)/2, (p.Height+1)/2
	luma := float64(p.Y[y*p.YStride+x])
	b := between(p.Cb, p.CStride, cw, ch, x, y) - 128
	r := between(p.Cr, p.CStride, cw, ch, x, y) - 128
	if !p.FullRange {
		luma, b, r = (luma-16)*255/219, b*255/224, r*255/224
	}
	kr, kb := 0.299, 0.114
	if p.HD {
		kr, kb = 0.2126, 0.0722
	}
	red, blue := luma+2*(1-kr)*r, luma+2*(1-kb)*b
	return [3]float64{red, (luma - kr*red - kb*blue) / (1 - kr - kb), blue}
}

// An image of another size gets what it has in common with the picture.
func TestRGBASize(t *testing.T) {
	p := random(rand.New(rand.NewPCG(3, 4)), 20, 10, 5)
	whole := image.NewRGBA(image.Rect(0, 0, 20, 10))
	p.RGBA(whole)
	for _, size := range []image.Point{{0, 0}, {0, 5}, {7, 0}, {1, 1}, {19, 10}, {20, 9}, {30, 30}} {
		dst := image.NewRGBA(image.Rectangle{Max: size})
		p.RGBA(dst)
		for y := range size.Y {
			for x := range size.X {
				if dst.RGBAAt(x, y) != whole.RGBAAt(x, y) {
					t.Fatalf("%v: pixel %d,%d is %v, want %v", size, x, y, dst.RGBAAt(x, y), whole.RGBAAt(x, y))
				}
			}
		}
	}
}

func BenchmarkRGBA(b *testing.B) {
	p := random(rand.New(rand.NewPCG(5, 6)), 1920, 1080, 128)
	dst := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
	b.SetBytes(1920 * 1080)
	b.ReportAllocs()
	for b.Loop() {
		p.RGBA(dst)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(1920*1080), "ns/pixel")
}
