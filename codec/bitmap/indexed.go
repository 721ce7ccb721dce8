package bitmap

import "encoding/binary"

// A table holds the pixel of every index, as the little-endian word of its
// bytes R, G, B, A.
type table [256]uint32

// newTable fills in every entry, so that no index can be out of range.
func newTable(c Config) *table {
	t := new(table)
	if len(c.Palette) == 0 {
		if c.Format.BitsPerPixel() == 1 {
			t[1] = 0xffffffff
		}
		return t
	}
	for i := range t {
		p := c.Palette[0]
		if i < len(c.Palette) {
			p = c.Palette[i]
		}
		t[i] = uint32(p.R) | uint32(p.G)<<8 | uint32(p.B)<<16 | uint32(p.A)<<24
	}
	return t
}

func (t *table) unpack1LE(dst, src []byte) {
	for _, b := range src {
		for n := min(8, len(dst)/4); n > 0; n-- {
			binary.LittleEndian.PutUint32(dst, t[b&1])
			dst, b = dst[4:], b>>1
		}
	}
}

func (t *table) unpack1BE(dst, src []byte) {
	for _, b := range src {
		for n := min(8, len(dst)/4); n > 0; n-- {
			binary.LittleEndian.PutUint32(dst, t[b>>7])
			dst, b = dst[4:], b<<1
		}
	}
}

func (t *table) unpack4LE(dst, src []byte) {
	for _, b := range src {
		for n := min(2, len(dst)/4); n > 0; n-- {
			binary.LittleEndian.PutUint32(dst, t[b&15])
			dst, b = dst[4:], b>>4
		}
	}
}

func (t *table) unpack4BE(dst, src []byte) {
	for _, b := range src {
		for n := min(2, len(dst)/4); n > 0; n-- {
			binary.LittleEndian.PutUint32(dst, t[b>>4])
			dst, b = dst[4:], b<<4
		}
	}
}

func (t *table) unpack8(dst, src []byte) {
	for _, b := range src {
		binary.LittleEndian.PutUint32(dst, t[b])
		dst = dst[4:]
	}
}
