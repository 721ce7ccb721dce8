package window

import (
	"bytes"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// noise returns a picture whose every pixel is another.
func noise(size image.Point) *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: size})
	r := rand.New(rand.NewPCG(1, 2))
	for i := range img.Pix {
		img.Pix[i] = byte(r.Uint32())
	}
	return img
}

func TestToBGRX(t *testing.T) {
	for n := range 9 {
		src := noise(image.Pt(n, 1)).Pix
		got := make([]byte, len(src))
		toBGRX(got, src)
		for i := 0; i < len(src); i += 4 {
			if want := []byte{src[i+2], src[i+1], src[i], 255}; !bytes.Equal(got[i:i+4], want) {
				t.Errorf("%d pixels, pixel %d: % x, want % x", n, i/4, got[i:i+4], want)
			}
		}
	}
}

type scaling struct {
	from, to image.Point
	filter   Filter
}

// scales are scalings by all filters.
var scales = func() (all []scaling) {
	for _, s := range sizes {
		all = append(all, scaling{s.from, s.to, Sharp}, scaling{s.from, s.to, Smooth})
	}
	return all
}()

var sizes = []struct{ from, to image.Point }{
	{image.Pt(1, 1), image.Pt(7, 5)},
	{image.Pt(2, 1), image.Pt(3, 3)},
	{image.Pt(31, 20), image.Pt(62, 60)},  // whole
	{image.Pt(40, 30), image.Pt(61, 46)},  // enlarged
	{image.Pt(64, 48), image.Pt(63, 47)},  // a little smaller
	{image.Pt(100, 80), image.Pt(37, 30)}, // much
	{image.Pt(90, 3), image.Pt(1, 1)},
	{image.Pt(50, 20), image.Pt(60, 10)}, // larger and smaller
}

// scaled returns all of a scaled picture.
func scaled(src *image.RGBA, to image.Point, f Filter) []byte {
	var s scaler
	s.set(src.Rect.Size(), to, f)
	out := make([]byte, 4*to.X*to.Y)
	s.scale(out, 4*to.X, src, image.Rectangle{Max: to})
	return out
}

// TestScaleInParts makes rectangles of a scaled picture, which are the same as
// in the whole.
func TestScaleInParts(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, c := range scales {
		src := noise(c.from)
		whole := scaled(src, c.to, c.filter)
		var s scaler
		s.set(c.from, c.to, c.filter)
		for range 50 {
			part := image.Rect(r.IntN(c.to.X+1), r.IntN(c.to.Y+1), r.IntN(c.to.X+1), r.IntN(c.to.Y+1))
			if part.Empty() {
				continue
			}
			got := make([]byte, len(whole))
			s.scale(got[4*(part.Min.Y*c.to.X+part.Min.X):], 4*c.to.X, src, part)
			for i := range len(whole) / 4 {
				want := []byte{0, 0, 0, 0}
				if image.Pt(i%c.to.X, i/c.to.X).In(part) {
					want = whole[4*i:][:4]
				}
				if !bytes.Equal(got[4*i:][:4], want) {
					t.Fatalf("%v to %v, %v: pixel %d, %d is % x, want % x", c.from, c.to, part, i%c.to.X, i/c.to.X, got[4*i:][:4], want)
				}
			}
		}
	}
}

// TestScaleChanges changes parts of a picture: what it says to have changed has
// all that did, and not much else.
func TestScaleChanges(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, c := range scales {
		src := noise(c.from)
		var s scaler
		s.set(c.from, c.to, c.filter)
		for range 50 {
			before := scaled(src, c.to, c.filter)
			x, y := r.IntN(c.from.X), r.IntN(c.from.Y)
			part := image.Rect(x, y, x+1+r.IntN(c.from.X-x), y+1+r.IntN(c.from.Y-y))
			for y := part.Min.Y; y < part.Max.Y; y++ {
				for x := part.Min.X; x < part.Max.X; x++ {
					p := src.RGBAAt(x, y)
					src.SetRGBA(x, y, color.RGBA{^p.R, ^p.G, ^p.B, 0})
				}
			}
			said := s.changes(part)
			if !said.In(image.Rectangle{Max: c.to}) {
				t.Fatalf("%v to %v: %v changes %v", c.from, c.to, part, said)
			}
			for i, after := range scaled(src, c.to, c.filter) {
				p := image.Pt(i/4%c.to.X, i/4/c.to.X)
				if after != before[i] && !p.In(said) {
					t.Fatalf("%v to %v: %v changes %v, but also %v", c.from, c.to, part, said, p)
				}
			}
			if most := (part.Dx()+2)*c.to.X/c.from.X + 4; said.Dx() > most {
				t.Errorf("%v to %v: %v changes %v, wider than %d", c.from, c.to, part, said, most)
			}
		}
	}
}

