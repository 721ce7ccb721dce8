package quic

import (
	"fmt"
	"image"
	"sync"

	"saffron/codec/quic/params"
)

// A decoder is the state of one image's decoding.
type decoder struct {
	bits  bitReader
	width int // pixels

	// ctx has the contexts of each column, shifted by one: ctx[i] has what
	// column i is decoded with, the buckets of the residuals of column i-1, by
	// byte of the pixel. Runs leave it alone, so entries may be of rows long
	// past.
	ctx [][4]uint8

	groups    [2]group
	numGroups int
}

// A group is planes that are decoded together: the colours, alpha, or gray.
type group struct {
	planes int // 1 or 3
	first  int // byte of the pixel that holds the first plane
	models [3]model

	level     int    // of adaptation, up to params.MaxLevel
	left      int    // 0 < left: pixels until the next level
	threshold uint32 // by level
	waitMask  uint8  // by level
	skip      uint8  // coded pixels until the next update of the models
	draw      uint8  // index of the next entry of params.Draws
	runState  uint8  // index into params.RunBits
}

// decoders keeps decoders between images. Most of the time for a small image
// would go into making one.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// maxPooledWidth is the width of the widest image whose decoder is kept.
const maxPooledWidth = 1 << 15

// newDecoder returns a decoder at the start of the bits src. The caller
// releases it.
func newDecoder(c Config, src []byte) *decoder {
	d := decoders.Get().(*decoder)
	d.bits = newBitReader(src)
	d.width = c.Width
	if cap(d.ctx) < c.Width+1 {
		d.ctx = make([][4]uint8, c.Width+1)
	}
	d.ctx = d.ctx[:c.Width+1]
	d.ctx[0] = [4]uint8{} // the others are written in the first row

	d.numGroups = 1
	switch c.Type {
	case Gray:
		d.groups[0].reset(1, 0, family8())
	case RGB16:
		d.groups[0].reset(3, 0, family5())
	case RGBA:
		d.groups[1].reset(1, 3, family8())
		d.numGroups = 2
		fallthrough
	default:
		d.groups[0].reset(3, 0, family8())
	}
	return d
}

// release gives d back for another image.
func (d *decoder) release() {
	d.bits.src = nil
	if d.width <= maxPooledWidth {
		decoders.Put(d)
	}
}

func (g *group) reset(planes, first int, f *family) {
	g.planes, g.first = planes, first
	for p := range planes {
		g.models[p].reset(f)
	}
	g.skip, g.draw, g.runState = 0, 0, 0
	g.setLevel(0)
}

func (g *group) setLevel(level int) {
	g.level, g.left = level, params.LevelPixels
	g.threshold, g.waitMask = params.Thresholds[level], params.WaitMask(level)
}

// nextSkip draws the number of coded pixels until the next update.
func (g *group) nextSkip() uint8 {
	skip := params.Draws[g.draw] & g.waitMask
	g.draw++
	return skip
}

// image decodes all rows. The groups take turns, row by row.
func (d *decoder) image(dst *image.RGBA) error {
	var prev []byte
	for y := range dst.Rect.Dy() {
		cur := pixelRow(dst, y)
		if y > 0 {
			d.ctx[0] = d.ctx[1]
		}
		for i := range d.groups[:d.numGroups] {
			if err := d.row(&d.groups[i], cur, prev); err != nil {
				return FormatError(fmt.Sprintf("row %d: %s", y, err))
			}
		}
		prev = cur
	}
	return nil
}

// rowError says what is wrong with a row.
type rowError string

func (e rowError) Error() string { return string(e) }

const (
	errOverrun = rowError("code runs past the end of the data")
	errValue   = rowError("code of a value out of range")
	errRun     = rowError("run past the end of the row")
)

// row decodes a group's part of the row cur, in segments between which the
// level changes. prev is the row above, nil if there is none.
func (d *decoder) row(g *group, cur, prev []byte) error {
	start := 0
	for start < d.width {
		end := d.width
		if g.level < params.MaxLevel && g.left < end-start {
			end = start + g.left
		}
		ok := true
		switch {
		case prev == nil:
			d.firstRow(g, cur, start, end)
		case g.planes == 3:
			ok = d.colours(g, cur, prev, start, end)
		default:
			ok = d.plane(g, cur[g.first:], prev[g.first:], start, end)
		}
		switch {
		case d.bits.overrun():
			return errOverrun
		case d.bits.bad:
			return errValue
		case !ok:
			return errRun
		}
		if g.level < params.MaxLevel {
			if g.left -= end - start; g.left == 0 {
				g.setLevel(g.level + 1)
			}
		}
		start = end
	}
	return nil
}

// firstRow decodes a segment of the first row, which is predicted from the
// left and has no runs.
func (d *decoder) firstRow(g *group, cur []byte, start, end int) {
	mask := uint8(g.models[0].family.mask)
	for i := start; i < end; i++ {
		ctx, next := &d.ctx[i], &d.ctx[i+1]
		var s [3]symbol
		for p := range g.planes {
			at := g.first + p
			s[p] = d.symbol(&g.models[p], ctx[at])
			next[at] = s[p].bucket()
			var left uint8
			if i > 0 {
				left = cur[4*i+at-4]
			}
			cur[4*i+at] = (left + s[p].residual()) & mask
		}
		if g.planes == 3 {
			cur[4*i+3] = 0
		}
		if g.skip > 0 {
			g.skip--
			continue
		}
		for p := range g.planes {
			g.models[p].update(ctx[g.first+p], s[p].folded(), g.threshold)
		}
		g.skip = g.nextSkip()
	}
}

// symbol decodes one component with a model's code for a bucket.
func (d *decoder) symbol(m *model, bucket uint8) symbol {
	br := &d.bits
	br.refill()
	c := m.best[bucket&(numCodes-1)]
	s := c.fast[br.buf>>(64-fastBits)]
	if s == 0 {
		return c.long(br)
	}
	br.take(s.length())
	return s
}
