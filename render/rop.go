package render

// A Rop is a raster operation descriptor as transmitted: which bitwise
// function of two operands an operation writes.
//
// An operation has a first operand a (the brush of a fill, the source of a
// copy) and a second d (the destination), each inverted on request. The first
// of PUT, OR, AND, XOR, BLACKNESS, WHITENESS and INVERS that is set decides;
// a descriptor with none of them writes a.
//
// Source: SPICE display channel, SpiceRopd.
type Rop uint16

// The bits of a descriptor.
const (
	RopInversSrc   Rop = 0x001 // invert the source image (ROPD_INVERS_SRC)
	RopInversBrush Rop = 0x002 // invert the brush (ROPD_INVERS_BRUSH)
	RopInversDest  Rop = 0x004 // invert the destination (ROPD_INVERS_DEST)
	RopPut         Rop = 0x008 // a (ROPD_OP_PUT)
	RopOr          Rop = 0x010 // a | d (ROPD_OP_OR)
	RopAnd         Rop = 0x020 // a & d (ROPD_OP_AND)
	RopXor         Rop = 0x040 // a ^ d (ROPD_OP_XOR)
	RopBlackness   Rop = 0x080 // all zeros (ROPD_OP_BLACKNESS)
	RopWhiteness   Rop = 0x100 // all ones (ROPD_OP_WHITENESS)
	RopInvers      Rop = 0x200 // ^d, whatever the inversions (ROPD_OP_INVERS)
	RopInversRes   Rop = 0x400 // invert the result of PUT, OR, AND, XOR (ROPD_INVERS_RES)
)

// bits evaluates the descriptor on all bits of a and d. invA and invD are the
// flags that invert them: which ones depends on the operation.
func (r Rop) bits(a, d uint32, invA, invD Rop) uint32 {
	ai, di := a, d
	if r&invA != 0 {
		ai = ^a
	}
	if r&invD != 0 {
		di = ^d
	}
	var res uint32
	switch {
	case r&RopPut != 0:
		res = ai
	case r&RopOr != 0:
		res = ai | di
	case r&RopAnd != 0:
		res = ai & di
	case r&RopXor != 0:
		res = ai ^ di
	case r&RopBlackness != 0:
		return 0
	case r&RopWhiteness != 0:
		return ^uint32(0)
	case r&RopInvers != 0:
		return ^d
	default:
		return a
	}
	if r&RopInversRes != 0 {
		return ^res
	}
	return res
}

// A blend is a bitwise function of two operands in algebraic normal form,
//
//	r = one ^ a&ca ^ d&cd ^ a&d&cad
//
// with coefficients of all zeros or all ones. Any descriptor becomes one, so
// that a single loop without branches serves them all.
type blend struct{ one, ca, cd, cad uint32 }

// compile returns the function that r describes, with the given inversion flags.
func (r Rop) compile(invA, invD Rop) blend {
	const ones = ^uint32(0)
	f := func(a, d uint32) uint32 { return r.bits(a, d, invA, invD) }
	b := blend{one: f(0, 0)}
	b.ca = f(ones, 0) ^ b.one
	b.cd = f(0, ones) ^ b.one
	b.cad = f(ones, ones) ^ b.one ^ b.ca ^ b.cd
	return b
}

// put is the blend of a plain copy.
var put = blend{ca: ^uint32(0)}

// word applies the function to one word.
func (b blend) word(a, d uint32) uint32 {
	return b.one ^ a&b.ca ^ d&b.cd ^ a&d&b.cad
}

// readsDest reports whether the result depends on d.
func (b blend) readsDest() bool { return b.cd|b.cad != 0 }
