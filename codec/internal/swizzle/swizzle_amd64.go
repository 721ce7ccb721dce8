//go:build !noasm

package swizzle

import "golang.org/x/sys/cpu"

// swapFast swaps as many whole steps as fit, and returns the bytes they had.
// dst and src are of the same length.
func swapFast(dst, src []byte) int {
	n := len(src) &^ 31
	if n == 0 || !cpu.X86.HasAVX2 {
		return 0
	}
	swapAVX2(&dst[0], &src[0], n)
	return n
}

// swapAVX2 swaps n bytes, a multiple of 32.
//
//go:noescape
func swapAVX2(dst, src *byte, n int)
