package jpeg

import (
	"image"
	"image/color"
	"testing"
)

// Every combination of luma and chroma is within one of the exact conversion.
func TestConvertRow(t *testing.T) {
	var ys [256]byte
	var cs [256]chroma
	for i := range ys {
		ys[i] = byte(i)
	}
	var dst [1024]byte
	for cb := range 256 {
		for cr := range 256 {
			for i := range cs {
				cs[i] = join(byte(cb), byte(cr))
			}
			convertRow(dst[:], ys[:], cs[:])
			for y := range 256 {
				r, g, b := color.YCbCrToRGB(byte(y), byte(cb), byte(cr))
				p := dst[4*y:][:4]
				if off(p[0], r) || off(p[1], g) || off(p[2], b) || p[3] != 0 {
					t.Fatalf("%d,%d,%d gives %v, want %d,%d,%d", y, cb, cr, p, r, g, b)
				}
			}
		}
	}
}

func off(a, b byte) bool { return a-b+1 > 2 }

// A slope of chroma must come out as one: samples lie in the middle of the
// pixels that they stand for.
func TestInterpolation(t *testing.T) {
	for _, tt := range []struct {
		ratio  image.YCbCrSubsampleRatio
		dx, dy int // change of Cb from one sample to the next
		want   [3][5]byte
	}{
		{image.YCbCrSubsampleRatio444, 8, 16, [3][5]byte{{0, 8, 16, 24, 32}, {16, 24, 32, 40, 48}, {32, 40, 48, 56, 64}}},
		{image.YCbCrSubsampleRatio422, 8, 16, [3][5]byte{{0, 2, 6, 10, 14}, {16, 18, 22, 26, 30}, {32, 34, 38, 42, 46}}},
		{image.YCbCrSubsampleRatio440, 8, 16, [3][5]byte{{0, 8, 16, 24, 32}, {4, 12, 20, 28, 36}, {12, 20, 28, 36, 44}}},
		{image.YCbCrSubsampleRatio420, 8, 16, [3][5]byte{{0, 2, 6, 10, 14}, {4, 6, 10, 14, 18}, {12, 14, 18, 22, 26}}},
		{image.YCbCrSubsampleRatio411, 8, 16, [3][5]byte{{0, 0, 0, 0, 8}, {16, 16, 16, 16, 24}, {32, 32, 32, 32, 40}}},
	} {
		img := image.NewYCbCr(image.Rect(0, 0, 5, 3), tt.ratio)
		for i := range img.Y {
			img.Y[i] = 100
		}
		for i := range img.Cb {
			img.Cb[i] = byte(100 + i%img.CStride*tt.dx + i/img.CStride*tt.dy)
			img.Cr[i] = 128
		}
		dst := image.NewRGBA(img.Rect)
		convertYCbCr(dst, img)
		for y, row := range tt.want {
			for x, cb := range row {
				if _, _, b := color.YCbCrToRGB(100, 100+cb, 128); off(dst.RGBAAt(x, y).B, b) {
					t.Errorf("%v: blue of %d,%d is %d, want %d", tt.ratio, x, y, dst.RGBAAt(x, y).B, b)
				}
			}
		}
	}
}
