package glz

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/codec/encode"
	"saffron/codec/lz"
)

// put decodes an image of one pixel that depends on no other.
func put(t *testing.T, w *Window, id, headDist int) {
	t.Helper()
	if err := w.Decode(nil, unhex(t, image1(id, headDist))); err != nil {
		t.Fatal(err)
	}
}

// refer decodes an image of one pixel that is that of another image, back ids
// before.
func refer(t *testing.T, w *Window, id, headDist, back int) error {
	t.Helper()
	return w.Decode(nil, unhex(t, header(lz.RGB32, 1, 1, id, headDist)+fmt.Sprintf("20 00 %02x", back)))
}

func checkHeld(t *testing.T, w *Window, want ...uint64) {
	t.Helper()
	if got := slices.Sorted(maps.Keys(w.set.images)); !slices.Equal(got, want) {
		t.Errorf("the window holds %d, want %d", got, want)
	}
	pixels := 0
	for _, p := range w.set.images {
		pixels += len(p.pix) / 4
	}
	if n, p := w.Stats(); n != len(want) || p != pixels {
		t.Errorf("Stats gives %d images, %d pixels; there are %d, %d", n, p, len(want), pixels)
	}
}

func checkError[E error](t *testing.T, err error, text string) {
	t.Helper()
	var e E
	if !errors.As(err, &e) || !strings.Contains(err.Error(), text) {
		t.Errorf("error %v, want a %T about %q", err, e, text)
	}
}

func TestRelease(t *testing.T) {
	w := NewWindow(1000)
	put(t, w, 0, 0)
	put(t, w, 1, 1)
	put(t, w, 2, 2)
	checkHeld(t, w, 0, 1, 2)
	put(t, w, 3, 1)
	checkHeld(t, w, 2, 3)
	checkError[FormatError](t, refer(t, w, 4, 4, 4), "image 0, which has been released")
	checkHeld(t, w, 2, 3, 4) // a tombstone
	put(t, w, 5, 0)
	checkHeld(t, w, 5)
}

// TestGap checks that an image behind a gap releases nothing.
func TestGap(t *testing.T) {
	w := NewWindow(1000)
	put(t, w, 0, 0)
	put(t, w, 2, 0)
	put(t, w, 4, 1)
	checkHeld(t, w, 0, 2, 4)
	if err := refer(t, w, 1, 1, 1); err != nil {
		t.Fatal(err)
	}
	checkHeld(t, w, 2, 4)
	put(t, w, 3, 1)
	checkHeld(t, w, 3, 4)
}

// TestBackwards lets a later image ask for less to be released than an earlier
// one, which no server does.
func TestBackwards(t *testing.T) {
	w := NewWindow(1000)
	put(t, w, 0, 0)
	put(t, w, 1, 0)
	put(t, w, 2, 2)
	checkHeld(t, w, 1, 2)
	checkError[FormatError](t, refer(t, w, 3, 3, 3), "released")
}

// TestBase checks where the sequence begins after a reset.
func TestBase(t *testing.T) {
	w := NewWindow(1000)
	put(t, w, 0, 0)
	w.Reset()
	checkHeld(t, w)
	put(t, w, 1000, 0)
	put(t, w, 1001, 1)
	checkHeld(t, w, 1000, 1001)
	put(t, w, 1002, 0)
	checkHeld(t, w, 1002)
	w.Reset()

	// The first image to arrive is not the first of the sequence.
	put(t, w, 503, 2)
	checkError[*MissingError](t, refer(t, w, 504, 3, 2), "image 502")
	put(t, w, 501, 0)
	put(t, w, 502, 0)
	checkHeld(t, w, 501, 502, 503)
	put(t, w, 504, 0)
	checkHeld(t, w, 504)
	w.Reset()

	// Images from before the beginning make it an earlier one.
	put(t, w, 505, 0)
	put(t, w, 506, 0)
	put(t, w, 503, 0)
	checkHeld(t, w, 503, 506)
	if err := refer(t, w, 504, 1, 1); err != nil {
		t.Error(err)
	}
	checkHeld(t, w, 506)
	checkError[FormatError](t, refer(t, w, 505, 0, 0), "has arrived before")
	put(t, w, 507, 1)
	checkHeld(t, w, 506, 507)
}

func TestLastID(t *testing.T) {
	w := NewWindow(1000)
	src := unhex(t, image1(0, 0))
	for id := uint64(math.MaxUint64 - 2); ; id++ {
		binary.BigEndian.PutUint64(src[21:], id)
		if err := w.Decode(nil, src); err != nil {
			t.Fatal(err)
		}
		if id == math.MaxUint64 {
			break
		}
	}
	put(t, w, 0, 0)
	put(t, w, 1, 1)
}

