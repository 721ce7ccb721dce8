package lz

import (
	"fmt"

	"saffron/codec/internal/lzpix"
)

// A body is the commands of an image, and how far they have been read.
type body struct {
	src []byte
	pos int
}

// The matches of a pass are longer than they say by a bias, because shorter
// ones would not be worth their bytes.
const (
	biasColour = 0
	bias16     = 1
	biasByte   = 2
)

// escape is the distance field that is continued by two more bytes.
const escape = 1<<13 - 1

// pixels decodes a pass of colours to dst: R,G,B,0, in stream order.
// The literals are two bytes of 555 if narrow is set, otherwise B,G,R.
func (b *body) pixels(dst []byte, narrow bool) error {
	size, bias := 3, biasColour
	if narrow {
		size, bias = 2, bias16
	}
	src, pos := b.src, b.pos
	for at := 0; at < len(dst); {
		if pos >= len(src) {
			return b.short(pos)
		}
		c := int(src[pos])
		if c >= 32 {
			m, next := match(src, pos)
			n, dist := m.length+bias, 4*m.distance
			if next < 0 || dist > at || n > (len(dst)-at)/4 {
				return b.badMatch(pos, next, dist > at)
			}
			lzpix.Repeat(dst, at, dist, 4*n)
			at += 4 * n
			pos = next
			continue
		}
		pos++
		n := 4 * (c + 1)
		if n > len(dst)-at {
			return b.badLiteral(pos - 1)
		}
		if size*(c+1) > len(src)-pos {
			return b.short(pos)
		}
		if narrow {
			lzpix.Colours555(dst[at:at+n], src[pos:])
		} else {
			lzpix.Colours(dst[at:at+n], src[pos:])
		}
		at += n
		pos += size * (c + 1)
	}
	b.pos = pos
	return nil
}

// bytes decodes a pass whose units are bytes: packed indices or alpha.
func (b *body) bytes(dst []byte) error {
	src, pos := b.src, b.pos
	for at := 0; at < len(dst); {
		if pos >= len(src) {
			return b.short(pos)
		}
		c := int(src[pos])
		if c >= 32 {
			m, next := match(src, pos)
			n := m.length + biasByte
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
