// Package lzpix moves pixels for the decoders of the LZ family: it expands
// literals, repeats earlier pixels, and puts decoded rows in their place.
//
// Pixels are four bytes, R,G,B,A, back to back. Nothing here checks its
// arguments beyond what Go does; the decoders have checked them.
package lzpix

import (
	"encoding/binary"
	"image"
)

// Run is the most pixels of one literal command.
const Run = 32

// RunIn and RunOut are what ColourRuns wants to find of src and of dst.
const (
	RunIn  = 1 + 3*Run + 4
	RunOut = 4 * Run
)

// ColourRuns decodes commands of up to Run colours, triples B,G,R behind a count
// less 1, as long as there are such, and RunIn bytes of src and RunOut of dst
// for each: it may read and write as much whatever the count is. It returns how
// many bytes of dst are pixels, with a fourth byte of 0, and how many of src
// were commands.
func ColourRuns(dst, src []byte) (out, in int) {
	for len(dst)-out >= RunOut && len(src)-in >= RunIn && src[in] < Run {
		n := int(src[in]) + 1
		d, s := dst[out:][:RunOut], src[in+1:][:RunIn-1]
		for len(d) >= 32 && len(s) >= 26 && len(d) > RunOut-4*n {
			binary.LittleEndian.PutUint64(d, twoColours(s))
			binary.LittleEndian.PutUint64(d[8:], twoColours(s[6:]))
			binary.LittleEndian.PutUint64(d[16:], twoColours(s[12:]))
			binary.LittleEndian.PutUint64(d[24:], twoColours(s[18:]))
			d, s = d[32:], s[24:]
		}
		out += 4 * n
		in += 1 + 3*n
	}
	return out, in
}

// twoColours returns the pixels of the triples at src, of which it reads eight
// bytes.
func twoColours(src []byte) uint64 {
	v := binary.BigEndian.Uint64(src) // B G R B G R . .
	return v>>40 | v>>16&triple<<32
}

// triple covers three bytes. It is a variable because the compiler writes a word
// part by part if it knows that a byte is 0 (Go 1.26).
var triple uint64 = 0xffffff

// Colours expands packed B,G,R triples to the pixels of dst, with a fourth byte
// of 0.
func Colours(dst, src []byte) {
	for len(dst) >= 4 && len(src) >= 3 {
		p := uint32(src[0])<<16 | uint32(src[1])<<8 | uint32(src[2])
		binary.LittleEndian.PutUint32(dst, p)
		dst, src = dst[4:], src[3:]
	}
}

// Colours555 expands big-endian 0RRRRRGGGGGBBBBB pixels to the pixels of dst by
// bit replication, with a fourth byte of 0. Bit 15 is ignored.
func Colours555(dst, src []byte) {
	for len(dst) >= 4 && len(src) >= 2 {
		p := uint32(src[0])<<8 | uint32(src[1])
		c := p>>10&31 | p>>5&31<<8 | p&31<<16
		binary.LittleEndian.PutUint32(dst, c<<3|c>>2&0x070707)
		dst, src = dst[4:], src[2:]
	}
}

// Indexed looks up a pixel of dst for every byte of src.
func Indexed(dst, src []byte, table *[256]uint32) {
	dst = dst[:4*len(src)]
	for len(src) >= 2 && len(dst) >= 8 {
		two := uint64(table[src[0]]) | uint64(table[src[1]])<<32
		binary.LittleEndian.PutUint64(dst, two)
		src, dst = src[2:], dst[8:]
	}
	if len(src) >= 1 && len(dst) >= 4 {
		binary.LittleEndian.PutUint32(dst, table[src[0]])
	}
}

// Alphas sets the fourth bytes of dst.
func Alphas(dst, src []byte) {
	dst = dst[:4*len(src)]
	for x, a := range src {
		dst[4*x+3] = a
	}
}

// Step is how many bytes Copy and Tile write.
const Step = 32

// Copy copies Step bytes to buf[at:] from dist bytes before, dist >= Step.
func Copy(buf []byte, at, dist int) {
	d, s := buf[at:][:Step], buf[at-dist:][:Step]
	binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(s))
	binary.LittleEndian.PutUint64(d[8:], binary.LittleEndian.Uint64(s[8:]))
	binary.LittleEndian.PutUint64(d[16:], binary.LittleEndian.Uint64(s[16:]))
	binary.LittleEndian.PutUint64(d[24:], binary.LittleEndian.Uint64(s[24:]))
}

// Tile fills Step bytes at buf[at:] with repetitions of the dist bytes before,
// 0 < dist < Step, and returns the distance, at least Step, of which the bytes
// that follow are repetitions, too.
//
// It loads single pixels, all from before at. Any wider load would span what
// different commands have just stored, and the processor would have to wait
// until that is in its cache.
func Tile(buf []byte, at, dist int) int {
	d, s := buf[at:][:Step], buf[at-dist:][:Step]
	t := &tiles[dist/4&7]
	binary.LittleEndian.PutUint64(d, two(s, t[0], t[1]))
	binary.LittleEndian.PutUint64(d[8:], two(s, t[2], t[3]))
	binary.LittleEndian.PutUint64(d[16:], two(s, t[4], t[5]))
	binary.LittleEndian.PutUint64(d[24:], two(s, t[6], t[7]))
	return int(t[8])
}

// two returns the pixels of src at i and j.
func two(src []byte, i, j uint8) uint64 {
	return uint64(binary.LittleEndian.Uint32(src[i&28:])) | uint64(binary.LittleEndian.Uint32(src[j&28:]))<<32
}

