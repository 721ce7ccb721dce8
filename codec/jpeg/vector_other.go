//go:build !amd64 || noasm

package jpeg

func idct(pix []byte, stride int, block, quant *[64]int16) { idctGo(pix, stride, block, quant) }

func stretch(out, near, far []byte, n int) { stretchGo(out, near, far, n) }

func convert(dst, y, cb, cr []byte) { convertGo(dst, y, cb, cr) }
