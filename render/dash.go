package render

import (
	"image"
	"math"
	"sort"
)

// A style is a pattern of dashes and gaps, and where a line is in it.
type style struct {
	ends []float64 // of dash, gap, dash, ..., in pixels; an even number, growing
	skip float64   // where in the pattern a line begins
	at   float64   // length of the line so far
}

// newStyle returns nil if the line has no gaps.
func newStyle(dashes []int32, startWithGap bool) *style {
	list := make([]int32, 0, 2*len(dashes))
	list = append(list, dashes...)
	s := new(style)
	if startWithGap && len(list) > 0 {
		list = append(list[1:], list[0]) // then the last is the gap
		s.skip = dashLength(list[0])
	}
	if len(list)%2 != 0 {
		list = append(list, list...)
	}
	total, gaps := 0., 0.
	for i, d := range list {
		total += dashLength(d)
		gaps += float64(i%2) * dashLength(d)
		s.ends = append(s.ends, total)
	}
	if gaps == 0 {
		return nil
	}
	return s
}

// dashLength returns a length of sixteenths in whole pixels.
func dashLength(d int32) float64 { return max(0, float64((int64(d)+7)>>4)) }

// paints reports whether the style has a dash at a distance along the line.
func (s *style) paints(distance float64) bool {
	at := math.Mod(s.skip+distance, s.ends[len(s.ends)-1])
	i := sort.Search(len(s.ends), func(i int) bool { return s.ends[i] > at })
	return i%2 == 0
}

// dashed draws the dashes of a line: rectangles one pixel wide, of which a
// pixel is part if its coordinates lie within, or on the left or upper edge.
func (n *pen) dashed(from, to image.Point) {
	e := newEdge(from, to)
	if e.run == 0 {
		return
	}
	length := math.Hypot(float64(e.run), float64(e.rise))
	before := n.style.at
	n.style.at += length
	toward := 1. // the sign of a minor step
	if e.step.Y < 0 && !e.steep || e.step.X < 0 && e.steep {
		toward = -1
	}
	run, rise := float64(e.run), float64(e.rise)
	k0, k1 := e.within(n.bounds.Inset(-2))
	for k := k0; k < k1; k++ {
		near := e.minor(k)
		for m := near - 1; m <= near+1; m++ {
			x, y := float64(k), float64(m) // along the major and minor direction
			dot, aside := x*run+y*rise, (y*run-x*rise)/length*toward
			within := dot >= 0 && dot < run*run+rise*rise && aside >= -0.5 && aside < 0.5
			if q := e.point(k, m); within && q.In(n.bounds) && n.style.paints(before+dot/length) {
				n.plot(q)
			}
		}
	}
}
