package render

import "encoding/binary"

// An Operator says how Composite combines a source with the destination. The
// numbers are those of the X Render extension and of the wire.
type Operator uint8

// The operators of Porter and Duff, and two more.
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

func (o Operator) known() bool { return o <= OpSaturate }

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

// row combines src into dst.
func (c *compositor) row(dst, src []byte) {
	if c.op == OpSaturate {
		c.saturate(dst, src, nil)
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
	if c.op == OpSaturate {
		c.saturate(dst, src, mask)
		return
	}
	f := factors[c.op]
	src, mask = src[:len(dst)], mask[:len(dst)]
	for ; len(dst) >= 4; dst, src, mask = dst[4:], src[4:], mask[4:] {
		d := c.dest(dst)
		fromDest := f[0].of(d.alpha())
		var r lanes
		for i := 3; i >= 0; i-- {
			component := lanes(src[i]).mul(lanes(mask[i]))
			alpha := lanes(src[3]).mul(lanes(mask[i]))
			q := d >> laneShift[i] & 255
			r |= component.mul(fromDest).add(q.mul(f[1].of(alpha))) << laneShift[i]
		}
		binary.LittleEndian.PutUint32(dst, r.pixel()&c.keep)
	}
}

// laneShift tells where in lanes each byte of a pixel is.
var laneShift = [4]int{0, 32, 16, 48}

// saturate adds of src as much as there is room for in the alpha of dst. mask
// may be nil.
func (c *compositor) saturate(dst, src, mask []byte) {
	for ; len(dst) >= 4; dst, src = dst[4:], src[4:] {
		d := c.dest(dst)
		room := 255 - d.alpha()
		var r lanes
		for i := 3; i >= 0; i-- {
			component, alpha := lanes(src[i]), lanes(src[3])
			if mask != nil {
				component, alpha = component.mul(lanes(mask[i])), alpha.mul(lanes(mask[i]))
			}
			if alpha > room {
				component = min(255, (component*room+alpha/2)/alpha)
			}
			r |= component.add(d>>laneShift[i]&255) << laneShift[i]
		}
		binary.LittleEndian.PutUint32(dst, r.pixel()&c.keep)
		if mask != nil {
			mask = mask[4:]
		}
	}
}
