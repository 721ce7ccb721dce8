package display_test

import (
	"image"
	"testing"
	"testing/synctest"
	"time"

	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/spice"
)

const (
	cacheMe   = display.FlagCacheMe
	replaceMe = display.FlagCacheReplaceMe
)

// jpegOf is a lossy image of one colour.
func jpegOf(width, height int, colour uint32) *display.Image {
	src := image.NewRGBA(image.Rect(0, 0, width, height))
	for i := 0; i < len(src.Pix); i += 4 {
		src.Pix[i], src.Pix[i+1], src.Pix[i+2] = byte(colour>>16), byte(colour>>8), byte(colour)
	}
	return encoded(display.ImageJPEG, src, encode.JPEG(src, 100))
}

func evict(ids ...uint64) *display.InvalList {
	m := new(display.InvalList)
	for _, id := range ids {
		m.Resources = append(m.Resources, display.Resource{Type: 1, ID: id})
	}
	return m
}

// hit draws image id from the cache.
func (s *screen) hit(typ display.ImageType, id uint64) {
	s.t.Helper()
	s.put(fromCache(typ, id, 4, 4), image.Point{})
}

// pair runs a test with two displays of one session in a bubble.
func pair(t *testing.T, f func(t *testing.T, r *room, a, b *screen)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRoom(t, 2)
		a, b := r.open(t, 0, nil), r.open(t, 1, nil)
		a.create(16, 16)
		b.create(16, 16)
		f(t, r, a, b)
	})
}

// took returns how long f takes in the bubble's time.
func took(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}

func TestCacheIsShared(t *testing.T) {
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		b.hit(display.ImageFromCache, 7) // before it is there
		synctest.Wait()
		if n := b.stats().Images["from_cache"].Count; n != 0 {
			t.Errorf("%d images came from an empty cache", n)
		}
		time.Sleep(time.Second)
		a.put(cached(flat(4, 4, 0xff0000), cacheMe, 7), image.Point{})
		if got := b.colour(0, 0); got != 0xff0000 {
			t.Errorf("got %06x", got)
		}
		a.put(cached(flat(4, 4, 0x00ff00), cacheMe, 7), image.Point{}) // replaces, counts twice
		a.send(display.MsgInvalList, evict(7, 99))
		a.picture()
		b.hit(display.ImageFromCache, 7)
		if got := b.colour(0, 0); got != 0x00ff00 {
			t.Errorf("after one of two evictions: got %06x", got)
		}
		b.send(display.MsgInvalList, &display.InvalList{Resources: []display.Resource{{Type: 9, ID: 7}}})
		b.picture()
		if n := r.Cache.Len(); n != 1 {
			t.Errorf("%d images in the cache, want 1", n)
		}
		b.send(display.MsgInvalList, evict(7))
		b.hit(display.ImageFromCache, 7)
		if d := took(func() { b.expect(1) }); d != 30*time.Second || r.Cache.Len() != 0 {
			t.Errorf("waited %v for an image that never came; %d in the cache", d, r.Cache.Len())
		}
		b.fill(image.Rect(0, 0, 1, 1), 0x0000ff)
		if got := b.colour(0, 0); got != 0x0000ff {
			t.Errorf("after that: got %06x", got)
		}
		a.expect(0)
	})
}

func TestLosslessReplacement(t *testing.T) {
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		a.put(cached(jpegOf(4, 4, 0x404040), cacheMe, 7), image.Point{})
		a.hit(display.ImageFromCache, 7) // any will do
		a.expect(0)
		b.hit(display.ImageFromCacheLossless, 7)
		synctest.Wait()
		if b.SurfaceSnapshot(0).Pix[0] != 0 {
			t.Error("a lossy image was taken for a lossless one")
		}
		a.put(cached(jpegOf(4, 4, 0x808080), replaceMe, 7), image.Point{}) // may not
		a.expect(1)
		a.put(cached(flat(4, 4, 0x123456), replaceMe, 7), image.Point{})
		if got := b.colour(0, 0); got != 0x123456 {
			t.Errorf("got %06x", got)
		}
		a.send(display.MsgInvalList, evict(7)) // a replacement does not count
		a.picture()
		if n := r.Cache.Len(); n != 0 {
			t.Errorf("%d images in the cache", n)
		}
	})
}

