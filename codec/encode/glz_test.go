package encode

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"

	"saffron/codec/glz"
	"saffron/codec/lz"
)

func TestGLZRoundTrip(t *testing.T) {
	for _, topDown := range []bool{true, false} {
		enc, win := NewGLZ(200000), glz.NewWindow(200000)
		for name, img := range pictures() {
			wants := map[lz.Type]*image.RGBA{lz.RGB16: narrow(img), lz.RGB24: opaque(img), lz.RGB32: opaque(img), lz.RGBA: img}
			for _, typ := range []lz.Type{lz.RGB32, lz.RGB16, lz.RGBA, lz.RGB24, lz.RGBA, lz.RGB16, lz.RGB32} {
				got := image.NewRGBA(img.Rect)
				if err := win.Decode(got, enc.EncodeType(img, typ, topDown)); err != nil {
					t.Fatalf("%s, %v: %v", name, typ, err)
				}
				if !bytes.Equal(got.Pix, wants[typ].Pix) {
					t.Fatalf("%s, %v, top-down %v: pixels differ", name, typ, topDown)
				}
			}
		}
	}
}

// TestGLZTypes sends the same image twice as each type: the second time it is one
// match with the first one of its type.
func TestGLZTypes(t *testing.T) {
	enc := NewGLZ(1 << 20)
	img := pictures()["noise"]
	for _, typ := range []lz.Type{lz.RGB16, lz.RGB24, lz.RGB32, lz.RGBA} {
		first, second := enc.EncodeType(img, typ, true), enc.EncodeType(img, typ, true)
		if len(first) < 2*65*33 || len(second) > glz.HeaderSize+40 {
			t.Errorf("%v: %d and %d bytes", typ, len(first), len(second))
		}
		cfg, err := glz.DecodeConfig(second)
		if err != nil || cfg.Type != typ {
			t.Errorf("type %v, want %v; error %v", cfg.Type, typ, err)
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
