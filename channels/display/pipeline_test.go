package display_test

import (
	"context"
	"errors"
	"image"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/render"
	"saffron/spice"
)

// TestOrder draws large images that take long and small ones that do not: the
// last is on top.
func TestOrder(t *testing.T) {
	s := newRoom(t, 4).open(t, 0, nil)
	s.create(600, 600)
	src := scene(600, 600, 5)
	slow := encoded(display.ImageQUIC, src, encode.QUIC(src, false))
	for i := range 10 {
		s.put(slow, image.Point{})
		s.fill(image.Rect(0, 0, 300, 300), uint32(i))
		s.put(flat(8, 8, uint32(0x100+i)), image.Pt(1, 1))
		s.put(flat(64, 64, uint32(0x200+i)), image.Pt(100, 100))
	}
	for _, tc := range []struct {
		x, y int
		want uint32
	}{{0, 0, 9}, {8, 8, 0x109}, {163, 163, 0x209}, {164, 163, 9}} {
		if got := s.colour(tc.x, tc.y); got != tc.want {
			t.Errorf("%d,%d is %06x, want %06x", tc.x, tc.y, got, tc.want)
		}
	}
	c := src.RGBAAt(500, 500)
	if got, want := s.colour(500, 500), uint32(c.R)<<16|uint32(c.G)<<8|uint32(c.B); got != want {
		t.Errorf("the large image shows %06x, want %06x", got, want)
	}
}

// A gate is a canvas that lets no operation pass until it is opened.
type gate struct {
	display.Canvas
	open chan struct{}
}

func (g *gate) Draw(surface uint32, box image.Rectangle, clip *render.Region, op render.Op) error {
	<-g.open
	return g.Canvas.Draw(surface, box, clip, op)
}

// gated runs a test with a screen whose canvas blocks.
func gated(t *testing.T, f func(t *testing.T, s *screen, open func())) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		g := &gate{open: make(chan struct{})}
		s := newRoom(t, 2).open(t, 0, func(c display.Canvas) display.Canvas { g.Canvas = c; return g })
		s.create(64, 64)
		f(t, s, func() { close(g.open) })
	})
}

// flood hands over up to count images, until that fails, and returns a function
// that tells how many went in and what ended it.
func (s *screen) flood(img *display.Image, count int) func() (int, error) {
	var n int
	var err error
	go func() {
		for range count {
			e := s.try(display.MsgDrawCopy, copyOf(img, image.Point{}))
			s.mu.Lock()
			if err = e; err == nil {
				n++
			}
			s.mu.Unlock()
			if e != nil {
				return
			}
		}
	}()
	return func() (int, error) {
		synctest.Wait()
		s.mu.Lock()
		defer s.mu.Unlock()
		return n, err
	}
}

// TestBackPressure checks that a canvas that does not draw holds the reader
// back, and that Close lets it go.
func TestBackPressure(t *testing.T) {
	gated(t, func(t *testing.T, s *screen, open func()) {
		s.put(flat(256, 256, 1), image.Point{}) // too large for the reader to do itself
		so := s.flood(flat(4, 4, 1), 1000)
		if n, err := so(); n < 60 || n > 70 || err != nil {
			t.Errorf("%d messages went in, %v", n, err)
		}
		waiting, stop := context.WithCancel(t.Context())
		stop()
		if err := s.Drain(waiting); !errors.Is(err, context.Canceled) {
			t.Errorf("drain: %v", err)
		}
		closed := make(chan error)
		go func() { closed <- s.Handler.Close() }()
		if n, err := so(); err != spice.ErrClosed {
			t.Errorf("after Close: %d, %v", n, err)
		}
		open() // Close waits for the operation that is being drawn
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if err := s.Drain(t.Context()); err != spice.ErrClosed {
			t.Errorf("drain after Close: %v", err)
		}
		if err := s.Handler.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
	})
}

// TestMemoryInFlight floods a canvas that does not draw with images that are
// small on the wire and large in memory.
func TestMemoryInFlight(t *testing.T) {
	src := image.NewRGBA(image.Rect(0, 0, 1024, 1024))
	large := encoded(display.ImageQUIC, src, encode.QUIC(src, false))
	gated(t, func(t *testing.T, s *screen, open func()) {
		so := s.flood(large, 40)
		if n, err := so(); n < 6 || n > 9 || err != nil {
			t.Errorf("%d images of 4 MiB are in flight, %v; the limit is 32 MiB", n, err)
		}
		open()
		if n, err := so(); n != 40 || err != nil {
			t.Errorf("%d images, %v after the canvas was opened", n, err)
		}
		s.Handler.Close()
	})
}

