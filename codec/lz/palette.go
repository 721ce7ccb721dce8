package lz

import (
	"encoding/binary"
	"image/color"
)

// lookup returns the pixel of every index a byte can hold, as the little-endian
// word of its bytes R,G,B,0. Nibbles count modulo the palette's size; any other
// index beyond it is entry 0, and everything is black without a palette.
func lookup(t Type, palette []color.RGBA) *[256]uint32 {
	var table [256]uint32
	if len(palette) == 0 {
		return &table
	}
	for i := range table {
		j := i
		if j >= len(palette) {
			j = 0
			if t == PLT4LE || t == PLT4BE {
				j = i % len(palette)
			}
		}
		c := palette[j]
		table[i] = uint32(c.R) | uint32(c.G)<<8 | uint32(c.B)<<16
	}
	return &table
}

// expand1 looks up 1-bit indices. A byte's first pixel is in bit first, its
// last in bit 7-first. Bits beyond the end of row are padding.
func expand1(row, packed []byte, colours *[256]uint32, first int) {
	for x := 0; 4*x < len(row); x++ {
		bit := packed[x/8] >> (x%8 ^ first) & 1
		binary.LittleEndian.PutUint32(row[4*x:], colours[bit])
	}
}

// expand4 looks up 4-bit indices. A byte's first pixel begins at bit first.
func expand4(row, packed []byte, colours *[256]uint32, first int) {
	for x := 0; 4*x < len(row); x++ {
		nibble := packed[x/2] >> (x%2*4 ^ first) & 15
		binary.LittleEndian.PutUint32(row[4*x:], colours[nibble])
	}
}

func expand8(row, packed []byte, colours *[256]uint32) {
	for len(packed) >= 2 && len(row) >= 8 {
		two := uint64(colours[packed[0]]) | uint64(colours[packed[1]])<<32
		binary.LittleEndian.PutUint64(row, two)
		packed, row = packed[2:], row[8:]
	}
	if len(packed) >= 1 && len(row) >= 4 {
		binary.LittleEndian.PutUint32(row, colours[packed[0]])
	}
}