func TestMissing(t *testing.T) {
	w := NewWindow(1000)
	err := refer(t, w, 1, 1, 1)
	if missing, ok := err.(*MissingError); !ok || missing.ID != 0 {
		t.Fatalf("error %v, want a MissingError for image 0", err)
	}
	checkHeld(t, w)
	put(t, w, 0, 0)
	if err := refer(t, w, 1, 1, 1); err != nil {
		t.Error(err)
	}
	checkHeld(t, w, 0, 1)
}

// TestTombstone breaks an image in every way a Decode can fail.
func TestTombstone(t *testing.T) {
	good := unhex(t, image1(1, 1))
	small := image.NewRGBA(image.Rect(0, 0, 1, 2))
	badHead := unhex(t, image1(1, 2))
	badType := bytes.Clone(good)
	badType[8] = 0x15
	for name, fail := range map[string]func(w *Window) error{
		"body":      func(w *Window) error { return w.Decode(nil, good[:len(good)-1]) },
		"type":      func(w *Window) error { return w.Decode(nil, badType) },
		"head":      func(w *Window) error { return w.Decode(nil, badHead) },
		"size":      func(w *Window) error { return w.Decode(small, good) },
		"abandoned": func(w *Window) error { w.Abandon(good[:HeaderSize]); return FormatError("") },
	} {
		t.Run(name, func(t *testing.T) {
			w := NewWindow(1000)
			put(t, w, 0, 0)
			if err := fail(w); err == nil {
				t.Fatal("decoded")
			}
			checkHeld(t, w, 0, 1)
			if err := w.Wait(t.Context(), 1); err != nil {
				t.Error(err)
			}
			checkError[FormatError](t, refer(t, w, 2, 2, 1), "image 1, which could not be decoded")
			put(t, w, 3, 3)
			checkHeld(t, w, 0, 1, 2, 3)
			put(t, w, 4, 0)
			checkHeld(t, w, 4)
		})
	}
	w := NewWindow(1000)
	w.Abandon(good[:HeaderSize-1])
	checkHeld(t, w)
}

// TestTombstoneFirst checks that a broken image does not tell where the sequence
// begins.
func TestTombstoneFirst(t *testing.T) {
	w := NewWindow(1000)
	w.Abandon(unhex(t, image1(7, 0)))
	w.Abandon(unhex(t, image1(1, 0)))
	put(t, w, 2, 1)
	checkHeld(t, w, 1, 2, 7)
	put(t, w, 3, 0)
	checkHeld(t, w, 3, 7)
}

// TestBury gives up images of a channel that has ended.
func TestBury(t *testing.T) {
	w := NewWindow(1000)
	w.Bury(5) // tells nothing yet
	put(t, w, 0, 0)
	put(t, w, 2, 2)
	put(t, w, 5, 1)
	checkHeld(t, w, 0, 2, 5)
	checkError[*MissingError](t, refer(t, w, 6, 3, 3), "image 3 has not arrived")
	done := make(chan error)
	go func() { done <- w.Wait(t.Context(), 3) }()
	w.Bury(2)
	checkHeld(t, w, 0, 2, 5)
	w.Bury(5)
	if err := <-done; err != nil {
		t.Errorf("waiting for what was given up: error %v", err)
	}
	checkHeld(t, w, 5) // which refers no farther back than 4
	checkError[FormatError](t, refer(t, w, 6, 3, 3), "given up")
	checkHeld(t, w, 5, 6)
	checkError[FormatError](t, refer(t, w, 3, 0, 0), "has arrived before")
	w.Bury(1)
	w.Bury(math.MaxInt) // must not count there
	put(t, w, math.MaxInt, 0)
	checkHeld(t, w, math.MaxInt)
}

func TestWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := NewWindow(1000)
		wait := func(ctx context.Context, id uint64) <-chan error {
			c := make(chan error, 1)
			go func() { c <- w.Wait(ctx, id) }()
			return c
		}
		check := func(what string, c <-chan error, want error) {
			t.Helper()
			synctest.Wait()
			select {
			case err := <-c:
				if !errors.Is(err, want) {
					t.Errorf("%s: Wait returns %v, want %v", what, err, want)
				}
			default:
				t.Errorf("%s: Wait does not return", what)
			}
		}
		one, three := wait(t.Context(), 1), wait(t.Context(), 3)
		put(t, w, 0, 0)
		synctest.Wait()
		if len(one) != 0 {
			t.Error("Wait returns for another image")
		}
		put(t, w, 1, 1)
		check("arrived", one, nil)
		check("here before", wait(t.Context(), 1), nil)
		put(t, w, 2, 0)
		check("released", wait(t.Context(), 1), nil)

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		late := wait(ctx, 3)
		time.Sleep(time.Second)
		check("late", late, context.DeadlineExceeded)
		w.Reset()
		check("reset", three, ErrReset)
	})
}

