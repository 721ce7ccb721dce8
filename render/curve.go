package render

import "image"

// A curve is a cubic Bézier curve, in sixteenths of a pixel.
type curve [4]image.Point

// maxCurveDepth ends halving of curves that never become flat. After as many
// halvings a curve of any size is smaller than a pixel.
const maxCurveDepth = 32

// hugeCurve is the size in pixels from which on even the dashes of a curve are
// not worked out where it is not seen.
const hugeCurve = 1 << 14

// curve draws lines along c. What ends in one pixel or passes by what is drawn
// is not looked at more closely, for it would draw the same: so the work
// depends on what is seen of a curve, not on its size. Only for dashes it
// matters how long the unseen part is.
func (n *pen) curve(c *curve, depth int) {
	box := c.bounds()
	size := box.Size()
	unseen := !box.Overlaps(n.bounds) && (n.style == nil || max(size.X, size.Y) > hugeCurve)
	if depth == 0 || size == image.Pt(1, 1) || unseen || c.flat() {
		n.lineTo(round(c[3]))
		return
	}
	left, right := c.split()
	n.curve(&left, depth-1)
	n.curve(&right, depth-1)
}

// bounds returns the pixels that c can reach.
func (c *curve) bounds() image.Rectangle {
	q := round(c[0])
	box := image.Rectangle{Min: q, Max: q}
	for _, p := range c[1:] {
		q = round(p)
		box.Min = image.Pt(min(box.Min.X, q.X), min(box.Min.Y, q.Y))
		box.Max = image.Pt(max(box.Max.X, q.X), max(box.Max.Y, q.Y))
	}
	box.Max = box.Max.Add(image.Pt(1, 1))
	return box
}

// flat reports whether both control points are close to the chord, in the
// arithmetic of the reference, which wraps around for huge curves.
func (c *curve) flat() bool {
	a, b, d := c[1].Sub(c[0]), c[3].Sub(c[0]), c[2].Sub(c[3])
	chord := dot(b, b)
	ab, db := dot(a, b), dot(d, b.Mul(-1))
	return (dot(a, a)*chord-ab*ab)>>3 < chord && (dot(d, d)*chord-db*db)>>3 < chord
}

func dot(u, v image.Point) int64 {
	return (int64(u.X)*int64(v.X) + int64(u.Y)*int64(v.Y)) >> 4
}

// split halves c.
func (c *curve) split() (left, right curve) {
	a, b, d := middle(c[0], c[1]), middle(c[1], c[2]), middle(c[2], c[3])
	ab, bd := middle(a, b), middle(b, d)
	m := middle(ab, bd)
	return curve{c[0], a, ab, m}, curve{m, bd, d, c[3]}
}

// middle rounds toward zero.
func middle(p, q image.Point) image.Point {
	return image.Pt((p.X+q.X)/2, (p.Y+q.Y)/2)
}
