package jpeg

import "encoding/binary"

// convertGrey writes the pixels of a row without chroma to dst.
func convertGrey(dst, y []byte) {
	for x, v := range y {
		binary.LittleEndian.PutUint32(dst[4*x:], uint32(v)*0x010101)
	}
}

// join writes the pixels of a row of red, green and blue to dst.
func join(dst, r, g, b []byte) {
	for x := range r {
		binary.LittleEndian.PutUint32(dst[4*x:], uint32(r[x])|uint32(g[x])<<8|uint32(b[x])<<16)
	}
}
