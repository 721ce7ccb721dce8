//go:build linux || freebsd || netbsd

package window

import (
	"context"
	"errors"
	"image"
	"strings"
	"testing"

	"github.com/jezek/xgb/xproto"

	"saffron/render"
)

func TestNoDisplay(t *testing.T) {
	for _, display := range []string{"", ":12345", "nonsense"} {
		t.Setenv("DISPLAY", display)
		err := Run(context.Background(), &Options{Desktop: render.NewDesktop(render.DesktopOptions{})})
		var none *NoDisplayError
		if !errors.As(err, &none) || none.Display != display || !strings.Contains(err.Error(), display) {
			t.Errorf("DISPLAY=%q: %v", display, err)
		}
	}
}

func TestTrack(t *testing.T) {
	s := &x11{size: image.Pt(400, 400), centre: image.Pt(200, 200), pos: image.Pt(300, 300), warping: true}
	for _, c := range []struct{ at, want image.Point }{
		{image.Pt(301, 299), image.Pt(1, -1)}, // on the way before the pointer is put back
		{image.Pt(200, 200), image.Point{}},
		{image.Pt(205, 200), image.Pt(5, 0)},
		{image.Pt(200, 200), image.Pt(-5, 0)},
	} {
		if got := s.track(c.at); got != c.want {
			t.Errorf("at %v: %v, want %v", c.at, got, c.want)
		}
	}
}

func TestButtonOf(t *testing.T) {
	for x, want := range map[byte]Button{1: Left, 2: Middle, 3: Right, 8: Side, 9: Extra, 4: 0, 7: 0, 10: 0} {
		if got, ok := buttonOf(xproto.Button(x)); got != want || ok != (want != 0) {
			t.Errorf("button %d: %d, %t", x, got, ok)
		}
	}
}

func TestLocal(t *testing.T) {
	for display, want := range map[string]bool{
		":0": true, ":1.0": true, "unix:3": true, "/tmp/launch-7/org.x:0": true,
		"localhost:10.0": false, "host:0": false, "tcp/host:1": false, "10.0.0.1:0": false, "": false,
	} {
		if got := local(display); got != want {
			t.Errorf("%q: %t", display, got)
		}
	}
}

func TestForgot(t *testing.T) {
	s := &x11{}
	s.exposed(xproto.ExposeEvent{X: 3, Y: 4, Width: 5, Height: 6})
	if got := s.lost(); len(got) != 1 || got[0] != image.Rect(3, 4, 8, 10) {
		t.Errorf("lost %v", got)
	}
	if got := s.lost(); len(got) != 0 {
		t.Errorf("lost %v again", got)
	}
	for range 1000 {
		s.exposed(xproto.ExposeEvent{Width: 5, Height: 6})
	}
	if got := s.lost(); len(got) > maxForgot || !image.Rect(0, 0, 3840, 2160).In(got[0]) {
		t.Errorf("%d rectangles, first %v", len(got), got[0])
	}
}
