//go:build window

// The tests with the tag window open windows. Each runs in a process of its
// own, on an X server of its own: they need Xvfb, openbox and xdotool.
package window_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"io"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xfixes"
	"github.com/jezek/xgb/xproto"
	"golang.org/x/sys/unix"

	"saffron/render"
	"saffron/render/window"
)

// calls are for the main goroutine, where windows live.
var calls = make(chan func())

func TestMain(m *testing.M) {
	code := make(chan int)
	go func() { code <- m.Run() }()
	for {
		select {
		case f := <-calls:
			f()
		case c := <-code:
			os.Exit(c)
		}
	}
}

const childEnv = "SAFFRON_WINDOW_CHILD"

// A lab is what a test runs on.
type lab struct {
	dpi  int      // 0 says nothing
	wm   bool     // a window manager runs
	ways []string // of presenting; nil means shm and gl
	core bool     // there is only one
}

// in runs f for each way of presenting, in a process with a display of its own.
func in(t *testing.T, l lab, f func(t *testing.T)) {
	if os.Getenv(childEnv) != "" {
		f(t)
		return
	}
	if l.ways == nil {
		l.ways = []string{"shm", "gl"}
	}
	test := t.Name()
	for _, way := range l.ways {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			l.run(t, test, "SAFFRON_PRESENT="+way)
		})
	}
}

// run runs a test in a process with a display of its own.
func (l lab) run(t *testing.T, test string, env ...string) {
	display := startServer(t)
	env = append(os.Environ(), append(env, "DISPLAY="+display, "LIBGL_ALWAYS_SOFTWARE=1", "WAYLAND_DISPLAY=", "XDG_CONFIG_HOME="+t.TempDir(), childEnv+"=1")...)
	if l.dpi != 0 {
		setResource(t, display, fmt.Sprintf("Xft.dpi:\t%d\n", l.dpi))
	}
	if l.wm {
		manage(t, display, env)
	}
	args := []string{os.Args[0], "-test.run=^" + test + "$", "-test.v", "-test.timeout=30s"}
	if l.core {
		args = append([]string{"taskset", "-c", strconv.Itoa(aCore(t))}, args...)
	}
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	t.Logf("%s", out)
	if err != nil {
		t.Fatal(err)
	}
}

// manage starts a window manager and waits until it manages.
func manage(t *testing.T, display string, env []string) {
	// The first key of a keyboard has the window manager take its own keys anew:
	// meanwhile they are the window's. So one comes before it.
	key := exec.Command("xdotool", "key", "Shift_L")
	key.Env = env
	if out, err := key.CombinedOutput(); err != nil {
		t.Fatalf("xdotool: %v\n%s", err, out)
	}
	wm := exec.Command("openbox", "--sm-disable")
	wm.Env = env
	start(t, wm)
	x := connectTo(t, display)
	eventually(t, "starting openbox", func() error {
		if !managed(t, x) {
			return errors.New("it has not come up")
		}
		return nil
	})
}

// managed reports whether a display has a window manager.
func managed(t *testing.T, x *xgb.Conn) bool {
	const name = "_NET_SUPPORTING_WM_CHECK"
	atom, err := xproto.InternAtom(x, false, uint16(len(name)), name).Reply()
	if err != nil {
		t.Fatal(err)
	}
	p, err := xproto.GetProperty(x, false, root(x), atom.Atom, xproto.GetPropertyTypeAny, 0, 1).Reply()
	return err == nil && p.ValueLen > 0
}

// eventually calls try until it returns nil, and fails the test with its last
// error if that does not happen in time.
func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	for end := time.Now().Add(15 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := try()
		if err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("%s: %v", what, err)
		}
	}
}

// aCore returns the number of a core that this process may run on.
func aCore(t *testing.T) int {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil {
		t.Fatal(err)
	}
	n := 0
	for !allowed.IsSet(n) {
		n++
	}
	return n
}

func startServer(t *testing.T) string {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	cmd := exec.Command("Xvfb", "-displayfd", "3", "-screen", "0", "1280x1024x24", "-nolisten", "tcp", "+extension", "GLX", "-noreset")
	cmd.ExtraFiles = []*os.File{w}
	start(t, cmd)
	w.Close()
	number, err := bufio.NewReader(r).ReadString('\n')
	if err != nil {
		t.Fatal("Xvfb:", err)
	}
	return ":" + strings.TrimSpace(number)
}

func start(t *testing.T, cmd *exec.Cmd) {
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
}

func connect(t *testing.T) *xgb.Conn { return connectTo(t, "") }

func connectTo(t *testing.T, display string) *xgb.Conn {
	x, err := xgb.NewConnDisplay(display)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(x.Close)
	return x
}

func root(x *xgb.Conn) xproto.Window { return xproto.Setup(x).DefaultScreen(x).Root }

