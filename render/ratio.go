package render

import (
	"encoding/binary"
	"math"
)

// A components is a pixel's red, green, blue and alpha, each from 0 to 1.
type components [4]float32

func componentsOf(pixel []byte) (c components) {
	for i := range c {
		c[i] = float32(pixel[i]) * (1. / 255)
	}
	return c
}

// pixel brings components back to bytes, as the reference does: 0 to 1 in 256
// equal parts, of which the last two are one.
func (c *components) pixel() uint32 {
	var b [4]byte
	for i, v := range c {
		u := uint32(max(0, min(v, 1)) * 256)
		b[i] = byte(u - u>>8)
	}
	return binary.LittleEndian.Uint32(b[:])
}

// exact combines src, as much as mask lets through, into dst by an operator
// that divides.
func (c *compositor) exact(dst, src, mask []byte, component bool) {
	for ; len(dst) >= 4; dst, src = dst[4:], src[4:] {
		s, d := componentsOf(src), componentsOf(dst)
		if c.opaque {
			d[3] = 1
		}
		alpha := components{s[3], s[3], s[3], s[3]}
		if mask != nil {
			m := componentsOf(mask)
			if !component {
				m = components{m[3], m[3], m[3], m[3]}
			}
			for i := range s {
				s[i] *= m[i]
				alpha[i] *= m[i]
			}
			mask = mask[4:]
		}
		r := c.op.divide(s, alpha, d, mask != nil && component)
		binary.LittleEndian.PutUint32(dst, r.pixel()&c.keep)
	}
}

// divide combines s, whose components have alphas of their own, with d.
func (o Operator) divide(s, alpha, d components, component bool) components {
	da := d[3]
	if o >= OpHue {
		if component {
			return d // there is no such thing
		}
		return o.hsl(s, d)
	}
	r := components{3: alpha[3] + da - alpha[3]*da}
	for i := range r {
		switch {
		case o < OpMultiply:
			r[i] = o.coverage(s[i], alpha[i], d[i], da)
		case i < 3:
			r[i] = (1-alpha[i])*d[i] + (1-da)*s[i] + o.separable(s[i], alpha[i], d[i], da)
		}
	}
	return r
}

// coverage combines a component of two pictures whose coverages are disjoint or
// conjoint. Of the source, the part that is not of the destination or is so, is
// 1-p or p of it, and likewise of the destination with q.
//
// Source: X Render extension, disjoint and conjoint operators.
func (o Operator) coverage(s, sa, d, da float32) float32 {
	if o == OpSaturate {
		o = OpDisjoint + OpOverReverse
	}
	var p, q float32 // the shares that both have
	if o&0xf0 == OpDisjoint {
		p, q = 1-share(1-da, sa), 1-share(1-sa, da)
	} else {
		p, q = share(da, sa), share(sa, da)
	}
	f := [...]float32{factorZero: 0, factorOne: 1}
	pair := factors[o&0x0f]
	of := func(k factor, both float32) float32 {
		switch k {
		case factorAlpha:
			return both
		case factorInverted:
			return 1 - both
		}
		return f[k]
	}
	return min(1, s*of(pair[0], p)+d*of(pair[1], q))
}

// share returns a/b, at most 1, which it is too if b is 0.
func share(a, b float32) float32 {
	if b == 0 {
		return 1
	}
	return max(0, min(a/b, 1))
}

// separable returns sa*da*B(d/da, s/sa) of the modes that divide.
//
// Source: PDF, blend modes.
func (o Operator) separable(s, sa, d, da float32) float32 {
	switch o {
	case OpColorDodge:
		switch {
		case d == 0:
			return 0
		case d*sa >= sa*da-s*da || sa == s:
			return sa * da
		}
		return sa * sa * d / (sa - s)
	case OpColorBurn:
		switch {
		case d >= da:
			return sa * da
		case sa*(da-d) >= s*da || s == 0:
			return 0
		}
		return sa * (da - sa*(da-d)/s)
	}
	return soft(s, sa, d, da)
}

// soft is the mode SOFT_LIGHT.
func soft(s, sa, d, da float32) float32 {
	switch {
	case da == 0:
		return d * sa
	case 2*s < sa:
		return d*sa - d*(da-d)*(sa-2*s)/da
	case 4*d <= da:
		return d*sa + (2*s-sa)*d*((16*d/da-12)*d/da+3)
	}
	return d*sa + (float32(math.Sqrt(float64(d*da)))-d)*(2*s-sa)
}

// hsl takes hue, saturation and luminosity of two colours by turns. All that it
// does with colours holds for their multiples, too, so those of both are first
// multiplied with the alpha of the other.
//
// Source: PDF, blend modes that are not separable.
func (o Operator) hsl(s, d components) components {
	sa, da := s[3], d[3]
	r := components{3: sa + da - sa*da}
	over, under := s, d
	for i := range 3 {
		r[i] = (1-sa)*d[i] + (1-da)*s[i]
		over[i], under[i] = s[i]*da, d[i]*sa
	}
	var mixed components
	switch o {
	case OpHue:
		mixed = over.withSaturation(under.saturation())
	case OpSaturation:
		mixed = under.withSaturation(over.saturation())
	case OpColor:
		mixed = over
	default:
		mixed = under
	}
	light := under.luminosity()
	if o == OpLuminosity {
		light = over.luminosity()
	}
	mixed = mixed.withLuminosity(light, sa*da)
	for i := range 3 {
		r[i] += mixed[i]
	}
	return r
}

func (c *components) saturation() float32 { return max(c[0], c[1], c[2]) - min(c[0], c[1], c[2]) }
func (c *components) luminosity() float32 { return .3*c[0] + .59*c[1] + .11*c[2] }

// withSaturation spreads the colours between 0 and sat.
func (c components) withSaturation(sat float32) components {
	low, width := min(c[0], c[1], c[2]), c.saturation()
	for i := range 3 {
		if width == 0 {
			c[i] = 0
		} else {
			c[i] = (c[i] - low) * sat / width
		}
	}
	return c
}

// withLuminosity moves the colours, and brings back what leaves 0 to most.
func (c components) withLuminosity(light, most float32) components {
	delta := light - c.luminosity()
	for i := range 3 {
		c[i] += delta
	}
	l, low, high := c.luminosity(), min(c[0], c[1], c[2]), max(c[0], c[1], c[2])
	for i := range 3 {
		if low < 0 {
			c[i] = toward(c[i], l, 0, low)
		}
	}
	for i := range 3 {
		if high > most {
			c[i] = toward(c[i], l, most, high)
		}
	}
	return c
}

// toward shrinks the distance of v from l, so that what is at from comes to to.
func toward(v, l, to, from float32) float32 {
	if from == l {
		return to
	}
	return l + (v-l)*(to-l)/(from-l)
}
