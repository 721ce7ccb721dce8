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
	var rows [8][8]int32 // what the first pass returns
	for i, x := range [8]int{0, 4, 2, 6, 1, 3, 5, 7} {
		b, q := block[2*i:2*i+50], quant[2*i:2*i+50]
		c0 := int32(b[0] * q[0])
		if b[1]|b[16]|b[17]|b[32]|b[33]|b[48]|b[49] == 0 {
			v := saturate(4 * c0)
			for y := range rows {
				rows[y][x] = v
			}
			continue
		}
		o0, o1, o2, o3, o4, o5, o6, o7 := transform(c0, int32(b[32]*q[32]), int32(b[16]*q[16]), int32(b[33]*q[33]),
			int32(b[1]*q[1]), int32(b[48]*q[48]), int32(b[17]*q[17]), int32(b[49]*q[49]), bias1)
		rows[0][x], rows[1][x] = saturate(o0>>shift1), saturate(o1>>shift1)
		rows[2][x], rows[3][x] = saturate(o2>>shift1), saturate(o3>>shift1)
		rows[4][x], rows[5][x] = saturate(o4>>shift1), saturate(o5>>shift1)
		rows[6][x], rows[7][x] = saturate(o6>>shift1), saturate(o7>>shift1)
	}
	*block = [64]int16{}
	for y := range rows {
		r, out := &rows[y], pix[y*stride:][:8]
		if r[1]|r[2]|r[3]|r[4]|r[5]|r[6]|r[7] == 0 {
			v := clamp((r[0]<<13 + bias2) >> shift2)
			binary.LittleEndian.PutUint64(out, eight(v))
			continue
		}
		o0, o1, o2, o3, o4, o5, o6, o7 := transform(r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], bias2)
		out[0], out[1], out[2], out[3] = clamp(o0>>shift2), clamp(o1>>shift2), clamp(o2>>shift2), clamp(o3>>shift2)
		out[4], out[5], out[6], out[7] = clamp(o4>>shift2), clamp(o5>>shift2), clamp(o6>>shift2), clamp(o7>>shift2)
	}
}

// transform is the cosine transform of 8 values. (ITU T.81, A.3.3.)
func transform(c0, c1, c2, c3, c4, c5, c6, c7, bias int32) (r0, r1, r2, r3, r4, r5, r6, r7 int32) {
	a := (c0+c4)<<13 + bias
	b := (c0-c4)<<13 + bias
	p := c2*cosine2 + c6*cosine6
	q := c2*cosine6 - c6*cosine2
	e0, e1, e2, e3 := a+p, b+q, b-q, a-p

	o0 := c1*cosine1 + c3*cosine3 + c5*cosine5 + c7*cosine7
	o1 := c1*cosine3 - c3*cosine7 - c5*cosine1 - c7*cosine5
	o2 := c1*cosine5 - c3*cosine1 + c5*cosine7 + c7*cosine3
	o3 := c1*cosine7 - c3*cosine5 + c5*cosine3 - c7*cosine1

	return e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0
}

// level returns the samples of a block that has no coefficient but the first.
func level(dc int16) byte {
	return clamp((saturate(4*int32(dc))<<13 + bias2) >> shift2)
}

// fill sets 8 rows of 8 samples to v.
func fill(pix []byte, stride int, v byte) {
	for y := range 8 {
		binary.LittleEndian.PutUint64(pix[y*stride:], eight(v))
	}
}

// eight returns v eight times.
func eight(v byte) uint64 { return uint64(v) * 0x0101_0101_0101_0101 }

func saturate(v int32) int32 { return min(max(v, -1<<15), 1<<15-1) }

func clamp(v int32) byte { return byte(min(max(v, 0), 255)) }
