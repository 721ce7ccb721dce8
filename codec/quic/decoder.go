package quic

import (
	"fmt"
	"image"
	"sync"

	"saffron/codec/quic/params"
)

// A decoder is the state of one image's decoding.
type decoder struct {
	bits      bitReader
	width     int // pixels
	groups    [2]group
	numGroups int
}

// A group is planes that are decoded together: the colours, alpha, or gray.
type group struct {
	planes int // 1 or 3
	first  int // byte of the pixel that holds the first plane
	family *family
	models [3]model

	// ctx has the contexts of each column by plane, shifted by one: ctx[i] is
	// what column i is decoded with, made of the residuals of column i-1. Runs
	// leave it alone, so entries may be of rows long past.
	ctx [][4]context

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
	d.numGroups = 1
	switch c.Type {
	case Gray:
		d.groups[0].reset(1, 0, family8(), c.Width)
	case RGB16:
		d.groups[0].reset(3, 0, family5(), c.Width)
	case RGBA:
		d.groups[1].reset(1, 3, family8(), c.Width)
		d.numGroups = 2
		fallthrough
	default:
		d.groups[0].reset(3, 0, family8(), c.Width)
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

func (g *group) reset(planes, first int, f *family, width int) {
	g.planes, g.first, g.family = planes, first, f
	for p := range planes {
		g.models[p] = f.fresh
	}
	if cap(g.ctx) < width+1 {
		g.ctx = make([][4]context, width+1)
	}
	g.ctx = g.ctx[:width+1]
	g.ctx[0] = [4]context{} // the others are written in the first row
	g.skip, g.draw, g.runState = 0, 0, 0
	g.setLevel(0)
}

func (g *group) setLevel(level int) {
	g.level, g.left = level, params.LevelPixels
	g.threshold, g.waitMask = params.Thresholds[level], params.WaitMask(level)
}

// draws is where vector code finds params.Draws.
var draws = params.Draws

// nextSkip draws the number of coded pixels until the next update.
func (g *group) nextSkip() uint8 {
	skip := draws[g.draw] & g.waitMask
	g.draw++
	return skip
}

// image decodes all rows. The groups take turns, row by row.
func (d *decoder) image(dst *image.RGBA) error {
	var prev []byte
	for y := range dst.Rect.Dy() {
		cur := pixelRow(dst, y)
		for i := range d.groups[:d.numGroups] {
			if y > 0 {
				d.groups[i].ctx[0] = d.groups[i].ctx[1]
			}
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
		ok := d.segment(g, cur, prev, start, end)
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

// A place is how far a segment has been decoded.
type place struct {
	i        int // the next pixel
	runStart int // where the last run of the segment began; no run begins at 0
}

// segment decodes pixels start to end. It returns false if a run passes end.
func (d *decoder) segment(g *group, cur, prev []byte, start, end int) bool {
	p, ok := place{i: start}, true
	for ok && p.i < end {
		until := end
		if useVector && g.planes == 3 { // it stops where it cannot go on, for one pixel
			d.coloursVector(g, cur, prev, &p, end)
			until = min(p.i+1, end)
		}
		switch {
		case prev == nil:
			d.firstRow(g, cur, p.i, until)
			p.i = until
		case g.planes == 3:
			ok = d.colours(g, cur, prev, &p, until, end)
		default:
			ok = d.plane(g, cur[g.first:], prev[g.first:], start, end)
			p.i = end
		}
	}
	return ok
}

// firstRow decodes pixels start to end of the first row, which is predicted
// from the left and has no runs.
func (d *decoder) firstRow(g *group, cur []byte, start, end int) {
	mask := uint8(g.family.mask)
	for i := start; i < end; i++ {
		ctx, next := &g.ctx[i], &g.ctx[i+1]
		var s [3]symbol
		for p := range g.planes {
			s[p] = d.symbol(g, p, ctx[p].bucket())
			next[p] = s[p].context()
			var left uint8
			at := pixelLen*i + g.first + p
			if i > 0 {
				left = cur[at-pixelLen]
			}
			cur[at] = (left + s[p].residual()) & mask
		}
		if g.planes == 3 {
			cur[pixelLen*i+3] = 0
		}
		if g.skip > 0 {
			g.skip--
			continue
		}
		for p := range g.planes {
			g.models[p].update(g.family, ctx[p].bucket(), s[p].folded(), g.threshold)
		}
		g.skip = g.nextSkip()
	}
}

// symbol decodes one component of plane p with the code for a bucket.
func (d *decoder) symbol(g *group, p int, bucket uint8) symbol {
	br := &d.bits
	br.refill()
	l := g.models[p].best[bucket&(numCodes-1)]
	s := g.family.lookup(l, br.buf)
	if s == 0 {
		return g.family.long(br, l)
	}
	br.take(s.length())
	return s
}
