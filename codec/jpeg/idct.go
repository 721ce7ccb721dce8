package jpeg

import "encoding/binary"

// The inverse cosine transform takes a block whose coefficients lie so that
// vector instructions find them without shuffling: pairs of rows, (0,4), (2,6),
// (1,3) and (5,7), interleaved; within a row, columns 0, 4, 2, 6, 1, 3, 5, 7.
// Then what the first pass returns can be packed to the same order of pairs for
// the second. The table places puts them there.
//
// Both passes multiply by cosines of 13 bits and add in 32 bits, which cannot
// overflow; between them are 16 bits, two of which are a fraction.

// cosines[k] is √2·cos(kπ/16) in units of 2⁻¹³.
const (
	cosine1 = 11363
	cosine2 = 10703
	cosine3 = 9633
	cosine5 = 6436
	cosine6 = 4433
	cosine7 = 2260
)

const (
	shift1 = 11
	bias1  = 1 << (shift1 - 1)
	shift2 = 18
	bias2  = 128<<shift2 + 1<<(shift2-1) // samples are centred on 128
)

// idctGo transforms block, multiplied by quant, to 8 rows of 8 samples in pix,
// and sets block to 0. Products are of 16 bits; larger ones wrap.
func idctGo(pix []byte, stride int, block, quant *[64]int16) {
	var between [64]int32 // rows of what the first pass returns
	var c, out [8]int32
	for i, x := range [8]int{0, 4, 2, 6, 1, 3, 5, 7} {
		zero := true
		for j, y := range [8]int{0, 4, 2, 6, 1, 3, 5, 7} {
			at := j/2*16 + 2*i + j%2
			v := block[at] * quant[at]
			c[y] = int32(v)
			zero = zero && (v == 0 || y == 0)
		}
		if zero {
			v := saturate(4 * c[0])
			for y := range 8 {
				between[8*y+x] = v
			}
			continue
		}
		transform(&out, &c, bias1)
		for y, v := range out {
			between[8*y+x] = saturate(v >> shift1)
		}
	}
	*block = [64]int16{}
	for y := range 8 {
		row := pix[y*stride:][:8]
		transform(&out, (*[8]int32)(between[8*y:]), bias2)
		for x, v := range out {
			row[x] = clamp(v >> shift2)
		}
	}
}

// transform is the cosine transform of 8 values. (ITU T.81, A.3.3.)
func transform(out, c *[8]int32, bias int32) {
	a := (c[0]+c[4])<<13 + bias
	b := (c[0]-c[4])<<13 + bias
	p := c[2]*cosine2 + c[6]*cosine6
	q := c[2]*cosine6 - c[6]*cosine2
	e0, e1, e2, e3 := a+p, b+q, b-q, a-p

	o0 := c[1]*cosine1 + c[3]*cosine3 + c[5]*cosine5 + c[7]*cosine7
	o1 := c[1]*cosine3 - c[3]*cosine7 - c[5]*cosine1 - c[7]*cosine5
	o2 := c[1]*cosine5 - c[3]*cosine1 + c[5]*cosine7 + c[7]*cosine3
	o3 := c[1]*cosine7 - c[3]*cosine5 + c[5]*cosine3 - c[7]*cosine1

	out[0], out[7] = e0+o0, e0-o0
	out[1], out[6] = e1+o1, e1-o1
	out[2], out[5] = e2+o2, e2-o2
	out[3], out[4] = e3+o3, e3-o3
}

// level returns the samples of a block that has no coefficient but the first.
func level(dc int16) byte {
	return clamp((saturate(4*int32(dc))<<13 + bias2) >> shift2)
}

// fill sets 8 rows of 8 samples to v.
func fill(pix []byte, stride int, v byte) {
	eight := uint64(v) * 0x0101_0101_0101_0101
	for y := range 8 {
		binary.LittleEndian.PutUint64(pix[y*stride:], eight)
	}
}

func saturate(v int32) int32 { return min(max(v, -1<<15), 1<<15-1) }

func clamp(v int32) byte { return byte(min(max(v, 0), 255)) }
