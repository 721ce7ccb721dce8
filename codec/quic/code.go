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
// Measured with Go 1.26 on amd64: with 8 bits desktops take twice as long, and
// 10 gain nothing but make the tables twice as large.
const fastBits = 9

// A symbol is a decoded component, ready for use:
//
//	bits  0…7   length of its codeword, if still to be taken from the buffer
//	bits  8…15  its folded residual
//	bits 16…23  its residual
//	bits 24…31  the context that it makes
//
// The zero symbol stands for "not known".
type symbol uint32

func (s symbol) length() uint     { return uint(s & 63) }
func (s symbol) folded() uint8    { return uint8(s >> 8) }
func (s symbol) residual() uint8  { return uint8(s >> 16) }
func (s symbol) context() context { return context(s >> 24) }

func newSymbol(folded uint8, depth uint) symbol {
	return symbol(folded)<<8 |
		symbol(params.Unfold(folded, depth))<<16 |
		symbol(newContext(params.Bucket(folded, depth)))<<24
}

// A context is the bucket of a residual, in the upper three bits.
type context uint8

func newContext(bucket uint8) context { return context(bucket << 5) }

func (c context) bucket() uint8 { return uint8(c >> 5) }

// A family is the codes for components of one depth.
type family struct {
	depth uint
	mask  uint32 // the bits that a component may have, in each of three bytes
	codes [numCodes]params.Code

	// fast has a table for each code, in the order of lanes. It
	// gives the symbol whose codeword starts the next fastBits bits, or zero
	// if it is longer than that, or no valid one.
	fast [numCodes][1 << fastBits]symbol

	// symbols gives, by folded residual, the symbol without a length.
	symbols [256]symbol

	// cost gives, by folded residual, what it adds to the counters of a bucket.
	cost [256]counts

	fresh model // at the start of an image
}

// A lane is the number of a code in the order that the format prefers them in:
// from the last to the first.
type lane uint32

func (l lane) code() uint { return numCodes - 1 - uint(l&(numCodes-1)) }

var (
	family5 = sync.OnceValue(func() *family { return newFamily(5) })
	family8 = sync.OnceValue(func() *family { return newFamily(8) })
)

func newFamily(depth uint) *family {
	f := &family{depth: depth, mask: (1<<depth - 1) * 0x010101}
	for v := range 1 << depth {
		f.symbols[v] = newSymbol(uint8(v), depth)
	}
	for l := range lane(numCodes) {
		k := l.code()
		if k < depth {
			f.codes[k] = params.NewCode(depth, k)
			f.fillTable(&f.fast[l], k)
		}
		for v := range uint32(1) << depth {
			f.cost[v][l/lanes] |= f.bits(v, k) << (laneBits * (l % lanes))
		}
	}
	for b := range f.fresh.best {
		f.fresh.best[b] = lane(numCodes - depth)
	}
	return f
}

// fillTable sets the symbols of code k.
func (f *family) fillTable(fast *[1 << fastBits]symbol, k uint) {
	for v := range uint32(1) << f.depth {
		word, length := f.codes[k].Word(v)
		if length > fastBits {
			continue
		}
		s := f.symbols[v] | symbol(length)
		first := word << (fastBits - length)
		for i := range uint32(1) << (fastBits - length) {
			fast[first+i] = s
		}
	}
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

// lookup returns the symbol that buf begins with, or 0 if it is not in fast.
func (f *family) lookup(l lane, buf uint64) symbol {
	return f.fast[l&(numCodes-1)][buf>>(64-fastBits)]
}

// long decodes a codeword of any length and takes it from br, which has been
// refilled. The symbol's length is 0.
func (f *family) long(br *bitReader, l lane) symbol {
	c := &f.codes[l.code()]
	zeros := uint(bits.LeadingZeros64(br.buf))
	var v uint32
	if zeros < c.Prefix {
		br.take(zeros)
		v = uint32(zeros)<<c.K | br.take(1+c.K)&(1<<c.K-1)
	} else {
		br.take(c.Prefix)
		v = c.FirstEsc + br.take(c.EscapeLen)
	}
	if v >= 1<<f.depth {
		br.bad, v = true, 0
	}
	return f.symbols[v&255]
}
