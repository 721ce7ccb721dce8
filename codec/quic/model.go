package quic

// costShift is where the count of bits begins in a counter.
const costShift = 3

// A model learns which code suits each bucket of one plane.
type model struct {
	best   [numCodes]*code // the code in force, by bucket
	counts [numCodes]counts
	family *family
}

// counts has a counter for each code of a bucket: the bits that it would have
// used, above costShift bits that hold numCodes-1 minus its number. Thus the
// smallest counter is that of the cheapest code, and of several equally cheap
// ones that of the last, as the format wants; and its code can be read off.
//
// Counts stay below 1<<16: the best counter is at most the threshold, hence
// there are few additions between two halvings.
type counts [numCodes]uint32

var emptyCounts = counts{7, 6, 5, 4, 3, 2, 1, 0}

func (m *model) reset(f *family) {
	m.family = f
	for b := range m.best {
		m.best[b] = &f.codes[f.depth-1]
		m.counts[b] = emptyCounts
	}
}

// update accounts for a folded residual in a bucket. If the best counter then
// exceeds the threshold, all of the bucket are halved.
func (m *model) update(bucket, folded uint8, threshold uint32) {
	c, cost := &m.counts[bucket&(numCodes-1)], &m.family.cost[folded]
	c0, c1, c2, c3 := c[0]+uint32(cost[0]), c[1]+uint32(cost[1]), c[2]+uint32(cost[2]), c[3]+uint32(cost[3])
	c4, c5, c6, c7 := c[4]+uint32(cost[4]), c[5]+uint32(cost[5]), c[6]+uint32(cost[6]), c[7]+uint32(cost[7])
	least := min(min(min(c0, c1), min(c2, c3)), min(min(c4, c5), min(c6, c7)))
	*c = counts{c0, c1, c2, c3, c4, c5, c6, c7}
	m.best[bucket&(numCodes-1)] = &m.family.codes[numCodes-1-least&(numCodes-1)]
	if least>>costShift > threshold {
		c.halve()
	}
}

func (c *counts) halve() {
	const low = 1<<costShift - 1
	for k, v := range c {
		c[k] = v>>1&^low | v&low
	}
}