// TestScaleAverages compares with sums in floating point.
func TestScaleAverages(t *testing.T) {
	for _, c := range scales {
		src := noise(c.from)
		got := scaled(src, c.to, c.filter)
		var s scaler
		s.set(c.from, c.to, c.filter)
		for i, b := range got {
			x, y := i/4%c.to.X, i/4/c.to.X
			if i%4 == 3 {
				if b != 255 {
					t.Fatalf("the fourth byte is %d", b)
				}
				continue
			}
			sum := 0.0
			for j, wy := range s.y.weights[y*s.y.taps:][:s.y.taps] {
				for k, wx := range s.x.weights[x*s.x.taps:][:s.x.taps] {
					at := src.PixOffset(int(s.x.first[x])+k, int(s.y.first[y])+j)
					sum += float64(src.Pix[at+2-i%4]) * float64(wx) * float64(wy) / 65536
				}
			}
			if d := float64(b) - sum; d > 1.01 || d < -1.01 {
				t.Fatalf("%v to %v: pixel %d, %d byte %d is %d, want %.1f", c.from, c.to, x, y, i%4, b, sum)
			}
		}
	}
}

func TestAxis(t *testing.T) {
	for _, c := range scales {
		a := newAxis(c.from.X, c.to.X, c.filter)
		last := -1
		for i, first := range a.first {
			sum := 0
			for _, w := range a.weights[i*a.taps:][:a.taps] {
				sum += int(w)
			}
			if sum != 256 || int(first) < last || first < 0 || int(first)+a.taps > c.from.X {
				t.Errorf("%d to %d, pixel %d: weights of %d from %d on, after %d", c.from.X, c.to.X, i, sum, first, last)
			}
			last = int(first)
		}
	}
	// Half as many: each is made of two, and smoothly of a little of their
	// neighbours.
	a := newAxis(8, 4, Smooth)
	if got := a.weights[a.taps:][:a.taps]; a.first[1] != 1 || got[0] != got[3] || got[1] != got[2] || got[1] != 3*got[0] {
		t.Errorf("from %d: %v", a.first[1], got)
	}
	a = newAxis(8, 4, Sharp)
	if got := a.weights[a.taps:][:a.taps]; a.first[1] != 2 || got[0] != 128 || got[1] != 128 {
		t.Errorf("from %d: %v", a.first[1], got)
	}
	// Half as many again: two of three are what they were, the one between half
	// of each.
	a = newAxis(4, 6, Sharp)
	for i, want := range [][3]uint16{{0, 256, 0}, {0, 128, 128}, {1, 256, 0}, {2, 256, 0}, {2, 128, 128}, {2, 0, 256}} {
		if got := a.weights[2*i:][:2]; a.first[i] != int32(want[0]) || got[0] != want[1] || got[1] != want[2] {
			t.Errorf("pixel %d: from %d: %v, want %v", i, a.first[i], got, want)
		}
	}
}

// TestScaleKeepsArea: what is drawn sharply has the same mean as the picture, to
// what is lost by rounding.
func TestScaleKeepsArea(t *testing.T) {
	for _, c := range sizes {
		src := noise(c.from)
		mean := func(pix []byte) float64 {
			sum := 0
			for i, v := range pix {
				if i%4 != 3 {
					sum += int(v)
				}
			}
			return float64(sum) / float64(len(pix)/4*3)
		}
		if got, want := mean(scaled(src, c.to, Sharp)), mean(src.Pix); got < want-0.8 || got > want+0.8 {
			t.Errorf("%v to %v: the mean is %.2f, was %.2f", c.from, c.to, got, want)
		}
	}
}

func BenchmarkScale(b *testing.B) {
	for _, c := range []struct {
		name     string
		from, to image.Point
		filter   Filter
	}{
		{"none", image.Pt(1920, 1080), image.Pt(1920, 1080), Sharp},
		{"enlarge", image.Pt(1280, 800), image.Pt(1728, 1080), Sharp},
		{"reduce", image.Pt(1920, 1080), image.Pt(1280, 720), Sharp},
		{"enlarge smoothly", image.Pt(1280, 800), image.Pt(1728, 1080), Smooth},
		{"reduce smoothly", image.Pt(1920, 1080), image.Pt(1280, 720), Smooth},
		{"twice", image.Pt(960, 540), image.Pt(1920, 1080), Sharp},
	} {
		b.Run(c.name, func(b *testing.B) {
			src := noise(c.from)
			s := &sheet{size: c.to, pix: make([]byte, 4*c.to.X*c.to.Y)}
			all := image.Rectangle{Max: c.to}
			b.SetBytes(int64(len(s.pix)))
			for b.Loop() {
				s.picture(all, all, src, c.filter)
			}
		})
	}
}
