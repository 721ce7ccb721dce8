//go:build amd64 && !noasm

package jpeg

import "golang.org/x/sys/cpu"

// vector tells whether the functions in assembly can run here.
var vector = cpu.X86.HasAVX2

//go:noescape
func idctAVX2(pix *byte, stride int, block, quant *[64]int16)

//go:noescape
func stretchAVX2(out, near, far *byte, n int)

//go:noescape
func convertAVX2(dst, y, cb, cr *byte, n int)

// idct is idctGo. pix holds 7 rows of stride bytes and 8 bytes, at least.
func idct(pix []byte, stride int, block, quant *[64]int16) {
	if !vector {
		idctGo(pix, stride, block, quant)
		return
	}
	_ = pix[7*stride+7]
	idctAVX2(&pix[0], stride, block, quant)
}

// stretch is stretchGo. It may write the rest of 32 bytes after what it is to
// write, and read the rest of 16 samples.
func stretch(out, near, far []byte, n int) {
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

// convert is convertGo.
func convert(dst, y, cb, cr []byte) {
	if n := len(y) &^ 15; vector && n > 0 {
		_, _, _ = dst[4*n-1], cb[n-1], cr[n-1]
		convertAVX2(&dst[0], &y[0], &cb[0], &cr[0], n)
		dst, y, cb, cr = dst[4*n:], y[n:], cb[n:], cr[n:]
	}
	convertGo(dst, y, cb, cr)
}
