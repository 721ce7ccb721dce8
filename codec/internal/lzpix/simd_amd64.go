//go:build !noasm

package lzpix

import "golang.org/x/sys/cpu"

// wide is how many bytes the vector loops take at a time.
const wide = 32

// HasAVX2 reports whether the vector loops can be used.
var HasAVX2 = cpu.X86.HasAVX2

// LZ decodes commands of a pass of LZ from src to dst[at:end], until there is one
// that is not usual or little of either is left. Matches are bias longer than
// they say; literals are looked up in table, or are colours if that is nil.
// It returns how far dst has been decoded, and how much of src that was.
//
// It may overwrite what follows, of dst alone. Without vectors it does nothing.
func LZ(dst, src []byte, at, end, bias int, table *[256]uint32) (out, in int) {
	if end = min(end, len(dst)-RunOut+1); !HasAVX2 || at >= end {
		return at, 0
	}
	return lzAVX2(dst, src, at, end, bias, table)
}

// GLZ is LZ for the colours of GLZ. It leaves matches with other images.
func GLZ(dst, src []byte, at, end int) (out, in int) {
	if end = min(end, len(dst)-RunOut+1); !HasAVX2 || at >= end {
		return at, 0
	}
	return glzAVX2(dst, src, at, end, 0, nil)
}

// picks are, for every distance in pixels, which of the eight pixels that begin
// there are to be the next eight; periods are the bytes after which they are the
// same again, of a multiple of eight pixels or more.
var (
	picks   [9][8]uint32
	periods [9]uint32
)

func init() {
	for dist := uint32(1); dist <= 8; dist++ {
		for i := range uint32(8) {
			picks[dist][i] = i % dist
		}
		periods[dist] = 4 * dist * ((7 + dist) / dist)
	}
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
func lzAVX2(dst, src []byte, at, end, bias int, table *[256]uint32) (out, in int)

//go:noescape
func glzAVX2(dst, src []byte, at, end, bias int, table *[256]uint32) (out, in int)

//go:noescape
func copyAlphasAVX2(dst, src []byte)

//go:noescape
func fillAlphasAVX2(dst []byte, a uint32)
