//go:build lab

package main_test

import (
	"fmt"
	"image"
	"net"
	"strings"
	"testing"
	"time"
)

// TestLabWindowServerGone ends the machine: the last picture stays, dark, under
// a message.
func TestLabWindowServerGone(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{spice: exact})
	m.guest.graphics(t, 1024, 768)
	m.guest.scene(t, 6)
	v := startDesk(t, 0).show(t, m.uri, m.screen)
	last := m.screen(t)
	m.qmp.do(t, "quit", nil, nil)
	var after *image.RGBA
	eventually(t, "dimming the picture", func() error {
		if err := v.running(); err != nil {
			return &neverError{err}
		}
		after = v.pixels(t)
		return dimmed(after, last, image.Rect(0, 0, 1024, 230))
	})
	keep(t, "gone.png", after)
	if err := dimmed(after, last, image.Rect(0, 538, 1024, 768)); err != nil {
		t.Error(err)
	}
	if dimmed(after, last, image.Rect(412, 344, 612, 424)) == nil {
		t.Error("in the middle of the window there is no message")
	}
	if code := v.quit(t); code != 6 {
		t.Errorf("exit code %d, want 6", code)
	}
	if !strings.Contains(v.tail(), "the server closed the connection") {
		t.Errorf("the program said %q", v.tail())
	}
}

// dimmed is an error unless a part of got is what want is, darker.
func dimmed(got, want *image.RGBA, part image.Rectangle) error {
	for y := part.Min.Y; y < part.Max.Y; y++ {
		for x := part.Min.X; x < part.Max.X; x++ {
			a, b := got.RGBAAt(x, y), want.RGBAAt(x, y)
			for i, c := range [][2]uint8{{a.R, b.R}, {a.G, b.G}, {a.B, b.B}} {
				if d := float64(c[0]) - 0.35*float64(c[1]); d < -1.5 || d > 1.5 {
					return fmt.Errorf("(%d, %d): colour %d is %d, was %d", x, y, i, c[0], c[1])
				}
			}
		}
	}
	return nil
}

// TestLabWindowNoServer opens windows on what is not there, and on what does
// not answer.
func TestLabWindowNoServer(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { silent.Close() })
	t.Parallel()
	for _, c := range []struct {
		name   string
		dpi    int
		target string
		says   string // on the terminal, when it is closed
	}{
		{"refused", 0, fmt.Sprintf("spice://127.0.0.1:%d", freePort(t)), "connection refused"},
		{"refused, 144dpi", 144, fmt.Sprintf("spice://127.0.0.1:%d", freePort(t)), "connection refused"},
		{"silent", 0, "spice://" + silent.Addr().String(), "does not answer in time"},
		{"silent, 144dpi", 144, "spice://" + silent.Addr().String(), "does not answer in time"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const timeout = 2 * time.Second // it has begun when the window is there
			v := startDesk(t, c.dpi).open(t, "--connect-timeout", timeout.String(), c.target)
			written(t, v)
			time.Sleep(timeout + time.Second)
			v.resize(t, image.Pt(800, 600))
			written(t, v)
			if err := v.running(); err != nil {
				t.Fatal(err)
			}
			if code := v.quit(t); code != 3 {
				t.Errorf("exit code %d, want 3", code)
			}
			if !strings.Contains(v.tail(), c.says) {
				t.Errorf("the program said %q, want %q", v.tail(), c.says)
			}
		})
	}
}

// written waits until the window shows words.
func written(t *testing.T, v *view) {
	t.Helper()
	var got *image.RGBA
	eventually(t, "waiting for a message", func() error {
		got = v.pixels(t)
		if n := colours(got); n < 10 {
			return fmt.Errorf("the window has only %d colours", n)
		}
		return nil
	})
	keep(t, fmt.Sprintf("message%d.png", got.Rect.Dx()), got)
}
