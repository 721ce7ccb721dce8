//go:build lab

package main_test

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A desk is a desktop to open windows on: an X server without a screen that
// anyone sees. X clients run on it as on an Xspice.
type desk struct{ xserver }

// startDesk starts a desktop with a window manager and, if dpi is not 0, with
// that resolution.
func startDesk(t *testing.T, dpi int) *desk {
	t.Helper()
	need(t, "Xvfb", "openbox", "xdotool", "xdpyinfo", "import", "xrdb")
	display := freeDisplay(t)
	d := &desk{xserver{dir: t.TempDir(), env: []string{"DISPLAY=" + display, "LIBGL_ALWAYS_SOFTWARE=1", "WAYLAND_DISPLAY="}}}
	d.process = start(t, nil, "Xvfb", display, "-screen", "0", "1920x1200x24", "-nolisten", "tcp", "+extension", "GLX", "-noreset")
	eventually(t, "starting Xvfb", func() error {
		if err := d.running(); err != nil {
			return &neverError{err}
		}
		_, err := d.try("xdpyinfo")
		return err
	})
	d.settle(t, dpi)
	return d
}

// settle starts the window manager.
func (d *desk) settle(t *testing.T, dpi int) {
	t.Helper()
	if dpi != 0 {
		file := filepath.Join(d.dir, "resources")
		if err := os.WriteFile(file, fmt.Appendf(nil, "Xft.dpi: %d\n", dpi), 0o600); err != nil {
			t.Fatal(err)
		}
		d.client(t, "xrdb", "-merge", file)
	}
	// The first key of another keyboard than before gives the desktop another
	// keymap, for which openbox takes its keys anew: while it does, alt+F4 is
	// one of the window's. So that key comes before openbox.
	d.client(t, "xdotool", "key", "Shift_L")
	start(t, d.env, "openbox", "--sm-disable")
	eventually(t, "starting openbox", func() error {
		out, err := d.try("xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
		if err == nil && !strings.Contains(string(out), "window id") {
			err = errors.New("it has not come up")
		}
		return err
	})
}

// A view is a saffron with its window.
type view struct {
	*process
	desk *desk
	id   string // of the window, as X clients take it
	pid  int
}

// open starts saffron and waits for its window.
func (d *desk) open(t *testing.T, args ...string) *view {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	v := &view{desk: d, process: start(t, d.env, path, args...)}
	eventually(t, "opening the window", func() error {
		if err := v.running(); err != nil {
			return &neverError{err}
		}
		out, err := d.try("xdotool", "search", "--onlyvisible", "--classname", "^saffron$")
		v.id = strings.TrimSpace(string(out))
		return err
	})
	if v.pid, err = strconv.Atoi(d.client(t, "xdotool", "getwindowpid", v.id)); err != nil {
		t.Fatal(err)
	}
	d.client(t, "xdotool", "windowactivate", "--sync", v.id)
	return v
}

// show opens a window and waits until it shows the screen of a server.
func (d *desk) show(t *testing.T, uri string, screen func(*testing.T) *image.RGBA) *view {
	t.Helper()
	v := d.open(t, uri)
	agree(t, "the window", func() *image.RGBA { return v.pixels(t) }, func() *image.RGBA { return screen(t) })
	return v
}

// listen is show for a screen that may be as black as a window that nothing is
// drawn in yet: it waits until the window is open, and takes keys.
func (d *desk) listen(t *testing.T, uri string, screen func(*testing.T) *image.RGBA) *view {
	t.Helper()
	v := d.open(t, "--verbose", uri)
	eventually(t, "opening the window", func() error {
		out, err := os.ReadFile(v.log)
		if err == nil && !strings.Contains(string(out), "the window is open") {
			err = fmt.Errorf("it says\n%s", out)
		}
		return err
	})
	agree(t, "the window", func() *image.RGBA { return v.pixels(t) }, func() *image.RGBA { return screen(t) })
	return v
}

// pixels returns what the X server shows of the window.
func (v *view) pixels(t *testing.T) *image.RGBA {
	t.Helper()
	out, err := v.desk.try("import", "-silent", "-window", v.id, "-depth", "8", "ppm:-")
	if err != nil {
		t.Fatal(err)
	}
	img, err := decodePPM(out)
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// at returns where the inside of the window is on the desktop.
func (v *view) at(t *testing.T) image.Rectangle {
	t.Helper()
	at, err := v.where()
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// where is at for a window that may go.
func (v *view) where() (image.Rectangle, error) {
	out, err := v.desk.try("xwininfo", "-id", v.id)
	if err != nil {
		return image.Rectangle{}, fmt.Errorf("xwininfo -id %s: %w", v.id, err)
	}
	number := func(what string) int {
		_, after, _ := strings.Cut(string(out), what+":")
		after, _, _ = strings.Cut(after, "\n")
		n, wrong := strconv.Atoi(strings.TrimSpace(after))
		if wrong != nil {
			err = fmt.Errorf("xwininfo: %w\n%s", wrong, out)
		}
		return n
	}
	origin := image.Pt(number("Absolute upper-left X"), number("Absolute upper-left Y"))
	return image.Rectangle{Max: image.Pt(number("Width"), number("Height"))}.Add(origin), err
}

// resize gives the window a size, as its user does.
func (v *view) resize(t *testing.T, size image.Point) {
	t.Helper()
	v.desk.client(t, "xdotool", "windowsize", v.id, strconv.Itoa(size.X), strconv.Itoa(size.Y))
	v.sized(t, size)
}

// sized waits until the window has a size.
func (v *view) sized(t *testing.T, size image.Point) {
	t.Helper()
	eventually(t, "sizing the window", func() error {
		if got := v.at(t).Size(); got != size {
			return fmt.Errorf("it is %v, want %v", got, size)
		}
		return nil
	})
	time.Sleep(200 * time.Millisecond) // until it is drawn
}

// move puts the pointer at a pixel of the window.
func (v *view) move(t *testing.T, p image.Point) {
	t.Helper()
	p = p.Add(v.at(t).Min)
	v.desk.client(t, "xdotool", "mousemove", "--sync", strconv.Itoa(p.X), strconv.Itoa(p.Y))
}

// quit closes the window as its user does, and returns the exit code.
func (v *view) quit(t *testing.T) int {
	t.Helper()
	v.desk.client(t, "xdotool", "key", "alt+F4")
	select {
	case <-v.done:
	case <-time.After(patience):
		t.Fatal("the window does not close")
	}
	return v.cmd.ProcessState.ExitCode()
}

// TestLabWindowPixels compares what the window shows at 100 % with what the
// machine says is on its screen.
func TestLabWindowPixels(t *testing.T) {
	t.Parallel()
	for _, compression := range []string{"quic", "auto_glz"} {
		t.Run(compression, func(t *testing.T) {
			t.Parallel()
			m := startMachine(t, machineConfig{spice: exact + ",image-compression=" + compression})
			m.guest.text(t, false)
			v := startDesk(t, 0).show(t, m.uri, m.screen)
			truth := func() *image.RGBA { return m.screen(t) }
			shown := func() *image.RGBA { return v.pixels(t) }
			for i, size := range []image.Point{{1024, 768}, {1000, 701}, {640, 480}} {
				m.guest.graphics(t, size.X, size.Y)
				m.guest.scene(t, uint32(i+1))
				agree(t, "graphics", shown, truth)
				m.guest.boxes(t, 7)
				agree(t, "moving boxes", shown, truth)
				if n := colours(v.pixels(t)); n < 1000 {
					t.Errorf("the picture has only %d colours: the comparison proves little", n)
				}
			}
			if code := v.quit(t); code != 0 {
				t.Errorf("exit code %d", code)
			}
		})
	}
}

// TestLabWindowResized leaves a window alone that its user has resized.
func TestLabWindowResized(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{spice: exact})
	m.guest.graphics(t, 800, 600)
	m.guest.scene(t, 1)
	v := startDesk(t, 0).show(t, m.uri, m.screen)
	v.resize(t, image.Pt(901, 777))
	m.guest.graphics(t, 1024, 768)
	m.guest.scene(t, 2)
	time.Sleep(time.Second)
	v.sized(t, image.Pt(901, 777))
	keep(t, "fitted.png", v.pixels(t))
}

// TestLabWindowIdle looks at what a window costs while nothing happens.
func TestLabWindowIdle(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{spice: exact})
	m.guest.text(t, false)
	v := startDesk(t, 0).show(t, m.uri, m.screen)
	time.Sleep(time.Second)
	const span = 3 * time.Second
	before := v.ticks(t)
	if before == 0 {
		t.Error("the window is said to have used no processor time at all")
	}
	time.Sleep(span)
	used := time.Duration(v.ticks(t)-before) * 10 * time.Millisecond
	t.Logf("%v of processor time in %v", used, span)
	if used >= span*3/100 {
		t.Errorf("the window uses %v of processor time in %v while nothing happens", used, span)
	}
}

// ticks returns the processor time that the program has used, in hundredths
// of a second.
func (v *view) ticks(t *testing.T) int {
	t.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", v.pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(after) // utime and stime are the 14th and 15th of all
	sum := 0
	for _, f := range fields[11:13] {
		n, err := strconv.Atoi(f)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}
