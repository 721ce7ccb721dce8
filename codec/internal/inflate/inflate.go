package inflate

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// A FormatError reports that the data is not a valid zlib stream.
type FormatError string

func (e FormatError) Error() string { return "zlib: invalid format: " + string(e) }

// ErrChecksum reports that the data does not have the checksum of its stream.
var ErrChecksum = errors.New("zlib: the checksum is wrong")

// ErrTooLong reports that the stream has more data than was asked for.
var ErrTooLong = errors.New("zlib: the stream is longer than expected")

// Decode decompresses the zlib stream src into dst, which must have exactly the
// size of the data, and returns how much of dst it has written. Bytes of src
// behind the stream are ignored.
//
// If src ends early the error matches [io.ErrUnexpectedEOF], if the data ends
// before dst is full too. If the data is larger than dst, the error is
// [ErrTooLong] and dst is full.
func Decode(dst, src []byte) (int, error) {
	if err := header(src); err != nil {
		return 0, err
	}
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	d.dst, d.src, d.at, d.pos = dst, src, 0, 2
	d.bits, d.count = 0, 0
	err := d.blocks()
	at, pos := d.at, d.pos
	d.dst, d.src = nil, nil // keeps no hold on them
	switch {
	case err != nil:
		return at, fmt.Errorf("zlib: byte %d of %d: %w", pos, len(src), err)
	case at < len(dst):
		return at, fmt.Errorf("zlib: %d bytes of data, want %d: %w", at, len(dst), io.ErrUnexpectedEOF)
	case len(src)-pos < 4:
		return at, fmt.Errorf("zlib: checksum: %w", io.ErrUnexpectedEOF)
	case binary.BigEndian.Uint32(src[pos:]) != checksum(dst):
		return at, ErrChecksum
	}
	return at, nil
}

// header checks the two bytes before the blocks.
func header(src []byte) error {
	if len(src) < 2 {
		return fmt.Errorf("zlib: header: %w", io.ErrUnexpectedEOF)
	}
	h := binary.BigEndian.Uint16(src)
	switch {
	case h>>8&15 != 8 || h>>12 > 7 || h%31 != 0:
		return FormatError(fmt.Sprintf("header %#04x", h))
	case h&0x20 != 0:
		return FormatError("a dictionary is needed")
	}
	return nil
}

// A decoder is the state of one decompression, and its tables.
type decoder struct {
	dst, src []byte
	at, pos  int // dst[:at] is written, src[:pos] is read

	// The low count bits of bits have been read and not used. Those above are
	// zero, except within the fast loop.
	bits  uint64
	count uint

	lengths [maxSymbols + maxDistances]uint8
	lit     [litSize]uint32
	dist    [distSize]uint32
	fixed   bool // lit and dist are those of fixed codes
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

// blocks decodes all blocks, and leaves pos behind the last.
func (d *decoder) blocks() error {
	for {
		if !d.need(3) {
			return io.ErrUnexpectedEOF
		}
		last, kind := d.bits&1 != 0, d.bits>>1&3
		d.drop(3)
		var err error
		switch kind {
		case 0:
			err = d.stored()
		case 1:
			d.fixedTables()
			err = d.symbols()
		case 2:
			if err = d.tables(); err == nil {
				err = d.symbols()
			}
		default:
			err = FormatError("block of type 3")
		}
		if err != nil {
			return err
		}
		if last {
			d.align()
			return nil
		}
	}
}

// need reads bytes until there are n bits, at most 32, and reports whether
// there are.
func (d *decoder) need(n uint) bool {
	for d.count < n {
		if d.pos >= len(d.src) {
			return false
		}
		d.bits |= uint64(d.src[d.pos]) << d.count
		d.count += 8
		d.pos++
	}
	return true
}

// drop uses n bits up.
func (d *decoder) drop(n uint) {
	d.bits >>= n
	d.count -= n
}

// align drops the rest of a byte, and gives back those that were not used.
func (d *decoder) align() {
	d.pos -= int(d.count / 8)
	d.bits, d.count = 0, 0
}

// stored copies a block that is not compressed.
func (d *decoder) stored() error {
	d.align()
	if len(d.src)-d.pos < 4 {
		d.pos = len(d.src)
		return io.ErrUnexpectedEOF
	}
	n := int(binary.LittleEndian.Uint16(d.src[d.pos:]))
	if n^0xffff != int(binary.LittleEndian.Uint16(d.src[d.pos+2:])) {
		return FormatError("the size of a stored block is damaged")
	}
	d.pos += 4
	have := min(n, len(d.src)-d.pos)
	put := copy(d.dst[d.at:], d.src[d.pos:d.pos+have])
	d.at += put
	d.pos += put
	switch {
	case put < have:
		return ErrTooLong
	case have < n:
		return io.ErrUnexpectedEOF
	}
	return nil
}
