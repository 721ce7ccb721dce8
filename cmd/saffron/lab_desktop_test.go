//go:build lab

package main_test

import (
	"fmt"
	"image"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"saffron/channels/display"
)

// desktops are the settings of Xspice that the tests use.
var desktops = []setting{
	{name: "off", spice: "off", types: []display.ImageType{display.ImageBitmap}},
	{name: "quic", spice: "quic", types: []display.ImageType{display.ImageQUIC}},
	{name: "glz", spice: "glz", types: []display.ImageType{display.ImageGLZRGB, display.ImageLZRGB}},
	{name: "auto_glz", spice: "auto_glz", types: []display.ImageType{display.ImageGLZRGB}},
	{name: "auto_lz", spice: "auto_lz", types: []display.ImageType{display.ImageLZRGB}},
}

func TestLabXspicePixelExact(t *testing.T) {
	for _, s := range desktops {
		t.Run(s.name+"/connect_first", func(t *testing.T) {
			t.Parallel()
			testDesktop(t, s, true)
		})
		t.Run(s.name+"/connect_later", func(t *testing.T) {
			t.Parallel()
			testDesktop(t, s, false)
		})
	}
	t.Run("cached_images", func(t *testing.T) {
		t.Parallel()
		s := setting{
			name: "cached", spice: "auto_glz", env: []string{"QXL_ENABLE_IMAGE_CACHE=True", "QXL_ENABLE_FALLBACK_CACHE=True"},
			types: []display.ImageType{display.ImageGLZRGB, display.ImageFromCache},
		}
		testDesktop(t, s, true)
	})
}

// testDesktop compares while X clients draw. The session is there from the
// beginning, or comes when much is drawn.
func testDesktop(t *testing.T, s setting, first bool) {
	x := startXspice(t, s.env, "--image-compression", s.spice, "--streaming-video", "off",
		"--jpeg-wan-compression", "never", "--zlib-glz-wan-compression", "never")
	truth := func() *image.RGBA { return x.screen(t) }
	var live *session
	check := func(what string) {
		if live != nil {
			agree(t, what, live.screen, truth)
		}
	}
	if first {
		live = connect(t, x.uri, sessionConfig{})
		check("empty desktop")
	}
	x.scrolling(t)
	check("scrolling text")
	x.moving(t)
	check("windows moved")
	x.performance(t, func() {
		check("x11perf in the middle")
		if live == nil {
			live = connect(t, x.uri, sessionConfig{})
			check("x11perf in the middle, connected now")
		}
	})
	check("x11perf gone")
	x.moving(t)
	check("windows moved again")
	live.sound(t)
	checkTypes(t, live.stats(), s)
	for _, message := range []string{"draw_copy", "draw_fill", "copy_bits"} {
		if live.stats().Messages[message] == 0 {
			t.Errorf("no %s came: the clients do not draw what they should", message)
		}
	}
	if live.stats().Messages["surface_create"] < 2 {
		t.Error("no surface besides the screen was used")
	}
	live.Close()
	agree(t, "screenshot", func() *image.RGBA { return screenshot(t, x.uri) }, truth)
}

// scrolling opens two terminals with much text, and waits until they are still.
func (x *xserver) scrolling(t *testing.T) {
	t.Helper()
	done := filepath.Join(x.dir, "scrolled")
	const script = `i=0; while [ $i -lt 60 ]; do i=$((i+1))
printf '\033[%%dm' $((31+i%%7)); seq -s ' ' $i $((i+40)); done; printf '\033[?25l'; : >'%s'; sleep 600`
	x.terminal(t, "back", "90x28+40+60", fmt.Sprintf(script, done+"1"))
	x.terminal(t, "front", "70x20+250+260", fmt.Sprintf(script, done+"2"))
	x.wait(t, done+"1")
	x.wait(t, done+"2")
}

// moving moves the terminals over each other and partly off the screen.
func (x *xserver) moving(t *testing.T) {
	t.Helper()
	for i, p := range []image.Point{{10, 10}, {300, 200}, {470, 330}, {-60, 90}, {200, 120}, {37, 401}} {
		for j, title := range []string{"back", "front"} {
			if i%2 == j {
				window := x.client(t, "xdotool", "search", "--name", "^"+title+"$")
				x.client(t, "xdotool", "windowmove", window, fmt.Sprint(p.X), fmt.Sprint(p.Y), "windowraise", window)
			}
		}
	}
	x.park(t)
}

// performance stops x11perf in the middle of each of its tests for a look.
func (x *xserver) performance(t *testing.T, look func()) {
	t.Helper()
	for _, test := range []string{"-scroll100", "-copywinwin100", "-rect10", "-putimage100", "-copypixwin100", "-rgb10text"} {
		p := start(t, x.env, "x11perf", "-repeat", "1", "-time", "1", test)
		eventually(t, "starting x11perf", func() error {
			out, err := x.try("xdotool", "search", "--onlyvisible", "--class", ".*")
			if err == nil && len(strings.Fields(string(out))) < 3 {
				err = fmt.Errorf("it has no window yet")
			}
			return err
		})
		time.Sleep(500 * time.Millisecond)
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGSTOP)
		look()
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGCONT)
		p.stop()
	}
}
