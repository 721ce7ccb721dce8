package display_test

import (
	"errors"
	"fmt"
	"image"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/channels/mainchan"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

const (
	xr24 = 0x34325258
	ar24 = 0x34325241
	xb24 = 0x34324258
	ab24 = 0x34324241
)

// A glServer is a machine on a unix socket that draws into memory of its own.
type glServer struct {
	spicetest.Server
	path    string
	display chan *spicetest.Channel
	done    chan struct{} // told of each GL_DRAW_DONE
}

func newGLServer(t *testing.T) *glServer {
	t.Helper()
	s := &glServer{path: filepath.Join(t.TempDir(), "socket"), display: make(chan *spicetest.Channel, 1), done: make(chan struct{}, 100)}
	id := spice.ChannelID{Type: spice.ChannelDisplay}
	s.Channels = []spice.ChannelID{id}
	s.Handler = s.serve
	l, err := net.Listen("unix", s.path)
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	return s
}

func (s *glServer) serve(c *spicetest.Channel) error {
	if c.ID.Type == spice.ChannelMain {
		c.Send(mainchan.MsgInit, &mainchan.Init{SessionID: c.Session, SupportedMouseModes: 1, CurrentMouseMode: 1, DisplayChannels: 1})
		c.Send(mainchan.MsgChannelsList, &mainchan.ChannelsList{Channels: s.Channels})
	} else {
		s.display <- c
	}
	for {
		m, err := c.Recv()
		if err != nil {
			return err
		}
		if c.ID.Type == spice.ChannelDisplay && m.Type == display.MsgcGLDrawDone {
			s.done <- struct{}{}
		}
	}
}

// draw announces a rectangle and waits until it has been dealt with.
func (s *glServer) draw(t *testing.T, c *spicetest.Channel, r image.Rectangle) {
	t.Helper()
	c.Send(display.MsgGLDraw, &display.GLDraw{X: uint32(r.Min.X), Y: uint32(r.Min.Y), Width: uint32(r.Dx()), Height: uint32(r.Dy())})
	select {
	case <-s.done:
	case <-time.After(10 * time.Second):
		t.Fatal("the guest waits: no GL_DRAW_DONE came")
	}
}

// A glClient is a session with a glServer.
type glClient struct {
	*channels.Session
	desktop *render.Desktop

	mu     sync.Mutex
	events []error // guarded by mu; the Hidden ones
}

func (c *glClient) event(e channels.Event) {
	if h, ok := e.(channels.Hidden); ok {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.events = append(c.events, h.Err)
	}
}

// hidden returns the events since the last time.
func (c *glClient) hidden() []error {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.events
	c.events = nil
	return e
}

// withGL runs a test with a session over a unix socket, and fails it if a
// descriptor is left open.
func withGL(t *testing.T, f func(t *testing.T, s *glServer, c *glClient, ch *spicetest.Channel)) {
	t.Helper()
	before := openFiles(t)
	s := newGLServer(t)
	c := &glClient{desktop: render.NewDesktop(render.DesktopOptions{})}
	var err error
	c.Session, err = channels.Connect(t.Context(), &channels.Options{
		Link:           spice.Options{Target: spice.Target{Socket: s.path}},
		Sinks:          channels.Sinks{Canvas: func(uint8) display.Canvas { return c.desktop }},
		MaxImagePixels: 1 << 20,
		OnEvent:        c.event,
	})
	if err != nil {
		t.Fatal(err)
	}
	f(t, s, c, <-s.display)
	c.Close()
	s.Close()
	for deadline := time.Now().Add(5 * time.Second); openFiles(t) > before; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors are open, before there were %d", openFiles(t), before)
		}
	}
}

// openFiles counts descriptors. Those that Go needs itself to wait for others,
// from the first pipe or socket on, are among them every time.
func openFiles(t *testing.T) int {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	w.Close()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// memory returns a file of memory with a picture in a format: rows of stride
// bytes, the bottom one first unless the flags say otherwise.
func memory(t *testing.T, img *image.RGBA, m *display.GLScanout) *os.File {
	t.Helper()
	fd, err := unix.MemfdCreate("picture", unix.MFD_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	f := os.NewFile(uintptr(fd), "picture")
	paintMemory(t, f, img, m)
	return f
}

func paintMemory(t *testing.T, f *os.File, img *image.RGBA, m *display.GLScanout) {
	t.Helper()
	buf := make([]byte, m.Stride*m.Height)
	for y := range int(m.Height) {
		row := y
		if m.Flags&1 == 0 {
			row = int(m.Height) - 1 - y
		}
		for x := range int(m.Width) {
			p, c := buf[row*int(m.Stride)+4*x:], img.RGBAAt(x, y)
			p[0], p[1], p[2], p[3] = c.R, c.G, c.B, 7
			if m.FourCC == xr24 || m.FourCC == ar24 {
				p[0], p[2] = c.B, c.R
			}
		}
	}
	if _, err := f.WriteAt(buf, 0); err != nil {
		t.Fatal(err)
	}
}

// shows fails the test unless the client shows img.
func (c *glClient) shows(t *testing.T, img *image.RGBA) {
	t.Helper()
	got := c.desktop.Snapshot(0)
	if got == nil || got.Rect != img.Rect {
		t.Fatalf("the picture is %v", got)
	}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			g, w := got.RGBAAt(x, y), img.RGBAAt(x, y)
			if g.R != w.R || g.G != w.G || g.B != w.B || g.A != 255 {
				t.Fatalf("pixel %d,%d is %v, want %v", x, y, g, w)
			}
		}
	}
}

