package ycbcr

import (
	"encoding/binary"
	"math"
)

// A sum is a colour in the making: red, green and blue in 16 bits each from the
// low end, bias above their value so as to be positive, with fraction bits below.
type sum = uint64

const (
	fraction = 6
	one      = 1 << fraction
	bias     = 320
)

// A Matrix turns luma and chroma into red, green and blue.
type Matrix struct {
	factors factors
	luma    [256]sum // what each value adds to a sum; luma's includes the bias
	cb, cr  [256]sum
}

// factors are what values of 16 bits are multiplied with, as vector instructions
// do it: see scaled. Luma is multiplied by 2⁷ before, chroma by 2⁸ once 128 is
// taken from it, and the results have fraction bits. The assembly knows the order.
type factors struct {
	luma    int16
	offset  int16 // what is added to luma: black at 0, and half a unit for rounding
	crRed   int16
	cbGreen int16
	crGreen int16
	cbBlue  int16
}

// The matrices of ITU-R BT.601 and BT.709. Full is what JPEG has: all 256 values
// stand for something. Limited is the rule in video: luma from 16 to 235, chroma
// from 16 to 240.
var (
	Full601    = newMatrix(0.299, 0.114, 0, 255, 255)
	Full709    = newMatrix(0.2126, 0.0722, 0, 255, 255)
	Limited601 = newMatrix(0.299, 0.114, 16, 219, 224)
	Limited709 = newMatrix(0.2126, 0.0722, 16, 219, 224)
)

// newMatrix returns the matrix for the shares of red and blue in luma, the luma of
// black, and how far luma and chroma range.
func newMatrix(red, blue, black, luma, chroma float64) *Matrix {
	factor := func(f float64, bits int) int16 { return int16(math.Round(f * float64(int(1)<<bits))) }
	fromCr, fromCb, green := 2*(1-red)*255/chroma, 2*(1-blue)*255/chroma, 1-red-blue
	m := &Matrix{factors: factors{
		luma:    factor(255/luma, 14),
		offset:  factor(-black*255/luma, fraction) + one/2,
		crRed:   factor(fromCr, 13),
		cbGreen: factor(-fromCb*blue/green, 13),
		crGreen: factor(-fromCr*red/green, 13),
		cbBlue:  factor(fromCb, 13),
	}}
	f := &m.factors
	for i := range 256 {
		y, c := scaled(i<<7, f.luma)+int(f.offset)+bias*one, (i-128)<<8
		m.luma[i] = lanes(y, y, y)
		m.cb[i] = lanes(0, scaled(c, f.cbGreen), scaled(c, f.cbBlue))
		m.cr[i] = lanes(scaled(c, f.crRed), scaled(c, f.crGreen), 0)
	}
	return m
}

// scaled returns v·factor·2⁻¹⁵, rounded.
func scaled(v int, factor int16) int { return (v*int(factor) + 1<<14) >> 15 }

// lanes returns the sum of three values, which may be negative: the borrows
// between lanes vanish once the bias makes all of them positive.
func lanes(r, g, b int) sum { return sum(int64(r) + int64(g)<<16 + int64(b)<<32) }

// clamped holds the bytes of the values from -bias on, as many as a lane can hold.
var clamped = func() (t [1 << (16 - fraction)]byte) {
	for i := range t {
		t[i] = byte(min(max(i-bias, 0), 255))
	}
	return t
}()

// convertGo writes len(y) pixels of the given luma and chroma to dst, four bytes
// each, the fourth 0.
func (m *Matrix) convertGo(dst, y, cb, cr []byte) {
	cb, cr = cb[:len(y)], cr[:len(y)]
	for i, v := range y {
		if len(dst) < 4 {
			return // never: it tells the compiler that the store below is in range
		}
		s := m.luma[v] + m.cb[cb[i]] + m.cr[cr[i]]
		r := uint32(clamped[s>>fraction&1023])
		g := uint32(clamped[s>>(16+fraction)&1023])
		b := uint32(clamped[s>>(32+fraction)&1023])
		binary.LittleEndian.PutUint32(dst, r|g<<8|b<<16)
		dst = dst[4:]
	}
}
