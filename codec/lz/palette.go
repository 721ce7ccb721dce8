package lz

import (
	"encoding/binary"
	"image/color"
	"sync"
)

// tables are *[256]uint32 for lookup.
var tables = sync.Pool{New: func() any { return new([256]uint32) }}

// alphaOnly are the pixels of A8.
var alphaOnly = func() (table [256]uint32) {
	for i := range table {
		table[i] = uint32(i) << 24
	}
	return table
}()

// lookup sets table to the pixels of all indices a byte can hold, each the
// little-endian word of the bytes R,G,B,0. Nibbles count modulo the palette's
// size; any other index beyond it is entry 0, and everything is black without a
// palette.
func lookup(table *[256]uint32, t Type, palette []color.RGBA) {
	if len(palette) == 0 {
		clear(table[:])
		return
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
