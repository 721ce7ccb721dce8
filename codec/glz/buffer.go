package glz

import (
	"math/bits"
	"sync"
)

// pools hold released images with their memory, by size class. Fresh memory
// costs more than the decoding.
var pools [4 * 32]sync.Pool

// class returns the smallest class whose buffers hold n bytes, and their size.
// There are four classes to each power of two.
func class(n int) (c, size int) {
	const least = 8 // log2 of the smallest size
	n = max(n, 1<<least)
	octave := bits.Len(uint(n-1)) - 1 // 1<<octave < n <= 2<<octave
	step := 1 << octave / 4
	quarters := (n - 1<<octave + step - 1) / step // 1..4
	return 4*(octave+1-least) + quarters - 1, 1<<octave + quarters*step
}

// newPicture returns an image with n bytes of any content, and nothing else.
func newPicture(n int) *picture {
	c, size := class(n)
	if p, ok := pools[c].Get().(*picture); ok {
		*p = picture{pix: p.pix[:n]}
		return p
	}
	return &picture{pix: make([]byte, n, size)}
}

// freePicture takes back an image that nobody refers to any longer.
func freePicture(p *picture) {
	c, _ := class(cap(p.pix))
	pools[c].Put(p)
}
