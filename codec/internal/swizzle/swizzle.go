// Package swizzle turns pixels of the bytes B, G, R, X into R, G, B, X, and
// back, which is the same exchange.
//
// On amd64 with AVX2 it moves 32 bytes at a time, with Go's assembler; the tag
// noasm leaves that out. Everywhere else it moves two pixels at a time.
//
// All functions may be called from any goroutine.
package swizzle

import "encoding/binary"

// Swap copies the pixels of src to dst and exchanges the first and the third
// byte of each. Both are of the same length, a multiple of four bytes; if not,
// what is beyond the shorter one, or a whole number of pixels, is left alone.
// dst and src must be the same memory or not overlap.
func Swap(dst, src []byte) {
	n := min(len(dst), len(src)) &^ 3
	done := swapFast(dst[:n], src[:n])
	swap(dst[done:n], src[done:n])
}

// swap is Swap for slices that are of equal length.
func swap(dst, src []byte) {
	for len(src) >= 32 && len(dst) >= 32 {
		d, s := dst[:32:32], src[:32:32]
		binary.LittleEndian.PutUint64(d[0:], swapTwo(binary.LittleEndian.Uint64(s[0:])))
		binary.LittleEndian.PutUint64(d[8:], swapTwo(binary.LittleEndian.Uint64(s[8:])))
		binary.LittleEndian.PutUint64(d[16:], swapTwo(binary.LittleEndian.Uint64(s[16:])))
		binary.LittleEndian.PutUint64(d[24:], swapTwo(binary.LittleEndian.Uint64(s[24:])))
		dst, src = dst[32:], src[32:]
	}
	for len(src) >= 4 && len(dst) >= 4 {
		b, g, r, x := src[0], src[1], src[2], src[3]
		dst[0], dst[1], dst[2], dst[3] = r, g, b, x
		dst, src = dst[4:], src[4:]
	}
}

// swapTwo turns two pixels B, G, R, X into R, G, B, X.
func swapTwo(p uint64) uint64 {
	const low = 0x000000ff_000000ff
	return p&0xff00ff00_ff00ff00 | p>>16&low | p&low<<16
}
