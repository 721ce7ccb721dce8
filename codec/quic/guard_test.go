//go:build unix

package quic_test

import (
	"bytes"
	"image"
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"saffron/codec/codectest"
	"saffron/codec/encode"
	"saffron/codec/quic"
)

// guarded returns n bytes with memory that must not be touched right before
// them, or right after them.
func guarded(t *testing.T, n int, before bool) []byte {
	t.Helper()
	page := os.Getpagesize()
	size := (n+page-1)/page*page + 2*page
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(b); err != nil {
			t.Error(err)
		}
	})
	for _, edge := range [][]byte{b[:page], b[size-page:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	start := size - page - n
	if before {
		start = page
	}
	return b[start : start+n : start+n]
}

// Nothing outside the data and the pixels is read or written. (The test
// crashes if it is.)
func TestStaysInside(t *testing.T) {
	for name, paint := range pictures {
		for _, size := range []image.Point{{1, 1}, {5, 3}, {33, 17}, {64, 64}} {
			want := paint(rand.New(rand.NewPCG(5, 6)), size.X, size.Y)
			stream := encode.QUIC(want, true)
			for n := len(stream) - 40; n <= len(stream); n += 4 {
				src := guarded(t, max(n, 0), false)
				copy(src, stream)
				for _, before := range []bool{false, true} {
					img := &image.RGBA{Pix: guarded(t, len(want.Pix), before), Stride: want.Stride, Rect: want.Rect}
					err := quic.Decode(img, src)
					if n == len(stream) && err != nil {
						t.Fatalf("%s %v: %v", name, size, err)
					}
					if err == nil && !bytes.Equal(codectest.Pack(img, "bgra32", false), codectest.Pack(want, "bgra32", false)) {
						t.Errorf("%s %v: %d bytes: pixels differ", name, size, n)
					}
				}
			}
		}
	}
}
