//go:build window

package window_test

import (
	"image"
	"slices"
	"sync"
	"testing"
	"time"

	"saffron/render/window"
)

// sizes are those that a window tells.
type sizes struct {
	mu   sync.Mutex
	list []image.Point
}

func (s *sizes) add(p image.Point) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, p)
}

// take waits until a size has been told, and returns all until then.
func (s *sizes) take(t *testing.T, last image.Point) []image.Point {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s.mu.Lock()
		list := s.list
		if n := len(list); n > 0 && list[n-1] == last {
			s.list = nil
			s.mu.Unlock()
			return list
		}
		s.mu.Unlock()
		if time.Now().After(end) {
			t.Fatalf("told were %v, not %v", list, last)
		}
	}
}

// TestTellsSize tells the size of the window in device pixels, of the full screen,
// too, and follows the head only when it may.
func TestTellsSize(t *testing.T) {
	in(t, lab{dpi: 120, wm: true}, func(t *testing.T) {
		var told sizes
		follow := make(chan bool, 1)
		b := open(t, image.Pt(803, 601), func(o *window.Options) {
			o.Resized = told.add
			o.Follow = func(image.Point) bool { return <-follow }
		})
		told.take(t, image.Pt(803, 601))
		b.resize(image.Pt(641, 479))
		told.take(t, image.Pt(641, 479))
		b.ToggleFullscreen()
		told.take(t, image.Pt(1280, 1024))
		b.screenshot()
		time.Sleep(300 * time.Millisecond) // until the window manager is done with it
		b.ToggleFullscreen()
		told.take(t, image.Pt(641, 479))
	})
}

// TestAsksToFollow lets the window follow the head when it may, and otherwise not.
func TestAsksToFollow(t *testing.T) {
	in(t, lab{dpi: 168}, func(t *testing.T) {
		var told sizes
		asked := make(chan image.Point, 8)
		may := make(chan bool, 8)
		b := open(t, image.Pt(640, 480), func(o *window.Options) {
			o.Resized = told.add
			o.Follow = func(p image.Point) bool {
				asked <- p
				return <-may
			}
		})
		told.take(t, image.Pt(640, 480))
		may <- true
		b.picture(image.Pt(701, 503))
		told.take(t, image.Pt(701, 503))
		may <- false
		b.picture(image.Pt(333, 222))
		b.screenshot()
		may <- true
		b.picture(image.Pt(555, 444))
		told.take(t, image.Pt(555, 444))
		var got []image.Point
		for len(asked) > 0 {
			got = append(got, <-asked)
		}
		if want := []image.Point{{701, 503}, {333, 222}, {555, 444}}; !slices.Equal(got, want) {
			t.Errorf("asked about %v, want %v", got, want)
		}
	})
}

// TestCovers opens a window on a part of the desktop, without a frame.
func TestCovers(t *testing.T) {
	in(t, lab{wm: true}, func(t *testing.T) {
		var told sizes
		at := image.Rect(100, 50, 1280, 1000)
		b := open(t, image.Pt(400, 300), func(o *window.Options) {
			o.Cover = at
			o.Resized = told.add
		})
		told.take(t, at.Size())
		for end := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
			got := b.at()
			if got == at {
				break
			}
			if time.Now().After(end) {
				t.Fatalf("the window is at %v", got)
			}
		}
	})
}
