package render

import (
	"errors"
	"image"
	"math/rand/v2"
	"testing"
	"time"
)

// checkRegion compares the region of rects with a count of pixels in area.
func checkRegion(t *testing.T, rects []image.Rectangle, area image.Rectangle) {
	t.Helper()
	reg := NewRegion(rects)
	if err := reg.Err(); err != nil {
		t.Fatalf("Err: %v", err)
	}
	checkBands(t, reg)
	part := reg.Intersect(area)
	checkBands(t, part)
	covered := map[image.Point]int{}
	for _, r := range part.Rects() {
		if !r.In(area) {
			t.Fatalf("rectangle %v of the intersection is outside %v", r, area)
		}
		for y := r.Min.Y; y < r.Max.Y; y++ {
			for x := r.Min.X; x < r.Max.X; x++ {
				covered[image.Pt(x, y)]++
			}
		}
	}
	for y := area.Min.Y; y < area.Max.Y; y++ {
		for x := area.Min.X; x < area.Max.X; x++ {
			p := image.Pt(x, y)
			want := 0
			for _, r := range rects {
				if p.In(r) {
					want = 1
				}
			}
			if covered[p] != want || reg.Contains(p) != (want == 1) {
				t.Fatalf("pixel %v: covered %d times, Contains %v, want %d\n%v", p, covered[p], reg.Contains(p), want, rects)
			}
		}
	}
}

// checkBands checks the order that Rects promises.
func checkBands(t *testing.T, reg *Region) {
	t.Helper()
	rects := reg.Rects()
	var bounds image.Rectangle
	for i, r := range rects {
		if r.Empty() {
			t.Fatalf("rectangle %d %v is empty", i, r)
		}
		bounds = bounds.Union(r)
		if i == 0 {
			continue
		}
		p := rects[i-1]
		sameBand := p.Min.Y == r.Min.Y && p.Max.Y == r.Max.Y && p.Max.X <= r.Min.X
		if !sameBand && p.Max.Y > r.Min.Y {
			t.Fatalf("rectangles %d %v and %d %v are not in bands", i-1, p, i, r)
		}
	}
	if reg.Bounds() != bounds {
		t.Fatalf("Bounds = %v, want %v", reg.Bounds(), bounds)
	}
	if reg.Empty() != (len(rects) == 0) {
		t.Fatalf("Empty = %v with %d rectangles", reg.Empty(), len(rects))
	}
}

func randomRects(rng *rand.Rand, n, size int) []image.Rectangle {
	rects := make([]image.Rectangle, n)
	for i := range rects {
		x, y := rng.IntN(size)-2, rng.IntN(size)-2
		// Some are empty or inverted.
		rects[i] = image.Rectangle{
			Min: image.Pt(x, y),
			Max: image.Pt(x+rng.IntN(size/2)-1, y+rng.IntN(size/2)-1),
		}
	}
	return rects
}

func TestRegionCoversEachPixelOnce(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		checkRegion(t, randomRects(rng, rng.IntN(12), 24), image.Rect(-3, -3, 36, 36))
		checkRegion(t, randomRects(rng, rng.IntN(12), 24), image.Rect(5, 7, 20, 9))
	}
}

func TestRegionJoinsBands(t *testing.T) {
	reg := NewRegion([]image.Rectangle{
		image.Rect(0, 10, 5, 20), image.Rect(0, 0, 5, 10), image.Rect(5, 0, 9, 20),
	})
	if got := reg.Rects(); len(got) != 1 || got[0] != image.Rect(0, 0, 9, 20) {
		t.Errorf("Rects = %v, want one", got)
	}
}

func TestNilRegionIsEverything(t *testing.T) {
	var reg *Region
	if reg.Empty() || !reg.Contains(image.Pt(-1e9, 1e9)) || reg.Err() != nil || reg.Rects() != nil {
		t.Error("nil region restricts")
	}
	r := image.Rect(1, 2, 3, 4)
	if got := reg.Intersect(r).Rects(); len(got) != 1 || got[0] != r {
		t.Errorf("Intersect = %v", got)
	}
}

// grid returns n vertical and n horizontal strips: their union has 4n² edges.
func grid(n int) []image.Rectangle {
	var rects []image.Rectangle
	for i := range n {
		rects = append(rects, image.Rect(2*i, -1<<31, 2*i+1, 1<<31-1), image.Rect(-1<<31, 2*i, 1<<31-1, 2*i+1))
	}
	return rects
}

func TestRegionOfHostileLists(t *testing.T) {
	start := time.Now()
	for _, n := range []int{2000, 50000} {
		reg := NewRegion(grid(n))
		if !errors.Is(reg.Err(), ErrRegion) || !reg.Empty() || reg.Contains(image.Pt(0, 0)) {
			t.Errorf("grid of %d: Err %v, %d rectangles", n, reg.Err(), len(reg.Rects()))
		}
		if !errors.Is(reg.Intersect(image.Rect(0, 0, 9, 9)).Err(), ErrRegion) {
			t.Errorf("grid of %d: Intersect forgets the error", n)
		}
	}
	// A staircase: all overlap, the active list is as long as it gets.
	stairs := make([]image.Rectangle, 60000)
	for i := range stairs {
		stairs[i] = image.Rect(-i, i, i+1, 1<<30)
	}
	NewRegion(stairs)
	// Not a benchmark: unbounded, this takes minutes.
	if d := time.Since(start); d > 10*time.Second {
		t.Errorf("took %v", d)
	}
}

func TestRegionOfLongBandedList(t *testing.T) {
	var rects []image.Rectangle
	for y := range 200 {
		for x := range 200 {
			rects = append(rects, image.Rect(3*x, 3*y, 3*x+2, 3*y+2))
		}
	}
	reg := NewRegion(rects)
	if reg.Err() != nil || len(reg.Rects()) != 40000 {
		t.Errorf("Err %v, %d rectangles", reg.Err(), len(reg.Rects()))
	}
}

// fuzzRects reads rectangles from bytes, four each.
func fuzzRects(data []byte) []image.Rectangle {
	var rects []image.Rectangle
	for len(data) >= 4 && len(rects) < 40 {
		x, y := int(int8(data[0]))/4, int(int8(data[1]))/4
		rects = append(rects, image.Rectangle{
			Min: image.Pt(x, y),
			Max: image.Pt(x+int(data[2]%32)-1, y+int(data[3]%32)-1),
		})
		data = data[4:]
	}
	return rects
}

func FuzzRegion(f *testing.F) {
	f.Add([]byte{0, 0, 10, 10, 20, 20, 10, 10, 200, 200, 31, 31})
	f.Add([]byte{1, 2, 3, 4})
	f.Fuzz(func(t *testing.T, data []byte) {
		checkRegion(t, fuzzRects(data), image.Rect(-40, -40, 64, 64))
	})
}
