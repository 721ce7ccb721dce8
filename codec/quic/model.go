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
// ones that of the last, as the format wants; and its number can be read off.
//
// Two counters share a word and are added to together: code k is in word k/2,
// in the upper half if k is odd. Counts stay below 1<<16, because the best one
// is at most the threshold and so there are few additions between two halvings.
type counts [numCodes / 2]uint64

// pair returns the word of two counters, or what to add to one.
func pair(even, odd uint64) uint64 { return even | odd<<32 }

var emptyCounts = counts{pair(7, 6), pair(5, 4), pair(3, 2), pair(1, 0)}

func (m *model) reset(f *family) {
	m.family = f
	for b := range m.best {
		m.best[b] = &f.codes[f.depth-1]
		m.counts[b] = emptyCounts
	}
}

// update accounts for a folded residual in a bucket. If the best counter then
// exceeds the threshold, all of the bucket are halved.
//
// This is most of the work for small images. Adding two counters at once took
// a third off the time of a 32x32 picture (Go 1.26, amd64).
func (m *model) update(bucket, folded uint8, threshold uint32) {
	c, cost := &m.counts[bucket&(numCodes-1)], &m.family.cost[folded]
	w0, w1, w2, w3 := c[0]+cost[0], c[1]+cost[1], c[2]+cost[2], c[3]+cost[3]
	c[0], c[1], c[2], c[3] = w0, w1, w2, w3
	odd := uint32(min(min(w0, w1), min(w2, w3)) >> 32)
	even := min(min(uint32(w0), uint32(w1)), min(uint32(w2), uint32(w3)))
	least := min(odd, even)
	m.best[bucket&(numCodes-1)] = &m.family.codes[numCodes-1-least&(numCodes-1)]
	if least>>costShift > threshold {
		c.halve()
	}
}

func (c *counts) halve() {
	const number = 1<<costShift - 1
	numbers := pair(number, number)
	halves := pair(1<<31-1-number, 1<<31-1-number)
	for i, w := range c {
		c[i] = w>>1&halves | w&numbers
	}
}
