package glz_test

import (
	"image"
	"math/rand/v2"
	"testing"

	"saffron/codec/encode"
	"saffron/codec/glz"
)

// updates returns successive images of a screen in which a little changes.
func updates(w, h, n int) [][]byte {
	rnd := rand.New(rand.NewPCG(2, 3))
	screen := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range screen.Pix {
		screen.Pix[i] = byte(i/4%w/9*(i/4/w/11) + rnd.IntN(8)/7)
	}
	enc := encode.NewGLZ(1 << 24)
	var list [][]byte
	for range n {
		for range 2000 {
			screen.Pix[rnd.IntN(len(screen.Pix))]++
		}
		list = append(list, enc.Encode(screen, false, true))
	}
	return list
}

func BenchmarkDecode(b *testing.B) {
	const width, height, n = 1280, 720, 8
	list := updates(width, height, n)
	w, dst := glz.NewWindow(1<<24), image.NewRGBA(image.Rect(0, 0, width, height))
	b.SetBytes(int64(n * len(dst.Pix)))
	b.ReportAllocs()
	for b.Loop() {
		w.Reset()
		for _, src := range list {
			if err := w.Decode(dst, src); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkInflate(b *testing.B) {
	src := updates(1280, 720, 1)[0]
	packed, dst := encode.ZlibGLZ(src), make([]byte, len(src))
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if err := glz.Inflate(dst, packed); err != nil {
			b.Fatal(err)
		}
	}
}
