package render

import (
	"encoding/binary"
	"image"
)

// A plane is the pixels of an image with the origin at its top-left corner.
// Pixels are handled as words, the four bytes read in little-endian order.
type plane struct {
	pix    []byte
	stride int
	size   image.Rectangle // Min is (0, 0)
}

func planeOf(img *image.RGBA) plane {
	if img.Rect.Empty() {
		return plane{}
	}
	return plane{
		pix:    img.Pix[img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y):],
		stride: img.Stride,
		size:   image.Rectangle{Max: img.Rect.Size()},
	}
}

// row returns the pixels x0 <= x < x1 of row y.
func (p plane) row(y, x0, x1 int) []byte {
	return p.pix[y*p.stride+4*x0 : y*p.stride+4*x1]
}

// clone returns a copy that shares nothing with p.
func (p plane) clone() plane {
	w, h := p.size.Dx(), p.size.Dy()
	c := plane{pix: make([]byte, 4*w*h), stride: 4 * w, size: p.size}
	for y := range h {
		copy(c.row(y, 0, w), p.row(y, 0, w))
	}
	return c
}

// fill sets all pixels of r, which lies in p, to word.
func (p plane) fill(r image.Rectangle, word uint32) {
	first := p.row(r.Min.Y, r.Min.X, r.Max.X)
	fillRow(first, word)
	for y := r.Min.Y + 1; y < r.Max.Y; y++ {
		copy(p.row(y, r.Min.X, r.Max.X), first)
	}
}

// fillRow sets all pixels of a row, which is not empty, to word.
func fillRow(row []byte, word uint32) {
	binary.LittleEndian.PutUint32(row, word)
	for n := 4; n < len(row); n *= 2 {
		copy(row[n:], row[:n])
	}
}

// apply combines a row of first operands into dst, a row of second operands
// of the same length. Only the bits of keep can become ones.
func (b blend) apply(dst, a []byte, keep uint32) {
	if b == put && keep == ^uint32(0) {
		copy(dst, a)
		return
	}
	one, ca, cd, cad, k := wide(b.one), wide(b.ca), wide(b.cd), wide(b.cad), wide(keep)
	a = a[:len(dst)]
	for len(dst) >= 8 {
		av, dv := binary.LittleEndian.Uint64(a), binary.LittleEndian.Uint64(dst)
		binary.LittleEndian.PutUint64(dst, (one^av&ca^dv&cd^av&dv&cad)&k)
		dst, a = dst[8:], a[8:]
	}
	if len(dst) >= 4 {
		av, dv := binary.LittleEndian.Uint32(a), binary.LittleEndian.Uint32(dst)
		binary.LittleEndian.PutUint32(dst, b.word(av, dv)&keep)
	}
}

// wide returns two copies of w.
func wide(w uint32) uint64 { return uint64(w)<<32 | uint64(w) }
