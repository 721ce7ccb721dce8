package glz

import (
	"math/bits"
	"sync"
)

// pools hold the pixels of released images, by size class. Fresh memory costs
// more than the decoding.
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

// newBuffer returns a buffer of n bytes of any content.
func newBuffer(n int) []byte {
	c, size := class(n)
	if p, ok := pools[c].Get().(*[]byte); ok {
		return (*p)[:n]
	}
	return make([]byte, n, size)
}

// freeBuffer takes back a buffer that nobody reads any longer.
func freeBuffer(b []byte) {
	c, size := class(cap(b))
	if size == cap(b) {
		pools[c].Put(&b)
	}
}
