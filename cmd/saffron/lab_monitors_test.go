//go:build lab

package main_test

import (
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// guestMonitors returns what the guest's monitors are: by their outputs, those
// that are on.
func (x *xserver) guestMonitors(t *testing.T) map[string]image.Rectangle {
	t.Helper()
	found := map[string]image.Rectangle{}
	for _, m := range guestOutput.FindAllStringSubmatch(x.client(t, "xrandr"), -1) {
		var n [4]int
		for i := range n {
			n[i], _ = strconv.Atoi(m[2+i])
		}
		found[m[1]] = image.Rect(0, 0, n[0], n[1]).Add(image.Pt(n[2], n[3]))
	}
	return found
}

var guestOutput = regexp.MustCompile(`(?m)^(\S+) connected (?:primary )?(\d+)x(\d+)\+(\d+)\+(\d+)`)

// resident returns the memory of a process in KiB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "VmRSS:")
	kib, err := strconv.Atoi(strings.Fields(after)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kib
}

// TestLabResizeGuest resizes a window on a desktop of 125 %, 200 times in a row
// too, and expects the guest to take its size in the end, pixel for pixel.
func TestLabResizeGuest(t *testing.T) {
	t.Parallel()
	x, _ := startXspiceAgent(t, nil)
	x.terminal(t, "words", "60x20+30+40", "cat /etc/services; sleep 1000")
	d := startDesk(t, 120)
	v := d.open(t, "--debug", "--resolution=resize", x.uri)
	takes := func(size image.Point) {
		t.Helper()
		eventually(t, "resizing the guest", func() error {
			got := x.guestMonitors(t)["qxl-0"].Size()
			if free := size.Sub(got); free.X < 0 || free.X >= 8 || free.Y < 0 || free.Y >= 8 {
				return fmt.Errorf("it has %v, the window %v", got, size)
			}
			return nil
		})
	}
	asks := func() int {
		text, err := os.ReadFile(v.log)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(text), `"asking for monitors"`)
	}
	v.sized(t, image.Pt(1024, 768))
	for _, size := range []image.Point{{1201, 803}, {777, 555}} {
		v.resize(t, size)
		takes(size)
		agree(t, "the window, not scaled", func() *image.RGBA {
			got := v.pixels(t)
			guest := x.guestMonitors(t)["qxl-0"].Size()
			at := got.Rect.Size().Sub(guest).Div(2)
			return crop(got, image.Rectangle{Max: guest}.Add(at))
		}, func() *image.RGBA { return x.screen(t) })
	}
	before, memory := asks(), resident(t, v.pid)
	storm := exec.Command("sh", "-c", `for i in $(seq 200); do echo "windowsize $0 $((500+(i*37)%900)) $((400+(i*53)%600))"; done; echo "windowsize $0 1111 777"`, v.id)
	script, err := storm.Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(d.dir, "storm")
	if err := os.WriteFile(file, script, 0o600); err != nil {
		t.Fatal(err)
	}
	d.client(t, "xdotool", file)
	v.sized(t, image.Pt(1111, 777))
	takes(image.Pt(1111, 777))
	time.Sleep(time.Second)
	if n := asks() - before; n < 1 || n > 12 {
		t.Errorf("the guest was asked %d times in a storm of 201 sizes", n)
	}
	after := resident(t, v.pid)
	t.Logf("asked %d times in the storm; %d KiB before, %d after", asks()-before, memory, after)
	if after > memory+64<<10 {
		t.Errorf("memory has grown from %d to %d KiB", memory, after)
	}
	if code := v.quit(t); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// crop returns a part of an image, moved to (0, 0).
func crop(img *image.RGBA, r image.Rectangle) *image.RGBA {
	r = r.Intersect(img.Rect)
	out := image.NewRGBA(image.Rectangle{Max: r.Size()})
	for y := range r.Dy() {
		copy(out.Pix[y*out.Stride:][:4*r.Dx()], img.Pix[img.PixOffset(r.Min.X, r.Min.Y+y):])
	}
	return out
}

// startDualDesk starts a desktop with two monitors, 1920x1080 and, at its right,
// 1280x1024.
func startDualDesk(t *testing.T) *desk {
	t.Helper()
	need(t, "Xorg", "openbox", "xdotool", "xrandr", "import")
	config, err := filepath.Abs("../../testdata/lab/dual.conf")
	if err != nil {
		t.Fatal(err)
	}
	display := freeDisplay(t)
	d := &desk{xserver{dir: t.TempDir(), env: []string{"DISPLAY=" + display, "LIBGL_ALWAYS_SOFTWARE=1", "WAYLAND_DISPLAY="}}}
	d.process = start(t, nil, "Xorg", display, "-config", config, "-noreset", "-nolisten", "tcp", "-novtswitch", "-sharevts",
		"-logfile", filepath.Join(d.dir, "log"))
	eventually(t, "starting Xorg", func() error {
		if err := d.running(); err != nil {
			return &neverError{err}
		}
		_, err := d.try("xrandr")
		return err
	})
	d.client(t, "xrandr", "--addmode", "DUMMY1", "1280x1024")
	d.client(t, "xrandr", "--output", "DUMMY1", "--mode", "1280x1024", "--right-of", "DUMMY0")
	d.settle(t, 0)
	return d
}

// windows waits until the desktop has a window of saffron in each of the places.
func (d *desk) windows(t *testing.T, places ...image.Rectangle) []*view {
	t.Helper()
	var found []*view
	eventually(t, "opening the windows", func() error {
		out, err := d.try("xdotool", "search", "--onlyvisible", "--classname", "^saffron$")
		if err != nil {
			return err
		}
		ids := strings.Fields(string(out))
		if len(ids) != len(places) {
			return fmt.Errorf("there are %d", len(ids))
		}
		found = make([]*view, len(places))
		for _, id := range ids {
			v := &view{desk: d, id: id}
			at, err := v.where()
			if err != nil {
				return err
			}
			i := slices.Index(places, at)
			if i < 0 {
				return fmt.Errorf("one is at %v, not at any of %v", at, places)
			}
			found[i] = v
		}
		if slices.Contains(found, nil) {
			return errors.New("two are in one place")
		}
		return nil
	})
	return found
}

// TestLabMonitors shows a guest on two monitors, the first on the second, with
// the arrangement sent to the guest and the pointer in the right place; and what
// becomes of it when a window is closed or fails.
func TestLabMonitors(t *testing.T) {
	t.Parallel()
	x, _ := startXspiceAgent(t, []string{"QXL_NUM_HEADS=2", "XSPICE_AGENT_MOUSE=True"})
	d := startDualDesk(t)
	left, right := image.Rect(0, 0, 1920, 1080), image.Rect(1920, 0, 3200, 1024)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	pictures := filepath.Join(d.dir, "pictures")
	d.env = append(d.env, "XDG_PICTURES_DIR="+pictures)
	p := start(t, d.env, path, "--debug", "-f", "--monitor-mapping", "1:2,2:1", x.uri)
	d.windows(t, right, left)
	arranged := func(want map[string]image.Rectangle) {
		t.Helper()
		eventually(t, "arranging the guest's monitors", func() error {
			if got := x.guestMonitors(t); fmt.Sprint(got) != fmt.Sprint(want) {
				return fmt.Errorf("they are %v, want %v", got, want)
			}
			return nil
		})
	}
	both := map[string]image.Rectangle{"qxl-0": right, "qxl-1": left}
	arranged(both)
	views := d.windows(t, right, left)
	x.terminal(t, "left", "60x20+30+40", "cat /etc/services; sleep 1000")
	x.terminal(t, "right", "60x20+2000+40", "cat /etc/protocols; sleep 1000")
	x.client(t, "xdotool", "mousemove", "100", "900")
	for i, at := range []image.Rectangle{right, left} {
		agree(t, fmt.Sprintf("the window of monitor %d", i+1), func() *image.RGBA { return views[i].pixels(t) },
			func() *image.RGBA { return crop(x.screen(t), at) })
	}
	d.client(t, "xdotool", "windowactivate", "--sync", views[1].id)
	views[1].process = p
	calm := views[1].pixels(t)
	views[1].choose(t, calm, "save")
	views[1].shows(t, "a toast", calm, func(r image.Rectangle) bool { return r.Max.Y == calm.Rect.Max.Y-24 && r.Dx() > 200 })
	keep(t, "toast.png", views[1].pixels(t))
	saved, err := filepath.Glob(filepath.Join(pictures, "*.png"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("saved are %q, %v", saved, err)
	}
	if err := difference(readPicture(t, saved[0]), crop(x.screen(t), left)); err != nil {
		t.Error("the picture of the second monitor that was saved:", err)
	}
	for i, at := range []image.Rectangle{right, left} {
		d.client(t, "xdotool", "windowactivate", "--sync", views[i].id)
		for _, to := range []image.Point{{5, 7}, {700, 800}} {
			views[i].move(t, to)
			eventually(t, "moving the pointer", func() error { return x.pointer(t, at.Min.Add(to)) })
		}
	}

	process := func(v *view) int { // 0 if it has just gone
		out, _ := d.try("xdotool", "getwindowpid", v.id)
		pid, _ := strconv.Atoi(strings.TrimSpace(string(out)))
		return pid
	}
	pane := func() int { return process(d.windows(t, right, left)[1]) }
	first := pane()
	t.Logf("the window of the second monitor has %d KiB, the first %d", resident(t, first), resident(t, process(views[0])))
	syscall.Kill(first, syscall.SIGKILL) // it comes again
	eventually(t, "opening the window again", func() error {
		if pid := pane(); pid == first || pid == 0 {
			return errors.New("it has not ended")
		}
		return nil
	})
	last := pane()
	syscall.Kill(last, syscall.SIGTERM) // as closing it does
	d.windows(t, right)
	arranged(map[string]image.Rectangle{"qxl-0": image.Rect(0, 0, 1280, 1024)})
	p.stop()
	eventually(t, "ending all windows", func() error {
		for _, pid := range []int{first, last} {
			if syscall.Kill(pid, 0) == nil {
				return fmt.Errorf("process %d is there still", pid)
			}
		}
		return nil
	})
}
