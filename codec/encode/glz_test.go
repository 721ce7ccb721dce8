package encode

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"

	"saffron/codec/glz"
)

func TestGLZRoundTrip(t *testing.T) {
	for _, topDown := range []bool{true, false} {
		enc, win := NewGLZ(200000), glz.NewWindow(200000)
		for name, img := range pictures() {
			for _, alpha := range []bool{false, true, true, false} {
				want := img
				if !alpha {
					want = opaque(img)
				}
				got := image.NewRGBA(img.Rect)
				if err := win.Decode(got, enc.Encode(img, alpha, topDown)); err != nil {
					t.Fatalf("%s, alpha %v: %v", name, alpha, err)
				}
				if !bytes.Equal(got.Pix, want.Pix) {
					t.Fatalf("%s, alpha %v, top-down %v: pixels differ", name, alpha, topDown)
				}
			}
		}
	}
}

// TestGLZWindow sends many images that share pixels through a small window.
func TestGLZWindow(t *testing.T) {
	const size = 12000
	enc, win := NewGLZ(size), glz.NewWindow(size)
	rnd := rand.New(rand.NewPCG(5, 6))
	screen := pictures()["noise"] // 65 by 33
	evicted := false
	for i := range 200 {
		screen.Pix[rnd.IntN(len(screen.Pix))]++
		src := enc.Encode(screen, true, true)
		if i > 0 && len(src) > 300 {
			t.Fatalf("image %d takes %d bytes though little has changed", i, len(src))
		}
		cfg, err := glz.DecodeConfig(src)
		if err != nil {
			t.Fatal(err)
		}
		if cfg.ID != uint64(i) {
			t.Fatalf("image %d has id %d", i, cfg.ID)
		}
		evicted = evicted || int(cfg.HeadDist) < i
		got := image.NewRGBA(screen.Rect)
		if err := win.Decode(got, src); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Pix, screen.Pix) {
			t.Fatalf("image %d: pixels differ", i)
		}
		if images, pixels := win.Stats(); pixels > size || images != int(cfg.HeadDist)+1 {
			t.Fatalf("the window holds %d images, %d pixels", images, pixels)
		}
	}
	if !evicted {
		t.Error("no image left the dictionary")
	}
}

// TestGLZFarPixels refers to pixels at all three sizes of offset, in the image
// and in an earlier one, and to an image more than 63 back.
func TestGLZFarPixels(t *testing.T) {
	enc, win := NewGLZ(1<<21), glz.NewWindow(1<<21)
	decode := func(img *image.RGBA, limit int) {
		t.Helper()
		src := enc.Encode(img, false, true)
		if len(src) > limit {
			t.Errorf("%d bytes, want at most %d", len(src), limit)
		}
		got := image.NewRGBA(img.Rect)
		if err := win.Decode(got, src); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Pix, img.Pix) {
			t.Fatal("pixels differ")
		}
	}
	rnd := rand.New(rand.NewPCG(7, 8))
	big := image.NewRGBA(image.Rect(0, 0, 500, 600))
	for i := range big.Pix {
		big.Pix[i] = byte(rnd.Uint32())
	}
	const half = 600_000 // 150000 pixels
	copy(big.Pix[half:], big.Pix[:half])
	copy(big.Pix[80_000:], big.Pix[:4_000]) // 20000 pixels back
	big = opaque(big)
	decode(big, 3*160_000)
	decode(big, 5000)
	for i := range 100 {
		img := image.NewRGBA(image.Rect(0, 0, 2, 2))
		img.Pix[0] = byte(i)
		decode(img, 100)
	}
	decode(big, 10000)
}

func TestGLZRefuses(t *testing.T) {
	enc := NewGLZ(100)
	if enc.Encode(image.NewRGBA(image.Rect(0, 0, 101, 1)), false, true) != nil {
		t.Error("encoded an image larger than the window")
	}
	if enc.Encode(image.NewRGBA(image.Rect(0, 0, 0, 5)), false, true) != nil {
		t.Error("encoded an empty image")
	}
	cfg, err := glz.DecodeConfig(enc.Encode(image.NewRGBA(image.Rect(0, 0, 100, 1)), false, true))
	if err != nil || cfg.ID != 0 || cfg.HeadDist != 0 {
		t.Errorf("first image: %+v, %v", cfg, err)
	}
}

func TestZlibGLZ(t *testing.T) {
	src := NewGLZ(1<<20).Encode(pictures()["bars"], true, true)
	got := make([]byte, len(src))
	if err := glz.Inflate(got, ZlibGLZ(src)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, src) {
		t.Error("the stream changed")
	}
}

func BenchmarkGLZ(b *testing.B) {
	enc := NewGLZ(1 << 22)
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range img.Pix {
		img.Pix[i] = byte(i / 4 % 640 / 9 * (i / 40000))
	}
	b.SetBytes(int64(len(img.Pix)))
	for b.Loop() {
		img.Pix[rnd.IntN(len(img.Pix))]++
		enc.Encode(img, false, true)
	}
}
