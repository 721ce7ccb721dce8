package display_test

import (
	"image"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/display"
	"saffron/codec/encode"
)

// A dictionary encodes the same picture again and again: each image refers to
// one before it.
type dictionary struct {
	enc *encode.GLZ
	src *image.RGBA
}

func newDictionary() *dictionary {
	return &dictionary{encode.NewGLZ(1 << 20), noise(9)}
}

// next is another image. The first refers to none.
func (d *dictionary) next() *display.Image {
	return encoded(display.ImageGLZRGB, d.src, d.enc.Encode(d.src, false, true))
}

// fresh begins with a picture that has nothing in common with those before, so
// that the image refers to none.
func (d *dictionary) fresh(seed uint64) *display.Image {
	d.src = noise(seed)
	return d.next()
}

func noise(seed uint64) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, 40, 40))
	rnd := rand.New(rand.NewPCG(seed, 3))
	for i := range img.Pix {
		img.Pix[i] = byte(rnd.Uint32())
	}
	return img
}

// TestChannelEnds ends a channel whose images another one waits for: it waits no
// longer.
func TestChannelEnds(t *testing.T) {
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		d := newDictionary()
		b.put(d.next(), image.Point{})
		d.fresh(2) // never sent
		a.put(d.next(), image.Point{})
		a.fill(image.Rect(0, 0, 1, 1), 0xff0000)
		time.Sleep(time.Second)
		if a.red() {
			t.Fatal("display 0 does not wait")
		}
		if took := took(func() {
			b.Handler.Close()
			a.expect(1)
		}); took != 0 || !a.red() {
			t.Errorf("waits %v", took)
		}
		// Alone, the other goes on, whatever else was lost.
		a.put(d.fresh(3), image.Point{})
		d.fresh(4) // lost
		a.put(d.next(), image.Point{})
		a.put(d.fresh(5), image.Point{})
		a.put(d.next(), image.Point{})
		if took := took(func() { a.expect(1) }); took != 0 {
			t.Errorf("waits %v", took)
		}
	})
}

// TestChannelEndsCached does the same with an image of the cache.
func TestChannelEndsCached(t *testing.T) {
	for _, typ := range []display.ImageType{display.ImageFromCache, display.ImageFromCacheLossless} {
		pair(t, func(t *testing.T, r *room, a, b *screen) {
			b.put(cached(jpegOf(4, 4, 0x404040), cacheMe, 8), image.Point{})
			b.picture()
			a.hit(typ, 7)
			a.hit(display.ImageFromCacheLossless, 8)
			a.fill(image.Rect(0, 0, 1, 1), 0xff0000)
			time.Sleep(time.Second)
			if a.red() {
				t.Fatal("display 0 does not wait")
			}
			if took := took(func() {
				b.Handler.Close()
				a.expect(2)
			}); took != 0 || !a.red() {
				t.Errorf("waits %v", took)
			}
		})
	}
}

// TestChannelEndsWithImages ends a channel that has images which it has not come
// to: they are not lost.
func TestChannelEndsWithImages(t *testing.T) {
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		d := newDictionary()
		a.put(d.next(), image.Point{})
		a.picture()
		d.fresh(2) // never sent
		b.put(d.next(), image.Point{})
		b.put(d.fresh(3), image.Point{}) // behind one that waits
		synctest.Wait()
		a.put(d.next(), image.Point{})
		synctest.Wait()
		if took := took(func() {
			b.Handler.Close()
			a.expect(0)
		}); took != 0 {
			t.Errorf("waits %v", took)
		}
	})
}

// TestAlone refers, on the only channel, to images that nobody can bring.
func TestAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoom(t, 1).open(t, 0, nil)
		s.create(40, 40)
		d := newDictionary()
		d.next()
		started := time.Now()
		s.put(d.next(), image.Point{}) // the window is empty
		s.hit(display.ImageFromCache, 1)
		s.hit(display.ImageFromCacheLossless, 1)
		s.expect(3)
		s.put(d.fresh(2), image.Point{})
		s.put(d.next(), image.Point{})
		s.expect(0)
		d.fresh(3)
		s.put(d.next(), image.Point{})
		s.put(d.fresh(4), image.Point{})
		s.expect(1)
		if took := time.Since(started); took != 0 {
			t.Errorf("waits %v", took)
		}
	})
}

// TestThreeChannels ends one of three. Whether another brings what the first
// waits for is known once that one is past it.
func TestThreeChannels(t *testing.T) {
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		c := r.open(t, 2, nil)
		c.create(16, 16)
		d := newDictionary()
		a.put(d.next(), image.Point{})
		d.fresh(2) // never sent, by b
		waits := d.next()
		late := d.fresh(3)
		a.put(waits, image.Point{})
		synctest.Wait()
		b.Handler.Close()
		a.fill(image.Rect(0, 0, 1, 1), 0xff0000)
		time.Sleep(time.Second)
		if a.red() {
			t.Fatal("gives up what display 2 may still bring")
		}
		c.put(late, image.Point{})
		c.expect(0)
		if took := took(func() { a.expect(1) }); took != 0 {
			t.Errorf("waits %v", took)
		}
		// The next time it is known.
		d.fresh(4) // lost
		next := d.next()
		c.put(d.fresh(5), image.Point{})
		c.picture()
		a.put(next, image.Point{})
		if took := took(func() { a.expect(1) }); took != 0 {
			t.Errorf("waits %v", took)
		}
	})
}
