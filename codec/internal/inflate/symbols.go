package inflate

import (
	"encoding/binary"
	"io"
	"unsafe"
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
//
// Slices would have their bounds looked at for each access, and so many values
// at hand that the compiler could not keep them in registers. The loop's
// condition is what makes the accesses safe: 0 <= at <= len(dst)-writeAhead,
// 0 <= pos <= len(src)-readAhead, and back <= at.
func (d *decoder) fast() (done bool, err error) {
	dst, src := unsafe.Pointer(unsafe.SliceData(d.dst)), unsafe.Pointer(unsafe.SliceData(d.src))
	at, pos := d.at, d.pos
	bits, count := d.bits, d.count
	lastAt, lastPos := len(d.dst)-writeAhead, len(d.src)-readAhead
	for at <= lastAt && pos <= lastPos {
		// At least 56 bits. What is above count is read again the next time.
		bits |= get64(src, pos) << (count & 63)
		pos += int((63 - count) >> 3)
		count |= 56
		e := d.lit[bits&mask]
		if e&noLiteral == 0 {
			put32(dst, at, e>>8)
			at += int(e >> 5 & 3)
			bits >>= e & used
			count -= uint(e & used)
			e = d.lit[bits&mask]
			if e&noLiteral == 0 {
				put32(dst, at, e>>8)
				at += int(e >> 5 & 3)
				bits >>= e & used
				count -= uint(e & used)
				e = d.lit[bits&mask]
				if e&noLiteral == 0 {
					put32(dst, at, e>>8)
					at += int(e >> 5 & 3)
					bits >>= e & used
					count -= uint(e & used)
					continue
				}
			}
		}
		// At least 34 bits.
		if e&kindMask == kindLink {
			bits >>= litBits
			count -= litBits
			e = d.lit[e>>12+uint32(bits)&(1<<(e>>8&15)-1)]
			if e&noLiteral == 0 {
				put32(dst, at, e>>8)
				at++
				bits >>= e & used
				count -= uint(e & used)
				continue
			}
		}
		number := uint32(bits) & (1<<(e&used) - 1)
		bits >>= e & used
		count -= uint(e & used)
		if e&kindMask != kindCopy {
			done = e&kindMask == kindEnd
			if !done {
				err = errNoCode
			}
			break
		}
		length := int(e>>12 + number>>(e>>8&15))
		// At least 14 bits; at most 28 are needed.
		if count < 28 {
			bits |= get64(src, pos) << (count & 63)
			pos += int((63 - count) >> 3)
			count |= 56
		}
		e = d.dist[bits&distMask]
		if e&kindMask == kindLink {
			bits >>= distBits
			count -= distBits
			e = d.dist[e>>12+uint32(bits)&(1<<(e>>8&15)-1)]
		}
		number = uint32(bits) & (1<<(e&used) - 1)
		bits >>= e & used
		count -= uint(e & used)
		back := int(e>>12 + number>>(e>>8&15))
		if e == kindNone || back > at {
			err = errDistance
			if e == kindNone {
				err = errNoCode
			}
			break
		}
		if length <= 16 && back >= 16 {
			low, high := get64(dst, at-back), get64(dst, at-back+8)
			put64(dst, at, low)
			put64(dst, at+8, high)
		} else {
			repeat(d.dst, at, back, length)
		}
		at += length
	}
	d.at, d.pos = at, pos
	d.bits, d.count = bits&(1<<count-1), count
	return done, err
}

func get64(p unsafe.Pointer, at int) uint64 {
	return binary.LittleEndian.Uint64((*[8]byte)(unsafe.Add(p, at))[:])
}

func put64(p unsafe.Pointer, at int, v uint64) {
	binary.LittleEndian.PutUint64((*[8]byte)(unsafe.Add(p, at))[:], v)
}

func put32(p unsafe.Pointer, at int, v uint32) {
	binary.LittleEndian.PutUint32((*[4]byte)(unsafe.Add(p, at))[:], v)
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
		e, number, err := d.symbol(d.lit[:], litBits)
		switch {
		case err != nil:
			return false, err
		case e&noLiteral == 0:
			if d.at == len(d.dst) {
				return false, ErrTooLong
			}
			d.dst[d.at] = byte(e >> 8)
			d.at++
		case e&kindMask == kindEnd:
			return true, nil
		default:
			if err := d.match(number); err != nil {
				return false, err
			}
		}
	}
}

// symbol decodes one symbol, only the first where an entry has several, and the
// number that it stands for, if it is a length or a distance.
func (d *decoder) symbol(table []uint32, width uint) (e uint32, number int, err error) {
	d.need(maxBits + 13) // there may be less
	e = table[d.bits&(1<<width-1)]
	n := uint(e & used)
	switch {
	case e&kindMask == kindLink:
		if d.count < width {
			return 0, 0, io.ErrUnexpectedEOF
		}
		d.drop(width)
		e = table[e>>12+uint32(d.bits)&(1<<(e>>8&15)-1)]
		n = uint(e & used)
	case e&noLiteral == 0 && e>>5&3 > 1:
		n = uint(d.lengths[e>>8&255])
	}
	switch {
	case d.count < n, e == kindNone && d.count == 0:
		return 0, 0, io.ErrUnexpectedEOF
	case e == kindNone:
		return 0, 0, errNoCode
	}
	number = int(e>>12 + uint32(d.bits)&(1<<n-1)>>(e>>8&15))
	d.drop(n)
	return e, number, nil
}

// match copies length bytes from the distance that comes next.
func (d *decoder) match(length int) error {
	_, back, err := d.symbol(d.dist[:], distBits)
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
