//go:build lab

package main_test

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"saffron/render"
)

// TestLabWindowTyping types into a machine without any pause, far faster than
// the keyboard that QEMU emulates can take it. It runs alone: an emulated
// processor that has to share a real one with ten others takes keys more slowly
// than any guest that people type into, and its keyboard drops them.
func TestLabWindowTyping(t *testing.T) {
	m := startMachine(t, machineConfig{spice: exact})
	m.guest.text(t, true)
	v := startDesk(t, 0).listen(t, m.uri, m.screen)
	v.desk.client(t, "xdotool", "type", "--delay", "0", line)
	if got := m.guest.keys(t, line); got != line {
		t.Errorf("the guest got\n%q, typed was\n%q", got, line)
	}
}

// TestLabWindowBurst types without any pause into a guest that can take it.
func TestLabWindowBurst(t *testing.T) {
	t.Parallel()
	x := startXspice(t, nil)
	file := filepath.Join(x.dir, "typed")
	x.terminal(t, "typing", "80x24+100+100", fmt.Sprintf("stty -echo; cat >'%s'", file))
	v := startDesk(t, 0).show(t, x.uri, x.screen)
	v.move(t, image.Pt(300, 300)) // the guest's keyboard follows the pointer
	for range 2 {
		v.desk.client(t, "xdotool", "type", "--delay", "0", line)
		v.desk.client(t, "xdotool", "key", "Return")
	}
	var got string
	eventually(t, "typing into xterm", func() error {
		b, err := os.ReadFile(file)
		got = string(b)
		if err == nil && strings.Count(got, "\n") < 2 {
			err = fmt.Errorf("the terminal has %q so far", got)
		}
		return err
	})
	if got != line+"\n"+line+"\n" {
		t.Errorf("the terminal got\n%q, typed was twice\n%q", got, line)
	}
}

// watch starts an xev over the whole screen, and waits for its window.
func (x *xserver) watch(t *testing.T) *process {
	t.Helper()
	p := start(t, x.env, "xev", "-geometry", "1024x768+0+0", "-name", "target", "-event", "button", "-event", "keyboard")
	eventually(t, "opening xev", func() error {
		_, err := x.try("xdotool", "search", "--onlyvisible", "--name", "^target$")
		return err
	})
	return p
}

var (
	xevKey    = regexp.MustCompile(`Key(Press|Release) event[^\n]*\n[^\n]*\n[^\n]*\(keysym 0x[0-9a-f]+, (\w+)\)`)
	xevButton = regexp.MustCompile(`Button(Press|Release) event[^\n]*\n[^\n]*root:\((\d+),(\d+)\)[^\n]*\n[^\n]*button (\d+)`)
)

// seen returns what xev saw of keys or buttons, in order, each as "Press …" or
// "Release …".
func seen(xev *process, what *regexp.Regexp) []string {
	out, _ := os.ReadFile(xev.log)
	var list []string
	for _, m := range what.FindAllStringSubmatch(string(out), -1) {
		list = append(list, strings.Join(m[1:], " "))
	}
	return list
}

// sees waits until xev has seen exactly what is wanted since it had seen the
// first after of them.
func sees(t *testing.T, xev *process, what *regexp.Regexp, after int, want ...string) {
	t.Helper()
	eventually(t, "waiting for xev", func() error {
		got := seen(xev, what)[after:]
		if fmt.Sprint(got) != fmt.Sprint(want) {
			return fmt.Errorf("it saw %q, want %q", got, want)
		}
		return nil
	})
}

