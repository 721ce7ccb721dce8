//go:build lab

package main_test

import (
	"errors"
	"fmt"
	"image"
	"path/filepath"
	"testing"
	"time"

	"saffron/channels/display"
)

var (
	errNoWindow = errors.New("it has no window yet")
	errWindow   = errors.New("its window is still there")
)

// desktops are the settings of Xspice that the tests use.
var desktops = []setting{
	{name: "off", spice: "off", types: []display.ImageType{display.ImageBitmap}},
	{name: "quic", spice: "quic", types: []display.ImageType{display.ImageQUIC}},
	{name: "lz", spice: "lz", types: []display.ImageType{display.ImageLZRGB}},
	{name: "glz", spice: "glz", types: []display.ImageType{display.ImageGLZRGB, display.ImageLZRGB}},
	{name: "auto_glz", spice: "auto_glz", types: []display.ImageType{display.ImageGLZRGB, display.ImageQUIC}},
	{name: "auto_lz", spice: "auto_lz", types: []display.ImageType{display.ImageLZRGB, display.ImageQUIC}},
	{name: "zlib_glz", spice: "glz", zlib: true, types: []display.ImageType{display.ImageZlibGLZRGB}},
	// The driver says of all images that they have alpha.
	{name: "jpeg", spice: "auto_glz", jpeg: true, types: []display.ImageType{display.ImageJPEGAlpha, display.ImageGLZRGB}},
}

// TestLabXspicePixelExact shows what X clients draw, with all encodings and with
// 1, 2 and 4 workers that decode: scrolling terminals, moved windows, a photo,
// a film, and x11perf.
func TestLabXspicePixelExact(t *testing.T) {
	for i, s := range desktops {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			testDesktop(t, s, i)
		})
	}
	t.Run("cached_images", func(t *testing.T) {
		t.Parallel()
		testDesktop(t, setting{
			name: "cached", spice: "auto_glz", env: []string{"QXL_ENABLE_IMAGE_CACHE=True", "QXL_ENABLE_FALLBACK_CACHE=True"},
			types: []display.ImageType{display.ImageGLZRGB, display.ImageFromCache},
		}, len(desktops))
	})
}

// A tour is a desktop on which clients draw, and a session that shows it. There
// is always one session, but not always the same: some see how the picture came
// about, some come when it is there.
type tour struct {
	t       *testing.T
	x       *xserver
	client  *xclient
	setting setting
	live    *session
	tally   display.Stats // of the sessions before
}

// connect begins another session.
func (d *tour) connect(workers int) {
	d.t.Helper()
	d.leave()
	d.live = connect(d.t, d.x.uri, sessionConfig{workers: workers})
	d.check(fmt.Sprintf("connected with %d workers", workers))
}

// leave ends the session and adds up what came in it.
func (d *tour) leave() {
	d.t.Helper()
	if d.live == nil {
		return
	}
	d.live.sound(d.t)
	stats := d.live.stats()
	for name, n := range stats.Images {
		n.Count += d.tally.Images[name].Count
		d.tally.Images[name] = n
	}
	for name, n := range stats.Messages {
		d.tally.Messages[name] += n
	}
	d.live.Close()
}

// check compares the session's picture with the root window.
func (d *tour) check(what string) {
	d.t.Helper()
	d.compare(what, d.live.screen, d.client.picture)
}

func (d *tour) compare(what string, picture, truth func() *image.RGBA) {
	d.t.Helper()
	if !d.setting.jpeg {
		agree(d.t, what, picture, truth)
		return
	}
	eventually(d.t, what, func() error {
		got, want := picture(), truth()
		if err := similar(got, want, 4); err != nil {
			return err
		}
		if db := psnr(got, want); db < 30 {
			return fmt.Errorf("the pictures are alike to %.1f dB", db)
		}
		return nil
	})
}

// testDesktop compares while X clients draw. The number tells settings apart.
func testDesktop(t *testing.T, s setting, number int) {
	when := map[bool]string{false: "never", true: "always"}
	x := startXspice(t, s.env, "--image-compression", s.spice, "--streaming-video", "off",
		"--jpeg-wan-compression", when[s.jpeg], "--zlib-glz-wan-compression", when[s.zlib])
	d := &tour{t: t, x: x, client: x.dial(t), setting: s,
		tally: display.Stats{Images: map[string]display.ImageStats{}, Messages: map[string]uint64{}}}
	workers := func(turn int) int { return []int{1, 2, 4}[(number+turn)%3] }

	d.connect(workers(0))
	x.scrolling(t)
	d.check("scrolling text")
	x.moving(t)
	d.check("windows moved")
	for i, test := range tests(t, number) {
		x.perform(t, d.client, test, func() {
			d.check("x11perf " + test)
			if i == 4 || i == 8 {
				d.connect(workers(i / 4))
			}
		})
	}
	x.viewer(t, d.client)
	d.check("photo")
	film := d.client.newFilm(t, image.Pt(300, 500))
	film.play(t, time.Second)
	film.move(t, image.Pt(480, 260))
	film.play(t, time.Second)
	d.check("film")
	x.moving(t)
	d.check("windows moved again")

	d.leave()
	checkTypes(t, d.tally, s)
	for _, message := range []string{"draw_copy", "draw_fill", "copy_bits"} {
		if d.tally.Messages[message] == 0 {
			t.Errorf("no %s came: the clients do not draw what they should", message)
		}
	}
	if d.tally.Messages["surface_create"] < 5 {
		t.Error("no surface besides the screen was used")
	}
	d.compare("screenshot", func() *image.RGBA {
		return screenshot(t, "--workers", fmt.Sprint(workers(0)), x.uri)
	}, func() *image.RGBA { return x.screen(t) })
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
