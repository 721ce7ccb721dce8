package spice

import (
	"math/bits"
	"sync"
)

// bodies recycles message bodies by power of two, from 4 KiB to 32 MiB: an
// uncompressed full-screen message has megabytes, and fresh memory costs more
// than the copy out of the socket.
var bodies [14]sync.Pool

const smallestClass = 12 // 1 << 12 bytes

func bodyClass(n int) int { return bits.Len(uint(max(n, 1)-1)) - smallestClass }

// takeBody returns n bytes with any content.
func takeBody(n int) []byte {
	class := bodyClass(n)
	if class < 0 || class >= len(bodies) {
		return make([]byte, n)
	}
	if p, ok := bodies[class].Get().(*[]byte); ok {
		return (*p)[:n]
	}
	return make([]byte, n, 1<<(class+smallestClass))
}

// freeBody gives a body from takeBody back.
func freeBody(b []byte) {
	class := bodyClass(cap(b))
	if class < 0 || class >= len(bodies) || cap(b) != 1<<(class+smallestClass) {
		return
	}
	b = b[:cap(b)]
	bodies[class].Put(&b)
}
