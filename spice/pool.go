package spice

import (
	"math/bits"
	"sync"
)

// bodies recycles message bodies by power of two, from 64 bytes to 32 MiB: an
// uncompressed full-screen message has megabytes, and fresh memory costs more
// than the copy out of the socket; small ones come by the thousand.
var bodies [20]sync.Pool

const smallestClass = 6 // 1 << 6 bytes

// A pooledBody is memory on loan from bodies. Its length is that of its class.
type pooledBody struct{ b []byte }

func bodyClass(n int) int { return max(bits.Len(uint(max(n, 1)-1))-smallestClass, 0) }

// takeBody returns memory for n bytes or more, with any content, or nil if n is
// above the largest class.
func takeBody(n int) *pooledBody {
	class := bodyClass(n)
	if class >= len(bodies) {
		return nil
	}
	if p, ok := bodies[class].Get().(*pooledBody); ok {
		return p
	}
	return &pooledBody{make([]byte, 1<<(class+smallestClass))}
}

// free gives the memory back.
func (p *pooledBody) free() { bodies[bodyClass(len(p.b))].Put(p) }
