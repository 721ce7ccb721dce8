package render

import "slices"

const (
	poolSlots = 4
	poolBytes = 64 << 20 // larger memory is not kept
	poolAge   = 1024     // operations after which unused memory goes
)

// A pool keeps a little of the pixel memory that surfaces gave up, since
// off-screen surfaces come and go by the hundred and mode changes in volleys.
// What nobody takes soon goes to the garbage collector.
type pool struct {
	slots []slot // oldest first
	now   uint64 // operations so far
}

type slot struct {
	pix   []byte
	since uint64
}

// take returns n zero bytes. Memory is reused if not more than a quarter of
// it would lie idle.
func (p *pool) take(n int) []byte {
	for i, s := range p.slots {
		if c := cap(s.pix); n <= c && c-n <= c/4 {
			p.slots = slices.Delete(p.slots, i, i+1)
			pix := s.pix[:n]
			clear(pix)
			return pix
		}
	}
	return make([]byte, n)
}

// give hands over memory that nothing refers to any more.
func (p *pool) give(pix []byte) {
	if cap(pix) > poolBytes {
		return
	}
	p.slots = append(p.slots, slot{pix, p.now})
	for len(p.slots) > poolSlots || p.bytes() > poolBytes {
		p.drop()
	}
}

// tick counts an operation.
func (p *pool) tick() {
	p.now++
	if len(p.slots) > 0 && p.now-p.slots[0].since > poolAge {
		p.drop()
	}
}

func (p *pool) drop() { p.slots = slices.Delete(p.slots, 0, 1) }

func (p *pool) bytes() int64 {
	var n int64
	for _, s := range p.slots {
		n += int64(cap(s.pix))
	}
	return n
}
