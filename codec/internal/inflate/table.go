package inflate

import (
	"io"
	"math/bits"
)

const (
	maxSymbols   = 288 // literals, the end, and lengths
	maxDistances = 32
	maxBits      = 15 // of a code

	litBits  = 11 // looked up at once
	distBits = 8

	// The most entries that complete codes of these numbers of symbols need,
	// those of the second level included; rounded up to be sure.
	litSize  = 1<<litBits + 512
	distSize = 1<<distBits + 256
)

// An entry of a table, from its low bits:
//
//	5 bits: how many bits to use up
//	2 bits: number of literals, or the kind of all else
//	1 bit: this is not of literals
//	24 bits: the literals, the first one lowest; or
//	  4 bits: how many of the bits to use up are the code, and
//	  20 bits: what the number in those behind it is added to
//
// For a link the 4 bits are how many bits choose among the entries of the
// second level, and the 20 where those are. So all bits can be used up before
// anything else is known of them, and the next entry be looked up.
const (
	noLiteral = 1 << 7
	kindNone  = noLiteral | 0<<5 // bits that are no code; uses up nothing
	kindCopy  = noLiteral | 1<<5 // a length or a distance
	kindEnd   = noLiteral | 2<<5
	kindLink  = noLiteral | 3<<5
	kindMask  = kindLink

	oneLiteral = 1 << 5
	used       = 31
)

// entry returns an entry of a kind with some bits behind its code, which is
// of no length yet.
func entry(kind, behind, base uint32) uint32 { return kind | behind | base<<12 }

// withCode returns entry e, of no code, with one of n bits.
func withCode(e uint32, n int) uint32 {
	switch {
	case e&noLiteral == 0:
		return e + uint32(n)
	case e == kindNone:
		return e
	}
	return e + uint32(n) + uint32(n)<<8
}

// What each symbol stands for, as an entry of no code.
var litEntries, distEntries = func() (l [maxSymbols]uint32, d [maxDistances]uint32) {
	for i := range uint32(256) {
		l[i] = oneLiteral | i<<8
	}
	for i := 256; i < maxSymbols; i++ {
		l[i] = kindNone
	}
	l[256] = kindEnd
	base := uint32(3)
	for i := range uint32(28) {
		extra := max(i/4, 1) - 1
		l[257+i] = entry(kindCopy, extra, base)
		base += 1 << extra
	}
	l[285] = entry(kindCopy, 0, 258)
	for i := range d {
		d[i] = kindNone
	}
	base = 1
	for i := range uint32(30) {
		extra := max(i/2, 1) - 1
		d[i] = entry(kindCopy, extra, base)
		base += 1 << extra
	}
	return l, d
}()

// fixedTables makes the tables of a block with fixed codes.
func (d *decoder) fixedTables() {
	if d.fixed {
		return
	}
	l := &d.lengths
	for i := range l {
		switch {
		case i < 144:
			l[i] = 8
		case i < 256:
			l[i] = 9
		case i < 280:
			l[i] = 7
		case i < maxSymbols:
			l[i] = 8
		default:
			l[i] = 5
		}
	}
	makeTable(d.lit[:], litBits, l[:maxSymbols], litEntries[:])
	packLiterals(&d.lit)
	makeTable(d.dist[:], distBits, l[maxSymbols:], distEntries[:])
	d.fixed = true
}

// order is that of the lengths of the codes for lengths.
var order = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// tables reads the codes of a block and makes its tables.
func (d *decoder) tables() error {
	d.fixed = false
	if !d.need(14) {
		return io.ErrUnexpectedEOF
	}
	nlit, ndist, n := int(d.bits&31)+257, int(d.bits>>5&31)+1, int(d.bits>>10&15)+4
	d.drop(14)
	if nlit > 286 || ndist > 30 {
		return FormatError("too many codes")
	}
	var l [19]uint8
	for _, i := range order[:n] {
		if !d.need(3) {
			return io.ErrUnexpectedEOF
		}
		l[i] = uint8(d.bits & 7)
		d.drop(3)
	}
	var table [1 << 7]uint32
	if !makeTable(table[:], 7, l[:], lengthEntries[:]) {
		return FormatError("codes for lengths")
	}
	if err := d.readLengths(&table, nlit+ndist); err != nil {
		return err
	}
	lengths := d.lengths[:nlit+ndist]
	// Without a code for its end a block could not end. An incomplete code can
	// only be that of one symbol.
	if lengths[256] == 0 || !makeTable(d.lit[:], litBits, lengths[:nlit], litEntries[:]) {
		return FormatError("codes for literals and lengths")
	}
	packLiterals(&d.lit)
	if !makeTable(d.dist[:], distBits, lengths[nlit:], distEntries[:]) {
		return FormatError("codes for distances")
	}
	return nil
}

