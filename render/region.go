package render

import (
	"cmp"
	"image"
	"slices"
	"sort"
)

const (
	// maxRegionRects bounds the rectangles of a region (2 MiB).
	maxRegionRects = 1 << 16
	// maxRegionWork bounds the spans looked at while a region is made: some
	// ten milliseconds, or the union of 2000 rectangles scattered at random.
	maxRegionWork = 1 << 22
)

// A Region is a set of pixels: the union of half-open rectangles, in which
// each pixel counts once however many rectangles cover it. It is made once and
// not changed, so any goroutine may use it.
//
// A nil *Region is the whole plane.
type Region struct {
	rects  []image.Rectangle // disjoint, in bands: by Min.Y, then Min.X
	bounds image.Rectangle
	err    error // ErrRegion: the list was given up on; no rects
}

// NewRegion returns the union of rects. Empty and inverted rectangles
// contribute nothing; without any others the region is empty.
//
// The cost is O(n log n) plus the work of the bands. Since the bands of a
// hostile list can number n², it stops at a fixed amount of work or result;
// such a region is empty, Err says so, and drawing with it fails. The lists
// that display servers send, banded already, cost O(n log n) whatever their
// length.
func NewRegion(rects []image.Rectangle) *Region {
	in := make([]image.Rectangle, 0, len(rects))
	for _, r := range rects {
		if !r.Empty() {
			in = append(in, r)
		}
	}
	reg := &Region{rects: in}
	if len(in) > 1 {
		slices.SortFunc(in, byBand)
		s := sweep{in: in}
		if !s.run() {
			return &Region{err: ErrRegion}
		}
		reg.rects = s.out
	}
	reg.measure()
	return reg
}

// Err returns ErrRegion if the list was too fragmented, otherwise nil.
func (r *Region) Err() error {
	if r == nil {
		return nil
	}
	return r.err
}

// Rects returns the region as disjoint rectangles in bands: ordered by top,
// then left; those with the same top have the same bottom. The caller must not
// change them. A nil region has none to give.
func (r *Region) Rects() []image.Rectangle {
	if r == nil {
		return nil
	}
	return r.rects
}

// Bounds returns the smallest rectangle around the region.
// It must not be called on nil.
func (r *Region) Bounds() image.Rectangle { return r.bounds }

// Empty reports whether the region has no pixel.
func (r *Region) Empty() bool { return r != nil && len(r.rects) == 0 }

// Contains reports whether p is in the region.
func (r *Region) Contains(p image.Point) bool {
	if r == nil {
		return true
	}
	i := sort.Search(len(r.rects), func(i int) bool {
		q := r.rects[i]
		return q.Max.Y > p.Y && (q.Min.Y > p.Y || q.Max.X > p.X)
	})
	return i < len(r.rects) && p.In(r.rects[i])
}

// Intersect returns the part of the region that lies in rect.
func (r *Region) Intersect(rect image.Rectangle) *Region {
	if r == nil {
		return NewRegion([]image.Rectangle{rect})
	}
	out := &Region{rects: r.appendWithin(nil, rect), err: r.err}
	out.measure()
	return out
}

// appendWithin appends what of the region lies in rect, still in bands.
func (r *Region) appendWithin(dst []image.Rectangle, rect image.Rectangle) []image.Rectangle {
	if r == nil {
		if rect.Empty() {
			return dst
		}
		return append(dst, rect)
	}
	first := sort.Search(len(r.rects), func(i int) bool { return r.rects[i].Max.Y > rect.Min.Y })
	for _, q := range r.rects[first:] {
		if q.Min.Y >= rect.Max.Y {
			break
		}
		if q = q.Intersect(rect); !q.Empty() {
			dst = append(dst, q)
		}
	}
	return dst
}

func (r *Region) measure() { r.bounds = boundsOf(r.rects) }

func boundsOf(rects []image.Rectangle) image.Rectangle {
	var b image.Rectangle
	for _, q := range rects {
		b = b.Union(q)
	}
	return b
}

func byBand(a, b image.Rectangle) int {
	return cmp.Or(cmp.Compare(a.Min.Y, b.Min.Y), cmp.Compare(a.Min.X, b.Min.X))
}

// A sweep walks a line down over rectangles and puts out their union, a band
// at a time.
type sweep struct {
	in     []image.Rectangle // to come, sorted by band
	active []image.Rectangle // those the line crosses, sorted by Min.X
	out    []image.Rectangle
	prev   int // where in out the previous band begins
	work   int
}

// run puts out everything, or reports false when it became too much.
func (s *sweep) run() bool {
	for y := 0; len(s.in) > 0 || len(s.active) > 0; {
		if len(s.active) == 0 {
			y = s.in[0].Min.Y
		}
		s.enter(y)
		bottom := s.bottom()
		s.emit(y, bottom)
		s.active = slices.DeleteFunc(s.active, func(r image.Rectangle) bool { return r.Max.Y <= bottom })
		y = bottom
		if s.work > maxRegionWork || len(s.out) > maxRegionRects {
			return false
		}
	}
	return true
}

// enter makes the rectangles that begin at y active.
func (s *sweep) enter(y int) {
	for len(s.in) > 0 && s.in[0].Min.Y == y {
		r := s.in[0]
		s.in = s.in[1:]
		i := sort.Search(len(s.active), func(i int) bool { return s.active[i].Min.X > r.Min.X })
		s.active = slices.Insert(s.active, i, r)
		s.work += len(s.active) - i
	}
}

// bottom returns where the set of active rectangles next changes.
func (s *sweep) bottom() int {
	b := s.active[0].Max.Y
	for _, r := range s.active {
		b = min(b, r.Max.Y)
	}
	if len(s.in) > 0 {
		b = min(b, s.in[0].Min.Y)
	}
	s.work += len(s.active)
	return b
}

// emit puts out the band from top to bottom, or makes the previous band
// longer if it touches this one and has the same spans.
func (s *sweep) emit(top, bottom int) {
	begin := len(s.out)
	span := s.active[0]
	for _, r := range s.active[1:] {
		if r.Min.X <= span.Max.X {
			span.Max.X = max(span.Max.X, r.Max.X)
			continue
		}
		s.out = append(s.out, image.Rect(span.Min.X, top, span.Max.X, bottom))
		span = r
	}
	s.out = append(s.out, image.Rect(span.Min.X, top, span.Max.X, bottom))

	prev, band := s.out[s.prev:begin], s.out[begin:]
	same := slices.EqualFunc(prev, band, func(p, b image.Rectangle) bool {
		return p.Max.Y == b.Min.Y && p.Min.X == b.Min.X && p.Max.X == b.Max.X
	})
	if !same {
		s.prev = begin
		return
	}
	for i := range prev {
		prev[i].Max.Y = bottom
	}
	s.out = s.out[:begin]
}
