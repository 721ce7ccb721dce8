package window

import (
	"encoding/binary"
	"image"
	"math"
	"math/bits"
)

// toBGRX copies pixels, R, G, B and a byte that does not matter, to B, G, R
// and 255. dst and src have the same length, a multiple of 4.
func toBGRX(dst, src []byte) {
	src = src[:len(dst)]
	for len(dst) >= 8 {
		v := binary.LittleEndian.Uint64(src)
		v = v&0x0000ff00_0000ff00 | v>>16&0x000000ff_000000ff | v&0x000000ff_000000ff<<16 | 0xff000000_ff000000
		binary.LittleEndian.PutUint64(dst, v)
		dst, src = dst[8:], src[8:]
	}
	if len(dst) >= 4 {
		dst[0], dst[1], dst[2], dst[3] = src[2], src[1], src[0], 255
	}
}

// A scaler makes parts of an enlarged or reduced picture.
//
// It weighs, along each axis, the pixels that the place lies on that a pixel comes
// from. If the picture is reduced that is as many as become one, so that thin lines
// do not get lost.
type scaler struct {
	from, to image.Point
	filter   Filter
	x, y     axis
	rows     [][]uint64 // reduced or enlarged along x, by row modulo their number
	held     []int      // which row that is, or -1
	sum      []uint64   // memory for adding rows, reused
}

// An axis says what each pixel along one axis is made of: taps pixels from
// first on, with weights in 256ths.
type axis struct {
	taps    int
	first   []int32
	weights []uint16 // taps for each pixel
}

// newAxis returns the axis from a length to another, both positive.
func newAxis(from, to int, f Filter) axis {
	switch {
	case from == to || f == Sharp && to%from == 0:
		return nearest(from, to)
	case f == Sharp:
		return covered(from, to)
	}
	return mixed(from, to)
}

// nearest makes each pixel of one.
func nearest(from, to int) axis {
	a := axis{taps: 1, first: make([]int32, to), weights: make([]uint16, to)}
	for i := range to {
		a.first[i], a.weights[i] = int32(int64(i)*int64(from)/int64(to)), 256
	}
	return a
}

// covered makes each pixel of all that it covers, by how much it does.
func covered(from, to int) axis {
	taps := min(from, (from+to-1)/to+1)
	a := axis{taps: taps, first: make([]int32, to), weights: make([]uint16, to*taps)}
	share := make([]float64, taps)
	for i := range to {
		// In units of 1/to of a pixel, which are whole numbers.
		lo, hi := int64(i)*int64(from), int64(i+1)*int64(from)
		first := min(int(lo/int64(to)), from-taps)
		for k := range share {
			begin := int64(first+k) * int64(to)
			share[k] = float64(max(0, min(hi, begin+int64(to))-max(lo, begin)))
		}
		a.first[i] = int32(first)
		spread(a.weights[i*taps:][:taps], share, float64(from))
	}
	return a
}

// mixed makes each pixel of the two that are nearest, or, if the picture is
// reduced, of more, by how near they are.
func mixed(from, to int) axis {
	ratio := float64(from) / float64(to)
	reach := max(1, ratio)
	taps := min(from, int(math.Ceil(2*reach)))
	a := axis{taps: taps, first: make([]int32, to), weights: make([]uint16, to*taps)}
	share := make([]float64, taps)
	for i := range to {
		centre := (float64(i)+0.5)*ratio - 0.5
		centre = max(0, min(centre, float64(from-1))) // the edge goes on for ever
		first := max(0, min(int(math.Floor(centre-reach))+1, from-taps))
		sum := 0.0
		for k := range share {
			share[k] = max(0, 1-max(centre-float64(first+k), float64(first+k)-centre)/reach)
			sum += share[k]
		}
		a.first[i] = int32(first)
		spread(a.weights[i*taps:][:taps], share, sum)
	}
	return a
}

// spread rounds shares to weights that are 256 together.
func spread(weights []uint16, share []float64, sum float64) {
	done, given := 0.0, 0
	for k, s := range share {
		done += s
		next := int(done/sum*256 + 0.5)
		weights[k] = uint16(next - given)
		given = next
	}
}

// reach returns which pixels the pixels from lo up to hi, of a length, have a
// part in.
func (a *axis) reach(lo, hi, length int) (int, int) {
	to := len(a.first)
	guess := func(n int) int { return int(int64(n) * int64(to) / int64(length)) }
	begin, end := guess(max(0, lo-1)), min(to, guess(hi+1)+1)
	for begin > 0 && int(a.first[begin-1])+a.taps > lo {
		begin--
	}
	for end < to && int(a.first[end]) < hi {
		end++
	}
	return begin, end
}