func setResource(t *testing.T, display, text string) {
	x := connectTo(t, display)
	err := xproto.ChangePropertyChecked(x, xproto.PropModeReplace, root(x), xproto.AtomResourceManager,
		xproto.AtomString, 8, uint32(len(text)), []byte(text)).Check()
	if err != nil {
		t.Fatal(err)
	}
}

// A bench is an open window with what it shows and hears.
type bench struct {
	*window.Window
	t       *testing.T
	desktop *render.Desktop
	cursor  *render.CursorOverlay
	heard   *recorder
	end     chan error
}

// open opens a window on a head of the given size. change may change the
// options.
func open(t *testing.T, size image.Point, change func(o *window.Options)) *bench {
	t.Helper()
	b := &bench{t: t, heard: &recorder{}, end: make(chan error, 1), cursor: &render.CursorOverlay{}}
	ready := make(chan *window.Window, 1)
	wake := func() {
		if b.Window != nil {
			b.Wake()
		}
	}
	b.desktop = render.NewDesktop(render.DesktopOptions{Changed: wake})
	b.cursor.Changed = wake
	if size != (image.Point{}) {
		b.picture(size)
	}
	o := &window.Options{Title: "saffron test", Desktop: b.desktop, Cursor: b.cursor, Input: b.heard,
		OnReady: func(w *window.Window) { ready <- w }}
	if change != nil {
		change(o)
	}
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(func() {
		cancel()
		if err := <-b.end; err != nil {
			t.Error("Run:", err)
		}
	})
	calls <- func() {
		b.end <- window.Run(ctx, o)
	}
	return b.await(ready)
}

func (b *bench) await(ready chan *window.Window) *bench {
	b.t.Helper()
	select {
	case b.Window = <-ready:
	case err := <-b.end:
		b.end <- err
		b.t.Fatal("Run ended: ", err)
	case <-time.After(30 * time.Second):
		b.t.Fatal("no window")
	}
	b.arrive()
	return b
}

// arrive waits until the window is to be seen, has the keys, and is drawn.
func (b *bench) arrive() {
	b.t.Helper()
	x := connect(b.t)
	eventually(b.t, "opening the window", func() error {
		out, err := exec.Command("xdotool", "search", "--onlyvisible", "--name", "^saffron test").Output()
		if err != nil {
			return err
		}
		var id uint32
		fmt.Sscan(string(out), &id)
		f, err := xproto.GetInputFocus(x).Reply()
		if err == nil && managed(b.t, x) && f.Focus != xproto.Window(id) {
			err = fmt.Errorf("window %d has the focus, not %d", f.Focus, id)
		}
		return err
	})
	b.screenshot()
	time.Sleep(100 * time.Millisecond) // what else comes of that
}

// picture makes a primary with a pattern that shows each misplaced pixel.
func (b *bench) picture(size image.Point) {
	if err := b.desktop.CreateSurface(0, size.X, size.Y, render.FormatXRGB, true); err != nil {
		b.t.Fatal(err)
	}
	img := image.NewRGBA(image.Rectangle{Max: size})
	for i := range len(img.Pix) / 4 {
		x, y := i%size.X, i/size.X
		img.SetRGBA(x, y, color.RGBA{uint8(x), uint8(y), uint8(x ^ y*7), 0})
	}
	b.copy(img, image.Point{})
	b.desktop.Mark()
}

// primary returns the picture.
func (b *bench) primary() *image.RGBA { return b.desktop.Snapshot(0) }

// copy draws an image onto the primary.
func (b *bench) copy(img *image.RGBA, at image.Point) {
	box := img.Rect.Add(at)
	op := &render.Copy{Src: render.Source{Image: img}, SrcArea: img.Rect, Rop: render.RopPut}
	if err := b.desktop.Draw(0, box, nil, op); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) screenshot() *image.RGBA {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	img, err := b.Screenshot(ctx)
	if err != nil {
		b.t.Fatal(err)
	}
	return img
}

// same fails the test unless the pictures are the same.
func (b *bench) same(got, want *image.RGBA) {
	b.t.Helper()
	if got.Rect.Size() != want.Rect.Size() {
		b.t.Fatalf("the window shows %v, want %v", got.Rect, want.Rect)
	}
	if bytes.Equal(got.Pix, want.Pix) {
		return
	}
	wrong := 0
	for i := range len(got.Pix) / 4 {
		if !bytes.Equal(got.Pix[4*i:4*i+4], want.Pix[4*i:4*i+4]) {
			if wrong++; wrong <= 3 {
				b.t.Errorf("pixel %d, %d: %v, want %v", i%got.Rect.Dx(), i/got.Rect.Dx(), got.Pix[4*i:4*i+4], want.Pix[4*i:4*i+4])
			}
		}
	}
	b.t.Fatalf("%d pixels are wrong", wrong)
}

