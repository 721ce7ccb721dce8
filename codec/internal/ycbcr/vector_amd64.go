//go:build amd64 && !noasm

package ycbcr

import "golang.org/x/sys/cpu"

// vector tells whether the functions in assembly can run here.
var vector = cpu.X86.HasAVX2

//go:noescape
func stretchAVX2(out, near, far *byte, n int)

//go:noescape
func convertAVX2(dst, y, cb, cr *byte, n int, f *factors)

// Stretch sets out to 2·n samples interpolated from n of the row near and of the
// next row far, which both begin with the sample before the first, and end with
// one after the last. It may write the rest of 32 bytes after what it is to write,
// and read the rest of 16 samples: out, near and far must have them.
func Stretch(out, near, far []byte, n int) {
	if !vector {
		stretchGo(out, near, far, n)
		return
	}
	n = (n + 15) &^ 15
	if n > 0 {
		_, _, _ = out[2*n-1], near[n+1], far[n+1]
		stretchAVX2(&out[0], &near[0], &far[0], n)
	}
}

// Convert writes len(y) pixels of the given luma and chroma to dst, four bytes
// each, the fourth 0.
func (m *Matrix) Convert(dst, y, cb, cr []byte) {
	if n := len(y) &^ 15; vector && n > 0 {
		_, _, _ = dst[4*n-1], cb[n-1], cr[n-1]
		convertAVX2(&dst[0], &y[0], &cb[0], &cr[0], n, &m.factors)
		dst, y, cb, cr = dst[4*n:], y[n:], cb[n:], cr[n:]
	}
	m.convertGo(dst, y, cb, cr)
}
