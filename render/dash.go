package render

import (
	"image"
	"math"
	"sort"
)

// A style is a pattern of dashes and gaps, and where a line is in it. The
// pattern begins anew with a dash, even after a dash.
type style struct {
	ends []float64 // of dash, gap, dash, ..., in pixels, growing
	skip float64   // where in the pattern a line begins
	at   float64   // where in the pattern the line is
}

// newStyle returns nil if there is no pattern.
func newStyle(dashes []int32, startWithGap bool) *style {
	list := append([]int32(nil), dashes...)
	s := new(style)
	if startWithGap && len(list) > 0 {
		list = append(list[1:], list[0]) // then the second is a gap
		s.skip = dashLength(list[0])
	}
	total := 0.
	for _, d := range list {
		total += dashLength(d)
		s.ends = append(s.ends, total)
	}
	if total == 0 {
		return nil
	}
	return s
}

// dashLength returns a length of sixteenths in whole pixels.
func dashLength(d int32) float64 { return max(0, float64((int64(d)+7)>>4)) }

// find returns the index of the dash or gap at a place in the pattern, and the
// place, less whole patterns.
func (s *style) find(place float64) (int, float64) {
	place = math.Mod(place, s.ends[len(s.ends)-1])
	return sort.Search(len(s.ends), func(i int) bool { return s.ends[i] > place }), place
}

// paints reports whether the style has a dash at a distance along the line. A
// dash has its first point and not its last or, backwards, the other way round.
func (s *style) paints(distance float64, backwards bool) bool {
	i, place := s.find(s.at + distance)
	if !backwards {
		return i%2 == 0
	}
	if place == 0 {
		place = s.ends[len(s.ends)-1]
	}
	return sort.SearchFloat64s(s.ends, place)%2 == 0
}

// advance follows a line of a path. What is left of a dash for the next line is
// rounded down to pixels, as by the reference.
func (s *style) advance(length float64) {
	i, place := s.find(s.at + length)
	s.at = s.ends[i] - math.Floor(s.ends[i]-place)
}

// dashed draws the dashes of a line: rectangles one pixel wide, of which a
// pixel is part if its coordinates lie within, or on the left or upper edge.
func (n *pen) dashed(from, to image.Point) {
	e := newEdge(from, to)
	if e.run == 0 {
		return
	}
	length := math.Hypot(float64(e.run), float64(e.rise))
	defer n.style.advance(length)
	toward := 1. // the sign of a minor step
	if e.step.Y < 0 && !e.steep || e.step.X < 0 && e.steep {
		toward = -1
	}
	run, rise := float64(e.run), float64(e.rise)
	backwards := to.X < from.X || to.X == from.X && to.Y < from.Y // its end is a left or an upper edge
	inside := func(dot float64) bool {
		if backwards {
			return 0 < dot && dot <= run*run+rise*rise
		}
		return 0 <= dot && dot < run*run+rise*rise
	}
	k0, k1 := e.within(n.bounds.Inset(-2))
	if k1 == e.run {
		k1++
	}
	for k := k0; k < k1; k++ {
		near := e.minor(k)
		for m := near - 1; m <= near+1; m++ {
			x, y := float64(k), float64(m) // along the major and minor direction
			dot, aside := x*run+y*rise, (y*run-x*rise)/length*toward
			q := e.point(k, m)
			if q.In(n.bounds) && inside(dot) && -0.5 <= aside && aside < 0.5 && n.style.paints(dot/length, backwards) {
				n.plot(q)
			}
		}
	}
}
