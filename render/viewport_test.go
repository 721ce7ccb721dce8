package render

import (
	"image"
	"math"
	"testing"
)

func TestViewportDest(t *testing.T) {
	for _, tt := range []struct {
		name string
		v    Viewport
		want image.Rectangle
	}{
		{"fit, same", Viewport{Window: image.Pt(640, 480), Guest: image.Pt(640, 480)}, image.Rect(0, 0, 640, 480)},
		{"fit, bars at the sides", Viewport{Window: image.Pt(1000, 480), Guest: image.Pt(640, 480)}, image.Rect(180, 0, 820, 480)},
		{"fit, bars above and below", Viewport{Window: image.Pt(320, 480), Guest: image.Pt(640, 480)}, image.Rect(0, 120, 320, 360)},
		{"fit, larger", Viewport{Window: image.Pt(1281, 960), Guest: image.Pt(640, 480)}, image.Rect(0, 0, 1280, 960)},
		{"fit, thin guest", Viewport{Window: image.Pt(100, 100), Guest: image.Pt(10000, 1)}, image.Rect(0, 49, 100, 50)},
		{"1:1, smaller", Viewport{Window: image.Pt(100, 100), Guest: image.Pt(50, 40), Mode: OneToOne}, image.Rect(25, 30, 75, 70)},
		{"1:1, larger", Viewport{Window: image.Pt(100, 100), Guest: image.Pt(300, 40), Mode: OneToOne, Pan: image.Pt(60, 9)}, image.Rect(-60, 30, 240, 70)},
		{"1:1, pan too far", Viewport{Window: image.Pt(100, 100), Guest: image.Pt(300, 400), Mode: OneToOne, Pan: image.Pt(1000, -5)}, image.Rect(-200, 0, 100, 400)},
		{"integer", Viewport{Window: image.Pt(700, 500), Guest: image.Pt(320, 200), Mode: Integer}, image.Rect(30, 50, 670, 450)},
		{"integer, too small", Viewport{Window: image.Pt(160, 160), Guest: image.Pt(320, 200), Mode: Integer}, image.Rect(0, 30, 160, 130)},
		{"snug, rounded", Viewport{Window: image.Pt(1007, 701), Guest: image.Pt(1000, 700), Mode: Snug}, image.Rect(3, 0, 1003, 700)},
		{"snug, smaller", Viewport{Window: image.Pt(1008, 700), Guest: image.Pt(504, 350), Mode: Snug}, image.Rect(0, 0, 1008, 700)},
		{"snug, a pixel larger", Viewport{Window: image.Pt(1000, 500), Guest: image.Pt(1001, 500), Mode: Snug}, image.Rect(0, 0, 1000, 500)},
		{"no window", Viewport{Guest: image.Pt(320, 200)}, image.Rectangle{}},
		{"no guest", Viewport{Window: image.Pt(320, 200)}, image.Rectangle{}},
	} {
		if got := tt.v.Dest(); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestToGuest(t *testing.T) {
	fit := Viewport{Window: image.Pt(320, 300), Guest: image.Pt(640, 480)} // at (0,30)-(320,270)
	one := Viewport{Window: image.Pt(100, 100), Guest: image.Pt(300, 400), Mode: OneToOne, Pan: image.Pt(50, 70)}
	for _, tt := range []struct {
		name   string
		v      Viewport
		x, y   float64
		want   image.Point
		inside bool
	}{
		{"first", fit, 0, 30, image.Pt(0, 0), true},
		{"last", fit, 319, 269, image.Pt(639, 479), true},
		{"last, fraction", fit, 319.9, 269.9, image.Pt(639, 479), true},
		{"middle", fit, 160, 150, image.Pt(320, 240), true}, // 160*639/319 = 320.5, 120*479/239 = 240.5
		{"above", fit, 5, 29.5, image.Pt(10, 0), false},
		{"far off", fit, -1e300, 1e300, image.Pt(0, 479), false},
		{"not a number", fit, math.NaN(), math.Inf(1), image.Pt(0, 479), false},
		{"panned", one, 3.7, 4, image.Pt(53, 74), true},
		{"nothing shown", Viewport{}, 3, 4, image.Point{}, false},
		{"one pixel", Viewport{Window: image.Pt(1, 1), Guest: image.Pt(9, 9)}, 0.5, 0.5, image.Point{}, true},
	} {
		if got, inside := tt.v.ToGuest(tt.x, tt.y); got != tt.want || inside != tt.inside {
			t.Errorf("%s: %v, %v, want %v, %v", tt.name, got, inside, tt.want, tt.inside)
		}
	}
}

// At 1:1 the mapping is the identity, at any scale it is monotonic and reaches
// both ends.
func TestToGuestReachesAllEdges(t *testing.T) {
	for guest := 1; guest < 40; guest++ {
		for size := 1; size < 90; size++ {
			last := 0
			for x := range size {
				v := Viewport{Window: image.Pt(size, 1000), Guest: image.Pt(guest, 1)}
				p, inside := v.ToGuest(float64(x), float64(v.Dest().Min.Y))
				if !inside || p.X < last || p.X >= guest || size == guest && p.X != x {
					t.Fatalf("%d of %d to %d: %v %v after %d", x, size, guest, p.X, inside, last)
				}
				last = p.X
			}
			if size > 1 && last != guest-1 {
				t.Fatalf("%d to %d: ends at %d", size, guest, last)
			}
		}
	}
}

func TestFromGuest(t *testing.T) {
	v := Viewport{Window: image.Pt(700, 500), Guest: image.Pt(320, 200), Mode: Integer}
	if x, y := v.FromGuest(image.Pt(-1, 100)); x != 28 || y != 250 {
		t.Errorf("FromGuest = %v, %v", x, y)
	}
	if x, y := v.Scale(); x != 2 || y != 2 {
		t.Errorf("Scale = %v, %v", x, y)
	}
	if x, y := (Viewport{}).Scale(); x != 0 || y != 0 {
		t.Errorf("Scale of nothing = %v, %v", x, y)
	}
}
