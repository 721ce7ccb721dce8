package lz

import (
	"encoding/binary"

	"saffron/codec/internal/lzpix"
)

// The fast loop wants so many bytes ahead of it, and leaves the end to command:
// room for any literals in dst, and for any match but one of great length in src.
const (
	roomOut = lzpix.RunOut
	roomIn  = 8
)

// fast decodes commands until end as long as they are usual ones, without an
// error and not near the ends of dst and src, so that it may read and write more
// than they say. What it leaves is for command.
func (b *body) fast(k kind, end int) {
	src, dst, pos, at := b.src, b.dst, b.pos, b.at
	end = min(end, len(dst)-roomOut+1)
	for at < end && len(src)-pos >= roomIn {
		c := int(src[pos])
		if c < 32 {
			if k.unit == colour {
				out, in := lzpix.ColourRuns(dst[at:], src[pos:])
				if in == 0 {
					break
				}
				at += out
				pos += in
				continue
			}
			n := c + 1
			size := k.size * n
			if size >= len(src)-pos {
				break
			}
			out, lits := dst[at:at+4*n], src[pos+1:][:size]
			if k.unit == narrow {
				lzpix.Colours555(out, lits)
			} else {
				lzpix.Indexed(out, lits, b.table)
			}
			at += 4 * n
			pos += 1 + size
			continue
		}
		n, next := c>>5, pos+1
		if n == 7 {
			more := int(src[next])
			if more == 255 {
				break
			}
			n += more
			next++
		}
		dist := c&31<<8 | int(src[next])
		next++
		if dist == escape {
			dist += int(binary.BigEndian.Uint16(src[next:]))
			next += 2
		}
		n, dist = 4*(n+k.bias), 4*(dist+1)
		if dist > at || n > len(dst)-at {
			break
		}
		pos = next
		switch {
		case n > 2*lzpix.Step:
			lzpix.Repeat(dst, at, dist, n)
			at += n
			continue
		case dist >= lzpix.Step:
			lzpix.Copy(dst, at, dist)
		default:
			dist = lzpix.Tile(dst, at, dist)
		}
		if n > lzpix.Step {
			lzpix.Copy(dst, at+lzpix.Step, dist)
		}
		at += n
	}
	b.pos, b.at = pos, at
}

// vectors is fast for colours and indices, where there are vectors.
func (b *body) vectors(k kind, end int) {
	if k.unit != colour && k.unit != indexed {
		return
	}
	out, in := lzpix.LZ(b.dst, b.src[b.pos:], b.at, end, k.bias, b.table)
	b.at = out
	b.pos += in
}