// TestCloseWhileWaiting closes a display in each state in which it may wait
// for others. In the bubble, whatever Close left behind fails the test.
func TestCloseWhileWaiting(t *testing.T) {
	glz := encode.NewGLZ(1 << 20)
	glz.Encode(scene(32, 32, 1), false, true)
	second := encoded(display.ImageGLZRGB, scene(32, 32, 1), glz.Encode(scene(32, 32, 1), false, true))
	for name, block := range map[string]func(s *screen){
		"cache":    func(s *screen) { s.hit(display.ImageFromCache, 1) },
		"lossless": func(s *screen) { s.hit(display.ImageFromCacheLossless, 1) },
		"window":   func(s *screen) { s.put(second, image.Point{}) },
		"channels": func(s *screen) { s.send(spice.MsgWaitForChannels, waitFor(1, 5)) },
		"pixmaps": func(s *screen) {
			s.send(display.MsgInvalAllPixmaps, &display.InvalAllPixmaps{WaitForChannels: *waitFor(1, 5)})
		},
	} {
		for _, full := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				r := newRoom(t, 1)
				s, other := r.open(t, 0, nil), r.open(t, 1, nil)
				s.create(64, 64)
				block(s)
				so := func() (int, error) { return 0, spice.ErrClosed }
				if full {
					so = s.flood(flat(64, 64, 1), 1000)
				}
				drained := make(chan error, 1)
				go func() { drained <- s.Drain(context.Background()) }()
				synctest.Wait()
				if d := took(func() { s.Handler.Close() }); d != 0 {
					t.Errorf("%s: Close took %v", name, d)
				}
				if _, err := so(); err != spice.ErrClosed {
					t.Errorf("%s: Handle: %v", name, err)
				}
				if err := <-drained; err != spice.ErrClosed {
					t.Errorf("%s: Drain: %v", name, err)
				}
				other.create(1, 1)
				other.fill(image.Rect(0, 0, 1, 1), 1)
				other.expect(0)
			})
		}
	}
}

// TestDictionaryAcrossChannels sends the images of one GLZ dictionary over two
// channels, of which one comes late.
func TestDictionaryAcrossChannels(t *testing.T) {
	const count = 24
	for pattern := range uint(8) {
		pair(t, func(t *testing.T, r *room, a, b *screen) {
			enc := encode.NewGLZ(40 * 40 * 6) // releases images on the way
			var last [2]*image.RGBA
			var queue [2][]*display.Image
			for i := range count {
				src := scene(40, 40, uint64(i/3))
				src.Pix[4*i] ^= 0x55
				at := 0
				if uint(i)&pattern != 0 {
					at = 1
				}
				last[at] = src
				queue[at] = append(queue[at], encoded(display.ImageGLZRGB, src, enc.Encode(src, false, i%2 == 0)))
			}
			screens := [2]*screen{a, b}
			for i, s := range screens {
				s.create(40, 40)
				go func() {
					time.Sleep(time.Duration(i) * time.Second)
					for _, img := range queue[i] {
						if s.try(display.MsgDrawCopy, copyOf(img, image.Point{})) != nil {
							return
						}
					}
				}()
			}
			time.Sleep(10 * time.Second)
			for i, s := range screens {
				s.expect(0)
				if last[i] != nil && !equalPictures(s.picture(), mapped(last[i], noX)) {
					t.Errorf("pattern %d: display %d shows another picture", pattern, i)
				}
			}
		})
	}
}