// TestResetMeanwhile resets the window before and after the pixels of an image
// are decoded.
func TestResetMeanwhile(t *testing.T) {
	src := unhex(t, header(lz.RGB32, 2, 1, 1, 1)+"00 010203 20 00 01")
	cfg, err := DecodeConfig(src)
	if err != nil {
		t.Fatal(err)
	}
	for _, early := range []bool{true, false} {
		w := NewWindow(1000)
		put(t, w, 0, 0)
		d, err := w.begin(cfg)
		if err != nil {
			t.Fatal(err)
		}
		old := d.set
		if early {
			w.Reset()
		}
		err = d.decode(nil, src)
		if early != (err == ErrReset) {
			t.Errorf("reset before %v: decoding gives %v", early, err)
		}
		if !early {
			w.Reset()
		}
		if err := w.finish(d, err); err != ErrReset {
			t.Errorf("reset before %v: error %v, want ErrReset", early, err)
		}
		checkHeld(t, w)
		if old.pixels != 0 {
			t.Errorf("reset before %v: %d pixels of the old images are still counted", early, old.pixels)
		}
	}
}

// TestPinned releases an image while another one is decoded from it.
func TestPinned(t *testing.T) {
	w := NewWindow(1000)
	put(t, w, 0, 0)
	put(t, w, 1, 1)
	d, err := w.begin(Config{Type: lz.RGB32, Width: 1, Height: 1, ID: 9, HeadDist: 9})
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.source(reference{image: 9}, 1)
	if err != nil {
		t.Fatal(err)
	}
	put(t, w, 2, 0)
	checkPixels := func(want int) {
		t.Helper()
		if _, pixels := w.Stats(); pixels != want {
			t.Errorf("%d pixels, want %d", pixels, want)
		}
	}
	if !p.released {
		t.Error("the image is not released")
	}
	checkPixels(2) // images 2 and 9; image 0 is no part of the window any more
	if p.pix == nil || p.pins != 1 {
		t.Errorf("the released image is not kept: %d pins", p.pins)
	}
	w.finish(d, &MissingError{})
	checkPixels(1)
}

// TestLend checks that lent pixels are those of Decode, stay as they are after
// their image has been released, and are used again after they have been
// returned.
func TestLend(t *testing.T) {
	w := NewWindow(1000)
	src := unhex(t, header(lz.RGB32, 2, 1, 0, 0)+"01 010203 040506")
	want := image.NewRGBA(image.Rect(0, 0, 2, 1))
	if err := NewWindow(1000).Decode(want, src); err != nil {
		t.Fatal(err)
	}
	var l Loan
	if err := w.Lend(&l, src); err != nil || !bytes.Equal(l.Image.Pix, want.Pix) || l.Image.Rect != want.Rect {
		t.Fatalf("%v, %+v", err, l.Image)
	}
	put(t, w, 1, 0) // releases image 0
	for id := range 20 {
		put(t, w, id+2, 0)
	}
	if !bytes.Equal(l.Image.Pix, want.Pix) {
		t.Error("lent memory was written")
	}
	p := l.picture
	if l.Return(); l.Image.Pix != nil || p.pins != 0 || !p.released {
		t.Errorf("returned: %+v of %+v", l.Image, p)
	}
	var missing *MissingError
	if err := w.Lend(new(Loan), unhex(t, header(lz.RGB32, 2, 1, 30, 5)+"20 00 05")); !errors.As(err, &missing) {
		t.Errorf("a reference to what is not there: %v", err)
	}
	if err := w.Lend(new(Loan), src[:9]); err == nil {
		t.Error("half a header is taken")
	}
}

// TestFull checks that a server that lets nothing go is refused, and that images
// out of sequence wait for those that make room.
func TestFull(t *testing.T) {
	w := NewWindow(100)
	block := func(id, headDist int) error {
		return w.Decode(nil, unhex(t, header(lz.RGB32, 50, 1, id, headDist)+"00 010203 e0 2a 00 00"))
	}
	for id := range 8 {
		if err := block(id, id); err != nil {
			t.Fatal(err)
		}
	}
	checkError[FormatError](t, block(8, 8), "the window is full")
	if err := block(9, 0); err == nil {
		t.Error("a full window takes an image")
	}

	w.Reset()
	for _, id := range []int{0, 2, 3, 4} {
		if err := block(id, min(id, 1)); err != nil {
			t.Fatal(err)
		}
	}
	checkError[*MissingError](t, block(5, 1), "image 1 has not arrived")
	if err := block(1, 1); err != nil {
		t.Fatal(err)
	}
	checkHeld(t, w, 3, 4)
	if err := block(5, 1); err != nil {
		t.Fatal(err)
	}
}