// set prepares for scaling from a size to another.
func (s *scaler) set(from, to image.Point, f Filter) {
	if s.from == from && s.to == to && s.filter == f {
		return
	}
	*s = scaler{from: from, to: to, filter: f, x: newAxis(from.X, to.X, f), y: newAxis(from.Y, to.Y, f)}
	s.rows, s.held = make([][]uint64, s.y.taps), make([]int, s.y.taps)
}

// changes returns what of the scaled picture changes with r of the picture.
func (s *scaler) changes(r image.Rectangle) (out image.Rectangle) {
	out.Min.X, out.Max.X = s.x.reach(r.Min.X, r.Max.X, s.from.X)
	out.Min.Y, out.Max.Y = s.y.reach(r.Min.Y, r.Max.Y, s.from.Y)
	return out
}

// scale makes the rectangle r of the scaled picture and puts its top-left
// pixel at dst, whose rows are stride bytes apart, as B, G, R and 255.
func (s *scaler) scale(dst []byte, stride int, src *image.RGBA, r image.Rectangle) {
	for i := range s.held {
		s.held[i] = -1
		if cap(s.rows[i]) < r.Dx() {
			s.rows[i] = make([]uint64, s.to.X)
		}
	}
	n := s.y.taps
	for y := r.Min.Y; y < r.Max.Y; y++ {
		first := int(s.y.first[y])
		weights := s.y.weights[y*n:][:n]
		for k := range n {
			if row := first + k; weights[k] != 0 && s.held[row%n] != row {
				s.across(s.rows[row%n][:r.Dx()], src.Pix[src.PixOffset(src.Rect.Min.X, src.Rect.Min.Y+row):], r.Min.X)
				s.held[row%n] = row
			}
		}
		s.down(dst[(y-r.Min.Y)*stride:][:4*r.Dx()], first, weights)
	}
}

// The four bytes of a pixel, spread over 64 bits, can be weighed at once: R in
// bits 0 to 15, B, G and the fourth.
const (
	lanes = 0x00ff00ff_00ff00ff
	half  = 0x00800080_00800080
)

func spreadPixel(v uint32) uint64 {
	return uint64(v&0x00ff00ff) | uint64(v>>8&0x00ff00ff)<<32
}

// across scales a row along x, from the pixel x on.
func (s *scaler) across(dst []uint64, row []byte, x int) {
	n := s.x.taps
	first, weights := s.x.first[x:][:len(dst)], s.x.weights[x*n:]
	if n == 1 {
		for i, f := range first {
			dst[i] = spreadPixel(binary.LittleEndian.Uint32(row[4*f:]))
		}
		return
	}
	if n == 2 {
		weights = weights[:2*len(dst)]
		for i, f := range first {
			p := binary.LittleEndian.Uint64(row[4*f:])
			dst[i] = (half + spreadPixel(uint32(p))*uint64(weights[2*i]) + spreadPixel(uint32(p>>32))*uint64(weights[2*i+1])) >> 8 & lanes
		}
		return
	}
	for i, f := range first {
		p := row[4*f:][:4*n]
		sum := uint64(half)
		for _, w := range weights[:n] {
			sum += spreadPixel(binary.LittleEndian.Uint32(p)) * uint64(w)
			p = p[4:]
		}
		weights = weights[n:]
		dst[i] = sum >> 8 & lanes
	}
}

// down weighs rows and makes them pixels.
func (s *scaler) down(dst []byte, first int, weights []uint16) {
	width := len(dst) / 4
	row := func(k int) []uint64 { return s.rows[(first+k)%len(s.rows)][:width] }
	k := 0
	for weights[k] == 0 {
		k++
	}
	sum := row(k)
	switch w := uint64(weights[k]); {
	case w == 256:
		for i, v := range sum {
			binary.LittleEndian.PutUint32(dst[4*i:], joinPixel(v))
		}
		return
	case len(weights) == 2: // and k is 0
		b, wb := row(1), uint64(weights[1])
		for i, v := range sum {
			binary.LittleEndian.PutUint32(dst[4*i:], joinPixel((half+v*w+b[i]*wb)>>8&lanes))
		}
		return
	default:
		sum = append(s.sum[:0], sum...)
		for i, v := range sum {
			sum[i] = half + v*w
		}
		s.sum = sum
	}
	for k++; k < len(weights); k++ {
		if w := uint64(weights[k]); w != 0 {
			b := row(k)
			for i := range sum {
				sum[i] += b[i] * w
			}
		}
	}
	for i, v := range sum {
		binary.LittleEndian.PutUint32(dst[4*i:], joinPixel(v>>8&lanes))
	}
}

// joinPixel returns B, G, R and 255.
func joinPixel(v uint64) uint32 {
	return bits.RotateLeft32(uint32(v), 16) | uint32(v>>32)<<8 | 0xff000000
}
