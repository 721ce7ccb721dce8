package quic

import (
	"encoding/binary"
	"math/bits"
)

// Three colour components are computed with at once, one a byte of a uint32.
const (
	rgbMask  = 0x00ffffff
	allHigh  = 0x80808080
	allLow7  = 0x7f7f7f7f
	pixelLen = 4
)

// halves returns (a+b)/2 of each component, rounded down.
func halves(a, b uint32) uint32 { return a&b + (a^b)>>1&allLow7 }

// sums returns a+b of each component, modulo 256.
func sums(a, b uint32) uint32 { return (a&allLow7 + b&allLow7) ^ (a^b)&allHigh }

// pixel returns the colours of pixel i.
func pixel(row []byte, i int) uint32 {
	at := pixelLen * i
	return binary.LittleEndian.Uint32(row[at:at+pixelLen:at+pixelLen]) & rgbMask
}

// setPixel sets the colours of pixel i, and its fourth byte to that of value.
func setPixel(row []byte, i int, value uint32) {
	at := pixelLen * i
	binary.LittleEndian.PutUint32(row[at:at+pixelLen:at+pixelLen], value)
}

// colours decodes the colours from p to until, or beyond it if a run goes that
// far, in a row that is not the first. It returns false if a run passes end.
func (d *decoder) colours(g *group, cur, prev []byte, p *place, until, end int) bool {
	var (
		br          = &d.bits
		src         = br.src
		buf, n, pos = br.buf, br.n, br.pos
		f           = g.family
		red         = &g.models[0]
		green       = &g.models[1]
		blue        = &g.models[2]
		skip        = g.skip
		ctx         = g.ctx[:end+1]
		mask        = f.mask
		i           = p.i
		runStart    = p.runStart

		// Of pixel i: the one to the left and the one left of that, and the one
		// above and to the left.
		left, left2, aboveLeft uint32
	)
	if i == 0 {
		left = pixel(prev, 0) // column 0 is predicted from above alone
	} else {
		left, aboveLeft = pixel(cur, i-1), pixel(prev, i-1)
		if i > 1 {
			left2 = pixel(cur, i-2)
		}
	}
	// The buckets of the pixel to the left.
	b0, b1, b2 := ctx[i][0].bucket(), ctx[i][1].bucket(), ctx[i][2].bucket()

	for i < until {
		above := pixel(prev, i)
		if above == aboveLeft && left == left2 && i > 2 && i != runStart {
			br.buf, br.n, br.pos = buf, n, pos
			run, ok := br.run(&g.runState, end-i)
			buf, n, pos = br.buf, br.n, br.pos
			if !ok {
				return false
			}
			runStart = i
			if run > 0 {
				fill(cur[pixelLen*i:pixelLen*end], run, left)
				if i += run; i == end {
					break
				}
				above, aboveLeft = pixel(prev, i), pixel(prev, i-1)
				b0, b1, b2 = ctx[i][0].bucket(), ctx[i][1].bucket(), ctx[i][2].bucket()
				if above == aboveLeft {
					continue // another run
				}
			}
		}

		// As bitReader.refill.
		if pos+8 <= len(src) {
			buf |= bits.RotateLeft64(binary.LittleEndian.Uint64(src[pos:pos+8:pos+8]), 32) >> (n & 63)
		} else {
			buf |= lastWords(src, pos) >> (n & 63)
		}
		pos += int((63-n)>>5) * 4
		n |= 32

		rest := buf
		s0 := f.lookup(red.best[b0&(numCodes-1)], rest)
		rest <<= s0.length()
		s1 := f.lookup(green.best[b1&(numCodes-1)], rest)
		rest <<= s1.length()
		s2 := f.lookup(blue.best[b2&(numCodes-1)], rest)
		rest <<= s2.length()
		if s0 != 0 && s1 != 0 && s2 != 0 {
			buf = rest
			n -= (s0 + s1 + s2).length()
		} else { // once more, carefully
			br.buf, br.n, br.pos = buf, n, pos
			s0 = d.symbol(g, 0, b0)
			s1 = d.symbol(g, 1, b1)
			s2 = d.symbol(g, 2, b2)
			buf, n, pos = br.buf, br.n, br.pos
		}

		residuals := uint32(s0)>>16&0xff | uint32(s1)>>8&0xff00 | uint32(s2)&0xff0000
		value := sums(halves(left, above), residuals) & mask
		setPixel(cur, i, value)
		left2, left, aboveLeft = left, value, above

		if skip > 0 {
			skip--
		} else {
			red.update(f, b0, s0.folded(), g.threshold)
			green.update(f, b1, s1.folded(), g.threshold)
			blue.update(f, b2, s2.folded(), g.threshold)
			skip = g.nextSkip()
		}
		i++
		next := &ctx[i]
		next[0], next[1], next[2] = s0.context(), s1.context(), s2.context()
		b0, b1, b2 = s0.context().bucket(), s1.context().bucket(), s2.context().bucket()
	}
	br.buf, br.n, br.pos = buf, n, pos
	g.skip = skip
	p.i, p.runStart = i, runStart
	return true
}