func TestFailedImageInCache(t *testing.T) {
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		bad := cached(encoded(display.ImageQUIC, scene(4, 4, 1), []byte("no QUIC")), cacheMe, 7)
		a.put(bad, image.Point{})
		b.picture()
		a.picture()
		b.hit(display.ImageFromCache, 7)
		if d := took(func() { b.expect(1) }); d != 0 {
			t.Errorf("waited %v for an image that is known to be bad", d)
		}
		a.expect(1)
		a.put(cached(flat(4, 4, 1), replaceMe, 7), image.Point{})
		a.hit(display.ImageFromCache, 7)
		a.expect(0)
	})
}

// TestCacheLimit fills the cache with pixels, and with images of hardly any.
func TestCacheLimit(t *testing.T) {
	r := newRoom(t, 1)
	r.Cache = display.NewCache(1000) // and 1<<22 over
	s := r.open(t, 0, nil)
	s.create(4, 4)
	src := image.NewRGBA(image.Rect(0, 0, 2048, 1024))
	half := encoded(display.ImageQUIC, src, encode.QUIC(src, false))
	s.put(cached(half, cacheMe, 1), image.Point{})
	s.put(cached(half, cacheMe, 2), image.Point{}) // with what entries cost it still fits into twice 1000
	s.expect(0)
	s.put(cached(half, cacheMe, 3), image.Point{})
	s.put(cached(half, cacheMe, 2), image.Point{}) // replaces
	s.expect(1)
	s.send(display.MsgInvalAllPixmaps, &display.InvalAllPixmaps{})
	s.picture()
	tiny := flat(1, 1, 1)
	for id := range uint64(70000) {
		s.put(cached(tiny, cacheMe, id), image.Point{})
	}
	s.picture()
	if n := r.Cache.Len(); n < 60000 || n > 1<<16 {
		t.Errorf("%d images in the cache", n)
	}
	if s.stats().Failed == 0 {
		t.Error("any number of images went into the cache")
	}
}

func waitFor(channel uint8, serial uint64) *spice.WaitForChannels {
	return &spice.WaitForChannels{Wait: []spice.ChannelSerial{
		{Channel: spice.ChannelID{Type: spice.ChannelDisplay, ID: channel}, Serial: serial}}}
}

// red reports whether the corner of surface 0 is red now.
func (s *screen) red() bool { return s.SurfaceSnapshot(0).Pix[0] == 0xff }

func TestWaitForChannels(t *testing.T) {
	pixel := image.Rect(0, 0, 1, 1)
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		a.send(spice.MsgWaitForChannels, waitFor(0, 1000)) // itself
		a.send(spice.MsgWaitForChannels, waitFor(9, 1000)) // nobody
		a.send(spice.MsgWaitForChannels, waitFor(1, 3))
		a.fill(pixel, 0xff0000)
		b.fill(pixel, 1) // serial 2
		b.picture()
		time.Sleep(29 * time.Second)
		if a.red() {
			t.Error("display 0 did not wait")
		}
		b.send(spice.MsgPing, nil) // any message counts
		synctest.Wait()
		if !a.red() {
			t.Error("display 0 waits too long")
		}
	})
	pair(t, func(t *testing.T, r *room, a, b *screen) { // in vain
		a.send(spice.MsgWaitForChannels, waitFor(1, 1000))
		a.fill(pixel, 0xff0000)
		if d := took(func() { a.expect(1) }); d != 30*time.Second || !a.red() {
			t.Errorf("waits %v", d)
		}
	})
	pair(t, func(t *testing.T, r *room, a, b *screen) { // for each other
		a.send(spice.MsgWaitForChannels, waitFor(1, 2))
		a.fill(pixel, 0xff0000)
		synctest.Wait()
		b.send(spice.MsgWaitForChannels, waitFor(0, 3)) // serial 2, behind the one that waits for it
		b.fill(pixel, 0xff0000)
		if d := took(func() { b.expect(1); a.expect(0) }); d != 0 || !a.red() || !b.red() {
			t.Errorf("waits %v", d)
		}
	})
	pair(t, func(t *testing.T, r *room, a, b *screen) { // the awaited first
		b.fill(pixel, 1)
		b.picture()
		a.send(spice.MsgWaitForChannels, waitFor(1, 2))
		a.fill(pixel, 0xff0000)
		if a.picture(); !a.red() {
			t.Error("not drawn")
		}
	})
	pair(t, func(t *testing.T, r *room, a, b *screen) { // a channel that ends is not waited for
		a.send(spice.MsgWaitForChannels, waitFor(1, 100))
		a.fill(pixel, 0xff0000)
		synctest.Wait()
		b.Handler.Close()
		r.progress.Close(b.id)
		if a.picture(); !a.red() {
			t.Error("not drawn")
		}
	})
}

