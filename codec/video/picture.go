package video

import (
	"image"
	"sync"

	"saffron/codec/internal/ycbcr"
)

// A Picture is what a frame shows: planes of luma and of chroma at half the
// resolution, rounded up, the first row as the stream has it. They lie in the
// decoder's memory, and are good until the next call of Decode or Close.
type Picture struct {
	Width, Height    int    // pixels
	Y, Cb, Cr        []byte // samples; the last row ends with its last sample
	YStride, CStride int    // from one row to the next, in bytes

	FullRange bool // all values stand for something, rather than 16 to 235 and 240
	HD        bool // BT.709, rather than BT.601
}

// RGBA converts the picture into dst, which should be of its size; of another one,
// what both have is converted, from the top left corner. The fourth byte of every
// pixel becomes 0. (SPICE protocol, video streams, drawing a frame.)
func (p *Picture) RGBA(dst *image.RGBA) {
	width, height := min(p.Width, dst.Rect.Dx()), min(p.Height, dst.Rect.Dy())
	if width <= 0 || height <= 0 {
		return
	}
	c := converters.Get().(*converter)
	defer converters.Put(c)
	c.start((p.Width + 1) / 2)
	m := p.matrix()
	for y := range height {
		near, far := ycbcr.Neighbours(y, p.Height, 2)
		cb := c.chroma(0, p.Cb, p.CStride, near, far)
		cr := c.chroma(1, p.Cr, p.CStride, near, far)
		m.Convert(dst.Pix[y*dst.Stride:][:4*width], p.Y[y*p.YStride:][:width], cb, cr)
	}
}

// matrix returns the matrix of the picture's colours.
func (p *Picture) matrix() *ycbcr.Matrix {
	switch {
	case p.FullRange && p.HD:
		return ycbcr.Full709
	case p.FullRange:
		return ycbcr.Full601
	case p.HD:
		return ycbcr.Limited709
	}
	return ycbcr.Limited601
}

// converters keeps the memory of converters.
var converters = sync.Pool{New: func() any { return new(converter) }}

// A converter holds rows of chroma on their way to full resolution, of Cb and Cr.
type converter struct {
	width int          // samples of a row of chroma
	rows  [2][2][]byte // an even and an odd row, with one sample more on both sides
	held  [2][2]int    // which row is in each
	wide  [2][]byte
}

// vector is how much more than a row of samples the memory of one must have.
const vector = 32

// start prepares for rows of width samples of chroma.
func (c *converter) start(width int) {
	c.width = width
	for i := range 2 {
		for k := range 2 {
			c.rows[i][k] = grow(c.rows[i][k], 1+width+1+vector)
			c.held[i][k] = -1
		}
		c.wide[i] = grow(c.wide[i], 2*width+vector)
	}
}

// chroma returns the row that lies between two neighbours in a plane, at full
// resolution.
func (c *converter) chroma(i int, plane []byte, stride, near, far int) []byte {
	for _, row := range [2]int{near, far} {
		if c.held[i][row&1] != row {
			c.held[i][row&1] = row
			to := c.rows[i][row&1]
			copy(to[1:], plane[row*stride:][:c.width])
			to[0], to[c.width+1] = to[1], to[c.width]
		}
	}
	ycbcr.Stretch(c.wide[i], c.rows[i][near&1], c.rows[i][far&1], c.width)
	return c.wide[i]
}

// grow returns a slice of n bytes, in the memory of b if that suffices.
func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