// lengthEntries are entries whose base is the symbol.
var lengthEntries = func() (e [19]uint32) {
	for i := range e {
		e[i] = entry(kindCopy, 0, uint32(i))
	}
	return e
}()

// readLengths reads the lengths of n codes.
func (d *decoder) readLengths(table *[1 << 7]uint32, n int) error {
	for i := 0; i < n; {
		d.need(7 + 7) // there may be less
		e := table[d.bits&127]
		if e == kindNone {
			return FormatError("length of no code")
		}
		bits, symbol := uint(e&used), e>>12
		value, times, extra := uint8(0), 0, uint(0)
		switch symbol {
		case 16:
			if i == 0 {
				return FormatError("nothing to repeat")
			}
			value, times, extra = d.lengths[i-1], 3, 2
		case 17:
			times, extra = 3, 3
		case 18:
			times, extra = 11, 7
		default:
			value, times = uint8(symbol), 1
		}
		if d.count < bits+extra {
			return io.ErrUnexpectedEOF
		}
		times += int(d.bits >> bits & (1<<extra - 1))
		d.drop(bits + extra)
		if times > n-i {
			return FormatError("too many lengths")
		}
		for range times {
			d.lengths[i] = value
			i++
		}
	}
	return nil
}

// makeTable makes the table of codes with these lengths, whose symbols stand
// for entries, and looks up width bits first. It returns false if the code has
// too many symbols or, with more than one, too few. Table has kindNone where
// there is no code.
func makeTable(table []uint32, width int, lengths []uint8, entries []uint32) bool {
	var counts [maxBits + 1]int
	for _, n := range lengths {
		counts[n]++
	}
	counts[0] = 0
	longest, room := 0, 1
	var starts [maxBits + 2]int // where the symbols of a length begin in sorted
	for n := 1; n <= maxBits; n++ {
		starts[n+1] = starts[n] + counts[n]
		room = 2*room - counts[n]
		if room < 0 {
			return false
		}
		if counts[n] > 0 {
			longest = n
		}
	}
	if room > 0 && longest > 1 {
		return false
	}
	var sorted [maxSymbols]uint16
	for i, n := range lengths {
		if n > 0 {
			sorted[starts[n]] = uint16(i)
			starts[n]++
		}
	}
	if room > 0 { // no symbol or one, of one bit
		for i := range table[:1<<width] {
			table[i] = kindNone
		}
	}

	// The table of codes of up to n bits, twice, is that of up to n+1 bits but
	// for those of n+1 bits themselves.
	code, next := 0, 0 // code is the next of n bits, highest bit first
	for n := 1; n <= width; n++ {
		copy(table[1<<(n-1):1<<n], table[:1<<(n-1)])
		code <<= 1
		for range counts[n] {
			table[reverse(code, n)] = withCode(entries[sorted[next]], n)
			code++
			next++
		}
	}
	if longest > width {
		secondLevel(table, width, longest, code, &counts, sorted[next:], entries)
	}
	return true
}

func reverse(code, n int) int { return int(bits.Reverse16(uint16(code)) >> (16 - n)) }

// secondLevel adds the codes of more than width bits, of which code is the
// first. Entries of the second level use up what is behind the first width
// bits; those are used up by the link.
func secondLevel(table []uint32, width, longest, code int, counts *[maxBits + 1]int, sorted []uint16, entries []uint32) {
	end := 1 << width // of the entries so far
	prefix, start, chosen := -1, 0, 0
	for n := width + 1; n <= longest; n++ {
		code <<= 1
		for left := counts[n]; left > 0; left-- {
			r := reverse(code, n)
			if p := r & (1<<width - 1); p != prefix {
				// As many bits as the codes that begin so need at most.
				chosen = n - width
				for room := 1<<chosen - left; room > 0 && chosen+width < longest; {
					chosen++
					room = 2*room - counts[chosen+width]
				}
				prefix, start = p, end
				end += 1 << chosen
				table[p] = entry(kindLink, uint32(width), uint32(start)) | uint32(chosen)<<8
			}
			e := withCode(entries[sorted[0]], n-width)
			for i := r >> width; i < 1<<chosen; i += 1 << (n - width) {
				table[start+i] = e
			}
			sorted = sorted[1:]
			code++
		}
	}
}

// packLiterals makes of the entries of one literal those of up to three, where
// the codes of the next fit in what is looked up.
func packLiterals(table *[litSize]uint32) {
	// An entry needs those of lower indices as they were.
	for i := 1<<litBits - 1; i >= 0; i-- {
		e := table[i]
		if e&noLiteral != 0 {
			continue
		}
		second := table[i>>(e&used)]
		if second&noLiteral != 0 || e&used+second&used > litBits {
			continue
		}
		e += second&used + second&0xff00<<8 + oneLiteral
		third := table[i>>(e&used)]
		if third&noLiteral == 0 && e&used+third&used <= litBits {
			e += third&used + third&0xff00<<16 + oneLiteral
		}
		table[i] = e
	}
}
