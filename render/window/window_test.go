//go:build window

package window_test

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"log/slog"
	"os/exec"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jezek/xgb/xproto"

	"saffron/render"
	"saffron/render/window"
)

func TestShowsExactly(t *testing.T) {
	in(t, lab{ways: []string{"shm", "put", "gl"}}, func(t *testing.T) {
		testShowsExactly(t, image.Pt(803, 601))
	})
}

func TestShowsExactlyAt144DPI(t *testing.T) {
	in(t, lab{dpi: 144}, func(t *testing.T) {
		testShowsExactly(t, image.Pt(803, 601))
	})
}

// testShowsExactly opens a window that has the size of the picture.
func testShowsExactly(t *testing.T, size image.Point) {
	b := open(t, size, nil)
	b.same(b.screenshot(), b.desktop.Snapshot(0))

	patch := image.NewRGBA(image.Rect(0, 0, 57, 33))
	for i := range patch.Pix {
		patch.Pix[i] = byte(i * 13)
	}
	b.copy(patch, image.Pt(401, 299))
	b.copy(patch, image.Pt(0, size.Y-33))
	b.same(b.screenshot(), b.desktop.Snapshot(0))
}

// TestHead shows the second of two heads, and follows when it changes.
func TestHead(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		heads := []render.Head{{ID: 0, Rect: image.Rect(0, 0, 400, 300)}, {ID: 1, Rect: image.Rect(400, 0, 801, 299)}}
		b := open(t, image.Pt(1000, 600), func(o *window.Options) {
			o.Desktop.SetHeads(heads)
			o.Head = 1
		})
		b.same(b.screenshot(), b.desktop.Snapshot(1))
		heads[1].Rect = image.Rect(500, 100, 901, 399)
		b.desktop.SetHeads(heads)
		b.same(b.screenshot(), b.desktop.Snapshot(1))
	})
}

func TestFit(t *testing.T) {
	in(t, lab{}, func(t *testing.T) { testFit(t) })
}

func TestFitAt144DPI(t *testing.T) {
	in(t, lab{dpi: 144}, func(t *testing.T) { testFit(t) })
}

// testFit enlarges a picture by half in a window wider than needed.
func testFit(t *testing.T) {
	guest, size := image.Pt(533, 401), image.Pt(1001, 601)
	b := open(t, guest, func(o *window.Options) { o.Width, o.Height = size.X, size.Y })
	dest := render.Viewport{Window: size, Guest: guest}.Dest()
	b.heard.take()
	last := guest.Sub(image.Pt(1, 1))
	for _, c := range []struct{ at, want image.Point }{
		{dest.Min, image.Point{}},
		{image.Pt(dest.Max.X-1, dest.Min.Y), image.Pt(last.X, 0)},
		{image.Pt(dest.Min.X, dest.Max.Y-1), image.Pt(0, last.Y)},
		{dest.Max.Sub(image.Pt(1, 1)), last},
		{dest.Min.Add(dest.Max).Div(2), guest.Div(2)},
	} {
		b.moveTo(c.at)
		b.xdotool("click", "1")
		got := b.heard.take()
		press := slices.Index(got, "button 1 true")
		want := fmt.Sprintf("position %d %d", c.want.X, c.want.Y)
		if press < 1 || got[press-1] != want || got[len(got)-1] != "button 1 false" {
			t.Errorf("click at %v: %v, want %s and a click", c.at, got, want)
		}
	}
	b.moveTo(image.Pt(dest.Min.X-5, 300)) // beside the picture
	b.xdotool("click", "1")
	if got := b.heard.take(); slices.Contains(got, "button 1 true") {
		t.Errorf("click beside the picture: %v", got)
	}

	white := image.NewRGBA(image.Rectangle{Max: guest})
	for i := range white.Pix {
		white.Pix[i] = 255
	}
	b.copy(white, image.Point{})
	want := image.NewRGBA(image.Rectangle{Max: size})
	for i := range len(want.Pix) / 4 {
		p := image.Pt(i%size.X, i/size.X)
		want.SetRGBA(p.X, p.Y, color.RGBA{0x1b, 0x1d, 0x21, 255})
		if p.In(dest) {
			want.SetRGBA(p.X, p.Y, color.RGBA{255, 255, 255, 255})
		}
	}
	b.same(b.screenshot(), want)
}

