package jpeg

import (
	"image"
	"image/color"
	"testing"
)

// off tells whether two bytes are more than one apart.
func off(a, b byte) bool { return a-b+1 > 2 }

// A slope of chroma must come out as one: samples lie in the middle of the
// pixels that they stand for.
func TestInterpolation(t *testing.T) {
	for _, tt := range []struct {
		ratio   image.YCbCrSubsampleRatio
		factors byte // of luma, if chroma's are 1
		dx, dy  int  // change of Cb from one sample to the next
		want    [3][5]byte
	}{
		{image.YCbCrSubsampleRatio444, 0x11, 8, 16, [3][5]byte{{0, 8, 16, 24, 32}, {16, 24, 32, 40, 48}, {32, 40, 48, 56, 64}}},
		{image.YCbCrSubsampleRatio422, 0x21, 8, 16, [3][5]byte{{0, 2, 6, 10, 14}, {16, 18, 22, 26, 30}, {32, 34, 38, 42, 46}}},
		{image.YCbCrSubsampleRatio440, 0x12, 8, 16, [3][5]byte{{0, 8, 16, 24, 32}, {4, 12, 20, 28, 36}, {12, 20, 28, 36, 44}}},
		{image.YCbCrSubsampleRatio420, 0x22, 8, 16, [3][5]byte{{0, 2, 6, 10, 14}, {4, 6, 10, 14, 18}, {12, 14, 18, 22, 26}}},
		{image.YCbCrSubsampleRatio411, 0x41, 8, 16, [3][5]byte{{0, 0, 0, 0, 8}, {16, 16, 16, 16, 24}, {32, 32, 32, 32, 40}}},
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
		convertImage(dst, img, tt.factors)
		for y, row := range tt.want {
			for x, cb := range row {
				if _, _, b := color.YCbCrToRGB(100, 100+cb, 128); off(dst.RGBAAt(x, y).B, b) {
					t.Errorf("%v: blue of %d,%d is %d, want %d", tt.ratio, x, y, dst.RGBAAt(x, y).B, b)
				}
			}
		}
	}
}

// convertImage converts img, which is no larger than a unit, to dst.
func convertImage(dst *image.RGBA, img *image.YCbCr, factors byte) {
	var d decoder
	width, height := img.Rect.Dx(), img.Rect.Dy()
	d.header = header{width: width, height: height, count: 3}
	d.header.components = [3]component{{h: factors >> 4, v: factors & 15}, {h: 1, v: 1}, {h: 1, v: 1}}
	for i, c := range d.header.components {
		d.parts[i].h, d.parts[i].v = int(c.h), int(c.v)
	}
	d.makeBands()
	for y := range height {
		copy(d.bands[0].row(1+y), img.Y[y*img.YStride:][:width])
	}
	rows := len(img.Cb) / img.CStride
	for y := range rows {
		copy(d.bands[1].row(1+y), img.Cb[y*img.CStride:][:img.CStride])
		copy(d.bands[2].row(1+y), img.Cr[y*img.CStride:][:img.CStride])
	}
	d.bands[1].extend(img.CStride)
	d.bands[2].extend(img.CStride)
	for y := range height {
		d.convertRow(dst.Pix[y*dst.Stride:][:4*width], y, 0)
	}
}