// titled waits until the title has a text, or has it not.
func (b *bench) titled(text string, want bool) {
	b.t.Helper()
	eventually(b.t, "the title", func() error {
		out, err := exec.Command("xdotool", "search", "--name", "^saffron test", "getwindowname").Output()
		if err == nil && strings.Contains(string(out), text) != want {
			err = fmt.Errorf("it is %q", out)
		}
		return err
	})
}

// sized waits until the window has a size.
func (b *bench) sized(want image.Point) {
	b.t.Helper()
	eventually(b.t, "the size of the window", func() error {
		if got := b.at().Size(); got != want {
			return fmt.Errorf("it is %v, want %v", got, want)
		}
		return nil
	})
}

// shows waits until the window has the size of a picture and shows that.
func (b *bench) shows(want func() *image.RGBA) {
	b.t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if got, want := b.screenshot(), want(); got.Rect.Size() == want.Rect.Size() && bytes.Equal(got.Pix, want.Pix) {
			return
		}
	}
	b.same(b.screenshot(), want())
}

// at returns the place of the window on the screen.
func (b *bench) at() image.Rectangle {
	b.t.Helper()
	x := connect(b.t)
	out, err := exec.Command("xdotool", "search", "--name", "^saffron test").Output()
	if err != nil {
		b.t.Fatal("xdotool search:", err)
	}
	var id uint32
	fmt.Sscan(string(out), &id)
	g, err := xproto.GetGeometry(x, xproto.Drawable(id)).Reply()
	if err != nil {
		b.t.Fatal(err)
	}
	p, err := xproto.TranslateCoordinates(x, xproto.Window(id), root(x), 0, 0).Reply()
	if err != nil {
		b.t.Fatal(err)
	}
	r := image.Rect(0, 0, int(g.Width), int(g.Height))
	return r.Add(image.Pt(int(p.DstX), int(p.DstY)))
}

func (b *bench) xdotool(args ...string) {
	b.t.Helper()
	if out, err := exec.Command("xdotool", args...).CombinedOutput(); err != nil {
		b.t.Fatalf("xdotool %v: %v\n%s", args, err, out)
	}
}

// moveTo puts the pointer at a pixel of the window.
func (b *bench) moveTo(p image.Point) {
	b.t.Helper()
	p = p.Add(b.at().Min)
	b.xdotool("mousemove", fmt.Sprint(p.X), fmt.Sprint(p.Y))
}

// connectFixes connects for pointer, before a window is open: xgb must know
// its extensions before it reads events.
func connectFixes(t *testing.T) *xgb.Conn {
	x := connect(t)
	if err := xfixes.Init(x); err != nil {
		t.Fatal(err)
	}
	if _, err := xfixes.QueryVersion(x, 4, 0).Reply(); err != nil {
		t.Fatal(err)
	}
	return x
}

// pointer returns the pointer as the screen shows it, its hot spot at (0, 0).
func (b *bench) pointer(x *xgb.Conn) *image.RGBA {
	b.t.Helper()
	c, err := xfixes.GetCursorImage(x).Reply()
	if err != nil {
		b.t.Fatal(err)
	}
	r := image.Rect(0, 0, int(c.Width), int(c.Height)).Sub(image.Pt(int(c.Xhot), int(c.Yhot)))
	img := image.NewRGBA(r)
	for i, v := range c.CursorImage {
		img.Pix[4*i], img.Pix[4*i+1], img.Pix[4*i+2], img.Pix[4*i+3] = byte(v>>16), byte(v>>8), byte(v), byte(v>>24)
	}
	return img
}

// A recorder is an Input that writes down what it is told.
type recorder struct {
	mu   sync.Mutex
	list []string
}

func (r *recorder) note(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, fmt.Sprintf(format, args...))
}

func (r *recorder) Key(c uint16, down bool)           { r.note("key %d %t", c, down) }
func (r *recorder) Position(head int, p image.Point)  { r.note("position %d %d", p.X, p.Y) }
func (r *recorder) Motion(dx, dy int)                 { r.note("motion %d %d", dx, dy) }
func (r *recorder) Button(b window.Button, down bool) { r.note("button %d %t", b, down) }
func (r *recorder) Wheel(n int)                       { r.note("wheel %d", n) }
func (r *recorder) ReleaseAll()                       { r.note("release all") }
func (r *recorder) Locks(scroll, num, caps bool)      { r.note("locks %t %t %t", scroll, num, caps) }

// has is an error unless something has come.
func (r *recorder) has(what string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Contains(r.list, what) {
		return fmt.Errorf("what came is %q", r.list)
	}
	return nil
}

// take waits until nothing has come for a while and returns what came.
func (r *recorder) take() []string {
	for n := -1; ; {
		time.Sleep(250 * time.Millisecond)
		r.mu.Lock()
		if len(r.list) == n {
			list := r.list
			r.list = nil
			r.mu.Unlock()
			return list
		}
		n = len(r.list)
		r.mu.Unlock()
	}
}

// cpu returns the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