// TestWholeFactor enlarges a picture to twice its size, which stays sharp.
func TestWholeFactor(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		guest := image.Pt(301, 203)
		b := open(t, guest, func(o *window.Options) { o.Width, o.Height = 602, 406 })
		small := b.desktop.Snapshot(0)
		want := image.NewRGBA(image.Rect(0, 0, 602, 406))
		for i := range len(want.Pix) / 4 {
			x, y := i%602, i/602
			want.SetRGBA(x, y, small.RGBAAt(x/2, y/2))
		}
		b.same(b.screenshot(), want)
	})
}

// typed has the evdev codes of what TestKeysInOrder types.
var typed = map[rune]int{'a': 30, 's': 31, 'd': 32, 'f': 33, 'j': 36, 'k': 37, 'q': 16, 'w': 17, '1': 2, '9': 10}

func TestKeysInOrder(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), nil)
		b.heard.take()
		const unit = "aAsSdDfFjJkKaaAAqQwW19aasSSs"
		text := strings.Repeat(unit, 200/len(unit)+1)[:200]
		b.xdotool("type", "--delay", "0", text)
		var got strings.Builder
		shift, down := false, map[string]bool{}
		for _, e := range b.heard.take() {
			var code int
			var press bool
			if n, _ := fmt.Sscanf(e, "key %d %t", &code, &press); n != 2 {
				t.Errorf("unexpected %q", e)
				continue
			}
			if code == 42 || code == 54 {
				shift = press
				continue
			}
			key := fmt.Sprint(code)
			if down[key] == press {
				t.Errorf("%q again", e)
			}
			down[key] = press
			for r, c := range typed {
				if c == code && press && shift {
					got.WriteString(strings.ToUpper(string(r)))
				} else if c == code && press {
					got.WriteRune(r)
				}
			}
		}
		if got.String() != text {
			t.Errorf("typed %s\ngot   %s", text, got.String())
		}
	})
}

// TestRepeat holds a key: presses follow each other, and one release ends them.
func TestRepeat(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), nil)
		b.heard.take()
		b.xdotool("keydown", "a", "sleep", "1.2", "keyup", "a")
		got := b.heard.take()
		n := 0
		for ; n < len(got) && got[n] == "key 30 true"; n++ {
		}
		if n < 5 || n != len(got)-1 || got[n] != "key 30 false" {
			t.Errorf("held: %v", got)
		}
	})
}

// TestClicks clicks and turns the wheel faster than frames follow.
func TestClicks(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), nil)
		b.moveTo(image.Pt(100, 100))
		b.heard.take()
		b.xdotool("click", "--repeat", "20", "--delay", "0", "1",
			"mousemove_relative", "3", "0", "click", "3", "mousemove_relative", "3", "0", "click", "2", "click", "8", "click", "9",
			"click", "--repeat", "5", "--delay", "0", "4", "click", "--repeat", "5", "--delay", "0", "5")
		var want []string
		click := func(b int) {
			want = append(want, fmt.Sprintf("button %d true", b), fmt.Sprintf("button %d false", b))
		}
		for range 20 {
			want = append(want, "position 100 100")
			click(1)
		}
		want = append(want, "position 103 100")
		for _, b := range []int{3, 2, 6, 7} {
			if b == 2 {
				want = append(want, "position 106 100")
			}
			want = append(want, fmt.Sprintf("position %d 100", map[bool]int{true: 103, false: 106}[b == 3]))
			click(b)
		}
		for range 5 {
			want = append(want, "wheel 1")
		}
		for range 5 {
			want = append(want, "wheel -1")
		}
		got := slices.Compact(b.heard.take())
		// A position may be told twice before a click.
		if !slices.Equal(slices.Compact(want), got) && !slices.Equal(want, got) {
			t.Errorf("got  %v\nwant %v", got, slices.Compact(want))
		}
	})
}

