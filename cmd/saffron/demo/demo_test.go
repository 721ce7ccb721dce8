package demo

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels"
	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/channels/inputs"
	"saffron/render"
	"saffron/spice"
)

var save = flag.String("save", "", "write the pictures of the desktop to this `directory`")

// A viewer is a client of the desktop.
type viewer struct {
	t       *testing.T
	session *channels.Session
	desktop *render.Desktop
	cursor  *render.CursorOverlay
	warned  []error
}

// watch connects to a desktop and waits until the client has all there is.
// It is called in a bubble.
func watch(t *testing.T, d *Desktop, serverMouse bool) *viewer {
	t.Helper()
	v := &viewer{t: t, desktop: render.NewDesktop(render.DesktopOptions{}), cursor: new(render.CursorOverlay)}
	var err error
	v.session, err = channels.Connect(t.Context(), &channels.Options{
		Link: spice.Options{Dial: d.Server().DialContext, Target: spice.Target{Host: "demo", Port: 5900}},
		Sinks: channels.Sinks{
			Canvas: func(uint8) display.Canvas { return v.desktop },
			Cursor: func(uint8) cursor.Sink { return v.cursor },
		},
		ServerMouse: serverMouse,
		OnEvent: func(e channels.Event) {
			if w, ok := e.(channels.Warning); ok {
				v.warned = append(v.warned, w.Err)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
	return v
}

func (v *viewer) close() {
	v.t.Helper()
	v.session.Close()
	if err := v.session.Wait(); !errors.Is(err, spice.ErrClosed) {
		v.t.Errorf("the session ended with %v", err)
	}
	for _, err := range v.warned {
		v.t.Errorf("not shown: %v", err)
	}
}

// same compares what the client shows with what the desktop means.
func (v *viewer) same(d *Desktop, when string) {
	v.t.Helper()
	synctest.Wait()
	want, got := d.Snapshot(), v.desktop.Snapshot(0)
	if got == nil || got.Rect != want.Rect {
		v.t.Fatalf("%s: the client shows %v", when, v.desktop.Heads())
	}
	for y := range want.Rect.Dy() {
		g, w := got.Pix[y*got.Stride:][:4*want.Rect.Dx()], want.Pix[y*want.Stride:][:4*want.Rect.Dx()]
		for i := 0; !bytes.Equal(g, w); i += 4 {
			if !bytes.Equal(g[i:i+4], w[i:i+4]) {
				v.t.Fatalf("%s: pixel %d,%d is %v, want %v", when, i/4, y, g[i:i+4], w[i:i+4])
			}
		}
	}
}

func evening() time.Time { return time.Date(2026, 11, 24, 18, 30, 0, 0, time.UTC) }

// newTest returns the smallest desktop.
func newTest() *Desktop { return New(Options{Width: minWidth, Height: minHeight, Now: evening}) }

func TestPictureIsExact(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{Now: evening})
		defer d.Close()
		v := watch(t, d, false)
		defer v.close()
		v.same(d, "at first")
		for range 5 {
			d.Step(1)
			v.same(d, "after a step")
		}
		d.Step(60)
		v.same(d, "after many steps")
		v.wantEncodings()
	})
}

// wantEncodings checks that the client has seen each way to send pixels.
func (v *viewer) wantEncodings() {
	v.t.Helper()
	stats := v.desktop.Stats()
	for _, op := range []string{"copy", "copy_bits", "fill"} {
		if stats.Draws[op] == 0 {
			v.t.Errorf("no %s was drawn", op)
		}
	}
	for _, ch := range v.session.Info().Channels {
		if ch.Display == nil {
			continue
		}
		for _, name := range []string{"bitmap", "quic", "lz_plt", "lz", "glz", "from_cache", "surface", "jpeg", "zlib_glz", "jpeg_alpha", "lz4"} {
			if name != "surface" && ch.Display.Images[name].Count == 0 {
				v.t.Errorf("no %s image was sent", name)
			}
		}
		if ch.Display.Failed != 0 || len(ch.Display.Undrawn) != 0 {
			v.t.Errorf("%d failed, undrawn %v", ch.Display.Failed, ch.Display.Undrawn)
		}
	}
}

func TestSessionsInARow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTest()
		defer d.Close()
		for range 2 {
			v := watch(t, d, false)
			v.same(d, "at first")
			d.Step(30)
			v.same(d, "later")
			v.close()
			synctest.Wait()
			d.Step(7) // nobody watches
		}
	})
}

