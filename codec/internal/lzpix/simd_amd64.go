//go:build !noasm

package lzpix

// wide is how many bytes the vector loops take at a time.
const wide = 32

// HasAVX2 reports whether the vector loops can be used.
var HasAVX2 = func() bool {
	if most, _, _, _ := cpuid(0, 0); most < 7 {
		return false
	}
	const saved, avx, avx2 = 1 << 27, 1 << 28, 1 << 5
	_, _, c, _ := cpuid(1, 0)
	_, b, _, _ := cpuid(7, 0)
	// The system must keep both halves of the registers, too.
	return c&saved != 0 && c&avx != 0 && b&avx2 != 0 && xgetbv()&6 == 6
}()

// ColourRuns decodes commands of up to Run colours, triples B,G,R behind a count
// less 1, as long as there are such, and RunIn bytes of src and RunOut of dst
// for each: it may read and write as much whatever the count is. It returns how
// many bytes of dst are pixels, with a fourth byte of 0, and how many of src
// were commands.
func ColourRuns(dst, src []byte) (out, in int) {
	if HasAVX2 {
		return colourRunsAVX2(dst, src)
	}
	return colourRuns(dst, src)
}

// copyAlphasWide copies as many fourth bytes as can be copied at wide bytes a
// turn, upwards, and returns how many bytes of dst these are.
// src begins wide bytes before dst or farther, or in other memory.
func copyAlphasWide(dst, src []byte) int {
	n := len(dst) &^ (wide - 1)
	if n == 0 || !HasAVX2 {
		return 0
	}
	copyAlphasAVX2(dst[:n], src[:n])
	return n
}

// fillAlphasWide is copyAlphasWide for one value.
func fillAlphasWide(dst []byte, a byte) int {
	n := len(dst) &^ (wide - 1)
	if n == 0 || !HasAVX2 {
		return 0
	}
	fillAlphasAVX2(dst[:n], uint32(a))
	return n
}

//go:noescape
func colourRunsAVX2(dst, src []byte) (out, in int)

//go:noescape
func copyAlphasAVX2(dst, src []byte)

//go:noescape
func fillAlphasAVX2(dst []byte, a uint32)

func cpuid(leaf, sub uint32) (a, b, c, d uint32)
func xgetbv() uint32