func TestIdle(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(1024, 768), nil)
		b.screenshot()
		time.Sleep(500 * time.Millisecond)
		before := cpu()
		time.Sleep(3 * time.Second)
		used := cpu() - before
		t.Logf("%v in 3 s", used)
		if used > 90*time.Millisecond {
			t.Errorf("an idle window used %v in 3 s", used)
		}
	})
}

func TestFullscreen(t *testing.T) {
	in(t, lab{wm: true}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), nil)
		small := b.at()
		if small.Size() != image.Pt(640, 480) {
			t.Errorf("the window has %v", small)
		}
		b.heard.take()
		b.xdotool("key", "F11")
		got := b.heard.take()
		b.sized(image.Pt(1280, 1024))
		if screen := image.Rect(0, 0, 1280, 1024); b.at() != screen {
			t.Errorf("full screen is %v", b.at())
		}
		if keys := only(got, "key"); len(keys) > 0 {
			t.Errorf("the guest got %v", keys)
		}
		eventually(t, "drawing the full screen", func() error {
			if dest := b.screenshot(); dest.Rect.Size() != image.Pt(1280, 1024) {
				return fmt.Errorf("drawn are %v", dest.Rect)
			}
			return nil
		})
		b.xdotool("key", "shift+F11") // is the guest's
		if keys := only(b.heard.take(), "key"); len(keys) != 4 {
			t.Errorf("shift+F11: the guest got %v", keys)
		}
		b.xdotool("key", "F11")
		b.sized(small.Size())
	})
}

func TestRelative(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), func(o *window.Options) { o.Relative = func() bool { return true } })
		b.moveTo(image.Pt(300, 200))
		b.heard.take()
		b.xdotool("mousemove_relative", "5", "5")
		if got := b.heard.take(); len(got) > 0 {
			t.Errorf("before the click: %v", got)
		}
		b.xdotool("click", "1")
		if got := b.heard.take(); len(got) > 0 {
			t.Errorf("the click that captures: %v", got)
		}
		for range 6 { // further than the screen is wide
			b.xdotool("mousemove_relative", "300", "150")
			b.xdotool("mousemove_relative", "--", "-10", "-20")
		}
		b.xdotool("click", "3")
		x, y := 0, 0
		for _, e := range b.heard.take() {
			var dx, dy int
			if n, _ := fmt.Sscanf(e, "motion %d %d", &dx, &dy); n == 2 {
				x, y = x+dx, y+dy
			} else if !strings.HasPrefix(e, "button 3") {
				t.Errorf("captured: %s", e)
			}
		}
		if x != 6*290 || y != 6*130 {
			t.Errorf("moved by %d, %d", x, y)
		}
		b.titled("Ctrl+Alt", true)
		b.xdotool("keydown", "ctrl", "keydown", "alt", "keyup", "alt", "keyup", "ctrl")
		got := b.heard.take()
		if !slices.Contains(got, "release all") {
			t.Errorf("the chord: %v", got)
		}
		b.titled("Ctrl+Alt", false)
		b.xdotool("mousemove_relative", "5", "5")
		if got := b.heard.take(); len(got) > 0 {
			t.Errorf("after the release: %v", got)
		}
	})
}

