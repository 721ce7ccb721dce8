package render

import "image"

// An edge is a straight line of pixels, told along its longer direction, the
// major one: after k steps of it, of which there are run, there have been
// minor(k) steps of the other.
//
// Source: SPICE display channel, DRAW_STROKE; Bresenham's lines with the tie
// rule of the reference.
type edge struct {
	from      image.Point
	step      image.Point // signs of the direction
	steep     bool        // the major direction is y
	run, rise int         // steps in the major and the minor direction
	bias      int         // 1 if the major direction is negative
}

func newEdge(from, to image.Point) edge {
	dx, sx := signed(to.X - from.X)
	dy, sy := signed(to.Y - from.Y)
	e := edge{from: from, step: image.Pt(sx, sy), run: dx, rise: dy}
	e.steep = dx <= dy
	major := sx
	if e.steep {
		e.run, e.rise, major = dy, dx, sy
	}
	if major < 0 {
		e.bias = 1
	}
	return e
}

// signed returns magnitude and sign of v.
func signed(v int) (abs, sign int) {
	if v < 0 {
		return -v, -1
	}
	return v, 1
}

// minor returns the minor steps before major step k, by what Bresenham's
// algorithm adds up to. run must not be 0.
func (e *edge) minor(k int) int {
	return (2*e.rise*k + e.run - e.bias) / (2 * e.run)
}

// point returns where k major and m minor steps lead.
func (e *edge) point(k, m int) image.Point {
	if e.steep {
		k, m = m, k
	}
	return image.Pt(e.from.X+e.step.X*k, e.from.Y+e.step.Y*m)
}

// within returns the major steps k0 <= k < k1 whose pixels lie in r. All
// numbers stay far below 2^63: coordinates are of 29 bits.
func (e *edge) within(r image.Rectangle) (k0, k1 int) {
	x0, x1 := stepsInto(e.from.X, e.step.X, r.Min.X, r.Max.X)
	y0, y1 := stepsInto(e.from.Y, e.step.Y, r.Min.Y, r.Max.Y)
	k0, k1, m0, m1 := x0, x1, y0, y1
	if e.steep {
		k0, k1, m0, m1 = y0, y1, x0, x1
	}
	k1 = min(k1, e.run)
	if k0 >= k1 || m0 >= m1 {
		return 0, 0
	}
	if e.rise == 0 {
		if m0 > 0 {
			return 0, 0
		}
		return k0, k1
	}
	// The first k with minor(k) >= m.
	reaches := func(m int) int {
		return ceilDiv(2*e.run*m-e.run+e.bias, 2*e.rise)
	}
	return max(k0, reaches(m0)), min(k1, reaches(m1))
}

// stepsInto returns the numbers of steps that lead from at to between lo and
// hi, which is exclusive.
func stepsInto(at, step, lo, hi int) (from, to int) {
	if step > 0 {
		return max(0, lo-at), hi - at
	}
	return max(0, at-hi+1), at - lo + 1
}

// ceilDiv returns a/b rounded up, for b > 0.
func ceilDiv(a, b int) int {
	q := a / b
	if a%b > 0 {
		q++
	}
	return q
}
