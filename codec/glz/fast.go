package glz

import (
	"encoding/binary"

	"saffron/codec/internal/lzpix"
)

// The fast loop wants so many bytes ahead of it, and leaves the end to command:
// room for any literals in the image, and for any match but one of great length
// in src.
const (
	roomOut = lzpix.RunOut
	roomIn  = 10
)

// fast decodes commands until end as long as they are usual ones, not near the
// ends of the image and of src, so that it may read and write more than they
// say. What it leaves is for command, errors of the commands themselves among it.
func (d *decoder) fast(k kind, end int) error {
	src, dst, pos, at := d.src, d.pix, d.pos, d.at
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
			if 2*n >= len(src)-pos {
				break
			}
			lzpix.Colours555(dst[at:at+4*n], src[pos+1:][:2*n])
			at += 4 * n
			pos += 1 + 2*n
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
		n = 4 * (n + k.bias)
		if n > len(dst)-at {
			break
		}
		m := reference{at: pos}
		m.pixel, m.image, next = place(src, c, next)
		d.at = at
		if m.image != 0 {
			p, err := d.source(m, n)
			if err != nil {
				return err
			}
			from := 4 * m.pixel
			if n <= lzpix.Step && !p.alpha && len(p.pix)-from >= lzpix.Step {
				o, s := dst[at:][:lzpix.Step], p.pix[from:][:lzpix.Step]
				binary.LittleEndian.PutUint64(o, binary.LittleEndian.Uint64(s))
				binary.LittleEndian.PutUint64(o[8:], binary.LittleEndian.Uint64(s[8:]))
				binary.LittleEndian.PutUint64(o[16:], binary.LittleEndian.Uint64(s[16:]))
				binary.LittleEndian.PutUint64(o[24:], binary.LittleEndian.Uint64(s[24:]))
			} else {
				d.copyFrom(p, dst[at:at+n], from, k)
			}
			at += n
			pos = next
			if lzpix.HasAVX2 {
				break // vectors do better with what follows
			}
			continue
		}
		dist := 4 * (m.pixel + 1)
		if dist > at {
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
	d.pos, d.at = pos, at
	return nil
}

// place reads the place of a match with control byte c at src[pos], of which
// there are seven bytes.
func place(src []byte, c, pos int) (pixel, image, next int) {
	_ = src[pos+6]
	pixel = c&15 | int(src[pos])<<4
	k := int(src[pos+1])
	pos += 2
	more := k >> 6
	rest := int(binary.LittleEndian.Uint32(src[pos:])) & (1<<(8*more) - 1)
	if c&16 == 0 {
		return pixel, k&63 + rest<<6, pos + more
	}
	pixel |= k & 31 << 12
	pos += more
	if k>>5&1 != 0 {
		pixel |= int(src[pos]) << 17
		pos++
	}
	return pixel, rest, pos
}
