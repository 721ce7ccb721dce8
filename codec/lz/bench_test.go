package lz_test

import (
	"fmt"
	"image"
	"image/color"
	"math"
	"math/rand/v2"
	"testing"

	"saffron/codec/encode"
	"saffron/codec/lz"
)

// screens are images that LZ compresses hardly, well and very well.
var screens = map[string]func(x, y int, rnd *rand.Rand) color.RGBA{
	"photo": func(x, y int, rnd *rand.Rand) color.RGBA {
		v := 120 + 60*math.Sin(float64(x)/70)*math.Cos(float64(y)/50) + float64(rnd.IntN(8))
		return color.RGBA{R: uint8(v), G: uint8(v*0.8) + uint8(rnd.IntN(4)), B: uint8(v / 2), A: 255}
	},
	"desktop": func(x, y int, rnd *rand.Rand) color.RGBA {
		if window := x / 400 * (y / 300); x%400 < 300 && y%18 < 11 && (x/7*31+y/18*window)%5 > 1 {
			return color.RGBA{R: uint8(x * y % 3 * 90), G: 20, B: 20, A: 255} // text
		}
		return color.RGBA{R: uint8(x / 400 * 40), G: uint8(y / 300 * 60), B: 90, A: 255}
	},
	"flat": func(x, y int, rnd *rand.Rand) color.RGBA { return color.RGBA{10, 20, 30, 255} },
}

func draw(w, h int, pixel func(x, y int, rnd *rand.Rand) color.RGBA) *image.RGBA {
	rnd := rand.New(rand.NewPCG(2, 3))
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.SetRGBA(x, y, pixel(x, y, rnd))
		}
	}
	return img
}

func BenchmarkDecode(b *testing.B) {
	sizes := []struct {
		name          string
		width, height int
	}{{"1080p", 1920, 1080}, {"256", 256, 256}, {"32", 32, 32}}
	for _, name := range []string{"photo", "desktop", "flat"} {
		for _, size := range sizes {
			img := draw(size.width, size.height, screens[name])
			for _, e := range encodings(img) {
				b.Run(fmt.Sprintf("%s/%s/%s", name, size.name, e.name), func(b *testing.B) {
					dst := image.NewRGBA(img.Rect)
					b.SetBytes(int64(len(dst.Pix)))
					b.ReportAllocs()
					for b.Loop() {
						if err := lz.Decode(dst, e.src, nil); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}

// An encoding is an image as LZ.
type encoding struct {
	name string
	src  []byte
}

// encodings are img as LZ of several types, with the reds for indices.
func encodings(img *image.RGBA) []encoding {
	indices := image.NewPaletted(img.Rect, nil)
	for i := range indices.Pix {
		indices.Pix[i] = img.Pix[4*i] / 8
	}
	return []encoding{
		{"RGB32", encode.LZ(img, lz.RGB32, true)},
		{"bottomup", encode.LZ(img, lz.RGB32, false)},
		{"RGBA", encode.LZ(img, lz.RGBA, true)},
		{"RGB16", encode.LZ(img, lz.RGB16, true)},
		{"PLT8", encode.LZPalette(indices, true)},
	}
}