func TestInvalAllPixmaps(t *testing.T) {
	pair(t, func(t *testing.T, r *room, a, b *screen) {
		a.put(cached(flat(4, 4, 1), cacheMe, 7), image.Point{})
		a.send(display.MsgInvalAllPixmaps, &display.InvalAllPixmaps{WaitForChannels: *waitFor(1, 2)})
		synctest.Wait()
		if n := r.Cache.Len(); n != 1 {
			t.Errorf("%d images in the cache while display 1 may need them", n)
		}
		b.hit(display.ImageFromCache, 7)
		b.expect(0)
		a.picture()
		if n := r.Cache.Len(); n != 0 {
			t.Errorf("%d images in the cache", n)
		}
	})
}

// TestPalettes caches a palette and uses it, on surfaces of two depths.
func TestPalettes(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	s.create(4, 1)
	pixel := func(flags uint8, id uint64, entries ...uint32) {
		s.put(&display.Image{Type: display.ImageBitmap, Format: 5, Stride: 1, Width: 1, Height: 1, Data: []byte{1},
			PaletteFlags: flags, Palette: display.Palette{ID: id, Present: true, Entries: entries}}, image.Point{})
	}
	const me, from = display.FlagPaletteCacheMe, display.FlagPaletteFromCache
	expect := func(want uint32, failures int) {
		t.Helper()
		if got := s.colour(0, 0); got != want {
			t.Errorf("got %06x, want %06x", got, want)
		}
		s.expect(failures)
	}
	pixel(me, 5, 0, 0x123456)
	pixel(me, 0, 0, 0x0000ff) // never cached
	expect(0x0000ff, 0)
	pixel(from, 5)
	expect(0x123456, 0)
	pixel(from, 0)
	expect(0x123456, 1)
	s.send(display.MsgInvalPalette, &display.InvalPalette{ID: 5})
	pixel(from, 5)
	expect(0x123456, 1)
	for _, clear := range []uint16{display.MsgInvalAllPalettes, display.MsgReset} {
		pixel(me, 5, 0, 0x654321)
		s.send(clear, nil)
		pixel(from, 5)
		s.expect(1)
	}
	for id := range uint64(2000) {
		pixel(me, id+1, 0, 0)
	}
	if s.picture(); s.stats().Failed != 4+2000-1024 {
		t.Errorf("%d failed: palettes are not limited", s.stats().Failed)
	}
	s.warned()
	s.send(display.MsgMode, &display.Mode{Width: 4, Height: 1, Bits: 16})
	pixel(me, 1, 0, 0x7c1f)
	pixel(from, 1)
	expect(0xff00ff, 0)
	s.put(&display.Image{Type: display.ImageLZPalette, Width: 1, Height: 1, Data: []byte{1}}, image.Point{})
	s.expect(1)
}
