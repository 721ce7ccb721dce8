package jpeg

import "encoding/binary"

// A sum is a colour in the making: red, green and blue in 16 bits each from the
// low end, 256 above their value so as to be positive, with fraction bits below.
type sum = uint64

const (
	fraction = 6
	one      = 1 << fraction
	bias     = 256*one + one/2 // and half a unit, for rounding

	luma sum = one | one<<16 | one<<32 // what a unit of luma adds to a sum
)

// The full-range BT.601 matrix in units of 2⁻¹⁵, red and blue without the whole
// part, so that they fit in 16 bits.
const (
	crRed   = 13173  // 1.402 - 1
	cbBlue  = -7471  // 1.772 - 2
	cbGreen = -11277 // -0.344136
	crGreen = -23401 // -0.714136
)

// cbSum and crSum hold what Cb and Cr add to a sum. crSum includes the bias.
// Red and blue are whole units, and green is rounded at its sixth fraction bit,
// as they come out of 16-bit vector instructions.
var cbSum, crSum = func() (cb, cr [256]sum) {
	for i := range 256 {
		v := i - 128
		cb[i] = lanes(0, scaled(v*one, cbGreen), (2*v+scaled(v, cbBlue))*one)
		cr[i] = lanes((v+scaled(v, crRed))*one, scaled(v*one, crGreen), 0) + bias + bias<<16 + bias<<32
	}
	return cb, cr
}()

// scaled returns v·factor·2⁻¹⁵, rounded.
func scaled(v, factor int) int { return (v*factor + 1<<14) >> 15 }

// lanes returns the sum of three values, which may be negative: the borrows
// between lanes vanish once the bias makes all of them positive.
func lanes(r, g, b int) sum { return sum(int64(r) + int64(g)<<16 + int64(b)<<32) }

// clamped holds the bytes of the values -256 to 767.
var clamped = func() (t [1024]byte) {
	for i := range t {
		t[i] = byte(min(max(i-256, 0), 255))
	}
	return t
}()

// convertGo writes len(y) pixels of the given luma and chroma to dst, four bytes
// each, the fourth 0.
func convertGo(dst, y, cb, cr []byte) {
	cb, cr = cb[:len(y)], cr[:len(y)]
	for i, v := range y {
		if len(dst) < 4 {
			return // never: it tells the compiler that the store below is in range
		}
		s := sum(v)*luma + cbSum[cb[i]] + crSum[cr[i]]
		r := uint32(clamped[s>>fraction&1023])
		g := uint32(clamped[s>>(16+fraction)&1023])
		b := uint32(clamped[s>>(32+fraction)&1023])
		binary.LittleEndian.PutUint32(dst, r|g<<8|b<<16)
		dst = dst[4:]
	}
}

// convertGrey writes the pixels of a row without chroma to dst.
func convertGrey(dst, y []byte) {
	for x, v := range y {
		binary.LittleEndian.PutUint32(dst[4*x:], uint32(v)*0x010101)
	}
}

// join writes the pixels of a row of red, green and blue to dst.
func join(dst, r, g, b []byte) {
	for x := range r {
		binary.LittleEndian.PutUint32(dst[4*x:], uint32(r[x])|uint32(g[x])<<8|uint32(b[x])<<16)
	}
}