// TestLocks presses Caps Lock and comes back.
func TestLocks(t *testing.T) {
	in(t, lab{wm: true}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), nil)
		if got := only(b.heard.take(), "locks"); !slices.Equal(got, []string{"locks false false false"}) {
			t.Errorf("at first: %v", got)
		}
		b.xdotool("keydown", "a", "key", "Caps_Lock")
		b.xdotool("search", "--name", "^saffron test", "windowminimize")
		if got := b.heard.take(); got[len(got)-1] != "release all" {
			t.Errorf("out of focus: %v", got)
		}
		b.xdotool("keyup", "a", "search", "--name", "^saffron test", "windowactivate")
		got := b.heard.take()
		if got := only(got, "locks"); !slices.Equal(got, []string{"locks false false true"}) {
			t.Errorf("in focus again: %v", got)
		}
		if got := only(got, "key"); len(got) > 0 {
			t.Errorf("the guest got %v", got)
		}
	})
}

func TestFirstPicture(t *testing.T) {
	in(t, lab{}, testFirstPicture)
}

func TestFirstPictureAt144DPI(t *testing.T) {
	in(t, lab{wm: true, dpi: 144}, testFirstPicture)
}

// testFirstPicture opens the window before there is a picture: it takes its
// size when it comes.
func testFirstPicture(t *testing.T) {
	status := "Connecting"
	b := open(t, image.Point{}, func(o *window.Options) { o.Status = func() string { return status } })
	start := b.screenshot()
	if d := start.Rect.Size().Sub(image.Pt(1024, 768)); !d.In(image.Rect(-1, -1, 2, 2)) || flat(start) {
		t.Errorf("before the picture: %v, flat %t", start.Rect, flat(start))
	}
	status = ""
	b.picture(image.Pt(803, 601))
	b.shows(b.primary)

	status = "Disconnected"
	b.Wake()
	over := b.screenshot()
	if got, was := over.RGBAAt(200, 100), b.desktop.Snapshot(0).RGBAAt(200, 100); got.R >= was.R || got.R == 0 {
		t.Errorf("under a message: %v, was %v", got, was)
	}
}

func TestFollows(t *testing.T) {
	in(t, lab{wm: true}, testFollows)
}

func TestFollowsAt144DPI(t *testing.T) {
	in(t, lab{wm: true, dpi: 144}, testFollows)
}

// testFollows changes the size of the head: the window follows until its user
// resizes it.
func testFollows(t *testing.T) {
	b := open(t, image.Pt(720, 400), nil)
	for _, sizes := range [][]image.Point{{{640, 480}}, {{1001, 701}}, {{320, 200}, {800, 600}, {903, 600}, {802, 555}}} {
		for _, size := range sizes { // too fast for the window
			b.picture(size)
			time.Sleep(15 * time.Millisecond)
		}
		b.shows(b.primary)
		if !b.at().In(image.Rect(0, 0, 1280, 1024)) {
			t.Errorf("the window is at %v, beyond the screen", b.at())
		}
	}
	b.xdotool("key", "F11")
	b.sized(image.Pt(1280, 1024))
	time.Sleep(300 * time.Millisecond) // until the window manager is done with it
	b.picture(image.Pt(700, 500))
	b.screenshot()
	time.Sleep(300 * time.Millisecond)
	b.xdotool("key", "F11")
	b.shows(b.primary)

	b.xdotool("search", "--name", "^saffron test", "windowsize", "--sync", "650", "450")
	b.picture(image.Pt(640, 480))
	time.Sleep(500 * time.Millisecond)
	if got := b.at().Size(); got != image.Pt(650, 450) {
		t.Errorf("the window that was resized is now %v", got)
	}
}

// flat reports whether all pixels are the same.
func flat(img *image.RGBA) bool {
	for i := range img.Pix {
		if img.Pix[i] != img.Pix[i&3] {
			return false
		}
	}
	return true
}