func TestNewClientReplacesOld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTest()
		defer d.Close()
		old := watch(t, d, false)
		v := watch(t, d, false)
		defer v.close()
		if err := old.session.Wait(); !errors.Is(err, spice.ErrServerClosed) {
			t.Errorf("the old session ended with %v", err)
		}
		d.Step(30)
		v.same(d, "the new session")
	})
}

func TestTyping(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTest()
		defer d.Close()
		v := watch(t, d, false)
		defer v.close()
		in := v.session.Inputs()
		strokes, err := inputs.Text("Hello, World!\n$x = {1|2} ~ 'q'x")
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range strokes {
			in.Combo(s.Codes()...)
		}
		for _, key := range []string{"backspace", "f5", "left", "ctrl+c", "alt+x"} {
			codes, err := inputs.ParseKey(key)
			if err != nil {
				t.Fatal(err)
			}
			in.Combo(codes...)
		}
		time.Sleep(time.Second) // a burst of keys is sent at a guest's pace
		synctest.Wait()
		if want := "Hello, World!\n$x = {1|2} ~ 'q'<F5><Left>^C<Alt+x>"; d.Typed() != want {
			t.Errorf("typed %q, want %q", d.Typed(), want)
		}
		d.Step(1)
		v.same(d, "the echo")
	})
}

func TestLocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTest()
		defer d.Close()
		v := watch(t, d, false)
		defer v.close()
		in := v.session.Inputs()
		in.SetLocks(inputs.NumLock)
		synctest.Wait()
		if got := in.Locks(); got != inputs.NumLock {
			t.Errorf("locks %v after setting Num Lock", got)
		}
		in.Combo(0x3a) // Caps Lock
		in.Combo(0x1e) // a
		in.Combo(0x47) // 7 of the keypad
		synctest.Wait()
		if got := in.Locks(); got != inputs.NumLock|inputs.CapsLock {
			t.Errorf("locks %v after Caps Lock", got)
		}
		if d.Typed() != "A7" {
			t.Errorf("typed %q", d.Typed())
		}
	})
}

func TestPointer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTest()
		defer d.Close()
		v := watch(t, d, false)
		defer v.close()
		in := v.session.Inputs()
		before := v.cursor.Snapshot()
		for i := range 40 { // more than may be outstanding
			in.Position(0, image.Pt(500+i, 400))
		}
		in.Button(inputs.Left, true)
		in.Wheel(3)
		in.Wheel(-1)
		synctest.Wait()
		if pos, buttons := d.Pointer(); pos != image.Pt(539, 400) || buttons != 1 {
			t.Errorf("pointer at %v with buttons %b", pos, buttons)
		}
		if d.input.wheel != 2 {
			t.Errorf("wheel at %d", d.input.wheel)
		}
		in.Position(0, image.Pt(5000, 100))
		synctest.Wait()
		if pos, _ := d.Pointer(); pos != image.Pt(minWidth-1, 100) {
			t.Errorf("pointer at %v, outside", pos)
		}
		in.Position(0, d.layout.panels[3].Min.Add(image.Pt(20, 20)))
		synctest.Wait()
		if after := v.cursor.Snapshot(); after.Shape == before.Shape || after.Cursor.Image == nil {
			t.Error("the pointer has the same shape over a tile")
		}
		d.Step(1)
		v.same(d, "the echo")
	})
}

func TestServerMouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTest()
		defer d.Close()
		v := watch(t, d, true)
		defer v.close()
		in := v.session.Inputs()
		for range 20 {
			in.Motion(2, -1)
		}
		in.Button(inputs.Right, true)
		synctest.Wait()
		pos, buttons := d.Pointer()
		if pos != image.Pt(minWidth/2+40, minHeight/2-20) || buttons != 4 {
			t.Errorf("pointer at %v with buttons %b", pos, buttons)
		}
		if got := v.cursor.Snapshot(); got.Pos != pos || !got.Visible {
			t.Errorf("the client draws the pointer at %v", got.Pos)
		}
	})
}