// tiles are, for every distance in pixels, the offsets of the pixels that Tile
// repeats, and the distance it returns.
var tiles = func() (list [8][9]uint8) {
	for dist := 1; dist < 8; dist++ {
		for i := range 8 {
			list[dist][i] = uint8(4 * (i % dist))
		}
		list[dist][8] = uint8(4 * dist * ((7 + dist) / dist))
	}
	return list
}()

// Repeat writes n bytes at buf[at:] by copying upwards from dist bytes before,
// so that a copy longer than its distance repeats itself.
// at, dist and n are multiples of 4 and 0 < dist <= at.
func Repeat(buf []byte, at, dist, n int) {
	if dist == 4 {
		fill(buf[at:at+n], binary.LittleEndian.Uint32(buf[at-4:]))
	} else {
		repeatLong(buf, at, dist, n)
	}
}

// fill sets all pixels of dst to p.
func fill(dst []byte, p uint32) {
	const block = 64
	pp := uint64(p)<<32 | uint64(p)
	head := dst[:min(len(dst), block)]
	for len(head) >= 8 {
		binary.LittleEndian.PutUint64(head, pp)
		head = head[8:]
	}
	if len(head) >= 4 {
		binary.LittleEndian.PutUint32(head, p)
	}
	if len(dst) > block {
		repeatLong(dst, block, block, len(dst)-block)
	}
}

// short is the copy length, in bytes, up to which a loop beats the call of
// memmove.
const short = 48

// RepeatBytes is Repeat for any multiples.
func RepeatBytes(buf []byte, at, dist, n int) {
	if n > short {
		repeatLong(buf, at, dist, n)
		return
	}
	d, s := buf[at:at+n], buf[at-dist:at-dist+n]
	switch {
	case dist == 1:
		for i := range d {
			d[i] = s[0]
		}
		return
	case dist >= 8:
		for len(d) >= 8 && len(s) >= 8 {
			binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(s))
			d, s = d[8:], s[8:]
		}
	}
	for i := 0; i < len(d) && i < len(s); i++ {
		d[i] = s[i]
	}
}

// repeatLong copies as RepeatBytes does. What has been written is always a
// whole number of periods, so each turn can copy twice as much as the last,
// until it is as much as the first cache holds.
func repeatLong(buf []byte, at, dist, n int) {
	const enough = 1 << 14
	for from := at - dist; n > 0; {
		k := copy(buf[at:at+n], buf[from:at])
		at += k
		n -= k
		if at-from > enough {
			from = at - k
		}
	}
}

// alphaBits are the fourth bytes of two pixels.
const alphaBits = 0xff000000_ff000000

// RepeatAlphas is Repeat for the fourth bytes alone.
func RepeatAlphas(buf []byte, at, dist, n int) {
	dst, src := buf[at:at+n], buf[at-dist:]
	switch {
	case dist == 4:
		fillAlphas(dst, src[3])
	case dist < Step:
		copyAlphas(dst, src)
	default:
		CopyAlphas(dst, src)
	}
}

// CopyAlphas copies fourth bytes upwards from src, which may begin Step bytes
// before dst in the same memory, or farther.
func CopyAlphas(dst, src []byte) {
	n := copyAlphasWide(dst, src)
	copyAlphas(dst[n:], src[n:])
}

// copyAlphas copies two fourth bytes at a time, from two pixels before or
// farther.
func copyAlphas(dst, src []byte) {
	src = src[:len(dst)]
	for len(dst) >= 8 && len(src) >= 8 {
		v := binary.LittleEndian.Uint64(dst)&^alphaBits | binary.LittleEndian.Uint64(src)&alphaBits
		binary.LittleEndian.PutUint64(dst, v)
		dst, src = dst[8:], src[8:]
	}
	if len(dst) >= 4 && len(src) >= 4 {
		dst[3] = src[3]
	}
}

// fillAlphas sets the fourth bytes of all pixels of dst to a.
func fillAlphas(dst []byte, a byte) {
	dst = dst[fillAlphasWide(dst, a):]
	aa := uint64(a) * (1<<24 | 1<<56)
	for len(dst) >= 8 {
		binary.LittleEndian.PutUint64(dst, binary.LittleEndian.Uint64(dst)&^alphaBits|aa)
		dst = dst[8:]
	}
	if len(dst) >= 4 {
		dst[3] = a
	}
}

// CutAlphas sets the fourth bytes of dst to 0.
func CutAlphas(dst []byte) { fillAlphas(dst, 0) }

// PutRows copies the rows y of pix, which is in stream order, that have
// from <= y < to, to dst. Row 0 is at the top if topDown is set and at the
// bottom otherwise.
func PutRows(dst *image.RGBA, pix []byte, topDown bool, from, to int) {
	row := 4 * dst.Rect.Dx()
	if topDown && dst.Stride == row {
		copy(dst.Pix[from*row:], pix[from*row:to*row])
		return
	}
	for y := from; y < to; y++ {
		copy(Row(dst, y, topDown), pix[y*row:][:row])
	}
}

// Row returns the pixels of stream row y of dst.
func Row(dst *image.RGBA, y int, topDown bool) []byte {
	if !topDown {
		y = dst.Rect.Dy() - 1 - y
	}
	return dst.Pix[y*dst.Stride:][:4*dst.Rect.Dx()]
}

// Batch returns how many rows of a width in pixels to decode before they are
// put in their place: those that the processor still has at hand then.
func Batch(width int) int { return max(1, 1<<17/(4*width)) }