// TestPointer dresses the local pointer and draws the server's.
func TestPointer(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		x := connectFixes(t)
		b := open(t, image.Pt(320, 240), func(o *window.Options) { o.Width, o.Height = 640, 520 })
		shape := image.NewRGBA(image.Rect(0, 0, 5, 3))
		for i := range len(shape.Pix) / 4 {
			shape.SetRGBA(i%5, i/5, color.RGBA{uint8(i), uint8(2 * i), uint8(3 * i), 128})
		}
		b.moveTo(image.Pt(320, 240))
		arrow := b.pointer(x)
		b.cursor.Set(render.Cursor{Image: shape, Hot: image.Pt(4, 2)}, image.Point{}, true)
		points := func(what string, right func(*image.RGBA) bool) {
			t.Helper()
			eventually(t, what, func() error {
				if got := b.pointer(x); !right(got) {
					return fmt.Errorf("the pointer is %v", got)
				}
				return nil
			})
		}
		points("twice as large, as the picture", func(big *image.RGBA) bool {
			return big.Rect == image.Rect(-8, -4, 2, 2) && big.RGBAAt(1, 1) == shape.RGBAAt(4, 2)
		})
		b.moveTo(image.Pt(320, 10))
		points("beside the picture", func(got *image.RGBA) bool { return slices.Equal(got.Pix, arrow.Pix) })
		b.moveTo(image.Pt(320, 240))
		b.cursor.Hide()
		points("hidden", func(got *image.RGBA) bool { return flat(got) && got.Pix[3] == 0 })

		opaque := image.NewRGBA(image.Rect(0, 0, 4, 4))
		for i := range opaque.Pix {
			opaque.Pix[i] = 255
		}
		b.cursor.SetServer(true)
		b.cursor.Set(render.Cursor{Image: opaque, Hot: image.Pt(1, 1)}, image.Pt(100, 50), true)
		want := b.desktop.Snapshot(0)
		for i := range 16 {
			want.SetRGBA(99+i%4, 49+i/4, color.RGBA{255, 255, 255, 255})
		}
		got := b.screenshot()
		for y := range 240 {
			for i := range 320 {
				if got.RGBAAt(2*i, 20+2*y) != want.RGBAAt(i, y) {
					t.Fatalf("pixel %d, %d: %v, want %v", i, y, got.RGBAAt(2*i, 20+2*y), want.RGBAAt(i, y))
				}
			}
		}
	})
}

// TestDone closes the window by its Done.
func TestDone(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		done := make(chan struct{})
		b := open(t, image.Pt(320, 240), func(o *window.Options) { o.Done = done })
		b.heard.take()
		close(done)
		select {
		case err := <-b.end:
			b.end <- err
		case <-time.After(5 * time.Second):
			t.Fatal("the window stays")
		}
		if got := b.heard.take(); len(got) == 0 || got[len(got)-1] != "release all" {
			t.Errorf("in the end: %v", got)
		}
		if _, err := b.Screenshot(t.Context()); err == nil {
			t.Error("a picture of a closed window")
		}
		b.Wake()
		b.Close()
	})
}

// TestClosed closes the window as a user does.
func TestClosed(t *testing.T) {
	in(t, lab{wm: true}, func(t *testing.T) {
		b := open(t, image.Pt(320, 240), nil)
		b.xdotool("key", "alt+F4")
		select {
		case err := <-b.end:
			b.end <- err
		case <-time.After(5 * time.Second):
			t.Fatal("the window stays")
		}
	})
}

// TestPan shows a picture that is larger than the window.
func TestPan(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(900, 700), func(o *window.Options) { o.Mode, o.Width, o.Height = render.OneToOne, 400, 300 })
		b.moveTo(image.Pt(399, 299))
		want := image.NewRGBA(image.Rect(0, 0, 400, 300))
		draw.Draw(want, want.Rect, b.desktop.Snapshot(0), image.Pt(500, 400), draw.Src)
		b.shows(func() *image.RGBA { return want })
	})
}

// TestSoftware leaves the choice to the window, which sees that GL is done in
// software here.
func TestSoftware(t *testing.T) { in(t, lab{ways: []string{""}}, seesSoftware) }

// TestSoftwareOnOneCore does so where it is harder to see.
func TestSoftwareOnOneCore(t *testing.T) { in(t, lab{ways: []string{""}, core: true}, seesSoftware) }

