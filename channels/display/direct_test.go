package display_test

import (
	"image"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// A tally is a canvas that counts what is drawn.
type tally struct {
	display.Canvas
	drawn atomic.Int64
}

func (c *tally) Draw(surface uint32, box image.Rectangle, clip *render.Region, op render.Op) error {
	c.drawn.Add(1)
	return c.Canvas.Draw(surface, box, clip, op)
}

// counted opens a screen whose operations are counted.
func (r *room) counted(t testing.TB, id uint8) (*screen, *tally) {
	t.Helper()
	c := new(tally)
	s := r.open(t, id, func(canvas display.Canvas) display.Canvas { c.Canvas = canvas; return c })
	s.create(256, 256)
	return s, c
}

// TestDirect checks which operations are drawn by the time that Handle returns,
// with the committer held back.
func TestDirect(t *testing.T) {
	src := scene(64, 64, 1)
	glz := encode.NewGLZ(1 << 20)
	glzImage := func() *display.Image {
		return encoded(display.ImageGLZRGB, src, glz.Encode(src, false, true))
	}
	box := display.Base{Box: image.Rect(0, 0, 64, 64)}
	everything := display.Base{Box: image.Rect(0, 0, 1024, 1024)}
	steps := []struct {
		name   string
		typ    uint16
		body   wire.Encoder
		direct bool
	}{
		{"fill", display.MsgDrawFill, &display.DrawFill{Base: box, Brush: display.Brush{Type: 1}, ROP: 8}, true},
		{"large fill", display.MsgDrawFill, &display.DrawFill{Base: everything, Brush: display.Brush{Type: 1}, ROP: 8}, true},
		{"copy_bits", display.MsgCopyBits, &display.CopyBits{Base: box, Src: image.Pt(9, 9)}, true},
		{"invers", display.MsgDrawInvers, &display.DrawMasked{Base: box}, true},
		{"large invers", display.MsgDrawInvers, &display.DrawMasked{Base: everything}, false},
		{"bitmap", display.MsgDrawCopy, copyOf(flat(64, 64, 1), image.Point{}), true},
		{"large bitmap", display.MsgDrawCopy, copyOf(flat(256, 256, 1), image.Point{}), false},
		{"QUIC", display.MsgDrawCopy, copyOf(encoded(display.ImageQUIC, src, encode.QUIC(src, false)), image.Point{}), false},
		{"GLZ", display.MsgDrawCopy, copyOf(glzImage(), image.Point{}), true},
		{"GLZ of the same again", display.MsgDrawCopy, copyOf(glzImage(), image.Point{}), true},
		{"into the cache", display.MsgDrawCopy, copyOf(cached(flat(64, 64, 1), display.FlagCacheMe, 7), image.Point{}), true},
		{"from the cache", display.MsgDrawCopy, copyOf(fromCache(display.ImageFromCache, 7, 64, 64), image.Point{}), true},
		{"from the surface", display.MsgDrawCopy, copyOf(&display.Image{Type: display.ImageSurface, Width: 64, Height: 64}, image.Point{}), true},
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, 1)
		r.delay = func(at string) {
			if at == "committer" {
				time.Sleep(time.Second)
			}
		}
		s, c := r.counted(t, 0)
		for _, step := range steps {
			s.picture()
			synctest.Wait() // until nothing is queued any more
			c.drawn.Store(0)
			s.send(step.typ, step.body)
			if direct := c.drawn.Load() == 1; direct != step.direct {
				t.Errorf("%s: drawn directly: %v, want %v", step.name, direct, step.direct)
			}
			s.picture()
			if n := c.drawn.Load(); n != 1 {
				t.Errorf("%s: drawn %d times", step.name, n)
			}
		}
		s.expect(0)
	})
}

// TestDirectInTurn checks that nothing is drawn before what is queued before it.
func TestDirectInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, 1)
		s, c := r.counted(t, 0)
		other, _ := r.counted(t, 1)
		s.send(spice.MsgWaitForChannels, waitFor(1, other.serial+1))
		for range 3 {
			s.fill(image.Rect(0, 0, 9, 9), 1)
		}
		synctest.Wait()
		if n := c.drawn.Load(); n != 0 {
			t.Errorf("%d operations were drawn before the other channel was as far", n)
		}
		other.fill(image.Rect(0, 0, 9, 9), 1)
		s.picture()
		if n := c.drawn.Load(); n != 3 {
			t.Errorf("%d operations were drawn in the end, want 3", n)
		}
		s.expect(0)
	})
}

// TestDirectClose closes a display while its reader draws: then nothing more is
// drawn.
func TestDirectClose(t *testing.T) {
	for range 50 {
		s, c := newRoom(t, 1).counted(t, 0)
		var reader sync.WaitGroup
		reader.Go(func() {
			for s.try(display.MsgDrawFill, &display.DrawFill{Base: display.Base{Box: image.Rect(0, 0, 9, 9)}, Brush: display.Brush{Type: 1}, ROP: 8}) == nil {
			}
		})
		for c.drawn.Load() < 10 {
			runtime.Gosched()
		}
		s.Handler.Close()
		n := c.drawn.Load()
		reader.Wait()
		if more := c.drawn.Load() - n; more != 0 {
			t.Fatalf("%d operations were drawn after Close", more)
		}
	}
}
