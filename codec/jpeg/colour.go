package jpeg

import (
	"encoding/binary"
	"image"
	"math"
)

// A sum is a colour in the making: red, green and blue in 16 bits each from the
// low end, 256 above their value so as to be positive, with fraction bits below.
type sum = uint64

const (
	fraction = 6
	one      = 1 << fraction
	bias     = 256*one + one/2 // and half a unit, for rounding

	luma sum = one | one<<16 | one<<32 // what a unit of luma adds to a sum
)

// cbSum and crSum hold what Cb and Cr add to a sum: the full-range BT.601
// matrix. crSum includes the bias.
var cbSum, crSum = func() (cb, cr [256]sum) {
	for i := range 256 {
		v := float64(i - 128)
		cb[i] = lanes(0, -0.344136*v, 1.772*v)
		cr[i] = lanes(1.402*v, -0.714136*v, 0) + bias + bias<<16 + bias<<32
	}
	return cb, cr
}()

// lanes returns the sum of three values, which may be negative: the borrows
// between lanes vanish once the bias makes all of them positive.
func lanes(r, g, b float64) sum {
	steps := func(v float64) int64 { return int64(math.Round(v * one)) }
	return sum(steps(r) + steps(g)<<16 + steps(b)<<32)
}

// clamped holds the bytes of the values -256 to 767.
var clamped = func() (t [1024]byte) {
	for i := range t {
		t[i] = byte(min(max(i-256, 0), 255))
	}
	return t
}()

// convertRow writes pixels of the given luma and chroma to dst, four bytes each.
// Two pixels a turn, and a test for values that need no clamping in place of
// the table, were no faster (Go 1.26, amd64).
func convertRow(dst, ys []byte, cs []chroma) {
	cs = cs[:len(ys)]
	for i, y := range ys {
		if len(dst) < 4 {
			return // never: it tells the compiler that the store below is in range
		}
		s := sum(y)*luma + cbSum[cs[i]&0xff] + crSum[cs[i]>>16&0xff]
		r := uint32(clamped[s>>fraction&1023])
		g := uint32(clamped[s>>(16+fraction)&1023])
		b := uint32(clamped[s>>(32+fraction)&1023])
		binary.LittleEndian.PutUint32(dst, r|g<<8|b<<16)
		dst = dst[4:]
	}
}

// convertGray writes img to dst, which has the same size.
func convertGray(dst *image.RGBA, img *image.Gray) {
	width := img.Rect.Dx()
	for y := range img.Rect.Dy() {
		out := dst.Pix[y*dst.Stride:][:4*width]
		for x, v := range img.Pix[y*img.Stride:][:width] {
			binary.LittleEndian.PutUint32(out[4*x:], uint32(v)*0x010101)
		}
	}
}

// copyRGB writes img to dst, which has the same size, with a fourth byte of 0.
func copyRGB(dst, img *image.RGBA) {
	width := img.Rect.Dx()
	for y := range img.Rect.Dy() {
		out, in := dst.Pix[y*dst.Stride:][:4*width], img.Pix[y*img.Stride:][:4*width]
		for x := 0; x < len(in); x += 4 {
			p := binary.LittleEndian.Uint32(in[x:])
			binary.LittleEndian.PutUint32(out[x:], p&0xffffff)
		}
	}
}