func seesSoftware(t *testing.T) {
	said := make(chan string, 10)
	b := open(t, image.Pt(320, 240), func(o *window.Options) {
		o.Log = slog.New(slog.NewTextHandler(lines(said), &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	b.same(b.screenshot(), b.desktop.Snapshot(0))
	close(said)
	for line := range said {
		if strings.Contains(line, "without GL") && strings.Contains(line, "shared=true") {
			return
		}
	}
	t.Error("the window is drawn with GL")
}

// lines is a writer of lines.
type lines chan string

func (l lines) Write(p []byte) (int, error) {
	l <- string(p)
	return len(p), nil
}

// TestUncovered lets another window come and go, which makes the server forget
// what was below it.
func TestUncovered(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), nil)
		b.screenshot()
		x := connect(t)
		id, err := xproto.NewWindowId(x)
		if err != nil {
			t.Fatal(err)
		}
		at := b.at().Min
		err = xproto.CreateWindowChecked(x, 0, id, root(x), int16(at.X+100), int16(at.Y+100), 200, 150, 0,
			xproto.WindowClassInputOutput, 0, xproto.CwBackPixel|xproto.CwOverrideRedirect, []uint32{0xff00ff, 1}).Check()
		if err != nil {
			t.Fatal(err)
		}
		if err := xproto.MapWindowChecked(x, id).Check(); err != nil {
			t.Fatal(err)
		}
		covered := func(want bool) {
			t.Helper()
			eventually(t, "what is on the screen", func() error {
				got, err := xproto.GetImage(x, xproto.ImageFormatZPixmap, xproto.Drawable(root(x)), int16(at.X+150), int16(at.Y+150), 1, 1, 1<<32-1).Reply()
				if err == nil && (string(got.Data[:3]) == "\xff\x00\xff") != want {
					err = fmt.Errorf("it is % x", got.Data)
				}
				return err
			})
		}
		covered(true)
		if err := xproto.DestroyWindowChecked(x, id).Check(); err != nil {
			t.Fatal(err)
		}
		covered(false)
		b.shows(b.primary)
	})
}

// TestMovingPointer draws the server's pointer here and there, beyond the edge,
// and changes the picture below it.
func TestMovingPointer(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(320, 240), nil)
		shape := image.NewRGBA(image.Rect(0, 0, 9, 7))
		for i := range shape.Pix {
			shape.Pix[i] = byte(3*i) | 3
			if i%4 == 3 || i/4%2 == 0 {
				shape.Pix[i] = []byte{0, 255}[i/4%2]
			}
		}
		b.cursor.SetServer(true)
		patch := image.NewRGBA(image.Rect(0, 0, 40, 30))
		for i, pos := range []image.Point{{10, 10}, {12, 11}, {0, 0}, {319, 239}, {150, 100}} {
			b.cursor.Set(render.Cursor{Image: shape, Hot: image.Pt(2, 3)}, pos, true)
			for j := range patch.Pix {
				patch.Pix[j] = byte(j * (i + 1))
			}
			b.copy(patch, pos.Sub(image.Pt(20, 15)))
			want := b.desktop.Snapshot(0)
			draw.Draw(want, shape.Rect.Add(pos).Sub(image.Pt(2, 3)), shape, image.Point{}, draw.Over)
			b.same(b.screenshot(), want)
		}
		b.cursor.Hide()
		b.same(b.screenshot(), b.desktop.Snapshot(0))
	})
}

