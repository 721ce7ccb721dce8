package quic

import (
	"encoding/binary"
	"math/bits"
)

// plane decodes pixels start to end of a group of one plane, in a row that is
// not the first. cur and prev begin with the plane's byte of their first
// pixel. It returns false if a run passes end. It is colours for one component.
func (d *decoder) plane(g *group, cur, prev []byte, start, end int) bool {
	var (
		br          = &d.bits
		src         = br.src
		buf, n, pos = br.buf, br.n, br.pos
		m           = &g.models[0]
		f           = g.family
		skip        = g.skip
		ctx         = g.ctx[:end+1]
		runStart    = 0

		left, left2, aboveLeft uint8
	)
	if start == 0 {
		left = prev[0]
	} else {
		left, aboveLeft = cur[pixelLen*(start-1)], prev[pixelLen*(start-1)]
		if start > 1 {
			left2 = cur[pixelLen*(start-2)]
		}
	}
	b := ctx[start][0].bucket()

	for i := start; i < end; {
		above := prev[pixelLen*i]
		if above == aboveLeft && left == left2 && i > 2 && i != runStart {
			br.buf, br.n, br.pos = buf, n, pos
			run, ok := br.run(&g.runState, end-i)
			buf, n, pos = br.buf, br.n, br.pos
			if !ok {
				return false
			}
			runStart = i
			if run > 0 {
				fillPlane(cur[pixelLen*i:], run, left)
				if i += run; i == end {
					break
				}
				above, aboveLeft = prev[pixelLen*i], prev[pixelLen*(i-1)]
				b = ctx[i][0].bucket()
				if above == aboveLeft {
					continue
				}
			}
		}

		if pos+8 <= len(src) {
			buf |= bits.RotateLeft64(binary.LittleEndian.Uint64(src[pos:pos+8:pos+8]), 32) >> (n & 63)
		} else {
			buf |= lastWords(src, pos) >> (n & 63)
		}
		pos += int((63-n)>>5) * 4
		n |= 32

		s := f.lookup(m.best[b&(numCodes-1)], buf)
		if s != 0 {
			buf <<= s.length()
			n -= s.length()
		} else {
			br.buf, br.n, br.pos = buf, n, pos
			s = d.symbol(g, 0, b)
			buf, n, pos = br.buf, br.n, br.pos
		}

		value := uint8((uint(left)+uint(above))>>1) + s.residual()
		cur[pixelLen*i] = value
		left2, left, aboveLeft = left, value, above

		if skip > 0 {
			skip--
		} else {
			m.update(f, b, s.folded(), g.threshold)
			skip = g.nextSkip()
		}
		i++
		b = s.context().bucket()
		ctx[i][0] = s.context()
	}
	br.buf, br.n, br.pos = buf, n, pos
	g.skip = skip
	return true
}

// fillPlane sets every fourth byte, n of them, to value.
func fillPlane(row []byte, n int, value uint8) {
	const (
		step = 4 * pixelLen
		mask = 0x0000_00ff_0000_00ff
	)
	two := uint64(value) * (mask / 0xff)
	for ; n >= step/pixelLen && len(row) >= step; n -= step / pixelLen {
		four := row[:step:step]
		a, b := binary.LittleEndian.Uint64(four[0:]), binary.LittleEndian.Uint64(four[8:])
		binary.LittleEndian.PutUint64(four[0:], a&^mask|two)
		binary.LittleEndian.PutUint64(four[8:], b&^mask|two)
		row = row[step:]
	}
	for i := 0; n > 0; n-- {
		row[i] = value
		i += pixelLen
	}
}
