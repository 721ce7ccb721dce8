//go:build !amd64 || noasm

package lzpix

// HasAVX2 is false where there are no vector loops. What would use them does
// nothing.
const HasAVX2 = false

func LZ(dst, src []byte, at, end, bias int, table *[256]uint32) (out, in int) { return at, 0 }

func GLZ(dst, src []byte, at, end int) (out, in int) { return at, 0 }

func copyAlphasWide(dst, src []byte) int { return 0 }

func fillAlphasWide(dst []byte, a byte) int { return 0 }
