package pngwriter

import "encoding/binary"

// The filters of PNG that are used: what a row's bytes are the difference to.
const (
	filterNone = iota
	filterSub  // the pixel to the left
	filterUp   // the pixel above
)

// spare is how many bytes appendRow may write behind the row: pixels are written
// four bytes at a time.
const spare = 1

// apart is how many pixels lie between those that choose looks at, and one.
const apart = 11

// choose guesses the filter that makes a row smallest. Text and what is painted
// repeat themselves, and deflate finds that best as it is; in photographs
// neighbours are similar, and their differences small.
func choose(row, above []byte, top bool) byte {
	var none, sub, up int
	for i := 4; i+4 <= len(row); i += 4 * apart {
		none += size(row[i+1])
		sub += size(row[i+1] - row[i-3])
		up += size(row[i+1] - above[i+1])
	}
	switch {
	case top && 2*sub < none:
		return filterSub
	case top:
		return filterNone
	case 2*min(sub, up) >= none:
		return filterNone
	case sub < up:
		return filterSub
	}
	return filterUp
}

// size is that of a difference of bytes.
func size(d byte) int {
	n := int(int8(d))
	return max(n, -n)
}

// appendRow appends a row of RGBA as PNG has it, filtered. It also returns the
// AND of all pixels, with alpha in the upper byte. dst must have room for the row
// and spare bytes.
func appendRow(dst, row, above []byte, filter byte) (out []byte, and uint32) {
	n := len(row) / 4
	at := len(dst)
	out = append(dst, filter)[:at+1+bytesPerPixel*n]
	to := out[at+1 : len(out)+spare]
	and = ^uint32(0)
	switch filter {
	case filterSub:
		left := uint32(0)
		for ; len(row) >= 4; row, to = row[4:], to[3:] {
			p := binary.LittleEndian.Uint32(row)
			binary.LittleEndian.PutUint32(to, minus(p, left))
			and, left = and&p, p
		}
	case filterUp:
		for ; len(row) >= 4 && len(above) >= 4; row, above, to = row[4:], above[4:], to[3:] {
			p := binary.LittleEndian.Uint32(row)
			binary.LittleEndian.PutUint32(to, minus(p, binary.LittleEndian.Uint32(above)))
			and &= p
		}
	default:
		for ; len(row) >= 4; row, to = row[4:], to[3:] {
			p := binary.LittleEndian.Uint32(row)
			binary.LittleEndian.PutUint32(to, p)
			and &= p
		}
	}
	return out, and
}

// minus subtracts the four bytes of b from those of a, each on its own.
func minus(a, b uint32) uint32 {
	const high = 0x80808080
	return (a | high) - (b &^ high) ^ (a^^b)&high
}
