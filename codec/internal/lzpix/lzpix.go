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

// Colours expands packed B,G,R triples to the pixels of dst, with a fourth byte
// of 0. src begins with the triples; if it goes on beyond them, the last pixels
// are read with wider loads and the bytes beyond are ignored.
func Colours(dst, src []byte) {
	for len(dst) >= 8 && len(src) >= 8 {
		v := binary.BigEndian.Uint64(src) // B G R B G R . .
		binary.LittleEndian.PutUint64(dst, v>>40|v>>16&0xffffff<<32)
		dst, src = dst[8:], src[6:]
	}
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

// short is the copy length, in bytes, up to which a loop of 8-byte moves beats
// the call of memmove.
const short = 48

// Repeat writes n bytes at buf[at:] by copying upwards from dist bytes before,
// so that a copy longer than its distance repeats itself.
// at, dist and n are multiples of 4 and 0 < dist <= at.
func Repeat(buf []byte, at, dist, n int) {
	switch {
	case dist == 4:
		fill(buf[at:at+n], binary.LittleEndian.Uint32(buf[at-4:]))
	case n <= short:
		d, s := buf[at:at+n], buf[at-dist:at-dist+n]
		for len(d) >= 8 && len(s) >= 8 {
			binary.LittleEndian.PutUint64(d, binary.LittleEndian.Uint64(s))
			d, s = d[8:], s[8:]
		}
		if len(d) >= 4 && len(s) >= 4 {
			binary.LittleEndian.PutUint32(d, binary.LittleEndian.Uint32(s))
		}
	default:
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
	for done := block; done < len(dst); done *= 2 {
		copy(dst[done:], dst[:done])
	}
}

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
// whole number of periods, so each turn can copy twice as much as the last.
func repeatLong(buf []byte, at, dist, n int) {
	for from := at - dist; n > 0; {
		k := copy(buf[at:at+n], buf[from:at])
		at += k
		n -= k
	}
}

// PutRows copies pixels in stream order to dst, the first row at the top if
// topDown is set and at the bottom otherwise. len(pix) is 4*Dx*Dy of dst.
func PutRows(dst *image.RGBA, pix []byte, topDown bool) {
	row := 4 * dst.Rect.Dx()
	for y := range dst.Rect.Dy() {
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