// TestNote shows a note over the picture and takes it away again.
func TestNote(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		var note atomic.Value
		note.Store("")
		b := open(t, image.Pt(400, 300), func(o *window.Options) { o.Note = func() string { return note.Load().(string) } })
		note.Store("Paused")
		b.Wake()
		got, picture := b.screenshot(), b.desktop.Snapshot(0)
		changed := image.Rectangle{}
		for y := range 300 {
			for x := range 400 {
				if got.RGBAAt(x, y) != picture.RGBAAt(x, y) {
					changed = changed.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		if mid := changed.Min.Add(changed.Max).Div(2); changed.Dx() < 60 || changed.Dx() > 150 || abs(mid.X-200) > 1 || changed.Max.Y != 300-24 {
			t.Errorf("the note is at %v", changed)
		}
		note.Store("")
		b.Wake()
		b.same(b.screenshot(), picture)
	})
}

func abs(n int) int { return max(n, -n) }

// TestLatency changes a part of the picture and waits until the screen shows
// it.
func TestLatency(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		b := open(t, image.Pt(1024, 768), nil)
		x := connect(t)
		at := b.at().Min
		patch := image.NewRGBA(image.Rect(0, 0, 64, 64))
		var took []time.Duration
		for i := range 40 {
			time.Sleep(20 * time.Millisecond)
			for j := range patch.Pix {
				patch.Pix[j] = byte(100 + i)
			}
			start := time.Now()
			b.copy(patch, image.Pt(500, 300))
			for {
				got, err := xproto.GetImage(x, xproto.ImageFormatZPixmap, xproto.Drawable(root(x)), int16(at.X+510), int16(at.Y+310), 1, 1, 1<<32-1).Reply()
				if err != nil {
					t.Fatal(err)
				}
				if got.Data[0] == byte(100+i) {
					break
				}
				time.Sleep(time.Millisecond)
				if time.Since(start) > 5*time.Second {
					t.Fatal("the change does not show")
				}
			}
			took = append(took, time.Since(start))
		}
		slices.Sort(took)
		t.Logf("from change to screen: median %v, longest %v", took[len(took)/2], took[len(took)-1])
		if took[len(took)/2] > 100*time.Millisecond {
			t.Error("that is slow")
		}
	})
}

// TestWithoutSide makes do with ebiten.
func TestWithoutSide(t *testing.T) {
	in(t, lab{ways: []string{"gl"}}, func(t *testing.T) {
		window.WithoutSide()
		b := open(t, image.Pt(640, 480), nil)
		b.same(b.screenshot(), b.desktop.Snapshot(0))
		b.moveTo(image.Pt(100, 120))
		b.heard.take()
		does := func(want string, args ...string) { // one thing a frame
			t.Helper()
			b.xdotool(args...)
			eventually(t, want, func() error { return b.heard.has(want) })
		}
		does("position 103 120", "mousemove_relative", "3", "0")
		does("button 1 true", "mousedown", "1")
		does("button 1 false", "mouseup", "1")
		does("wheel -1", "click", "5")
		if got := b.heard.take(); !slices.Equal(slices.Compact(got), []string{"position 103 120", "button 1 true", "button 1 false", "wheel -1"}) {
			t.Errorf("mouse: %v", got)
		}
		does("key 42 true", "keydown", "shift")
		does("key 30 true", "keydown", "a", "sleep", "0.8")
		does("key 30 false", "keyup", "a")
		does("key 42 false", "keyup", "shift")
		got := b.heard.take()
		if len(got) < 6 || got[0] != "key 42 true" || got[1] != "key 30 true" || got[len(got)-2] != "key 30 false" || got[len(got)-1] != "key 42 false" {
			t.Errorf("keys: %v", got)
		}
		shape := image.NewRGBA(image.Rect(0, 0, 2, 2))
		for i := range shape.Pix {
			shape.Pix[i] = 255
		}
		b.cursor.Set(render.Cursor{Image: shape}, image.Point{}, true)
		want := b.desktop.Snapshot(0)
		for i := range 4 {
			want.SetRGBA(103+i%2, 120+i/2, color.RGBA{255, 255, 255, 255})
		}
		b.same(b.screenshot(), want)
	})
}

func only(list []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(e string) bool { return !strings.HasPrefix(e, prefix) })
}

