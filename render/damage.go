package render

import (
	"image"
	"slices"
)

// maxDamage bounds the rectangles of a damage list.
const maxDamage = 32

// A damage list covers the pixels that have changed with few rectangles. They
// may overlap.
type damage struct {
	rects []image.Rectangle
	spare []image.Rectangle // the memory of the list taken last
}

func (dm *damage) empty() bool { return len(dm.rects) == 0 }

// add notes that r, which is not empty, has changed. It joins r to a rectangle
// if that costs nothing, or if the list is full to the one it costs least.
func (dm *damage) add(r image.Rectangle) {
	best, least := -1, 0
	for i, q := range dm.rects {
		if r.In(q) {
			return
		}
		cost := area(q.Union(r)) - area(q) - area(r)
		if best < 0 || cost < least {
			best, least = i, cost
		}
	}
	if best < 0 || least > 0 && len(dm.rects) < maxDamage {
		dm.rects = append(dm.rects, r)
		return
	}
	r = r.Union(dm.rects[best])
	dm.rects = slices.DeleteFunc(dm.rects, func(q image.Rectangle) bool { return q.In(r) })
	dm.rects = append(dm.rects, r)
}

// take returns the list, valid until the next call, and empties it. If one
// rectangle around all is no larger than they are together, it is that.
func (dm *damage) take() []image.Rectangle {
	taken := dm.rects
	dm.rects, dm.spare = dm.spare[:0], taken
	sum := 0
	for _, r := range taken {
		sum += area(r)
	}
	if b := boundsOf(taken); area(b) <= sum {
		return append(taken[:0], b)
	}
	return taken
}

func area(r image.Rectangle) int { return r.Dx() * r.Dy() }
