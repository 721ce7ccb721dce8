package quic

// A model learns which code suits each bucket of one plane.
type model struct {
	counts [numCodes]counts
	best   [numCodes]lane // the code in force, by bucket
}

// counts has a counter for each code of a bucket: the bits that it would have
// used. Four counters share a word, 16 bits each, the lowest lane in the lowest
// bits. Of equally cheap codes, the one in the lowest lane is the best.
//
// Counts stay below 1<<15. An update adds at least 1 to the smallest counter
// and at most 31 to another, and all are halved when the smallest one exceeds
// its threshold, so no counter gets beyond 31 times the largest threshold and
// a little.
type counts [numCodes / lanes]uint64

const (
	lanes    = 4                     // counters in a word
	laneBits = 16                    // bits of a counter
	highs    = 0x8000_8000_8000_8000 // the uppermost bit of each lane
	evens    = 0x0000_ffff_0000_ffff // lanes 0 and 2
	numbers  = 0x0003_0002_0001_0000 // of the lanes
)

// update accounts for a folded residual in a bucket. If the smallest counter
// then exceeds the threshold, all of the bucket are halved.
//
// This is most of the work for small images.
func (m *model) update(f *family, bucket, folded uint8, threshold uint32) {
	c, cost := &m.counts[bucket&(numCodes-1)], &f.cost[folded]
	a, b := c[0]+cost[0], c[1]+cost[1]

	// The smaller one of lanes i and i+4, and which it is.
	first := (b | highs - a) & highs // where a <= b
	smaller := b ^ (a^b)&(first-first>>(laneBits-1))
	which := (first^highs)>>(laneBits-3) | numbers

	// Counters over their numbers, two to a word.
	even := smaller&evens<<3 | which&evens
	odd := smaller>>laneBits&evens<<3 | which>>laneBits&evens
	least := min(min(uint32(even), uint32(even>>32)), min(uint32(odd), uint32(odd>>32)))

	m.best[bucket&(numCodes-1)] = lane(least & (numCodes - 1))
	if least>>3 > threshold {
		a, b = a>>1&^highs, b>>1&^highs
	}
	c[0], c[1] = a, b
}
