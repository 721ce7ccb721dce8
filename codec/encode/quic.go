package encode

import (
	"encoding/binary"
	"image"

	"saffron/codec/quic/params"
)

// quicDepth is the number of bits of a component.
const quicDepth = 8

// Pixel types of a QUIC stream.
const (
	quicRGB32 = 4
	quicRGBA  = 5
)

// QUIC encodes img as a QUIC stream, of type RGBA with alpha, and without of
// type RGB32, which leaves out the fourth byte of the pixels. It returns nil
// for an empty image. (SPICE protocol, QUIC images.)
func QUIC(img *image.RGBA, alpha bool) []byte {
	width, height := img.Rect.Dx(), img.Rect.Dy()
	if width == 0 || height == 0 {
		return nil
	}
	e := quicEncoder{width: width, groups: []*quicGroup{newQUICGroup(0, 3, width)}}
	pixelType := uint32(quicRGB32)
	if alpha {
		pixelType = quicRGBA
		e.groups = append(e.groups, newQUICGroup(3, 4, width))
	}
	for _, word := range []uint32{params.Magic, 0, pixelType, uint32(width), uint32(height)} {
		e.bits.put(word, 32)
	}
	var above []byte
	for y := range height {
		row := img.Pix[y*img.Stride:][:4*width]
		for _, g := range e.groups {
			e.row(g, row, above)
		}
		above = row
	}
	return e.bits.finish()
}

// quicBits collects bits in little-endian words, uppermost bit first.
type quicBits struct {
	out  []byte
	word uint64 // the last n bits are not in out yet
	n    uint   // below 32
}

// put appends the low length bits of v, at most 32; the others must be 0.
func (b *quicBits) put(v uint32, length uint) {
	b.word = b.word<<length | uint64(v)
	if b.n += length; b.n >= 32 {
		b.n -= 32
		b.out = binary.LittleEndian.AppendUint32(b.out, uint32(b.word>>b.n))
	}
}

// finish fills the last word and adds the zero word that readers may look at.
func (b *quicBits) finish() []byte {
	if b.n > 0 {
		b.put(0, 32-b.n)
	}
	b.put(0, 32)
	return b.out
}

type quicEncoder struct {
	bits   quicBits
	width  int
	groups []*quicGroup
}

// A quicGroup is planes that are encoded together: bytes first to end of a
// pixel.
type quicGroup struct {
	first, end int
	planes     [4]quicPlane

	level, left int   // of adaptation; pixels until the next one
	skip        uint8 // coded pixels until the next update
	draw        uint8 // index of the next pseudo-random number
	runState    int
}

// A quicPlane is the model of one plane.
type quicPlane struct {
	ctx     []uint8 // by column+1, the last folded residual that was coded
	buckets [quicDepth]quicBucket
}

type quicBucket struct {
	best   int // the code in force
	counts [quicDepth]uint32
}

var quicCodes = func() (codes [quicDepth]params.Code) {
	for k := range codes {
		codes[k] = params.NewCode(quicDepth, uint(k))
	}
	return codes
}()

func newQUICGroup(first, end, width int) *quicGroup {
	g := &quicGroup{first: first, end: end, left: params.LevelPixels}
	for p := first; p < end; p++ {
		g.planes[p].ctx = make([]uint8, width+1)
		for b := range g.planes[p].buckets {
			g.planes[p].buckets[b].best = quicDepth - 1
		}
	}
	return g
}

// row encodes a group's part of a row, in segments between which the level
// changes. above is nil for the first row.
func (e *quicEncoder) row(g *quicGroup, row, above []byte) {
	if above != nil {
		for p := g.first; p < g.end; p++ {
			g.planes[p].ctx[0] = g.planes[p].ctx[1]
		}
	}
	start := 0
	for g.level < params.MaxLevel && g.left <= e.width-start {
		e.segment(g, row, above, start, start+g.left)
		start += g.left
		g.level, g.left = g.level+1, params.LevelPixels
	}
	if start < e.width {
		e.segment(g, row, above, start, e.width)
		g.left -= e.width - start
	}
}

func (e *quicEncoder) segment(g *quicGroup, row, above []byte, start, end int) {
	runStart := 0
	for i := start; i < end; {
		if i > 2 && i != runStart && above != nil &&
			g.same(above, i-1, i) && g.same(row, i-1, i-2) {
			runStart = i
			for i < end && g.same(row, i, i-1) {
				i++
			}
			e.run(g, i-runStart)
			continue
		}
		e.pixel(g, row, above, i)
		i++
	}
}

// same reports whether two pixels of a row are alike in the group's planes.
func (g *quicGroup) same(row []byte, i, j int) bool {
	return string(row[4*i+g.first:4*i+g.end]) == string(row[4*j+g.first:4*j+g.end])
}

func (e *quicEncoder) run(g *quicGroup, n int) {
	for n >= 1<<params.RunBits[g.runState] {
		e.bits.put(1, 1)
		n -= 1 << params.RunBits[g.runState]
		g.runState = min(g.runState+1, len(params.RunBits)-1)
	}
	e.bits.put(0, 1)
	e.bits.put(uint32(n), uint(params.RunBits[g.runState]))
	g.runState = max(g.runState-1, 0)
}

// pixel encodes pixel i, and updates the models if it is time to.
func (e *quicEncoder) pixel(g *quicGroup, row, above []byte, i int) {
	for p := g.first; p < g.end; p++ {
		pl := &g.planes[p]
		s := params.Fold(row[4*i+p]-quicPredict(row, above, i, p), quicDepth)
		bucket := params.Bucket(pl.ctx[i], quicDepth)
		e.bits.put(quicCodes[pl.buckets[bucket].best].Word(uint32(s)))
		pl.ctx[i+1] = s
	}
	if g.skip > 0 {
		g.skip--
		return
	}
	for p := g.first; p < g.end; p++ {
		pl := &g.planes[p]
		bucket := params.Bucket(pl.ctx[i], quicDepth)
		pl.buckets[bucket].update(pl.ctx[i+1], params.Thresholds[g.level])
	}
	g.skip = params.Draws[g.draw] & params.WaitMask(g.level)
	g.draw++
}

// quicPredict returns the guess at byte p of pixel i.
func quicPredict(row, above []byte, i, p int) uint8 {
	at := 4*i + p
	switch {
	case i == 0 && above == nil:
		return 0
	case i == 0:
		return above[at]
	case above == nil:
		return row[at-4]
	}
	return uint8((uint(row[at-4]) + uint(above[at])) / 2)
}

func (b *quicBucket) update(folded uint8, threshold uint32) {
	b.best = 0
	for k, c := range quicCodes {
		_, length := c.Word(uint32(folded))
		b.counts[k] += uint32(length)
		if b.counts[k] <= b.counts[b.best] {
			b.best = k
		}
	}
	if b.counts[b.best] > threshold {
		for k := range b.counts {
			b.counts[k] /= 2
		}
	}
}