// TestLabWindowModifiers holds keys, and takes the focus away while they are
// down.
func TestLabWindowModifiers(t *testing.T) {
	t.Parallel()
	x := startXspice(t, nil)
	xev := x.watch(t)
	d := startDesk(t, 0)
	v := d.show(t, x.uri, x.screen)
	v.move(t, image.Pt(300, 300))
	d.client(t, "xdotool", "keydown", "ctrl", "keydown", "alt", "key", "f", "keyup", "alt", "keyup", "ctrl")
	sees(t, xev, xevKey, 0, "Press Control_L", "Press Alt_L", "Press f", "Release f", "Release Alt_L", "Release Control_L")

	n := len(seen(xev, xevKey))
	d.client(t, "xdotool", "keydown", "ctrl", "keydown", "shift", "keydown", "x")
	sees(t, xev, xevKey, n, "Press Control_L", "Press Shift_L", "Press X")
	other := start(t, d.env, "xterm", "-T", "other")
	eventually(t, "opening another window", func() error {
		if err := other.running(); err != nil {
			return &neverError{err}
		}
		out, err := d.try("xdotool", "getactivewindow", "getwindowname")
		if err == nil && strings.TrimSpace(string(out)) != "other" {
			err = fmt.Errorf("%q has the focus", out)
		}
		return err
	})
	sees(t, xev, xevKey, n, "Press Control_L", "Press Shift_L", "Press X", "Release X", "Release Shift_L", "Release Control_L")
	d.client(t, "xdotool", "keyup", "x", "keyup", "shift", "keyup", "ctrl", "key", "y")
	time.Sleep(300 * time.Millisecond)
	if got := seen(xev, xevKey)[n:]; len(got) != 6 {
		t.Errorf("the guest got %q, some of it while another window had the focus", got)
	}
}

// TestLabWindowCombinations asks the BIOS what it makes of keys with
// modifiers. Ctrl+Alt+F2 is not among them: X servers keep it for themselves.
func TestLabWindowCombinations(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{spice: exact})
	m.guest.text(t, true)
	v := startDesk(t, 0).listen(t, m.uri, m.screen)
	for _, c := range []struct {
		keys string
		want byte // scan code, as the BIOS gives it
	}{{"ctrl+alt+f", 0x21}, {"ctrl+F2", 0x5f}, {"alt+F3", 0x6a}, {"shift+F5", 0x58}, {"F6", 0x40}, {"a", 0x1e}} {
		v.desk.client(t, "xdotool", "key", c.keys)
		if b := m.guest.receive(t); b != 'k' {
			t.Fatalf("the guest sent %q", b)
		}
		m.guest.receive(t) // the character, if any
		if got := m.guest.receive(t); got != c.want {
			t.Errorf("%s: scan code %#x, want %#x", c.keys, got, c.want)
		}
	}
}

// TestLabWindowClicks clicks on places of the picture in windows of different
// sizes and on screens of different density.
func TestLabWindowClicks(t *testing.T) {
	for _, c := range []struct {
		name string
		dpi  int
		size image.Point // of the window, if its user resizes it
	}{
		{"100 percent", 0, image.Point{}},
		{"144dpi", 144, image.Point{}},
		{"smaller", 0, image.Pt(701, 633)},
		{"larger", 0, image.Pt(1531, 901)},
		{"144dpi resized", 144, image.Pt(911, 777)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := startXspice(t, nil)
			xev := x.watch(t)
			v := startDesk(t, c.dpi).show(t, x.uri, x.screen)
			guest := image.Pt(1024, 768)
			if c.size != (image.Point{}) {
				v.resize(t, c.size)
			} else {
				c.size = guest
			}
			at := render.Viewport{Window: c.size, Guest: guest}
			settle(t, v, x, at)
			keep(t, "window.png", v.pixels(t))
			for _, p := range places(at.Dest()) {
				want, _ := at.ToGuest(float64(p.X), float64(p.Y))
				testClick(t, v, x, xev, p, want)
			}
		})
	}
}

// settle waits until the window is drawn with a view: until then the pointer
// goes by the one before. A starved machine takes its time with that.
func settle(t *testing.T, v *view, x *xserver, at render.Viewport) {
	t.Helper()
	d := at.Dest()
	p := d.Min.Add(d.Max).Div(2)
	want, _ := at.ToGuest(float64(p.X), float64(p.Y))
	eventually(t, "drawing the window in its size", func() error {
		v.move(t, d.Min)
		v.move(t, p)
		return x.pointer(t, want)
	})
}