// TestGLScanout shows memory of all formats, both ways up.
func TestGLScanout(t *testing.T) {
	withGL(t, func(t *testing.T, s *glServer, c *glClient, ch *spicetest.Channel) {
		if !ch.ClientCaps.Channel.Has(display.CapGLScanout) || !ch.ClientCaps.Channel.Has(display.CapComposite) {
			t.Fatal("the client announces", ch.ClientCaps.Channel.List())
		}
		ch.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 9, Height: 9, Format: 32, Flags: 1})
		for i, fourcc := range []uint32{xr24, ar24, xb24, ab24} {
			for flags := range uint32(2) {
				t.Run(fmt.Sprintf("%x,%d", fourcc, flags), func(t *testing.T) {
					width, height := 40+3*i, 30
					m := &display.GLScanout{Width: uint32(width), Height: uint32(height), Stride: 256, FourCC: fourcc, Flags: flags}
					img := scene(width, height, uint64(i)+1)
					f := memory(t, img, m)
					defer f.Close()
					ch.SendFile(display.MsgGLScanoutUnix, m, f)
					s.draw(t, ch, img.Rect)
					c.shows(t, img)
				})
			}
		}
		if h := c.hidden(); len(h) != 0 {
			t.Error(h)
		}
	})
}

// TestGLDraw draws parts of a picture, parts outside of it, and pictures that
// follow each other.
func TestGLDraw(t *testing.T) {
	withGL(t, func(t *testing.T, s *glServer, c *glClient, ch *spicetest.Channel) {
		m := &display.GLScanout{Width: 50, Height: 20, Stride: 200, FourCC: xr24, Flags: 1}
		img, other := scene(50, 20, 1), scene(50, 20, 2)
		f := memory(t, img, m)
		defer f.Close()
		s.draw(t, ch, img.Rect) // before there is anything
		ch.SendFile(display.MsgGLScanoutUnix, m, f)
		s.draw(t, ch, img.Rect)
		paintMemory(t, f, other, m)
		for _, r := range []image.Rectangle{image.Rect(3, 4, 10, 11), image.Rect(45, 15, 90, 90), image.Rect(50, 20, 70, 70), image.Rect(5, 5, 5, 9)} {
			s.draw(t, ch, r)
			for y := r.Min.Y; y < min(20, r.Max.Y); y++ {
				for x := r.Min.X; x < min(50, r.Max.X); x++ {
					img.SetRGBA(x, y, other.RGBAAt(x, y))
				}
			}
			c.shows(t, img)
		}
		ch.Send(display.MsgGLDraw, &display.GLDraw{X: 1 << 31, Y: ^uint32(0), Width: ^uint32(0), Height: ^uint32(0)})
		<-s.done

		g := memory(t, img, m) // the same size: the old picture stays until the next draw
		defer g.Close()
		ch.SendFile(display.MsgGLScanoutUnix, m, g)
		s.draw(t, ch, image.Rect(0, 0, 1, 1))
		c.shows(t, img)

		ch.Send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{}) // the surface that the scanout took the place of
		s.draw(t, ch, image.Rect(0, 0, 1, 1))
		c.shows(t, img)

		ch.Send(display.MsgGLScanoutUnix, &display.GLScanout{})
		ch.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 8, Height: 8, Format: 32, Flags: 1})
		ch.Send(display.MsgMark, nil)
		s.draw(t, ch, img.Rect) // behind the end
		c.shows(t, image.NewRGBA(image.Rect(0, 0, 8, 8)))
		if h := c.hidden(); len(h) != 0 {
			t.Error(h)
		}
	})
}

