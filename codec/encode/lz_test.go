package encode

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"saffron/codec/lz"
)

// pictures are images that take the encoders through all their commands.
func pictures() map[string]*image.RGBA {
	rnd := rand.New(rand.NewPCG(3, 4))
	fill := func(w, h int, pixel func(x, y int) color.RGBA) *image.RGBA {
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				img.SetRGBA(x, y, pixel(x, y))
			}
		}
		return img
	}
	noise := func(int, int) color.RGBA {
		v := rnd.Uint32()
		return color.RGBA{R: byte(v), G: byte(v >> 8), B: byte(v >> 16), A: byte(v >> 24)}
	}
	far := fill(300, 400, noise)
	copy(far.Pix[4*90000:], far.Pix[:4*300])  // 90000 back: beyond the longest distance
	copy(far.Pix[4*100000:], far.Pix[:4*300]) // found 10000 back: a long distance
	return map[string]*image.RGBA{
		"pixel": fill(1, 1, noise),
		"two":   fill(2, 1, noise),
		"flat":  fill(317, 40, func(int, int) color.RGBA { return color.RGBA{10, 20, 30, 40} }),
		"noise": fill(65, 33, noise),
		"bars":  fill(70, 50, func(x, y int) color.RGBA { return color.RGBA{byte(x / 7 * 9), byte(y / 5), 0, byte(x)} }),
		"far":   far,
	}
}

// narrow is img as RGB16 carries it; opaque is img without its fourth byte.
func narrow(img *image.RGBA) *image.RGBA {
	out := opaque(img)
	for i, c := range out.Pix {
		out.Pix[i] = c>>3<<3 | c>>5
	}
	return out
}

func opaque(img *image.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	copy(out.Pix, img.Pix)
	for i := 3; i < len(out.Pix); i += 4 {
		out.Pix[i] = 0
	}
	return out
}

func TestLZRoundTrip(t *testing.T) {
	for name, img := range pictures() {
		for _, typ := range []lz.Type{lz.RGB16, lz.RGB24, lz.RGB32, lz.RGBA} {
			for _, topDown := range []bool{true, false} {
				t.Run(fmt.Sprint(name, typ, topDown), func(t *testing.T) {
					want := opaque(img)
					switch typ {
					case lz.RGB16:
						want = narrow(img)
					case lz.RGBA:
						want = img
					}
					got := image.NewRGBA(img.Rect)
					if err := lz.Decode(got, LZ(img, typ, topDown), nil); err != nil {
						t.Fatal(err)
					}
					if !bytes.Equal(got.Pix, want.Pix) {
						t.Error("pixels differ")
					}
				})
			}
		}
	}
}

func TestLZAlphaRoundTrip(t *testing.T) {
	for name, img := range pictures() {
		for _, topDown := range []bool{true, false} {
			got := opaque(img)
			if err := lz.DecodeAlpha(got, LZAlpha(img, topDown)); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if !bytes.Equal(got.Pix, img.Pix) {
				t.Errorf("%s, top-down %v: pixels differ", name, topDown)
			}
		}
	}
}

func TestLZPaletteRoundTrip(t *testing.T) {
	var pal color.Palette
	var entries []color.RGBA
	for i := range 256 {
		c := color.RGBA{R: byte(i), G: byte(3 * i), B: byte(255 - i)}
		pal, entries = append(pal, c), append(entries, c)
	}
	img := image.NewPaletted(image.Rect(0, 0, 61, 47), pal)
	for i := range img.Pix {
		img.Pix[i] = byte(i * i / 50)
	}
	for _, topDown := range []bool{true, false} {
		got := image.NewRGBA(img.Rect)
		if err := lz.Decode(got, LZPalette(img, topDown), entries); err != nil {
			t.Fatal(err)
		}
		for y := range 47 {
			for x := range 61 {
				if want := entries[img.ColorIndexAt(x, y)]; got.RGBAAt(x, y) != want {
					t.Fatalf("top-down %v: pixel %d,%d is %v, want %v", topDown, x, y, got.RGBAAt(x, y), want)
				}
			}
		}
	}
}

func TestLZCompresses(t *testing.T) {
	for name, limit := range map[string]int{"flat": 200, "bars": 3000} {
		if n := len(LZ(pictures()[name], lz.RGB32, true)); n > limit {
			t.Errorf("%s takes %d bytes, want at most %d", name, n, limit)
		}
	}
}

func BenchmarkLZ(b *testing.B) {
	img := pictures()["bars"]
	b.SetBytes(int64(len(img.Pix)))
	for b.Loop() {
		LZ(img, lz.RGB32, true)
	}
}
