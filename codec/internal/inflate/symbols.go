package inflate

import (
	"encoding/binary"
	"io"
)

const (
	mask     = 1<<litBits - 1
	distMask = 1<<distBits - 1

	// What the fast loop may read and write in a turn.
	readAhead  = 16
	writeAhead = 3*4 + 258 + 32
)

// symbols decodes the symbols of a block up to its end.
func (d *decoder) symbols() error {
	for {
		if len(d.src)-d.pos >= readAhead && len(d.dst)-d.at >= writeAhead {
			if done, err := d.fast(); done || err != nil {
				return err
			}
		}
		if done, err := d.careful(); done || err != nil {
			return err
		}
	}
}

var (
	errNoCode   = FormatError("bits that are no code")
	errDistance = FormatError("a copy from before the start")
)

// fast decodes symbols while there is more input and room for more output than
// a turn can need. It reports whether the block is at its end.
func (d *decoder) fast() (done bool, err error) {
	dst, src := d.dst, d.src
	at, pos := d.at, d.pos
	bits, count := d.bits, d.count
	lit, dist := &d.lit, &d.dist
	lastAt, lastPos := len(dst)-writeAhead, len(src)-readAhead
	for at <= lastAt && pos <= lastPos {
		// At least 56 bits. What is above count is read again the next time.
		bits |= binary.LittleEndian.Uint64(src[pos:]) << (count & 63)
		pos += int((63 - count) >> 3)
		count |= 56
		e := lit[bits&mask]
		if n := e >> 4 & 3; n != 0 {
			binary.LittleEndian.PutUint32(dst[at:], e>>8)
			at += int(n)
			bits >>= e & 15
			count -= uint(e & 15)
			e = lit[bits&mask]
			if n := e >> 4 & 3; n != 0 {
				binary.LittleEndian.PutUint32(dst[at:], e>>8)
				at += int(n)
				bits >>= e & 15
				count -= uint(e & 15)
				e = lit[bits&mask]
				if n := e >> 4 & 3; n != 0 {
					binary.LittleEndian.PutUint32(dst[at:], e>>8)
					at += int(n)
					bits >>= e & 15
					count -= uint(e & 15)
					continue
				}
			}
		}
		// At least 34 bits.
		if e&(3<<6) == kindLink {
			bits >>= litBits
			count -= litBits
			e = lit[e>>13+uint32(bits)&(1<<(e>>8&31)-1)]
			if e&(3<<4) != 0 {
				dst[at] = byte(e >> 8)
				at++
				bits >>= e & 15
				count -= uint(e & 15)
				continue
			}
		}
		used := uint(e & 15)
		bits >>= used
		count -= used
		if e&(3<<6) != kindCopy {
			done = e&(3<<6) == kindEnd
			if !done {
				err = errNoCode
			}
			break
		}
		extra := uint(e >> 8 & 31)
		length := int(e>>13) + int(bits&(1<<extra-1))
		bits >>= extra
		count -= extra
		// At least 14 bits; at most 28 are needed.
		bits |= binary.LittleEndian.Uint64(src[pos:]) << (count & 63)
		pos += int((63 - count) >> 3)
		count |= 56
		e = dist[bits&distMask]
		if e&(3<<6) == kindLink {
			bits >>= distBits
			count -= distBits
			e = dist[e>>13+uint32(bits)&(1<<(e>>8&31)-1)]
		}
		if e == 0 {
			err = errNoCode
			break
		}
		used = uint(e & 15)
		bits >>= used
		count -= used
		extra = uint(e >> 8 & 31)
		back := int(e>>13) + int(bits&(1<<extra-1))
		bits >>= extra
		count -= extra
		if back > at {
			err = errDistance
			break
		}
		repeat(dst, at, back, length)
		at += length
	}
	d.at, d.pos = at, pos
	d.bits, d.count = bits&(1<<count-1), count
	return done, err
}

// repeat copies length bytes, at most 258, from back bytes before dst[at] to
// there, byte by byte as it were. It may write 32 bytes more.
func repeat(dst []byte, at, back, length int) {
	from := at - back
	end := at + length
	switch {
	case back >= 16:
		for ; at < end; at, from = at+16, from+16 {
			copy16(dst[at:at+16:at+16], dst[from:from+16:from+16])
		}
	case back == 1:
		v := uint64(dst[from]) * 0x01010101_01010101
		for ; at < end; at += 8 {
			binary.LittleEndian.PutUint64(dst[at:], v)
		}
	default:
		// Doubles the distance until 8 bytes can be copied at once.
		for ; back < 8 && at < end; back *= 2 {
			v := binary.LittleEndian.Uint64(dst[from:])
			binary.LittleEndian.PutUint64(dst[at:], v)
			at += back
		}
		for ; at < end; at += 8 {
			binary.LittleEndian.PutUint64(dst[at:], binary.LittleEndian.Uint64(dst[at-back:]))
		}
	}
}

func copy16(dst, src []byte) {
	a, b := binary.LittleEndian.Uint64(src), binary.LittleEndian.Uint64(src[8:])
	binary.LittleEndian.PutUint64(dst, a)
	binary.LittleEndian.PutUint64(dst[8:], b)
}

// careful decodes symbols near the end of input or output, until the fast loop
// can take over again. It reports whether the block is at its end.
func (d *decoder) careful() (done bool, err error) {
	for {
		if len(d.src)-d.pos >= readAhead && len(d.dst)-d.at >= writeAhead {
			return false, nil
		}
		e, err := d.symbol(d.lit[:], litBits)
		switch {
		case err != nil:
			return false, err
		case e&(3<<4) != 0:
			if d.at == len(d.dst) {
				return false, ErrTooLong
			}
			d.dst[d.at] = byte(e >> 8)
			d.at++
		case e&(3<<6) == kindEnd:
			return true, nil
		default:
			if err := d.match(e); err != nil {
				return false, err
			}
		}
	}
}

// symbol decodes one symbol, only the first where an entry has several.
func (d *decoder) symbol(table []uint32, width uint) (uint32, error) {
	d.need(maxBits) // there may be less
	e := table[d.bits&(1<<width-1)]
	used := uint(e & 15)
	if e&(3<<6) == kindLink && e&(3<<4) == 0 {
		e = table[e>>13+uint32(d.bits>>width)&(1<<(e>>8&31)-1)]
		used = width + uint(e&15)
	} else if e>>4&3 > 1 {
		used = uint(d.lengths[e>>8&255])
	}
	switch {
	case e == 0 && d.count < maxBits:
		return 0, io.ErrUnexpectedEOF
	case e == 0:
		return 0, errNoCode
	case d.count < used:
		return 0, io.ErrUnexpectedEOF
	}
	d.drop(used)
	return e, nil
}

// value reads what belongs to a length or a distance.
func (d *decoder) value(e uint32) (int, error) {
	extra := uint(e >> 8 & 31)
	if !d.need(extra) {
		return 0, io.ErrUnexpectedEOF
	}
	v := int(e>>13) + int(d.bits&(1<<extra-1))
	d.drop(extra)
	return v, nil
}

// match does what the length in e and the distance behind it say.
func (d *decoder) match(e uint32) error {
	length, err := d.value(e)
	if err != nil {
		return err
	}
	if e, err = d.symbol(d.dist[:], distBits); err != nil {
		return err
	}
	back, err := d.value(e)
	if err != nil {
		return err
	}
	if back > d.at {
		return errDistance
	}
	for range length {
		if d.at == len(d.dst) {
			return ErrTooLong
		}
		d.dst[d.at] = d.dst[d.at-back]
		d.at++
	}
	return nil
}
