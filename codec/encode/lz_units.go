package encode

import "image"

// An lzKind is how LZ and GLZ write one sort of units.
type lzKind struct {
	size int // bytes of a literal, high byte first
	bias int // what a match is longer than it says
	min  int // shortest match worth looking for
}

var (
	lzColour = lzKind{size: 3, bias: 0, min: 2}
	lzRGB16  = lzKind{size: 2, bias: 1, min: 2}
	lzByte   = lzKind{size: 1, bias: 2, min: 3}
)

// literals appends units as literal runs of up to 32.
func (k lzKind) literals(out []byte, units []uint32) []byte {
	for len(units) > 0 {
		n := min(len(units), 32)
		out = append(out, byte(n-1))
		for _, u := range units[:n] {
			for shift := 8 * (k.size - 1); shift >= 0; shift -= 8 {
				out = append(out, byte(u>>shift))
			}
		}
		units = units[n:]
	}
	return out
}

// unitsBGR returns the colours of img in stream order as 0xBBGGRR.
func unitsBGR(img *image.RGBA, topDown bool) []uint32 {
	return units(img, topDown, func(p []byte) uint32 {
		return uint32(p[2])<<16 | uint32(p[1])<<8 | uint32(p[0])
	})
}

// units555 returns the colours of img in stream order as 0RRRRRGGGGGBBBBB.
func units555(img *image.RGBA, topDown bool) []uint32 {
	return units(img, topDown, func(p []byte) uint32 {
		return uint32(p[0])>>3<<10 | uint32(p[1])>>3<<5 | uint32(p[2])>>3
	})
}

// unitsAlpha returns the fourth bytes of img in stream order.
func unitsAlpha(img *image.RGBA, topDown bool) []uint32 {
	return units(img, topDown, func(p []byte) uint32 { return uint32(p[3]) })
}

func units(img *image.RGBA, topDown bool, unit func(pixel []byte) uint32) []uint32 {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	us := make([]uint32, 0, w*h)
	for y := range h {
		row := img.Pix[rowOf(y, h, topDown)*img.Stride:][:4*w]
		for x := range w {
			us = append(us, unit(row[4*x:4*x+4]))
		}
	}
	return us
}

// rowOf returns the image row that is row y of the stream.
func rowOf(y, height int, topDown bool) int {
	if topDown {
		return y
	}
	return height - 1 - y
}

func b2i(b bool) uint32 {
	if b {
		return 1
	}
	return 0
}

// positions remembers where units that hash alike were last seen. Whoever
// follows a position must compare the units there.
type positions struct {
	table []int // 0 is empty, otherwise the position plus 1
	shift uint
}

// newPositions returns an empty table for about n positions.
func newPositions(n int) *positions {
	bits := uint(8)
	for bits < 16 && 1<<bits < n {
		bits++
	}
	return &positions{table: make([]int, 1<<bits), shift: 32 - bits}
}

// swap notes that the first n units of us, 2 or 3, are at position at, and
// returns where their like was seen before. Too few units are not noted.
func (p *positions) swap(us []uint32, n, at int) (before int, ok bool) {
	if len(us) < n {
		return 0, false
	}
	slot := &p.table[unitsHash(us, n)>>p.shift]
	before = *slot
	*slot = at + 1
	return before - 1, before > 0
}

// unitsHash returns a hash of the first n units, 2 or 3, whose upper bits are
// the best.
func unitsHash(us []uint32, n int) uint32 {
	h := us[0]*0x9e3779b1 ^ us[1]*0x85ebca6b
	if n > 2 {
		h = (h ^ us[2]) * 0xc2b2ae35
	}
	return h * 0x9e3779b1
}

// matchLen returns how many leading units of a and b are equal.
func matchLen(a, b []uint32) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}
