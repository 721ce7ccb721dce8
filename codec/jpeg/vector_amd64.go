//go:build amd64 && !noasm

package jpeg

import "golang.org/x/sys/cpu"

// vector tells whether the function in assembly can run here.
var vector = cpu.X86.HasAVX2

//go:noescape
func idctAVX2(pix *byte, stride int, block, quant *[64]int16)

// idct is idctGo. pix holds 7 rows of stride bytes and 8 bytes, at least.
func idct(pix []byte, stride int, block, quant *[64]int16) {
	if !vector {
		idctGo(pix, stride, block, quant)
		return
	}
	_ = pix[7*stride+7]
	idctAVX2(&pix[0], stride, block, quant)
}
