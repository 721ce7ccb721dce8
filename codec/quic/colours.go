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

// colours decodes pixels start to end of the colours of a row that is not the
// first. It returns false if a run passes end.
func (d *decoder) colours(g *group, cur, prev []byte, start, end int) bool {
	var (
		br          = &d.bits
		src         = br.src
		buf, n, pos = br.buf, br.n, br.pos
		red         = &g.models[0]
		green       = &g.models[1]
		blue        = &g.models[2]
		skip        = g.skip
		ctx         = d.ctx[:end+1]
		mask        = red.family.mask
		runStart    = 0 // where the last run began; no run begins at 0

		// Of pixel i: the one to the left and the one left of that, and the one
		// above and to the left.
		left, left2, aboveLeft uint32
	)
	if start == 0 {
		left = pixel(prev, 0) // column 0 is predicted from above alone
	} else {
		left, aboveLeft = pixel(cur, start-1), pixel(prev, start-1)
		if start > 1 {
			left2 = pixel(cur, start-2)
		}
	}
	// The buckets of the pixel to the left.
	b0, b1, b2 := ctx[start][0], ctx[start][1], ctx[start][2]

	for i := start; i < end; {
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
				fill(cur[pixelLen*i:pixelLen*(i+run)], left)
				if i += run; i == end {
					break
				}
				above, aboveLeft = pixel(prev, i), pixel(prev, i-1)
				b0, b1, b2 = ctx[i][0], ctx[i][1], ctx[i][2]
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
		s0 := red.best[b0&(numCodes-1)].fast[rest>>(64-fastBits)]
		rest <<= s0.length()
		s1 := green.best[b1&(numCodes-1)].fast[rest>>(64-fastBits)]
		rest <<= s1.length()
		s2 := blue.best[b2&(numCodes-1)].fast[rest>>(64-fastBits)]
		rest <<= s2.length()
		if s0 != 0 && s1 != 0 && s2 != 0 {
			buf = rest
			n -= (s0 + s1 + s2).length()
		} else { // once more, carefully
			br.buf, br.n, br.pos = buf, n, pos
			s0 = d.symbol(red, b0)
			s1 = d.symbol(green, b1)
			s2 = d.symbol(blue, b2)
			buf, n, pos = br.buf, br.n, br.pos
		}

		residuals := uint32(s0>>24 | s1>>24<<8 | s2>>24<<16)
		value := sums(halves(left, above), residuals) & mask
		setPixel(cur, i, value)
		left2, left, aboveLeft = left, value, above

		if skip > 0 {
			skip--
		} else {
			red.update(b0, s0.folded(), g.threshold)
			green.update(b1, s1.folded(), g.threshold)
			blue.update(b2, s2.folded(), g.threshold)
			skip = g.nextSkip()
		}
		i++
		b0, b1, b2 = s0.bucket(), s1.bucket(), s2.bucket()
		next := &ctx[i]
		next[0], next[1], next[2] = b0, b1, b2
	}
	br.buf, br.n, br.pos = buf, n, pos
	g.skip = skip
	return true
}

// fill sets a whole number of pixels to value.
func fill(pixels []byte, value uint32) {
	const short = 8 * pixelLen
	for i := 0; i+pixelLen <= min(len(pixels), short); i += pixelLen {
		binary.LittleEndian.PutUint32(pixels[i:], value)
	}
	for done := short; done < len(pixels); done *= 2 {
		copy(pixels[done:], pixels[:done])
	}
}