// TestHostileImages sends images that claim what is not true. Each is skipped
// and counted, without much memory, and the channel goes on.
func TestHostileImages(t *testing.T) {
	src := scene(16, 16, 1)
	quic, lz4 := encode.QUIC(src, false), []byte{1, 8, 0, 0, 0, 0}
	glz := encode.NewGLZ(1 << 20)
	data := glz.Encode(src, false, true)
	sized := func(typ display.ImageType, w, h uint32, data []byte) *display.Image {
		return &display.Image{Type: typ, Width: w, Height: h, Data: data}
	}
	zlib := sized(display.ImageZlibGLZRGB, 1<<11, 1<<11, encode.ZlibGLZ(data))
	zlib.Inflated = 4 << 22
	jpeg := sized(display.ImageJPEGAlpha, 16, 16, []byte("JPEG"))
	jpeg.JPEGSize = 1 << 31
	images := []*display.Image{
		sized(display.ImageQUIC, 1<<31, 1, quic), sized(display.ImageQUIC, 1<<16, 1<<15, quic),
		sized(display.ImageQUIC, 0xffffffff, 0xffffffff, quic), sized(display.ImageQUIC, 0xffffffff, 0x80000001, quic),
		sized(display.ImageQUIC, 0, 5, quic), sized(display.ImageQUIC, 5, 0, quic),
		sized(display.ImageQUIC, 17, 16, quic), sized(display.ImageQUIC, 16, 16, quic[:9]), sized(display.ImageQUIC, 16, 16, nil),
		sized(display.ImageLZRGB, 16, 16, data), sized(display.ImageLZ4, 16, 16, lz4), sized(display.ImageJPEG, 16, 16, quic),
		sized(display.ImageGLZRGB, 1<<15, 1<<15, data), zlib, jpeg,
		{Type: display.ImageBitmap, Format: 8, Width: 100, Height: 1, Stride: 1, Data: []byte{1}},
		{Type: display.ImageBitmap, Format: 8, Width: 1 << 31, Height: 2, Stride: 0},
		{Type: display.ImageBitmap, Format: 8, Width: 16, Height: 0, Stride: 0xffffffff},
		{Type: display.ImageBitmap, Format: 77, Width: 1, Height: 1, Stride: 4, Data: []byte{1, 2, 3, 4}},
		{Type: display.ImageSurface, Surface: 1 << 30, Width: 1 << 31, Height: 1 << 31},
	}
	s := newRoom(t, 2).open(t, 0, nil)
	s.create(16, 16)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i, img := range images {
		s.put(img, image.Point{})
		s.expect(1)
		s.fill(image.Rect(0, 0, 1, 1), uint32(i))
		if got := s.colour(0, 0); got != uint32(i) {
			t.Errorf("after image %d: got %06x", i, got)
		}
	}
	runtime.ReadMemStats(&after)
	if mib := (after.TotalAlloc - before.TotalAlloc) >> 20; mib > 4 {
		t.Errorf("bad images took %d MiB", mib)
	}
	if s.stats().Failed != uint64(len(images)) {
		t.Errorf("%d failures were counted", s.stats().Failed)
	}
	// Where an image's data does not lie in the message, the message is broken.
	long := &display.Image{Type: display.ImageBitmap, Format: 8, Width: 1, Height: 2, Stride: 0xffffffff}
	var broken *spice.ProtocolError
	if err := s.try(display.MsgDrawCopy, copyOf(long, image.Point{})); !errors.As(err, &broken) || broken.Type != display.MsgDrawCopy {
		t.Errorf("a stride beyond the message: %v", err)
	}
}

// TestBrokenDictionary loses a GLZ image in several ways: those that refer to
// it fail at once, others are drawn.
func TestBrokenDictionary(t *testing.T) {
	for name, spoil := range map[string]func(*display.Image){
		"data":       func(m *display.Image) { m.Data = append([]byte(nil), m.Data[:len(m.Data)-9]...) },
		"size":       func(m *display.Image) { m.Width++ },
		"no size":    func(m *display.Image) { m.Width = 0 },
		"large":      func(m *display.Image) { m.Width = 1 << 31 },
		"zlib size":  func(m *display.Image) { zlibbed(m); m.Height = 0xffffffff },
		"zlib claim": func(m *display.Image) { zlibbed(m); m.Inflated = 1 << 31 },
		"zlib short": func(m *display.Image) { zlibbed(m); m.Inflated-- },
		"zlib cut":   func(m *display.Image) { zlibbed(m); m.Data = m.Data[:len(m.Data)-20] },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newRoom(t, 1).open(t, 0, nil)
			s.create(40, 40)
			src, enc := scene(40, 40, 9), encode.NewGLZ(1<<20)
			first := encoded(display.ImageGLZRGB, src, enc.Encode(src, false, true))
			second := encoded(display.ImageGLZRGB, src, enc.Encode(src, false, true))
			fresh := encoded(display.ImageGLZRGB, src, encode.NewGLZ(1<<20).Encode(src, false, true))
			fresh.Data = append([]byte(nil), fresh.Data...)
			fresh.Data[28] = 2 // its id
			spoil(first)
			s.put(first, image.Point{})
			s.put(second, image.Point{})
			if d := took(func() { s.expect(2) }); d != 0 {
				t.Errorf("%s: waited %v for an image that is lost", name, d)
			}
			s.put(fresh, image.Point{})
			s.expect(0)
			if !equalPictures(s.picture(), mapped(src, noX)) {
				t.Errorf("%s: another picture", name)
			}
		})
	}
}

func zlibbed(m *display.Image) {
	m.Type, m.Inflated, m.Data = display.ImageZlibGLZRGB, uint32(len(m.Data)), encode.ZlibGLZ(m.Data)
}

// TestDictionaryNeverComes waits for an image, but not for ever.
func TestDictionaryNeverComes(t *testing.T) {
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		src, enc := scene(40, 40, 9), encode.NewGLZ(1<<20)
		enc.Encode(src, false, true)
		a.put(encoded(display.ImageGLZRGB, src, enc.Encode(src, false, true)), image.Point{})
		if d := took(func() { a.expect(1) }); d != 30*time.Second {
			t.Errorf("waited %v", d)
		}
	})
}
