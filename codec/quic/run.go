package quic

import (
	"encoding/binary"
	"math/bits"

	"saffron/codec/quic/params"
)

// maxRunOnes bounds the runs that are decoded at once: with as many one bits,
// and the bits that follow, they fit in a refilled bitReader. Others are rare.
const maxRunOnes = 16

// Vector code finds params.RunBits in runBits. runSums gives, by state of the
// run coder, the sum of the lengths that the states below it stand for.
var (
	runBits = params.RunBits
	runSums = sumRuns()
)

func sumRuns() (sums [len(runBits)]uint32) {
	for s := range len(sums) - 1 {
		sums[s+1] = sums[s] + 1<<params.RunBits[s]
	}
	return sums
}

// run decodes a run length and moves the state of the run coder. It returns
// false if the length exceeds limit.
func (br *bitReader) run(state *uint8, limit int) (length int, ok bool) {
	br.refill()
	ones := bits.LeadingZeros64(^br.buf)
	s := int(*state&31) + ones
	if ones > maxRunOnes || s >= len(runSums) {
		return br.longRun(state, limit)
	}
	length = int(runSums[s] - runSums[*state&31])
	if length > limit {
		return 0, false
	}
	br.take(uint(ones) + 1)
	length += int(br.take(uint(runBits[s])))
	*state = uint8(max(s-1, 0))
	return length, length <= limit
}

// longRun is run, bit by bit.
func (br *bitReader) longRun(state *uint8, limit int) (length int, ok bool) {
	s := *state & 31
	for {
		br.refill()
		if br.take(1) == 0 {
			break
		}
		length += 1 << runBits[s]
		if length > limit {
			return 0, false
		}
		if s < 31 {
			s++
		}
	}
	br.refill()
	length += int(br.take(uint(runBits[s])))
	if s > 0 {
		s--
	}
	*state = s
	return length, length <= limit
}

// fill sets the first n pixels of row to value. It may set up to eight even if
// n is less: what is after a run is decoded later.
func fill(row []byte, n int, value uint32) {
	const step = 8 * pixelLen
	two := uint64(value)<<32 | uint64(value)
	for ; n > 0 && len(row) >= step; n -= step / pixelLen {
		eight := row[:step:step]
		binary.LittleEndian.PutUint64(eight[0:], two)
		binary.LittleEndian.PutUint64(eight[8:], two)
		binary.LittleEndian.PutUint64(eight[16:], two)
		binary.LittleEndian.PutUint64(eight[24:], two)
		row = row[step:]
	}
	for ; n > 0 && len(row) >= pixelLen; n-- {
		binary.LittleEndian.PutUint32(row, value)
		row = row[pixelLen:]
	}
}
