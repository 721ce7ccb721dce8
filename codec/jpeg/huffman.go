package jpeg

import "bytes"

// A symbol of up to this many bits, code and value together, is decoded by one
// look-up. More bits make the tables too large for the first-level cache.
const fastBits = 10

// A huffman is a table of codes, made for decoding.
//
// An entry of fast tells what starts with its index: the number of bits in the
// low 6 bits, by how far it moves on in the block in the second byte (endOfBlock
// if there is nothing more), and the value of the coefficient in the upper half.
// With entryCode set, only the code is that short; the bits are the code's
// alone, and the upper half is the number of bits of the value, which follow.
// With entryLong set, the code itself has more bits.
type huffman struct {
	fast   [1 << fastBits]uint32
	limit  [17]uint32 // by length: what 16 bits that start with a code of it are below
	offset [17]int32  // by length: from a code to its place in values
	values [256]byte
	source []byte // what it was made from
}

const (
	entryCode  = 1 << 6
	entryLong  = 1 << 7
	endOfBlock = 128
)

// checkCodes reports whether b begins with a table that can be: 16 counts of
// codes by length, and their values. It returns its length.
func checkCodes(b []byte, dc bool) (n int, ok bool) {
	if len(b) < 16 {
		return 0, false
	}
	space := 1 << 16
	for i, count := range b[:16] {
		n += int(count)
		space -= int(count) << (15 - i)
	}
	if space < 0 || n > 256 || 16+n > len(b) {
		return 0, false
	}
	for _, v := range b[16 : 16+n] {
		if dc && v > 15 {
			return 0, false
		}
	}
	return 16 + n, true
}

// set makes h the table that source holds, which passed checkCodes. Frames of a
// stream repeat their tables, so it does nothing if h is that already.
func (h *huffman) set(source []byte, dc bool) {
	if bytes.Equal(h.source, source) {
		return
	}
	h.source = append(h.source[:0], source...)
	copy(h.values[:], source[16:])
	for i := range h.fast {
		h.fast[i] = entryLong
	}
	code, at := uint32(0), 0
	for length := uint32(1); length <= 16; length++ {
		count := int(source[length-1])
		h.offset[length] = int32(at) - int32(code)
		for range count {
			if length <= fastBits {
				h.fill(code, length, h.values[at], dc)
			}
			code, at = code+1, at+1
		}
		h.limit[length] = code << (16 - length)
		code <<= 1
	}
}

// fill sets the entries that start with code.
func (h *huffman) fill(code, length uint32, value byte, dc bool) {
	alone := entry(length, value, dc)
	size, rest := alone>>16, fastBits-length
	entries := h.fast[code<<rest:][:1<<rest]
	for i := range entries {
		if size > rest {
			entries[i] = alone
			continue
		}
		v := extend(int32(i>>(rest-size)), size)
		entries[i] = (alone&0xff00 | length + size) | uint32(v)<<16
	}
}

// extend returns the number that size bits stand for: the lower half of their
// range are negative numbers (ITU T.81, F.2.2.1).
func extend(bits int32, size uint32) int32 {
	if size > 0 && bits < 1<<(size-1) {
		return bits - 1<<size + 1
	}
	return bits
}

// value decodes a symbol that fast alone, with the entry e, does not. word begins
// with it. It returns an entry without flags, and 0 if no code is that.
func (h *huffman) value(word, e uint64, dc bool) (value int32, entry uint64) {
	if e&entryLong != 0 {
		if e = h.long(word, dc); e == 0 {
			return 0, 0
		}
	}
	length, size := e&63, e>>16
	bits := word << length >> (64 - size)
	return extend(int32(bits), uint32(size)), e&0xff00 | (length + size)
}

// long returns what fast would tell, with entryCode, if it were large enough for
// the code that word begins with, and 0 if no code is that.
func (h *huffman) long(word uint64, dc bool) uint64 {
	code := uint32(word >> 48)
	for length := uint32(fastBits + 1); length <= 16; length++ {
		if code >= h.limit[length] {
			continue
		}
		value := h.values[uint8(int32(code>>(16-length))+h.offset[length])]
		return uint64(entry(length, value, dc))
	}
	return 0
}

// entry returns the entry of a code alone.
func entry(length uint32, value byte, dc bool) uint32 {
	size, move := uint32(value&15), uint32(value>>4)+1
	if dc {
		move = 1
	} else if size == 0 && value != 0xf0 {
		move = endOfBlock
	}
	return length | entryCode | move<<8 | size<<16
}
