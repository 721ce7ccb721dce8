package encode

import (
	"encoding/binary"
	"image"
	"math/bits"

	"saffron/codec/bitmap"
)

// LZ4 returns img as an LZ4 image in one of the formats of [Bitmap].
// The image becomes several blocks that copy from each other, as servers send
// it: a block holds some rows, about 32 KiB.
// (SPICE protocol, images on the display channel, LZ4.)
func LZ4(img *image.RGBA, format bitmap.Format, topDown bool) []byte {
	rows := Bitmap(img, format, topDown)
	out := []byte{0, byte(format)}
	if topDown {
		out[0] = 1
	}
	if len(rows) == 0 {
		return out
	}
	stride := len(rows) / img.Rect.Dy()
	step := stride * max(1, 32<<10/stride)
	e := lz4Encoder{data: rows}
	for start := 0; start < len(rows); start += step {
		out = append(out, 0, 0, 0, 0)
		at := len(out)
		out = e.appendBlock(out, start, min(start+step, len(rows)))
		binary.BigEndian.PutUint32(out[at-4:], uint32(len(out)-at))
	}
	return out
}

// Rules of the LZ4 block format: a copy is 4 bytes or more, from at most 65535
// bytes back; the last 5 bytes of a block are literals; the last copy begins at
// least 12 bytes before the end of the block.
const (
	lz4MinCopy   = 4
	lz4MaxBack   = 65535
	lz4Literals  = 5
	lz4LastStart = 12

	lz4HashBits = 14
)

// An lz4Encoder finds copies greedily with one hash table for all blocks.
type lz4Encoder struct {
	data []byte
	last [1 << lz4HashBits]int // position + 1 of the latest four bytes with this hash
}

// appendBlock appends the block of e.data[start:end] to out.
func (e *lz4Encoder) appendBlock(out []byte, start, end int) []byte {
	done := start // everything before it is in out
	for at := start; at <= end-lz4LastStart; {
		word := binary.LittleEndian.Uint32(e.data[at:])
		slot := &e.last[word*2654435761>>(32-lz4HashBits)]
		from := *slot - 1
		*slot = at + 1
		if from < 0 || at-from > lz4MaxBack || binary.LittleEndian.Uint32(e.data[from:]) != word {
			at++
			continue
		}
		n := lz4MinCopy + common(e.data[from+lz4MinCopy:], e.data[at+lz4MinCopy:end-lz4Literals])
		out = appendSequence(out, e.data[done:at], at-from, n)
		at += n
		done = at
	}
	return appendSequence(out, e.data[done:end], 0, 0)
}

// common returns the length of the common prefix of a and b.
func common(a, b []byte) int {
	n := 0
	for len(b)-n >= 8 && len(a)-n >= 8 {
		if x := binary.LittleEndian.Uint64(a[n:]) ^ binary.LittleEndian.Uint64(b[n:]); x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for n < len(b) && n < len(a) && a[n] == b[n] {
		n++
	}
	return n
}

// appendSequence appends literals and a copy of n bytes from back bytes ago;
// no copy if n is 0, which ends a block.
func appendSequence(out, literals []byte, back, n int) []byte {
	token := byte(min(len(literals), 15) << 4)
	if n > 0 {
		token |= byte(min(n-lz4MinCopy, 15))
	}
	out = appendLength(append(out, token), len(literals))
	out = append(out, literals...)
	if n == 0 {
		return out
	}
	out = binary.LittleEndian.AppendUint16(out, uint16(back))
	return appendLength(out, n-lz4MinCopy)
}

// appendLength appends what does not fit in a token's four bits.
func appendLength(out []byte, n int) []byte {
	if n < 15 {
		return out
	}
	for n -= 15; n >= 255; n -= 255 {
		out = append(out, 255)
	}
	return append(out, byte(n))
}
