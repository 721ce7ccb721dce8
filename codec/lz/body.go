package lz

import (
	"fmt"

	"saffron/codec/internal/lzpix"
)

// A unit is what the commands of a pass count in.
type unit uint8

const (
	colour  unit = iota // pixels; literals B,G,R
	narrow              // pixels; literals of two bytes of 555
	indexed             // pixels; literals of a byte that is looked up
	alpha               // fourth bytes of pixels
)

// A kind is how the commands of a pass are to be read.
type kind struct {
	unit unit
	size int // bytes of a literal
	bias int // what a match is longer than it says: shorter ones are not worth their bytes
}

var (
	colours = kind{unit: colour, size: 3, bias: 0}
	colour5 = kind{unit: narrow, size: 2, bias: 1}
	indices = kind{unit: indexed, size: 1, bias: 2}
	alphas  = kind{unit: alpha, size: 1, bias: 2}
)

// A body is the commands of an image, and how far they have been read.
type body struct {
	src []byte
	pos int

	// The pixels of the present pass in stream order, and how many of their
	// bytes have been decoded.
	dst []byte
	at  int

	table *[256]uint32 // the pixels of indices, if these are the units
}

// escape is the distance field that is continued by two more bytes.
const escape = 1<<13 - 1

// start begins a pass over dst.
func (b *body) start(dst []byte) { b.dst, b.at = dst, 0 }

// decode decodes commands until at least the first end bytes of dst are there.
func (b *body) decode(k kind, end int) error {
	for b.at < end {
		if k.unit != alpha {
			b.vectors(k, end)
			b.fast(k, end)
			if b.at >= end {
				break
			}
		}
		if err := b.command(k); err != nil {
			return err
		}
	}
	return nil
}

// command decodes one command.
func (b *body) command(k kind) error {
	if b.pos >= len(b.src) {
		return b.short(b.pos)
	}
	if b.src[b.pos] < 32 {
		return b.literals(k)
	}
	m, next := match(b.src, b.pos)
	n, dist := 4*(m.length+k.bias), 4*m.distance
	if next < 0 || dist > b.at || n > len(b.dst)-b.at {
		return b.badMatch(b.pos, next, dist > b.at)
	}
	if k.unit == alpha {
		lzpix.RepeatAlphas(b.dst, b.at, dist, n)
	} else {
		lzpix.Repeat(b.dst, b.at, dist, n)
	}
	b.at += n
	b.pos = next
	return nil
}

// literals decodes a command of literals.
func (b *body) literals(k kind) error {
	n := int(b.src[b.pos]) + 1
	if 4*n > len(b.dst)-b.at {
		return b.badLiteral(b.pos)
	}
	b.pos++
	if k.size*n > len(b.src)-b.pos {
		return b.short(b.pos)
	}
	dst, src := b.dst[b.at:b.at+4*n], b.src[b.pos:b.pos+k.size*n]
	switch k.unit {
	case colour:
		lzpix.Colours(dst, src)
	case narrow:
		lzpix.Colours555(dst, src)
	case indexed:
		lzpix.Indexed(dst, src, b.table)
	case alpha:
		lzpix.Alphas(dst, src)
	}
	b.at += 4 * n
	b.pos += k.size * n
	return nil
}

// bytes decodes a pass whose units are bytes of packed indices.
func (b *body) bytes(dst []byte) error {
	src, pos := b.src, b.pos
	for at := 0; at < len(dst); {
		if pos >= len(src) {
			return b.short(pos)
		}
		c := int(src[pos])
		if c >= 32 {
			m, next := match(src, pos)
			n := m.length + indices.bias
			if next < 0 || m.distance > at || n > len(dst)-at {
				return b.badMatch(pos, next, m.distance > at)
			}
			lzpix.RepeatBytes(dst, at, m.distance, n)
			at += n
			pos = next
			continue
		}
		pos++
		n := c + 1
		if n > len(dst)-at {
			return b.badLiteral(pos - 1)
		}
		if n > len(src)-pos {
			return b.short(pos)
		}
		copy(dst[at:at+n], src[pos:])
		at += n
		pos += n
	}
	b.pos = pos
	return nil
}

// A repeat is what a match says: both in units, the length without the bias.
type repeat struct{ length, distance int }

// match reads the match at src[pos] and returns the position behind it, or -1
// if src ends within the match.
func match(src []byte, pos int) (m repeat, next int) {
	c := int(src[pos])
	pos++
	m.length = c >> 5
	if m.length == 7 {
		for {
			if pos >= len(src) {
				return m, -1
			}
			e := int(src[pos])
			pos++
			// Bounded, so that it cannot overflow: no image is that large.
			m.length = min(m.length+e, maxBytes)
			if e != 255 {
				break
			}
		}
	}
	if pos >= len(src) {
		return m, -1
	}
	m.distance = c&31<<8 | int(src[pos])
	pos++
	if m.distance == escape {
		if len(src)-pos < 2 {
			return m, -1
		}
		m.distance += int(src[pos])<<8 | int(src[pos+1])
		pos += 2
	}
	m.distance++
	return m, pos
}

// end reports bytes behind the last pass.
func (b *body) end() error {
	if b.pos != len(b.src) {
		return FormatError(fmt.Sprintf("byte %d: %d bytes behind the last pixel", b.pos, len(b.src)-b.pos))
	}
	return nil
}

func (b *body) short(pos int) error {
	return FormatError(fmt.Sprintf("byte %d: the data ends early", pos))
}

func (b *body) badLiteral(pos int) error {
	return FormatError(fmt.Sprintf("byte %d: literals run past the last pixel", pos))
}

func (b *body) badMatch(pos, next int, early bool) error {
	switch {
	case next < 0:
		return b.short(len(b.src))
	case early:
		return FormatError(fmt.Sprintf("byte %d: match begins before the first pixel", pos))
	default:
		return FormatError(fmt.Sprintf("byte %d: match runs past the last pixel", pos))
	}
}
