package pngwriter

import (
	"bytes"
	"errors"
	"fmt"
	"hash/adler32"
	"image"
	"image/color"
	"image/png"
	"io"
	"math/rand/v2"
	"runtime"
	"testing"
)

// kinds are pictures for which different filters are chosen.
var kinds = map[string]func(x, y int) color.RGBA{
	"flat":   func(x, y int) color.RGBA { return color.RGBA{30, 60, 90, 255} },
	"smooth": func(x, y int) color.RGBA { return color.RGBA{byte(x), byte(x + y/3), byte(200 + y), 255} },
	"bands":  func(x, y int) color.RGBA { return color.RGBA{byte(97 * x), byte(97*x + y), byte(31 * x), 255} },
	"text": func(x, y int) color.RGBA {
		v := byte(255 * (x * y / 7 % 5 / 4))
		return color.RGBA{v, v, v, 255}
	},
	"noise": func(x, y int) color.RGBA {
		n := rand.New(rand.NewPCG(uint64(x), uint64(y))).Uint32()
		return color.RGBA{byte(n), byte(n >> 8), byte(n >> 16), 255}
	},
}

func paint(r image.Rectangle, of func(x, y int) color.RGBA) *image.RGBA {
	img := image.NewRGBA(r)
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			img.SetRGBA(x, y, of(x, y))
		}
	}
	return img
}

func encode(t testing.TB, img *image.RGBA) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := Encode(&out, img); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// check decodes what Encode wrote by image/png and compares all pixels.
func check(t *testing.T, file []byte, img *image.RGBA) {
	t.Helper()
	got, err := png.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	if got.Bounds().Size() != img.Rect.Size() {
		t.Fatalf("size %v, want %v", got.Bounds().Size(), img.Rect.Size())
	}
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			want := color.NRGBAModel.Convert(img.RGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+y))
			if have := color.NRGBAModel.Convert(got.At(x, y)); have != want {
				t.Fatalf("%d,%d: %v, want %v", x, y, have, want)
			}
		}
	}
}

func TestEncode(t *testing.T) {
	for name, of := range kinds {
		for _, size := range []image.Point{{1, 1}, {1, 700}, {3, 2}, {701, 1}, {640, 480}, {1023, 577}} {
			t.Run(fmt.Sprint(name, size), func(t *testing.T) {
				img := paint(image.Rectangle{Max: size}, of)
				check(t, encode(t, img), img)
			})
		}
	}
}

// TestEncodeWide has rows that are larger than a strip is meant to be.
func TestEncodeWide(t *testing.T) {
	img := paint(image.Rect(0, 0, stripBytes/bytesPerPixel+5, 3), kinds["bands"])
	check(t, encode(t, img), img)
}

// TestEncodePart has a picture that is a part of another.
func TestEncodePart(t *testing.T) {
	img := paint(image.Rect(-20, 10, 900, 700), kinds["noise"]).SubImage(image.Rect(13, 17, 871, 655)).(*image.RGBA)
	check(t, encode(t, img), img)
}

// TestEncodeTransparent has one pixel that is not opaque, in some strip.
func TestEncodeTransparent(t *testing.T) {
	for _, at := range []image.Point{{0, 0}, {500, 300}, {1022, 700}} {
		img := paint(image.Rect(0, 0, 1023, 701), kinds["smooth"])
		img.SetRGBA(at.X, at.Y, color.RGBA{10, 20, 30, 128})
		check(t, encode(t, img), img)
	}
}

func TestEncodeEmpty(t *testing.T) {
	if err := Encode(io.Discard, image.NewRGBA(image.Rectangle{})); err == nil {
		t.Error("a picture without pixels was written")
	}
}

// TestEncodeCores checks that files do not depend on the number of cores.
func TestEncodeCores(t *testing.T) {
	img := paint(image.Rect(0, 0, 1023, 701), kinds["smooth"])
	many := encode(t, img)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if !bytes.Equal(encode(t, img), many) {
		t.Error("one core writes another file")
	}
}

// A full writer takes n bytes.
type full struct{ n int }

var errFull = errors.New("full")

func (f *full) Write(p []byte) (int, error) {
	if f.n -= len(p); f.n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestEncodeFull(t *testing.T) {
	img := paint(image.Rect(0, 0, 300, 200), kinds["smooth"])
	size := len(encode(t, img))
	for n := 0; n < size; n += 97 {
		if err := Encode(&full{n}, img); err != errFull {
			t.Fatalf("with room for %d bytes: %v", n, err)
		}
	}
}

// TestSize checks that files are not much larger than those of image/png: by
// half, and for pictures of one colour a two-hundredth of what is deflated.
func TestSize(t *testing.T) {
	for name, of := range kinds {
		img := paint(image.Rect(0, 0, 1280, 800), of)
		var theirs bytes.Buffer
		if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&theirs, img); err != nil {
			t.Fatal(err)
		}
		ours := len(encode(t, img))
		t.Logf("%s: %d bytes, image/png %d", name, ours, theirs.Len())
		if ours > theirs.Len()*3/2+len(img.Pix)*3/4/200 {
			t.Errorf("%s: %d bytes, image/png needs %d", name, ours, theirs.Len())
		}
	}
}

func TestCombine(t *testing.T) {
	data := bytes.Repeat([]byte{255, 254, 3, 0}, 50_000)
	for _, n := range []int{0, 1, 65521, 131_072, len(data)} {
		got := combine(adler32.Checksum(data[:n]), adler32.Checksum(data[n:]), len(data)-n)
		if want := adler32.Checksum(data); got != want {
			t.Errorf("divided at %d: %08x, want %08x", n, got, want)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	for name, of := range kinds {
		img := paint(image.Rect(0, 0, 1920, 1080), of)
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(img.Pix)))
			for b.Loop() {
				Encode(io.Discard, img)
			}
		})
		b.Run(name+"/image-png", func(b *testing.B) {
			b.SetBytes(int64(len(img.Pix)))
			for b.Loop() {
				(&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(io.Discard, img)
			}
		})
	}
}
