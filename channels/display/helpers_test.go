package display_test

import (
	"context"
	"image"
	"math/rand/v2"
	"sync"
	"testing"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/codec/glz"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// A room is what the display channels of a session share.
type room struct {
	display.Shared
	progress *channels.Progress
	delay    func(at string) // for display.Options.SetDelay
}

// newRoom returns a room that is closed when the test has ended, after the
// screens in it.
func newRoom(t testing.TB, workers int) *room {
	t.Helper()
	r := &room{progress: channels.NewProgress()}
	r.Cache = display.NewCache(1 << 20)
	r.Window = glz.NewWindow(4 << 20)
	r.Workers = display.NewWorkers(workers)
	t.Cleanup(r.Workers.Close)
	return r
}

// A screen is a display channel that draws on a desktop. Its send methods are
// for one goroutine.
type screen struct {
	*display.Handler
	*render.Desktop
	id     spice.ChannelID
	serial uint64
	t      testing.TB

	mu       sync.Mutex
	warnings []error // guarded by mu
}

// open adds a display channel to the room; it is closed when the test has
// ended. canvas may wrap the desktop.
func (r *room) open(t testing.TB, id uint8, wrap func(display.Canvas) display.Canvas) *screen {
	t.Helper()
	return r.openWith(t, id, wrap, func(*display.Options) {})
}

// openWith is open with other options.
func (r *room) openWith(t testing.TB, id uint8, wrap func(display.Canvas) display.Canvas, change func(*display.Options)) *screen {
	t.Helper()
	s := &screen{t: t, id: spice.ChannelID{Type: spice.ChannelDisplay, ID: id}}
	s.Desktop = render.NewDesktop(render.DesktopOptions{})
	var canvas display.Canvas = s.Desktop
	if wrap != nil {
		canvas = wrap(canvas)
	}
	r.progress.Open(s.id)
	o := display.Options{
		Canvas: canvas, Progress: r.progress, Shared: &r.Shared, Warn: s.warn, MaxImagePixels: 1 << 22, EveryFrame: true,
	}
	o.SetDelay(r.delay)
	change(&o)
	s.Handler = display.New(s.id, o)
	t.Cleanup(func() { s.Handler.Close() })
	return s
}

// Mark and Stats exist in both halves.
func (s *screen) stats() display.Stats { return s.Handler.Stats() }

func (s *screen) warn(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.warnings = append(s.warnings, err)
}

// warned returns what was warned of since the last time.
func (s *screen) warned() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.warnings
	s.warnings = nil
	return w
}

// try hands a message to the handler.
func (s *screen) try(typ uint16, m wire.Encoder) error {
	s.serial++
	msg := spice.Message{Type: typ, Serial: s.serial}
	if m != nil {
		msg.Body = wire.Marshal(m)
	}
	return s.Handle(msg)
}

func (s *screen) send(typ uint16, m wire.Encoder) {
	s.t.Helper()
	if err := s.try(typ, m); err != nil {
		s.t.Fatal(err)
	}
}

// create makes a primary surface of xRGB pixels.
func (s *screen) create(width, height int) {
	s.t.Helper()
	s.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: uint32(width), Height: uint32(height), Format: 32, Flags: 1})
}

// put draws an image at a point of surface 0.
func (s *screen) put(img *display.Image, at image.Point) {
	s.t.Helper()
	s.send(display.MsgDrawCopy, copyOf(img, at))
}

func copyOf(img *display.Image, at image.Point) *display.DrawCopy {
	area := image.Rect(0, 0, int(img.Width), int(img.Height))
	return &display.DrawCopy{Base: display.Base{Box: area.Add(at)}, Src: img, SrcArea: area, ROP: 8}
}

// fill draws a rectangle of one colour.
func (s *screen) fill(box image.Rectangle, colour uint32) {
	s.t.Helper()
	s.send(display.MsgDrawFill, &display.DrawFill{
		Base: display.Base{Box: box}, Brush: display.Brush{Type: 1, Color: colour}, ROP: 8})
}

// picture waits until everything is drawn and returns surface 0.
func (s *screen) picture() *image.RGBA {
	s.t.Helper()
	if err := s.Drain(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	return s.SurfaceSnapshot(0)
}

// colour returns a pixel of surface 0 as 0xRRGGBB.
func (s *screen) colour(x, y int) uint32 {
	s.t.Helper()
	c := s.picture().RGBAAt(x, y)
	return uint32(c.R)<<16 | uint32(c.G)<<8 | uint32(c.B)
}

// expect checks how many images or operations failed since the last time.
func (s *screen) expect(failures int) {
	s.t.Helper()
	s.picture()
	if w := s.warned(); len(w) != failures {
		s.t.Errorf("%d failures, want %d: %v", len(w), failures, w)
	}
}

// flat is an image of one colour, as a raw bitmap.
func flat(width, height int, colour uint32) *display.Image {
	data := make([]byte, 4*width*height)
	for i := 0; i < len(data); i += 4 {
		data[i], data[i+1], data[i+2] = byte(colour), byte(colour>>8), byte(colour>>16)
	}
	return &display.Image{Type: display.ImageBitmap, Format: 8, PaletteFlags: display.FlagTopDown,
		Width: uint32(width), Height: uint32(height), Stride: uint32(4 * width), Data: data}
}

// cached returns img with a cache flag and an id.
func cached(img *display.Image, flag uint8, id uint64) *display.Image {
	c := *img
	c.Flags, c.ID = flag, id
	return &c
}

// fromCache refers to a cached image.
func fromCache(typ display.ImageType, id uint64, width, height int) *display.Image {
	return &display.Image{Type: typ, ID: id, Width: uint32(width), Height: uint32(height)}
}

// encoded makes an image of a codec's output.
func encoded(typ display.ImageType, img *image.RGBA, data []byte) *display.Image {
	return &display.Image{Type: typ, Width: uint32(img.Rect.Dx()), Height: uint32(img.Rect.Dy()), Data: data}
}

// scene is a picture with flat and noisy parts and any fourth bytes.
func scene(width, height int, seed uint64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	rnd := rand.New(rand.NewPCG(seed, 1))
	for i := range img.Pix {
		x, y := i/4%width, i/4/width
		switch {
		case x < width/3:
			img.Pix[i] = byte(seed * uint64(i%4+1))
		case y < height/2:
			img.Pix[i] = byte(x + 2*y*(i%4))
		default:
			img.Pix[i] = byte(rnd.Uint32())
		}
	}
	return img
}
