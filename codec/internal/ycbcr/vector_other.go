//go:build !amd64 || noasm

package ycbcr

// Stretch sets out to 2·n samples interpolated from n of the row near and of the
// next row far, which both begin with the sample before the first, and end with
// one after the last. It may write the rest of 32 bytes after what it is to write,
// and read the rest of 16 samples: out, near and far must have them.
func Stretch(out, near, far []byte, n int) { stretchGo(out, near, far, n) }

// Convert writes len(y) pixels of the given luma and chroma to dst, four bytes
// each, the fourth 0.
func (m *Matrix) Convert(dst, y, cb, cr []byte) { m.convertGo(dst, y, cb, cr) }