// TestSharp scales a picture to sizes that are not whole: each pixel of the window
// is the mean of what it covers, whoever draws it.
func TestSharp(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		guest := image.Pt(320, 240)
		b := open(t, guest, func(o *window.Options) { o.Width, o.Height = 480, 361 })
		src := b.desktop.Snapshot(0)
		for _, size := range []image.Point{{480, 361}, {250, 200}, {90, 70}} {
			b.resize(size)
			dest := render.Viewport{Window: size, Guest: guest}.Dest()
			got := b.screenshot()
			worst := 0.0
			for y := dest.Min.Y; y < dest.Max.Y; y++ {
				for x := dest.Min.X; x < dest.Max.X; x++ {
					want := covered(src, dest.Size(), x-dest.Min.X, y-dest.Min.Y)
					for i, w := range want {
						d := w - float64(got.Pix[got.PixOffset(x, y)+i])
						worst = max(worst, d, -d)
					}
				}
			}
			t.Logf("%v: off by %.2f at most", size, worst)
			if worst > 2.5 {
				t.Errorf("%v: off by %.2f", size, worst)
			}
		}
		b.SetFilter(window.Smooth)
		b.resize(image.Pt(480, 361))
		got, differ := b.screenshot(), 0
		for y := range 300 {
			for x := range 400 {
				if d := covered(src, image.Pt(480, 360), x, y)[2] - float64(got.RGBAAt(x, y).B); d > 3 || d < -3 {
					differ++
				}
			}
		}
		if differ < 1000 {
			t.Errorf("smooth is as sharp: %d pixels differ", differ)
		}
	})
}

// covered returns the mean of what the pixel at x, y of a picture of the size
// covers of src.
func covered(src *image.RGBA, size image.Point, x, y int) (mean [3]float64) {
	span := func(at, from, to int) (lo, hi float64) {
		return float64(at) * float64(from) / float64(to), float64(at+1) * float64(from) / float64(to)
	}
	x0, x1 := span(x, src.Rect.Dx(), size.X)
	y0, y1 := span(y, src.Rect.Dy(), size.Y)
	for py := int(y0); float64(py) < y1-1e-9; py++ {
		for px := int(x0); float64(px) < x1-1e-9; px++ {
			part := (min(x1, float64(px+1)) - max(x0, float64(px))) * (min(y1, float64(py+1)) - max(y0, float64(py)))
			c := src.RGBAAt(px, py)
			for i, v := range []uint8{c.R, c.G, c.B} {
				mean[i] += float64(v) * part / ((x1 - x0) * (y1 - y0))
			}
		}
	}
	return mean
}

// resize gives the window a size, as a user without a window manager does.
func (b *bench) resize(size image.Point) {
	b.t.Helper()
	out, err := exec.Command("xdotool", "search", "--name", "^saffron test").Output()
	if err != nil {
		b.t.Fatal("xdotool search:", err)
	}
	b.xdotool("windowsize", strings.TrimSpace(string(out)), fmt.Sprint(size.X), fmt.Sprint(size.Y))
	b.sized(size)
	eventually(b.t, "drawing that size", func() error {
		if got := b.screenshot().Rect.Size(); got != size {
			return fmt.Errorf("drawn are %v, not %v", got, size)
		}
		return nil
	})
}

// TestZoom changes the size of the window by steps of the picture's.
func TestZoom(t *testing.T) {
	in(t, lab{wm: true, ways: []string{"shm"}}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), nil)
		for _, c := range []struct {
			to   int
			want image.Point
		}{{150, image.Pt(960, 720)}, {50, image.Pt(320, 240)}, {100, image.Pt(640, 480)}} {
			asked := make(chan int, 1)
			b.Zoom(func(percent int) int {
				asked <- percent
				return c.to
			})
			at := <-asked
			deadline := time.Now().Add(10 * time.Second)
			for b.at().Size() != c.want && time.Now().Before(deadline) {
				time.Sleep(50 * time.Millisecond)
			}
			if got := b.at().Size(); got != c.want {
				t.Errorf("from %d to %d %%: the window has %v, want %v", at, c.to, got, c.want)
			}
			time.Sleep(300 * time.Millisecond)
		}
	})
}
