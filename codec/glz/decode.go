package glz

import (
	"fmt"
	"image"

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
	lend   bool // img stays pinned for a borrower

	src []byte
	pos int    // how much of src has been read
	pix []byte // where to decode to, in stream order: img.pix or the caller's image
	at  int    // how much of pix has been decoded in this pass

	// recent holds pinned images, each at its distance modulo the length.
	recent [32]*picture
}

// A unit is what the commands of a pass count in.
type unit uint8

const (
	colour unit = iota // pixels; literals B,G,R
	narrow             // pixels; literals of two bytes of 555
	alpha              // fourth bytes of pixels
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
	alphas  = kind{unit: alpha, size: 1, bias: 2}
)

// decode decodes the image into the window's memory and into dst, unless that
// is nil.
func (d *decoder) decode(dst *image.RGBA, src []byte) error {
	d.src, d.pos = src, HeaderSize
	d.pix = d.img.pix
	if d.inPlace(dst) {
		d.pix = dst.Pix[:len(d.img.pix)]
	}
	k := colours
	switch d.cfg.Type {
	case lz.RGB16:
		k = colour5
	case lz.RGBA:
		if err := d.pass(colours, nil); err != nil {
			return err
		}
		k = alphas
	}
	return d.pass(k, dst)
}

// inPlace reports whether the stream's order is that of dst's memory.
func (d *decoder) inPlace(dst *image.RGBA) bool {
	return dst != nil && d.cfg.TopDown && dst.Stride == 4*d.cfg.Width
}

// The last pass copies rows to where they are wanted, too, soon after they have
// been decoded, while the processor has them at hand. Batches of copyPast bytes
// are those for which Go's copy passes the cache by (amd64, Go 1.26): the window
// is larger than that, and what would be evicted for it is dst. For images of
// 1920x1080 this took two thirds of the time of the other way round, from the
// window's memory to dst.
const copyPast = 1 << 20

// pass decodes a pass, the last one unless dst is nil.
func (d *decoder) pass(k kind, dst *image.RGBA) error {
	d.at = 0
	row, batch := 4*d.cfg.Width, lzpix.Batch(d.cfg.Width)
	inPlace := d.inPlace(dst)
	if inPlace {
		batch = copyPast/row + 1
	}
	for y := 0; y < d.cfg.Height; y += batch {
		end := min(y+batch, d.cfg.Height)
		for d.at < end*row {
			if k.unit == colour {
				out, in := lzpix.GLZ(d.pix, d.src[d.pos:], d.at, end*row)
				d.at = out
				d.pos += in
			}
			if k.unit != alpha {
				if err := d.fast(k, end*row); err != nil {
					return err
				}
				if d.at >= end*row {
					break
				}
			}
			if err := d.command(k); err != nil {
				return err
			}
		}
		switch {
		case inPlace:
			copy(d.img.pix[y*row:], d.pix[y*row:end*row])
		case dst != nil:
			lzpix.PutRows(dst, d.pix, d.cfg.TopDown, y, end)
		}
	}
	return nil
}

// command decodes one command.
func (d *decoder) command(k kind) error {
	if d.pos >= len(d.src) {
		return short(d.pos)
	}
	if d.src[d.pos] < 32 {
		return d.literals(k)
	}
	m, next := match(d.src, d.pos)
	if next < 0 {
		return short(len(d.src))
	}
	pix, at := d.pix, d.at
	n := 4 * (m.length + k.bias)
	if n > len(pix)-at {
		return matchPastEnd(d.pos)
	}
	switch {
	case m.image != 0:
		p, err := d.source(m, n)
		if err != nil {
			return err
		}
		d.copyFrom(p, pix[at:at+n], 4*m.pixel, k)
	case 4*m.pixel >= at:
		return matchBeforeStart(d.pos)
	case k.unit == alpha:
		lzpix.RepeatAlphas(pix, at, 4*(m.pixel+1), n)
	default:
		lzpix.Repeat(pix, at, 4*(m.pixel+1), n)
	}
	d.at += n
	d.pos = next
	return nil
}

// literals decodes a command of literals.
func (d *decoder) literals(k kind) error {
	n := int(d.src[d.pos]) + 1
	if 4*n > len(d.pix)-d.at {
		return literalsPastEnd(d.pos)
	}
	d.pos++
	if k.size*n > len(d.src)-d.pos {
		return short(len(d.src))
	}
	dst, src := d.pix[d.at:d.at+4*n], d.src[d.pos:d.pos+k.size*n]
	switch k.unit {
	case colour:
		lzpix.Colours(dst, src)
	case narrow:
		lzpix.Colours555(dst, src)
	case alpha:
		lzpix.Alphas(dst, src)
	}
	d.at += 4 * n
	d.pos += k.size * n
	return nil
}

// copyFrom copies pixels at from in another image to dst.
func (d *decoder) copyFrom(p *picture, dst []byte, from int, k kind) {
	if k.unit == alpha {
		lzpix.CopyAlphas(dst, p.pix[from:])
		return
	}
	copy(dst, p.pix[from:])
	// Encoders refer only to images of the same type, but are not to be trusted
	// with the fourth byte. RGBA sets its own later.
	if p.alpha && !d.img.alpha {
		lzpix.CutAlphas(dst)
	}
}

// source returns the image that m refers to, if it has n bytes there.
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
	if n > len(p.pix)-4*m.pixel {
		return nil, FormatError(fmt.Sprintf("byte %d: reference to %d pixels at %d of image %d, which has %d", m.at, n/4, m.pixel, p.id, len(p.pix)/4))
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