func TestFullOfTombstones(t *testing.T) {
	w := NewWindow(100)
	src := unhex(t, image1(0, 0))[:HeaderSize]
	for id := range 5 * w.maxImages {
		src[25], src[26], src[27] = byte(id>>16), byte(id>>8), byte(id)
		w.Abandon(src)
	}
	if n, _ := w.Stats(); n != 4*w.maxImages {
		t.Errorf("%d images, want %d", n, 4*w.maxImages)
	}
	if err := w.Decode(nil, unhex(t, image1(1<<30, 0))); err == nil {
		t.Error("a full window takes an image")
	}
}

// TestConcurrent decodes a long sequence that two and more channels share, each
// in its own goroutine, in a window that is small enough for releases.
func TestConcurrent(t *testing.T) {
	const size, count = 40_000, 300
	enc, rnd := encode.NewGLZ(size), rand.New(rand.NewPCG(1, 9))
	screen := image.NewRGBA(image.Rect(0, 0, 100, 60))
	for i := range screen.Pix {
		screen.Pix[i] = byte(rnd.Uint32())
	}
	type job struct {
		src  []byte
		want []byte
	}
	var jobs [3][]job
	for range count {
		screen.Pix[rnd.IntN(len(screen.Pix))]++
		j := job{enc.Encode(screen, true, true), bytes.Clone(screen.Pix)}
		c := rnd.IntN(len(jobs))
		jobs[c] = append(jobs[c], j)
	}
	w := NewWindow(size)
	var wg sync.WaitGroup
	for _, list := range jobs {
		wg.Go(func() {
			got := image.NewRGBA(screen.Rect)
			for _, j := range list {
				err := w.Decode(got, j.src)
				for missing := new(MissingError); errors.As(err, &missing); {
					if err = w.Wait(t.Context(), missing.ID); err == nil {
						err = w.Decode(got, j.src)
					}
				}
				if err != nil || !bytes.Equal(got.Pix, j.want) {
					t.Errorf("error %v, or pixels differ", err)
					return
				}
			}
		})
	}
	wg.Wait()
	if n, pixels := w.Stats(); n > size/6000 || pixels != 6000*n {
		t.Errorf("the window holds %d images, %d pixels", n, pixels)
	}
}

// TestLate has one channel bring its images, the first of the sequence, when
// another has brought as many as the window takes, which do not tell of them: they
// were released before. Both go on after that.
func TestLate(t *testing.T) {
	for _, first := range []int{1, 12, 40} {
		synctest.Test(t, func(t *testing.T) {
			const size, area = 40_000, 6_000
			enc, rnd := encode.NewGLZ(size), rand.New(rand.NewPCG(1, uint64(first)))
			var jobs [2][][]byte
			for i := range 200 {
				screen := image.NewRGBA(image.Rect(0, 0, area, 1))
				for j := range area { // no colour twice, so that no image needs another
					binary.BigEndian.PutUint32(screen.Pix[4*j:], uint32(i*area+j)<<8|255)
				}
				c := 1
				if i < first || i > 60+first && rnd.IntN(3) == 0 {
					c = 0
				}
				jobs[c] = append(jobs[c], enc.Encode(screen, false, true))
			}
			w := NewWindow(size)
			for c := range 2 {
				go func() {
					for _, src := range jobs[1-c] {
						err := w.Decode(nil, src)
						for missing := new(MissingError); errors.As(err, &missing); {
							if err = w.Wait(t.Context(), missing.ID); err == nil {
								err = w.Decode(nil, src)
							}
						}
						if err != nil {
							t.Error(err)
						}
						if _, pixels := w.Stats(); pixels > 4*size {
							t.Errorf("the window holds %d pixels", pixels)
						}
					}
				}()
				synctest.Wait()
			}
			if n, pixels := w.Stats(); n > size/area || pixels != area*n || w.set.next != 200 {
				t.Errorf("the window holds %d images, %d pixels, up to %d", n, pixels, w.set.next)
			}
		})
	}
}

func TestClass(t *testing.T) {
	before := 3 // of the smallest size
	for n := 1; n < 1<<20; n += 1 + n/500 {
		c, size := class(n)
		if size < n || n > 512 && size > n+n/3 || c < before || c > before+1 {
			t.Fatalf("%d bytes: class %d of %d bytes, after class %d", n, c, size, before)
		}
		if again, same := class(size); again != c || same != size {
			t.Fatalf("%d bytes: class %d, but its size %d has class %d", n, c, size, again)
		}
		before = c
	}
	if c, _ := class(4 * maxPixels); c >= len(pools) {
		t.Errorf("class %d of %d", c, len(pools))
	}
}
