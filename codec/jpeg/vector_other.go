//go:build !amd64 || noasm

package jpeg

func idct(pix []byte, stride int, block, quant *[64]int16) { idctGo(pix, stride, block, quant) }
