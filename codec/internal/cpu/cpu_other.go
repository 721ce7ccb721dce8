//go:build !amd64 || noasm

// Package cpu says what the processor can do that assembly may use. Where there
// is no assembly, as with the tag noasm, it can do nothing.
package cpu

// AVX2 is false where there is no assembly.
const AVX2 = false
