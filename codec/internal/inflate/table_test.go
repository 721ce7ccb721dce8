package inflate

import (
	"math/rand/v2"
	"testing"
)

// randomCode returns the lengths of a complete code of n symbols, of all kinds
// from short to as deep as can be.
func randomCode(rnd *rand.Rand, n int) []uint8 {
	lengths := []uint8{1, 1}
	deep := rnd.IntN(3)
	for len(lengths) < n {
		i := rnd.IntN(len(lengths))
		if deep > 0 && rnd.IntN(4) > 0 {
			i = len(lengths) - 1 - rnd.IntN(min(deep*2, len(lengths)))
		}
		if lengths[i] < maxBits {
			lengths[i]++
			lengths = append(lengths, lengths[i])
		}
	}
	rnd.Shuffle(n, func(i, j int) { lengths[i], lengths[j] = lengths[j], lengths[i] })
	return lengths
}

// codes returns the code of each symbol, its first bit lowest, as RFC 1951
// defines them.
func codes(lengths []uint8) []int {
	list := make([]int, len(lengths))
	code := 0
	for n := 1; n <= maxBits; n++ {
		for i, l := range lengths {
			if int(l) == n {
				list[i] = reverse(code, n)
				code++
			}
		}
		code <<= 1
	}
	return list
}

// Every symbol of a complete code is found by its code, whatever follows it.
func TestTables(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	for range 150 {
		n := 2 + rnd.IntN(285)
		if rnd.IntN(2) == 0 {
			n = 286
		}
		lengths := randomCode(rnd, n)
		d := new(decoder)
		copy(d.lengths[:], lengths)
		if !makeTable(d.lit[:], litBits, lengths, litEntries[:]) {
			t.Fatalf("lengths %v are refused", lengths)
		}
		packLiterals(&d.lit)
		for i, code := range codes(lengths) {
			d.bits, d.count = (uint64(code)|rnd.Uint64()<<lengths[i])&(1<<40-1), 40
			e, number, err := d.symbol(d.lit[:], litBits)
			if err != nil || d.count != 40-uint(lengths[i])-uint(litEntries[i]&used) {
				t.Fatalf("symbol %d of %v: %v, %d bits left", i, lengths, err, d.count)
			}
			switch {
			case i < 256:
				if e&noLiteral != 0 || int(e>>8&255) != i {
					t.Fatalf("literal %d of %v: entry %#x", i, lengths, e)
				}
			case i == 256:
				if e&kindMask != kindEnd {
					t.Fatalf("the end of %v: entry %#x", lengths, e)
				}
			default:
				least, more := litEntries[i]>>12, litEntries[i]&used
				if e&kindMask != kindCopy || uint32(number) < least || uint32(number) >= least+1<<more {
					t.Fatalf("length %d of %v: entry %#x, %d", i, lengths, e, number)
				}
			}
		}
	}
}

// Distances of complete codes fit in their table, the deepest ones too.
func TestDistanceTables(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	for range 500 {
		lengths := randomCode(rnd, 30)
		d := new(decoder)
		if !makeTable(d.dist[:], distBits, lengths, distEntries[:]) {
			t.Fatalf("lengths %v are refused", lengths)
		}
		for i, code := range codes(lengths) {
			d.bits, d.count = uint64(code), 40
			_, number, err := d.symbol(d.dist[:], distBits)
			if want := int(distEntries[i] >> 12); err != nil || number != want {
				t.Fatalf("distance %d of %v: %d, %v, want %d", i, lengths, number, err, want)
			}
			if got, want := 40-d.count, uint(lengths[i])+uint(distEntries[i]&used); got != want {
				t.Fatalf("distance %d of %v: %d bits used, want %d", i, lengths, got, want)
			}
		}
	}
}
