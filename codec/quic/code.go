package quic

import (
	"math/bits"
	"sync"

	"saffron/codec/quic/params"
)

// numCodes is how many codes a model chooses from, and how many buckets it
// has, at 8 bits. At 5 bits the last three of both are not used.
const numCodes = 8

// fastBits is the length of the prefix that is looked up at once. Three such
// codewords fit in what a refilled bitReader has.
//
// Measured with Go 1.26: 8 bits cost a third of the speed on desktops, and 10
// gain nothing but make the tables twice as large.
const fastBits = 9

// A symbol is a decoded component, ready for use:
//
//	bits  0…7   length of its codeword, if still to be taken from the buffer
//	bits  8…15  its bucket as a context
//	bits 16…23  its folded residual
//	bits 24…31  its residual
//
// The zero symbol stands for "not known".
type symbol uint32

func (s symbol) length() uint    { return uint(s & 63) }
func (s symbol) bucket() uint8   { return uint8(s >> 8) }
func (s symbol) folded() uint8   { return uint8(s >> 16) }
func (s symbol) residual() uint8 { return uint8(s >> 24) }

func newSymbol(folded uint8, depth uint) symbol {
	return symbol(params.Bucket(folded, depth))<<8 |
		symbol(folded)<<16 |
		symbol(params.Unfold(folded, depth))<<24
}

// A code decodes one of the codes of a family.
type code struct {
	// fast gives the symbol whose codeword starts the next fastBits bits,
	// or zero if it is longer than that, or no valid one.
	fast [1 << fastBits]symbol
	params.Code
	depth uint
}

func (c *code) init(depth, k uint) {
	c.Code, c.depth = params.NewCode(depth, k), depth
	for v := range uint32(1) << depth {
		word, length := c.Word(v)
		if length > fastBits {
			continue
		}
		s := newSymbol(uint8(v), depth) | symbol(length)
		first := word << (fastBits - length)
		for i := range uint32(1) << (fastBits - length) {
			c.fast[first+i] = s
		}
	}
}

// long decodes a codeword of any length and takes it from br, which it leaves
// refilled. The symbol's length is 0.
func (c *code) long(br *bitReader) symbol {
	br.refill()
	zeros := uint(bits.LeadingZeros64(br.buf))
	var v uint32
	if zeros < c.Prefix {
		br.take(zeros)
		v = uint32(zeros)<<c.K | br.take(1+c.K)&(1<<c.K-1)
	} else {
		br.take(c.Prefix)
		v = c.FirstEsc + br.take(c.EscapeLen)
	}
	br.refill()
	if v >= 1<<c.depth {
		br.bad, v = true, 0
	}
	return newSymbol(uint8(v), c.depth)
}

// A family is the codes for components of one depth.
type family struct {
	depth uint
	mask  uint32 // the bits that a component may have, in each of three bytes
	codes [numCodes]code
	// cost gives, by folded residual, what it adds to the counters of a bucket.
	cost [256]counts
}

var (
	family5 = sync.OnceValue(func() *family { return newFamily(5) })
	family8 = sync.OnceValue(func() *family { return newFamily(8) })
)

func newFamily(depth uint) *family {
	f := &family{depth: depth, mask: (1<<depth - 1) * 0x010101}
	for k := range depth {
		f.codes[k].init(depth, k)
	}
	for v := range uint32(1) << depth {
		for k := uint(0); k < numCodes; k += 2 {
			f.cost[v][k/2] = pair(f.bits(v, k)<<costShift, f.bits(v, k+1)<<costShift)
		}
	}
	return f
}

// bits returns the length of a value's codeword in code k. Codes that the
// family lacks are dearer than any other, so that none is ever chosen.
func (f *family) bits(v uint32, k uint) uint64 {
	if k >= f.depth {
		return 31
	}
	_, length := f.codes[k].Word(v)
	return uint64(length)
}
