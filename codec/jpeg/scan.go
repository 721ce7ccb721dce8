package jpeg

import (
	"bytes"
	"encoding/binary"
)

// Zeros after the data of an interval: more bytes than a block can have, 64
// coefficients of 31 bits, so that it is enough to look for the end once a block.
const padding = 272

// A decoder decodes one image at a time. What it holds between images is memory
// and Huffman tables.
type decoder struct {
	header header
	parts  [3]part
	codes  [8]huffman // DC tables 0 to 3, AC tables 0 to 3

	rest []byte // what follows the current interval, from a marker on
	data []byte // the current interval, without stuffing, and padding
	end  int    // length of its data
	left int    // units of it to come, if there are restart intervals
	lost bool   // what is to come is damaged or missing

	at    int    // next byte of data to go into bits
	bits  uint64 // next bits, at the top
	count uint   // how many of them are certain; those below are right or 0

	block [64]int16 // coefficients in the order of places, 0 between blocks

	bands [3]band
	wide  [2][]byte // rows of chroma at full resolution
}

// A part is what the decoder knows of a component.
type part struct {
	h, v   int // blocks in a unit
	dc, ac *huffman
	quant  [64]int16 // in the order of places
	last   int32     // previous DC value

	pix    []byte // where the current row of units goes
	stride int
}

// places says where each coefficient of the scan is in a block: see idct.
var places = func() (p [64]uint8) {
	rows := [8]uint8{0, 32, 16, 33, 1, 48, 17, 49}
	columns := [8]uint8{0, 8, 4, 10, 2, 12, 6, 14}
	x, y, dx := 0, 0, 1 // zigzag
	for k := range p {
		p[k] = rows[y] + columns[x]
		switch {
		case dx > 0 && x == 7:
			y, dx = y+1, -1
		case dx > 0 && y == 0:
			x, dx = x+1, -1
		case dx < 0 && y == 7:
			x, dx = x+1, 1
		case dx < 0 && x == 0:
			y, dx = y+1, 1
		default:
			x, y = x+dx, y-dx
		}
	}
	return p
}()

// start prepares for the scan of the image that d.header describes.
func (d *decoder) start(src []byte) {
	h := &d.header
	for i := range h.count {
		c, p := &h.components[i], &d.parts[i]
		p.h, p.v = int(c.h), int(c.v)
		dc, ac := c.dc, 4+c.ac
		p.dc, p.ac = &d.codes[dc], &d.codes[ac]
		p.dc.set(h.codes[dc], true)
		p.ac.set(h.codes[ac], false)
		for k := range 64 {
			p.quant[places[k]] = h.quantiser(c.table, k)
		}
	}
	d.block = [64]int16{}
	d.rest = src[h.scan:]
	d.interval()
}

// interval takes what is up to the next marker.
func (d *decoder) interval() {
	d.data, d.rest = unstuff(d.data[:0], d.rest)
	d.end = len(d.data)
	var zeros [padding]byte
	d.data = append(d.data, zeros[:]...)
	d.left = d.header.interval
	d.lost = false
	d.at, d.bits, d.count = 0, 0, 0
	for i := range d.parts {
		d.parts[i].last = 0
	}
}

// unstuff appends the data that src starts with to dst, and returns what follows,
// which is empty or starts with a marker other than 0.
func unstuff(dst, src []byte) (data, rest []byte) {
	for {
		n := bytes.IndexByte(src, 0xff)
		if n < 0 {
			return append(dst, src...), nil
		}
		dst = append(dst, src[:n]...)
		for n++; n < len(src) && src[n] == 0xff; n++ { // fill bytes
		}
		if n == len(src) {
			return dst, nil
		}
		if src[n] != 0 {
			return dst, src[n-1:]
		}
		dst = append(dst, 0xff)
		src = src[n+1:]
	}
}

// restart begins the next interval, which is lost if no restart marker is there.
func (d *decoder) restart() {
	if len(d.rest) < 2 || d.rest[1]&^7 != markerRST0 {
		d.left, d.lost = d.header.interval, true
		return
	}
	d.rest = d.rest[2:]
	d.interval()
}

// row decodes the next row of units to the planes of the parts.
func (d *decoder) row() {
	units, _ := d.header.units()
	for unit := range units {
		if d.header.interval > 0 {
			if d.left == 0 {
				d.restart()
			}
			d.left--
		}
		for i := range d.header.count {
			p := &d.parts[i]
			for v := range p.v {
				at := v*8*p.stride + unit*p.h*8
				for range p.h {
					d.decodeBlock(p, p.pix[at:at+7*p.stride+8])
					at += 8
				}
			}
		}
	}
}

// decodeBlock decodes the next block of p to pix. What is lost becomes grey.
func (d *decoder) decodeBlock(p *part, pix []byte) {
	if d.lost {
		fill(pix, p.stride, 128)
		return
	}
	sparse, ok := d.coefficients(p)
	switch {
	case !ok || 8*d.at-int(d.count) > 8*d.end:
		d.block = [64]int16{}
		d.lost = true
		fill(pix, p.stride, 128)
	case sparse:
		fill(pix, p.stride, level(d.block[0]*p.quant[0]))
		d.block[0] = 0
	default:
		idct(pix, p.stride, &d.block, &p.quant)
	}
}

// coefficients reads the next block of p. It reports whether all but the first
// coefficient are 0, and whether all codes were good. What makes it fast: at least
// 56 bits come at once, and no byte of data needs a look, as there is no stuffing;
// short symbols are whole in the table. Asking if bits are missing before each
// symbol was 5 % slower on photos, and more where there is much detail.
func (d *decoder) coefficients(p *part) (sparse, ok bool) {
	data, at, word, count := d.data, d.at, d.bits, d.count
	block, fast := &d.block, &p.ac.fast

	word |= binary.BigEndian.Uint64(data[at:]) >> (count & 63)
	at += int(63-count) >> 3
	count |= 56
	e := uint64(p.dc.fast[word>>(64-fastBits)])
	value := int32(int16(e >> 16))
	if e&(entryCode|entryLong) != 0 {
		if value, e = p.dc.value(word, e, true); e == 0 {
			return false, false
		}
	}
	word <<= e & 63
	count -= uint(e & 63)
	p.last += value
	block[0] = int16(p.last)

	k := uint64(0)
symbols:
	for k < 63 {
		word |= binary.BigEndian.Uint64(data[at:]) >> (count & 63)
		at += int(63-count) >> 3
		count |= 56
		e := uint64(fast[word>>(64-fastBits)])
		for range 2 { // after two short ones there are bits enough for any symbol
			if e&(entryCode|entryLong) != 0 {
				break
			}
			word <<= e & 63
			count -= uint(e & 63)
			k += e >> 8 & 0xff
			if k > 62 {
				if k == 63 {
					block[places[63]&63] = int16(e >> 16)
				}
				break symbols
			}
			block[places[k]&63] = int16(e >> 16)
			e = uint64(fast[word>>(64-fastBits)])
		}
		value := int16(e >> 16)
		if e&(entryCode|entryLong) != 0 {
			var v int32
			if v, e = p.ac.value(word, e, false); e == 0 {
				return false, false
			}
			value = int16(v)
		}
		word <<= e & 63
		count -= uint(e & 63)
		k += e >> 8 & 0xff
		if k > 63 {
			break
		}
		block[places[k]&63] = value
	}
	d.at, d.bits, d.count = at, word, count
	return k == endOfBlock, true
}
