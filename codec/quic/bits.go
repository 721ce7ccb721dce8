package quic

import (
	"encoding/binary"
	"math/bits"
)

// A bitReader hands out the bits of 32-bit little-endian words, uppermost bit
// first, and zeros after the last word.
//
// The next n bits of the stream are the upper n bits of buf; the bits of buf
// below are either the following ones already, or zero. 0 <= n < 64.
// pos counts the bytes that stand for those n bits and all before them, so
// 8*pos-n bits have been taken; it passes len(src) when the data runs out.
//
// The row decoders keep buf, n and pos in local variables, and store them back
// around calls.
type bitReader struct {
	src []byte // whole words
	buf uint64
	n   uint
	pos int
	bad bool // a codeword stood for a value out of range
}

// newBitReader returns a reader of src; an incomplete last word is ignored.
func newBitReader(src []byte) bitReader {
	return bitReader{src: src[:len(src)&^3]}
}

// overrun reports whether more bits have been taken than there are.
func (br *bitReader) overrun() bool { return br.pos > len(br.src)+int(br.n/8) }

// refill makes 32 <= n.
func (br *bitReader) refill() {
	// If a word's worth is missing, the word at pos takes its place and is
	// counted; if not, its upper bits are put in place and are counted later.
	br.buf |= twoWords(br.src, br.pos) >> (br.n & 63)
	br.pos += int((63-br.n)>>5) * 4
	br.n |= 32
}

// twoWords returns the words at pos and after, the first one uppermost.
func twoWords(src []byte, pos int) uint64 {
	if pos+8 <= len(src) {
		return bits.RotateLeft64(binary.LittleEndian.Uint64(src[pos:]), 32)
	}
	return lastWords(src, pos)
}

// lastWords is twoWords near the end of the data.
func lastWords(src []byte, pos int) uint64 {
	if pos+4 <= len(src) {
		return uint64(binary.LittleEndian.Uint32(src[pos:])) << 32
	}
	return 0
}

// take removes the next length bits and returns them. length <= n.
func (br *bitReader) take(length uint) uint32 {
	v := uint32(br.buf >> 1 >> (63 - length))
	br.buf <<= length
	br.n -= length
	return v
}
