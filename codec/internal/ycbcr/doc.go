// Package ycbcr turns luma and chroma into pixels: it doubles the resolution of
// chroma, and does the arithmetic of the four matrices that images and video use.
//
// Both work on a row at a time. On amd64 with AVX2 they are in assembly; their
// twins in Go, which serve elsewhere and with the build tag noasm, give the same
// bytes.
//
// All functions may be called from any goroutine.
package ycbcr