// pointer tells where the pointer is, unless that is where it is wanted.
func (x *xserver) pointer(t *testing.T, want image.Point) error {
	t.Helper()
	got := x.client(t, "xdotool", "getmouselocation")
	if !strings.HasPrefix(got, fmt.Sprintf("x:%d y:%d ", want.X, want.Y)) {
		return fmt.Errorf("the guest's pointer is at %q, want %v", got, want)
	}
	return nil
}

// places are the corners, the middle and some other pixels of a rectangle.
func places(r image.Rectangle) []image.Point {
	last := r.Max.Sub(image.Pt(1, 1))
	return []image.Point{
		r.Min, {last.X, r.Min.Y}, {r.Min.X, last.Y}, last,
		r.Min.Add(r.Max).Div(2), r.Min.Add(image.Pt(r.Dx()/3, r.Dy()/7)),
	}
}

// testClick clicks with all buttons, and turns the wheel, at a pixel of the
// window, which is to be one of the guest.
func testClick(t *testing.T, v *view, x *xserver, xev *process, at, want image.Point) {
	t.Helper()
	before := len(seen(xev, xevButton))
	v.move(t, at)
	var events []string
	for _, button := range []string{"1", "3", "2", "4", "5"} {
		v.desk.client(t, "xdotool", "click", button)
		for _, what := range []string{"Press", "Release"} {
			events = append(events, fmt.Sprintf("%s %d %d %s", what, want.X, want.Y, button))
		}
	}
	sees(t, xev, xevButton, before, events...)
	if err := x.pointer(t, want); err != nil {
		t.Error(err)
	}
	if t.Failed() {
		t.Fatalf("clicked was at %v of the window", at)
	}
}

// TestLabWindowFullscreen goes to the full screen and back.
func TestLabWindowFullscreen(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{spice: exact})
	m.guest.graphics(t, 1000, 701)
	m.guest.scene(t, 4)
	d := startDesk(t, 0)
	v := d.show(t, m.uri, m.screen)
	truth := func() *image.RGBA { return m.screen(t) }
	shown := func() *image.RGBA { return v.pixels(t) }
	before := v.at(t)

	d.client(t, "xdotool", "key", "F11")
	v.sized(t, image.Pt(1920, 1200))
	full := v.pixels(t)
	keep(t, "full.png", full)
	dest := render.Viewport{Window: full.Rect.Size(), Guest: image.Pt(1000, 701)}.Dest()
	if !dest.In(full.Rect) || dest.Dx() < 1700 {
		t.Errorf("the picture is in %v of %v", dest, full.Rect)
	}
	small, err := shrink(full, dest, image.Pt(1000, 701))
	if err == nil {
		err = similar(small, m.screen(t), 12)
	}
	if err != nil {
		t.Errorf("the full screen, made small again: %v", err)
	}
	d.client(t, "xdotool", "key", "F11")
	v.sized(t, before.Size())
	agree(t, "back from the full screen", shown, truth)
	if after := v.at(t); after != before {
		t.Errorf("back from the full screen the window is at %v, was at %v", after, before)
	}
	m.guest.graphics(t, 640, 480)
	m.guest.scene(t, 5)
	agree(t, "a smaller mode", shown, truth)
}

// shrink takes one pixel of each that a picture was made of.
func shrink(img *image.RGBA, from image.Rectangle, size image.Point) (*image.RGBA, error) {
	if from.Dx() < size.X || from.Dy() < size.Y {
		return nil, fmt.Errorf("%v is smaller than %v", from, size)
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	for y := range size.Y {
		for x := range size.X {
			out.SetRGBA(x, y, img.RGBAAt(from.Min.X+(2*x+1)*from.Dx()/(2*size.X), from.Min.Y+(2*y+1)*from.Dy()/(2*size.Y)))
		}
	}
	return out, nil
}
