package render

import "encoding/binary"

// inBytes reports whether a blend mode needs no division: then it is computed
// from bytes, and otherwise by exact.
//
// Source: the blend modes of PDF, for colours multiplied with alpha:
//
//	r = (1-sa)*d + (1-da)*s + sa*da*B(d/da, s/sa)
//	ra = sa + da - sa*da
func (o Operator) inBytes() bool {
	switch o {
	case OpMultiply, OpScreen, OpOverlay, OpDarken, OpLighten, OpHardLight, OpDifference, OpExclusion:
		return true
	}
	return false
}

// mixed combines src into dst by a blend mode.
func (c *compositor) mixed(dst, src []byte) {
	src = src[:len(dst)]
	for ; len(dst) >= 4; dst, src = dst[4:], src[4:] {
		d := c.dest(dst)
		var r lanes
		for i := 3; i >= 0; i-- {
			r |= c.mix(i, lanes(src[i]), lanes(src[3]), d>>laneShift[i]&255, d.alpha()) << laneShift[i]
		}
		binary.LittleEndian.PutUint32(dst, r.pixel()&c.keep)
	}
}

// mix combines byte i of a source and a destination with their alphas.
func (c *compositor) mix(i int, s, sa, d, da lanes) lanes {
	if c.op == OpMultiply { // each product is rounded, as the reference does in this mode
		return s.mul(255 - da).add(d.mul(255 - sa)).add(d.mul(s))
	}
	if i == 3 {
		return wholeByte(255*int(sa+da) - int(sa*da))
	}
	rest := int(d*(255-sa) + s*(255-da))
	return wholeByte(rest + c.op.both(int(s), int(sa), int(d), int(da)))
}

// both returns sa*da*B(d/da, s/sa), in steps of 1/255/255.
func (o Operator) both(s, sa, d, da int) int {
	switch o {
	case OpScreen:
		return s*da + d*sa - s*d
	case OpOverlay:
		return hard(d, da, s, sa)
	case OpDarken:
		return min(s*da, d*sa)
	case OpLighten:
		return max(s*da, d*sa)
	case OpHardLight:
		return hard(s, sa, d, da)
	case OpDifference:
		return max(s*da-d*sa, d*sa-s*da)
	}
	return s*da + d*sa - 2*s*d // OpExclusion
}

// hard multiplies or screens, whichever a says.
func hard(a, alphaA, b, alphaB int) int {
	if 2*a < alphaA {
		return 2 * a * b
	}
	return alphaA*alphaB - 2*(alphaB-b)*(alphaA-a)
}

// wholeByte divides by 255 and rounds.
func wholeByte(v int) lanes {
	v = max(0, min(v, 255*255)) + 128
	return lanes(v+v>>8) >> 8
}
