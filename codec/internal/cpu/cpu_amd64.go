//go:build !noasm

// Package cpu says what the processor can do that assembly may use. Where there
// is no assembly, as with the tag noasm, it can do nothing.
package cpu

// AVX2 reports whether the processor has AVX2, and the system keeps its
// registers.
var AVX2 = hasAVX2()

//go:noescape
func hasAVX2() bool