// TestGLHidden passes what cannot be shown. Each time the client says so, lets
// the guest go on, and shows what comes after it.
func TestGLHidden(t *testing.T) {
	withGL(t, func(t *testing.T, s *glServer, c *glClient, ch *spicetest.Channel) {
		good := &display.GLScanout{Width: 40, Height: 30, Stride: 160, FourCC: xr24, Flags: 1}
		img := scene(40, 30, 1)
		file := memory(t, img, good)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		device, err := os.Open("/dev/zero")
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range []*os.File{file, r, w, device} {
			defer f.Close()
		}
		change := func(f func(*display.GLScanout)) *display.GLScanout {
			m := *good
			f(&m)
			return &m
		}
		for name, tc := range map[string]struct {
			m *display.GLScanout
			f *os.File
		}{
			"no descriptor": {good, nil},
			"pipe":          {good, r},
			"device":        {good, device},
			"too small":     {change(func(m *display.GLScanout) { m.Height++ }), file},
			"format":        {change(func(m *display.GLScanout) { m.FourCC = 0x36314752 }), file},
			"short rows":    {change(func(m *display.GLScanout) { m.Stride = 159 }), file},
			"no columns":    {change(func(m *display.GLScanout) { m.Width = 0 }), file},
			"no rows":       {change(func(m *display.GLScanout) { m.Height = 0 }), file},
			"huge": {change(func(m *display.GLScanout) {
				m.Width, m.Height, m.Stride = 1<<30, 1<<31, ^uint32(0)
			}), file},
		} {
			t.Run(name, func(t *testing.T) {
				ch.SendFile(display.MsgGLScanoutUnix, tc.m, tc.f)
				s.draw(t, ch, img.Rect)
				if h := c.hidden(); len(h) != 1 || !errors.Is(h[0], display.ErrGPUMemory) {
					t.Errorf("events %v", h)
				} else {
					t.Log(h[0])
				}
				ch.SendFile(display.MsgGLScanoutUnix, good, file)
				s.draw(t, ch, img.Rect)
				c.shows(t, img)
				if h := c.hidden(); !slices.Equal(h, []error{nil}) {
					t.Errorf("events %v", h)
				}
			})
		}
	})
}

// TestGLVanishes cuts the memory off while it is shown.
func TestGLVanishes(t *testing.T) {
	withGL(t, func(t *testing.T, s *glServer, c *glClient, ch *spicetest.Channel) {
		m := &display.GLScanout{Width: 100, Height: 100, Stride: 400, FourCC: xr24, Flags: 1}
		img := scene(100, 100, 1)
		f := memory(t, img, m)
		defer f.Close()
		ch.SendFile(display.MsgGLScanoutUnix, m, f)
		s.draw(t, ch, img.Rect)
		if err := f.Truncate(0); err != nil {
			t.Fatal(err)
		}
		s.draw(t, ch, img.Rect)
		s.draw(t, ch, img.Rect)
		if h := c.hidden(); len(h) != 1 || !errors.Is(h[0], display.ErrGPUMemory) {
			t.Errorf("events %v", h)
		}
		c.shows(t, img)
		ch.Send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: 8, Height: 8, Format: 32, Flags: 1})
		ch.Send(display.MsgMark, nil)
		s.draw(t, ch, img.Rect)
		if h := c.hidden(); !slices.Equal(h, []error{nil}) {
			t.Errorf("events %v", h)
		}
	})
}

// TestGLFlood sends scanouts faster than they are shown and hangs up.
func TestGLFlood(t *testing.T) {
	withGL(t, func(t *testing.T, s *glServer, c *glClient, ch *spicetest.Channel) {
		m := &display.GLScanout{Width: 40, Height: 30, Stride: 160, FourCC: xr24}
		f := memory(t, scene(40, 30, 1), m)
		defer f.Close()
		for range 300 {
			ch.SendFile(display.MsgGLScanoutUnix, m, f)
		}
		ch.SendRaw(wire.Marshal(m)[:5])
		ch.Close()
		c.Wait()
	})
}

// TestGLOnlyLocal announces scanouts to nobody who cannot pass descriptors.
func TestGLOnlyLocal(t *testing.T) {
	s := newGLServer(t)
	defer s.Close()
	c, err := channels.Connect(t.Context(), &channels.Options{
		Link: spice.Options{Target: spice.Target{Host: "vm", Port: 5900}, Dial: s.DialContext},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ch := <-s.display
	if caps := ch.ClientCaps.Channel; caps.Has(display.CapGLScanout) || !caps.Has(display.CapComposite) {
		t.Error("the client announces", caps.List())
	}
	// Such a message without a byte behind it leaves the stream intact.
	ch.Send(display.MsgGLScanoutUnix, &display.GLScanout{Width: 8, Height: 8, Stride: 32, FourCC: xr24})
	s.draw(t, ch, image.Rect(0, 0, 8, 8))
}
