package render

import "encoding/binary"

// An Operator says how Composite combines a source with the destination. The
// numbers are those of the X Render extension and of the wire.
type Operator uint8

// The operators of Porter and Duff, and ADD.
const (
	OpClear Operator = iota
	OpSrc
	OpDst
	OpOver
	OpOverReverse
	OpIn
	OpInReverse
	OpOut
	OpOutReverse
	OpAtop
	OpAtopReverse
	OpXor
	OpAdd
	OpSaturate
)

// Those of Porter and Duff again, OpClear to OpXor, for pictures whose coverages
// are taken to have nothing in common, or all that they can have.
const (
	OpDisjoint Operator = 0x10 // + OpClear to OpXor
	OpConjoint Operator = 0x20 // + OpClear to OpXor
)

// The blend modes of PDF.
const (
	OpMultiply Operator = iota + 0x30
	OpScreen
	OpOverlay
	OpDarken
	OpLighten
	OpColorDodge
	OpColorBurn
	OpHardLight
	OpSoftLight
	OpDifference
	OpExclusion
	OpHue
	OpSaturation
	OpColor
	OpLuminosity
)

func (o Operator) known() bool {
	switch o & 0xf0 {
	case 0:
		return o <= OpSaturate
	case OpDisjoint, OpConjoint:
		return o&0x0f <= OpXor
	}
	return OpMultiply <= o && o <= OpLuminosity
}

// A factor is what a component is multiplied with before both are added.
type factor uint8

const (
	factorZero     factor = iota
	factorOne             // 255
	factorAlpha           // of the other picture
	factorInverted        // 255 less that
)

// of returns the factor, given the alpha of the other picture.
func (f factor) of(alpha lanes) lanes {
	switch f {
	case factorOne:
		return 255
	case factorAlpha:
		return alpha
	case factorInverted:
		return 255 - alpha
	}
	return 0
}

// factors has those of source and destination for each operator.
var factors = [...][2]factor{
	OpClear:       {factorZero, factorZero},
	OpSrc:         {factorOne, factorZero},
	OpDst:         {factorZero, factorOne},
	OpOver:        {factorOne, factorInverted},
	OpOverReverse: {factorInverted, factorOne},
	OpIn:          {factorAlpha, factorZero},
	OpInReverse:   {factorZero, factorAlpha},
	OpOut:         {factorInverted, factorZero},
	OpOutReverse:  {factorZero, factorInverted},
	OpAtop:        {factorAlpha, factorInverted},
	OpAtopReverse: {factorInverted, factorAlpha},
	OpXor:         {factorInverted, factorInverted},
	OpAdd:         {factorOne, factorOne},
}

// A compositor applies an operator to rows.
type compositor struct {
	op     Operator
	opaque bool   // the destination has no alpha: it counts as 255
	keep   uint32 // bits of the result
}

// row combines src, as much as mask lets through, into dst. mask may be nil;
// component says that each of its components is the alpha of that component.
func (c *compositor) row(dst, src, mask []byte, component bool) {
	switch {
	case c.op > OpAdd && !c.op.inBytes():
		c.exact(dst, src, mask, component)
		return
	case mask != nil && component:
		c.masked(dst, src, mask)
		return
	case mask != nil:
		through(src, mask)
	}
	if c.op > OpAdd {
		c.mixed(dst, src)
		return
	}
	f := factors[c.op]
	src = src[:len(dst)]
	for ; len(dst) >= 4; dst, src = dst[4:], src[4:] {
		s, d := lanesOf(binary.LittleEndian.Uint32(src)), c.dest(dst)
		r := s.mul(f[0].of(d.alpha())).add(d.mul(f[1].of(s.alpha())))
		binary.LittleEndian.PutUint32(dst, r.pixel()&c.keep)
	}
}

// dest returns the first pixel of a row of the destination.
func (c *compositor) dest(row []byte) lanes {
	d := binary.LittleEndian.Uint32(row)
	if c.opaque {
		d |= 0xff000000
	}
	return lanesOf(d)
}

// masked combines src into dst, where each component of mask is the alpha of
// that component.
func (c *compositor) masked(dst, src, mask []byte) {
	src, mask = src[:len(dst)], mask[:len(dst)]
	for ; len(dst) >= 4; dst, src, mask = dst[4:], src[4:], mask[4:] {
		d := c.dest(dst)
		var r lanes
		for i := 3; i >= 0; i-- {
			component := lanes(src[i]).mul(lanes(mask[i]))
			alpha := lanes(src[3]).mul(lanes(mask[i]))
			r |= c.component(i, component, alpha, d>>laneShift[i]&255, d.alpha()) << laneShift[i]
		}
		binary.LittleEndian.PutUint32(dst, r.pixel()&c.keep)
	}
}

// component combines byte i of a source and a destination with their alphas.
func (c *compositor) component(i int, s, sa, d, da lanes) lanes {
	if c.op > OpAdd {
		return c.mix(i, s, sa, d, da)
	}
	f := factors[c.op]
	return s.mul(f[0].of(da)).add(d.mul(f[1].of(sa)))
}

// laneShift tells where in lanes each byte of a pixel is.
var laneShift = [4]int{0, 32, 16, 48}
