package lz_test

import (
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"saffron/codec/encode"
	"saffron/codec/lz"
)

// screens are images that LZ compresses well, a little and not at all.
func screens(w, h int) map[string]*image.RGBA {
	rnd := rand.New(rand.NewPCG(2, 3))
	list := map[string]*image.RGBA{}
	for name, change := range map[string]uint32{"flat": 0, "text": 8, "noise": 256} {
		img := image.NewRGBA(image.Rect(0, 0, w, h))
		for y := range h {
			for x := range w {
				c := color.RGBA{R: byte(x / 90), G: byte(y / 70), B: 40, A: 255}
				if v := rnd.Uint32(); v>>24 < change {
					c.R, c.G = byte(v)&7, byte(v>>8)
				}
				img.SetRGBA(x, y, c)
			}
		}
		list[name] = img
	}
	return list
}

func BenchmarkDecode(b *testing.B) {
	for name, img := range screens(1280, 720) {
		dst := image.NewRGBA(img.Rect)
		run := func(sub string, src []byte) {
			b.Run(name+"/"+sub, func(b *testing.B) {
				b.SetBytes(int64(len(dst.Pix)))
				b.ReportAllocs()
				for b.Loop() {
					if err := lz.Decode(dst, src, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		run("RGB16", encode.LZ(img, lz.RGB16, true))
		run("RGB32", encode.LZ(img, lz.RGB32, true))
		run("RGB32/bottom-up", encode.LZ(img, lz.RGB32, false))
		run("RGBA", encode.LZ(img, lz.RGBA, true))
		indices := image.NewPaletted(img.Rect, nil)
		for i := range indices.Pix {
			indices.Pix[i] = img.Pix[4*i]
		}
		run("PLT8", encode.LZPalette(indices, true))
	}
}
