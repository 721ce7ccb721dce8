package glz

import (
	"fmt"

	"saffron/codec/internal/lzpix"
	"saffron/codec/lz"
)

// A decoder decodes one image. It is used by one goroutine; pinned belongs to
// the window's mutex.
type decoder struct {
	w      *Window
	set    *set
	cfg    Config
	img    *picture
	pinned []*picture

	// recent holds pinned images, each at its distance modulo the length.
	recent [32]*picture
}

// The matches of a pass are longer than they say by a bias, because shorter
// ones would not be worth their bytes.
const (
	biasColour = 0
	bias16     = 1
	biasAlpha  = 2
)

// decode decodes the passes of the image.
func (d *decoder) decode(src []byte) error {
	pos, err := d.colours(src, HeaderSize)
	if err == nil && d.cfg.Type == lz.RGBA {
		_, err = d.alphas(src, pos)
	}
	return err
}

// colours decodes the pass at src[pos] to R,G,B,0, and returns where it ends.
func (d *decoder) colours(src []byte, pos int) (int, error) {
	size, bias, narrow := 3, biasColour, false
	if d.cfg.Type == lz.RGB16 {
		size, bias, narrow = 2, bias16, true
	}
	dst := d.img.pix
	for at := 0; at < len(dst); {
		if pos >= len(src) {
			return 0, short(pos)
		}
		c := int(src[pos])
		if c >= 32 {
			m, next := match(src, pos)
			if next < 0 {
				return 0, short(len(src))
			}
			n := m.length + bias
			if n > (len(dst)-at)/4 {
				return 0, matchPastEnd(pos)
			}
			if m.image != 0 {
				if err := d.copyColours(dst[at:at+4*n], m); err != nil {
					return 0, err
				}
			} else {
				if m.pixel >= at/4 {
					return 0, matchBeforeStart(pos)
				}
				lzpix.Repeat(dst, at, 4*(m.pixel+1), 4*n)
			}
			at += 4 * n
			pos = next
			continue
		}
		n := c + 1
		if n > (len(dst)-at)/4 {
			return 0, literalsPastEnd(pos)
		}
		pos++
		if size*n > len(src)-pos {
			return 0, short(len(src))
		}
		if narrow {
			lzpix.Colours555(dst[at:at+4*n], src[pos:])
		} else {
			lzpix.Colours(dst[at:at+4*n], src[pos:])
		}
		at += 4 * n
		pos += size * n
	}
	return pos, nil
}

// alphas decodes the pass at src[pos] to the fourth bytes, and returns where it
// ends.
func (d *decoder) alphas(src []byte, pos int) (int, error) {
	dst := d.img.pix
	for at := 0; at < len(dst); {
		if pos >= len(src) {
			return 0, short(pos)
		}
		c := int(src[pos])
		if c >= 32 {
			m, next := match(src, pos)
			if next < 0 {
				return 0, short(len(src))
			}
			n := m.length + biasAlpha
			if n > (len(dst)-at)/4 {
				return 0, matchPastEnd(pos)
			}
			var from []byte
			if m.image != 0 {
				p, err := d.source(m, n)
				if err != nil {
					return 0, err
				}
				from = p.pix[4*m.pixel:]
			} else {
				if m.pixel >= at/4 {
					return 0, matchBeforeStart(pos)
				}
				from = dst[at-4*(m.pixel+1):]
			}
			copyAlphas(dst[at:at+4*n], from)
			at += 4 * n
			pos = next
			continue
		}
		n := c + 1
		if n > (len(dst)-at)/4 {
			return 0, literalsPastEnd(pos)
		}
		pos++
		if n > len(src)-pos {
			return 0, short(len(src))
		}
		for _, a := range src[pos : pos+n] {
			dst[at+3] = a
			at += 4
		}
		pos += n
	}
	return pos, nil
}

// copyAlphas copies fourth bytes upwards from src, which may overlap dst.
func copyAlphas(dst, src []byte) {
	src = src[:len(dst)]
	for i := 3; i < len(dst); i += 4 {
		dst[i] = src[i]
	}
}

// copyColours copies pixels of another image to dst.
func (d *decoder) copyColours(dst []byte, m reference) error {
	p, err := d.source(m, len(dst)/4)
	if err != nil {
		return err
	}
	copy(dst, p.pix[4*m.pixel:])
	// Encoders refer only to images of the same type, but are not to be trusted
	// with the fourth byte. RGBA sets its own later.
	if p.alpha && !d.img.alpha {
		for i := 3; i < len(dst); i += 4 {
			dst[i] = 0
		}
	}
	return nil
}

// source returns the image that m refers to, if it has n pixels there.
func (d *decoder) source(m reference, n int) (*picture, error) {
	slot := &d.recent[m.image%len(d.recent)]
	p := *slot
	if p == nil || p.id != d.cfg.ID-uint64(m.image) {
		var err error
		if p, err = d.w.pin(d, m); err != nil {
			return nil, err
		}
		*slot = p
	}
	if size := len(p.pix) / 4; n > size-m.pixel {
		return nil, FormatError(fmt.Sprintf("byte %d: reference to %d pixels at %d of image %d, which has %d", m.at, n, m.pixel, p.id, size))
	}
	return p, nil
}

// A reference is what a match says; the length is without the bias.
type reference struct {
	at     int // position of the match
	length int
	image  int // images back, or 0
	pixel  int // offset in the other image, or distance less one in the same
}

// match reads the match at src[pos] and returns the position behind it, or -1
// if src ends within the match.
func match(src []byte, pos int) (m reference, next int) {
	m.at = pos
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
			m.length = min(m.length+e, 2*maxPixels)
			if e != 255 {
				break
			}
		}
	}
	if len(src)-pos < 2 {
		return m, -1
	}
	m.pixel = c&15 | int(src[pos])<<4
	k := int(src[pos+1])
	pos += 2
	more := k >> 6
	if far := c&16 != 0; !far {
		if len(src)-pos < more {
			return m, -1
		}
		m.image = k & 63
		for i := range more {
			m.image += int(src[pos+i]) << (6 + 8*i)
		}
		return m, pos + more
	}
	m.pixel |= k & 31 << 12
	farther := k >> 5 & 1
	if len(src)-pos < more+farther {
		return m, -1
	}
	for i := range more {
		m.image += int(src[pos+i]) << (8 * i)
	}
	pos += more
	if farther != 0 {
		m.pixel |= int(src[pos]) << 17
		pos++
	}
	return m, pos
}

func short(pos int) error {
	return FormatError(fmt.Sprintf("byte %d: the data ends early", pos))
}

func literalsPastEnd(pos int) error {
	return FormatError(fmt.Sprintf("byte %d: literals run past the last pixel", pos))
}

func matchPastEnd(pos int) error {
	return FormatError(fmt.Sprintf("byte %d: match runs past the last pixel", pos))
}

func matchBeforeStart(pos int) error {
	return FormatError(fmt.Sprintf("byte %d: match begins before the first pixel", pos))
}
