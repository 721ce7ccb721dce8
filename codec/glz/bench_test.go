package glz_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"saffron/codec/encode"
	"saffron/codec/glz"
)

// updates returns successive images of a screen in which a little changes, a
// smooth picture with noise or windows with text.
func updates(w, h, n int, photo bool) [][]byte {
	rnd := rand.New(rand.NewPCG(2, 3))
	screen := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range screen.Pix {
		x, y := i/4%w, i/4/w
		if photo {
			screen.Pix[i] = byte(x/9*(y/11) + rnd.IntN(8))
		} else if y%18 < 11 && x%400 < 300 && (x/7*31+y/18*(x/400))%5 > 1 {
			screen.Pix[i] = byte(x * y % 3 * 90)
		}
	}
	enc := encode.NewGLZ(1 << 23)
	var list [][]byte
	for range n {
		for range 2000 {
			screen.Pix[rnd.IntN(len(screen.Pix))]++
		}
		list = append(list, enc.Encode(screen, false, true))
	}
	return list
}

// BenchmarkDecode decodes sequences of images, each from the beginning on.
func BenchmarkDecode(b *testing.B) {
	for _, c := range []struct {
		name  string
		photo bool
		w, h  int
	}{
		{"photo/1080p", true, 1920, 1080},
		{"desktop/1080p", false, 1920, 1080},
		{"photo/256", true, 256, 256},
		{"desktop/256", false, 256, 256},
	} {
		b.Run(c.name, func(b *testing.B) {
			list := updates(c.w, c.h, 8, c.photo)
			w, dst := glz.NewWindow(1<<23), image.NewRGBA(image.Rect(0, 0, c.w, c.h))
			b.SetBytes(int64(len(list) * len(dst.Pix)))
			b.ReportAllocs()
			for b.Loop() {
				w.Reset()
				for _, src := range list {
					if err := w.Decode(dst, src); err != nil {
						b.Fatal(err)
					}
				}
			}
		})
	}
}

func BenchmarkInflate(b *testing.B) {
	src := updates(1280, 720, 1, true)[0]
	packed, dst := encode.ZlibGLZ(src), make([]byte, len(src))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if err := glz.Inflate(dst, packed); err != nil {
			b.Fatal(err)
		}
	}
}
