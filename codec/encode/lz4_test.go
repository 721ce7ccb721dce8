package encode

import (
	"encoding/binary"
	"image"
	"testing"

	"saffron/codec/bitmap"
)

// Blocks must copy from each other, or tests with LZ4 would not exercise it.
func TestLZ4Blocks(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 2048, 16)) // 8 KiB a row, all rows alike
	for y := range 16 {
		for i := range img.Stride {
			img.Pix[y*img.Stride+i] = byte(i * i >> 7)
		}
	}
	src := LZ4(img, bitmap.RGB32, true)
	if src[0] != 1 || src[1] != 8 {
		t.Errorf("header is %x", src[:2])
	}
	var sizes []uint32
	for src = src[2:]; len(src) > 0; src = src[4+sizes[len(sizes)-1]:] {
		sizes = append(sizes, binary.BigEndian.Uint32(src))
	}
	if len(sizes) != 4 {
		t.Fatalf("blocks of sizes %d, want four", sizes)
	}
	if sizes[0] < 4*sizes[1] {
		t.Errorf("sizes %d: later blocks should be copies of the first", sizes)
	}
}

func TestBitmapPanics(t *testing.T) {
	for _, f := range []bitmap.Format{0, bitmap.Bit8, 11} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("no panic for format %v", f)
				}
			}()
			Bitmap(image.NewRGBA(image.Rect(0, 0, 1, 1)), f, true)
		}()
	}
}