func TestResize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTest()
		defer d.Close()
		v := watch(t, d, false)
		defer v.close()
		for i, want := range []image.Point{{1280, 800}, {800, 600}, {minWidth, minHeight}} {
			v.session.Inputs().Combo(0x43) // F9
			synctest.Wait()
			d.Step(1)
			v.same(d, "the new size")
			if w, h := v.desktop.HeadSize(0); image.Pt(w, h) != want {
				t.Errorf("size %d: %dx%d, want %v", i, w, h, want)
			}
			d.Step(26)
			v.same(d, "later")
			writePicture(t, d)
		}
	})
}

// writePicture saves the picture if that was asked for.
func writePicture(t *testing.T, d *Desktop) {
	if *save == "" {
		return
	}
	img := d.Snapshot()
	f, err := os.Create(filepath.Join(*save, "demo-"+img.Rect.Size().String()+".png"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := png.Encode(f, img); err != nil {
		t.Fatal(err)
	}
}

// TestRun lets fake time pass.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := New(Options{Width: 1, Height: 1})
		ctx, cancel := context.WithCancel(t.Context())
		ran := make(chan error)
		go func() { ran <- d.Run(ctx) }()
		time.Sleep(time.Second)
		if d.steps != 0 {
			t.Errorf("%d steps though nobody watches", d.steps)
		}
		v := watch(t, d, false)
		time.Sleep(2*time.Second + stepTime/2)
		if d.steps < 45 || d.steps > 51 {
			t.Errorf("%d steps in 2 s", d.steps)
		}
		d.Pause()
		v.same(d, "paused")
		if img := d.Snapshot(); img.Rect.Size() != image.Pt(minWidth, minHeight) {
			t.Errorf("a desktop of %v", img.Rect)
		}
		before, steps := d.Snapshot(), d.steps
		strokes, _ := inputs.Text("echo")
		for _, s := range strokes {
			v.session.Inputs().Combo(s.Codes()...)
		}
		synctest.Wait()
		v.same(d, "typed while paused")
		if d.steps != steps || string(before.Pix) == string(d.Snapshot().Pix) {
			t.Error("a pause must hold the animation and show what is typed")
		}
		d.Resume()
		time.Sleep(time.Second)
		if d.steps == steps {
			t.Error("the animation does not go on")
		}
		cancel()
		if err := <-ran; !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		d.Close()
		if err := v.session.Wait(); !errors.Is(err, spice.ErrServerClosed) {
			t.Errorf("after Close the session ended with %v", err)
		}
	})
}

// TestSlowClient does not read: Step must wait, and Close end that.
func TestSlowClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newTest()
		o := &spice.Options{Dial: d.Server().DialContext, Target: spice.Target{Host: "demo", Port: 5900}}
		main, err := spice.Connect(t.Context(), spice.ChannelID{Type: spice.ChannelMain}, 0, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		defer main.Close()
		synctest.Wait() // a client goes on when main has sent INIT
		init := spice.Outgoing{Type: display.MsgcInit, Body: &display.Init{GLZWindowSize: 1 << 20}}
		c, err := spice.Connect(t.Context(), spice.ChannelID{Type: spice.ChannelDisplay}, d.Server().SessionID(), nil, o, init)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		synctest.Wait()
		stepped := make(chan struct{})
		go func() {
			d.Step(200)
			close(stepped)
		}()
		synctest.Wait()
		select {
		case <-stepped:
			t.Fatal("the animation does not wait for the client")
		default:
		}
		if n := len(d.screen.link.queue); n > 2*maxQueue {
			t.Errorf("%d messages are queued", n)
		}
		d.Close()
		<-stepped
	})
}

