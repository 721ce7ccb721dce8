package channels_test

import (
	"image"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/spice"
	"saffron/spice/spicetest"
)

// fromCache draws image id of the cache.
func fromCache(c *spicetest.Channel, id uint64) error { return drawImage(c, imageFromCache(id)) }

func imageFromCache(id uint64) *display.Image {
	return &display.Image{ID: id, Type: display.ImageFromCache, Width: 4, Height: 4}
}

// intoCache draws an image that goes into the cache as id.
func intoCache(c *spicetest.Channel, id uint64) error {
	return drawImage(c, &display.Image{ID: id, Type: display.ImageBitmap, Flags: display.FlagCacheMe, Format: 8,
		Width: 4, Height: 4, Stride: 16, Data: make([]byte, 64)})
}

func drawImage(c *spicetest.Channel, img *display.Image) error {
	area := image.Rect(0, 0, int(img.Width), int(img.Height))
	return c.Send(display.MsgDrawCopy, &display.DrawCopy{Base: display.Base{Box: area}, Src: img, SrcArea: area, ROP: 8})
}

// shows reports whether display 0 is of one colour now, which fill painted.
func (c *client) shows(colour byte) bool {
	p := c.desktop.Snapshot(0)
	return p != nil && p.Pix[2] == colour && p.Pix[len(p.Pix)-2] == colour
}

// warnings returns the warnings since the last time.
func (c *client) warnings() []string {
	return slices.DeleteFunc(c.take(), func(s string) bool { return !strings.HasPrefix(s, "Warning{") })
}

// TestSecondDisplayDies ends a display whose images the first waits for, of the
// cache and of the dictionary.
func TestSecondDisplayDies(t *testing.T) {
	session(t, newMachine(display0, display1), func(t *testing.T, m *machine, c *client) {
		a, b := m.channel(t, display0), m.channel(t, display1)
		enc, src := encode.NewGLZ(1<<20), image.NewRGBA(image.Rect(0, 0, 40, 40))
		next := func() *display.Image {
			return &display.Image{Type: display.ImageGLZRGB, Width: 40, Height: 40, Data: enc.Encode(src, false, true)}
		}
		drawImage(b, next())
		rnd := rand.New(rand.NewPCG(1, 2))
		for i := range src.Pix {
			src.Pix[i] = byte(rnd.Uint32())
		}
		next() // never sent
		drawImage(a, next())
		fromCache(a, 7)
		fill(a, 0x77)
		time.Sleep(20 * time.Second)
		if c.shows(0x77) {
			t.Fatal("display 0 does not wait")
		}
		start := time.Now()
		b.Close()
		synctest.Wait()
		if !c.shows(0x77) || time.Since(start) != 0 {
			t.Error("display 0 goes on waiting")
		}
		if w := c.warnings(); len(w) != 2 {
			t.Errorf("warnings %q", w)
		}
		fromCache(a, 8) // now there is nobody to wait for
		fill(a, 0x78)
		synctest.Wait()
		if !c.shows(0x78) {
			t.Error("the only display waits for another")
		}
	})
}

// TestDisplayComesLate waits for an image of a display whose link is not made
// yet: its server may have sent it.
func TestDisplayComesLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMachine(display0, display1)
		defer m.Close()
		m.run[display0] = func(c *spicetest.Channel) error {
			m.paint(c)
			time.Sleep(time.Second)
			fromCache(c, 7)
			fill(c, 0x77)
			return m.read(c)
		}
		m.run[display1] = func(c *spicetest.Channel) error {
			m.paint(c)
			intoCache(c, 7)
			return m.read(c)
		}
		m.Refuse = func(id spice.ChannelID) spice.LinkCode {
			if id == display1 {
				time.Sleep(5 * time.Second)
			}
			return spice.LinkOK
		}
		c := newClient(m)
		c.connect(t)
		defer c.Close()
		time.Sleep(4 * time.Second)
		if c.shows(0x77) {
			t.Error("display 0 does not wait")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if w := c.warnings(); !c.shows(0x77) || len(w) != 0 {
			t.Errorf("not shown; warnings %q", w)
		}
	})
}

// TestNeverSent refers to images that never come. What it does not depend on
// goes on: the other display at once, this one when it is known, or in the end.
func TestNeverSent(t *testing.T) {
	for name, tc := range map[string]struct {
		displays int
		wait     time.Duration
	}{"only display": {1, 0}, "two displays": {2, 30 * time.Second}} {
		t.Run(name, func(t *testing.T) {
			session(t, newMachine([]spice.ChannelID{display0, display1}[:tc.displays]...), func(t *testing.T, m *machine, c *client) {
				a := m.channel(t, display0)
				c.take()
				fromCache(a, 7)
				fill(a, 0x77)
				if tc.displays == 2 {
					fill(m.channel(t, display1), 1)
					synctest.Wait()
					if n := c.Info().Channels[2].Display.Messages["draw_fill"]; n != 2 {
						t.Errorf("display 1 has drawn %d times", n)
					}
					time.Sleep(tc.wait - time.Second)
					if c.shows(0x77) {
						t.Error("display 0 does not wait")
					}
					time.Sleep(time.Second)
				}
				synctest.Wait()
				if !c.shows(0x77) {
					t.Error("display 0 waits for ever")
				}
				if w := c.warnings(); len(w) != 1 || !strings.Contains(w[0], "never came into the cache") {
					t.Errorf("warnings %q", w)
				}
			})
		})
	}
}

// TestDisplaysWaitForEachOther makes two displays wait for each other, again and
// again, and for serials that never come.
func TestDisplaysWaitForEachOther(t *testing.T) {
	session(t, newMachine(display0, display1, cursorID), func(t *testing.T, m *machine, c *client) {
		a, b := m.channel(t, display0), m.channel(t, display1)
		c.take()
		wait := func(c *spicetest.Channel, id spice.ChannelID, serial uint64) {
			c.Send(spice.MsgWaitForChannels, &spice.WaitForChannels{Wait: []spice.ChannelSerial{{Channel: id, Serial: serial}}})
		}
		start := time.Now()
		for range 50 {
			toA, toB := a.Serial()+2, b.Serial()+2
			wait(a, display1, toB)
			fill(a, 0x77)
			wait(b, display0, toA)
			fill(b, 0x77)
		}
		synctest.Wait()
		if w := c.warnings(); len(w) == 0 || !c.shows(0x77) || time.Since(start) != 0 {
			t.Errorf("after %v; warnings %q", time.Since(start), w)
		} else if !strings.Contains(w[0], "wait for each other") {
			t.Error(w[0])
		}
		wait(a, cursorID, 1<<60)
		fill(a, 0x78)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if w := c.warnings(); len(w) != 1 || !c.shows(0x78) || !strings.Contains(w[0], "does not come as far") {
			t.Errorf("warnings %q", w)
		}
	})
}