func TestServe(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	d := newTest()
	served := make(chan error, 1)
	go func() { served <- d.Server().Serve(l) }()
	marked := make(chan struct{}, 1)
	desktop := render.NewDesktop(render.DesktopOptions{Changed: func() {
		select {
		case marked <- struct{}{}:
		default:
		}
	}})
	s, err := channels.Connect(t.Context(), &channels.Options{
		Link:  spice.Options{Target: spice.Target{Host: "127.0.0.1", Port: l.Addr().(*net.TCPAddr).Port}},
		Sinks: channels.Sinks{Canvas: func(uint8) display.Canvas { return desktop }},
	})
	if err != nil {
		t.Fatal(err)
	}
	<-marked
	s.Close()
	d.Close()
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestSubtract(t *testing.T) {
	r := image.Rect(0, 0, 10, 10)
	holes := []image.Rectangle{{image.Pt(2, 2), image.Pt(5, 20)}, {image.Pt(4, 1), image.Pt(8, 4)}, {image.Pt(20, 0), image.Pt(30, 9)}}
	var covered [10][10]int
	for _, part := range subtract(r, holes) {
		for y := part.Min.Y; y < part.Max.Y; y++ {
			for x := part.Min.X; x < part.Max.X; x++ {
				covered[y][x]++
			}
		}
	}
	for y := range 10 {
		for x := range 10 {
			want, p := 1, image.Pt(x, y)
			if p.In(holes[0]) || p.In(holes[1]) {
				want = 0
			}
			if covered[y][x] != want {
				t.Errorf("%v is covered %d times, want %d", p, covered[y][x], want)
			}
		}
	}
}

func TestText(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 60, 30))
	f := newFace(regular(), 20)
	end := f.draw(img, 5, 22, "il;é", color.RGBA{255, 255, 255, 255})
	if w := f.width("il;é"); end != 5+w || w < 10 || w > 40 {
		t.Errorf("a width of %v, drawn to %v", w, end)
	}
	var ink [60]int
	for x := range ink {
		for y := range 30 {
			ink[x] += int(img.RGBAAt(x, y).R)
		}
	}
	blank := 0
	for x := 6; x < int(end)-1; x++ {
		if ink[x] == 0 {
			blank++
		}
	}
	if ink[2] != 0 || blank > 12 || blank < 3 {
		t.Errorf("ink by column: %v", ink)
	}
}

func TestPauseKeyAndGarbage(t *testing.T) {
	var k keyboard
	for _, b := range []byte{0xe1, 0x1d, 0x45, 0xe1, 0x9d, 0xc5, 0x1e, 0x9e, 0xe0, 0x1c, 0xe0, 0x9c, 0x7f, 0xff, 0xe0, 0x7f, 0} {
		k.scancode(b)
	}
	if k.text() != "<Pause>a\n" || k.locks != 0 {
		t.Errorf("typed %q, locks %v", k.text(), k.locks)
	}
	for range 3 * maxTyped {
		k.scancode(0x1f)
	}
	if len(k.text()) != maxTyped {
		t.Errorf("%d bytes are kept", len(k.text()))
	}
}

func BenchmarkStep(b *testing.B) {
	d := New(Options{Now: evening})
	defer d.Close()
	for b.Loop() {
		d.Step(1)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		New(Options{Now: evening}).Close()
	}
}

// FuzzTake sends messages of the inputs channel: a byte of type, one of
// length, and so many of body.
func FuzzTake(f *testing.F) {
	d := newTest()
	f.Add([]byte{1, 4, 0x1e, 0, 0, 0, 2, 4, 0x9e, 0, 0, 0, 3, 2, 7, 0, 4, 3, 0xe1, 0xe0, 0x47})
	f.Add([]byte{12, 11, 255, 255, 255, 255, 9, 0, 0, 0, 1, 0, 0, 11, 10, 255, 255, 255, 127, 0, 0, 0, 128, 255, 255, 13, 3, 4, 8, 0})
	f.Fuzz(func(t *testing.T, data []byte) { takeAll(t, d, data) })
}

func takeAll(t *testing.T, d *Desktop, data []byte) {
	for len(data) >= 2 {
		typ, n := spice.FirstChannelMsg-1+uint16(data[0]), min(int(data[1]), len(data)-2)
		d.take(spice.Message{Type: typ, Body: data[2 : 2+n]}) // a short body is an error, and ends a channel
		data = data[2+n:]
	}
	pos, _ := d.Pointer()
	if !pos.In(image.Rectangle{Max: d.input.size}) {
		t.Fatalf("the pointer is at %v", pos)
	}
	if len(d.Typed()) > maxTyped {
		t.Fatalf("%d bytes are kept", len(d.Typed()))
	}
}

func TestTakeGarbage(t *testing.T) {
	d := newTest()
	defer d.Close()
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		data := make([]byte, 64)
		for i := range data {
			data[i] = byte(r.Uint32() >> (r.Uint32() % 28))
		}
		takeAll(t, d, data)
	}
	d.Step(1)
}
