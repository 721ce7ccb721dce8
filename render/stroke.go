package render

import (
	"encoding/binary"
	"fmt"
	"image"
)

// Stroke draws lines one pixel wide (DRAW_STROKE). INVERS_BRUSH and
// INVERS_DEST apply. A line has its first pixel and not its last; pixels where
// lines of a path meet or cross are combined more than once.
type Stroke struct {
	Path  []PathSegment
	Brush Brush
	Rop   Rop

	// Dashes are the lengths of dashes and gaps by turns, in sixteenths of a
	// pixel along the line. Without any the line is solid.
	Dashes       []int32
	StartWithGap bool // the first of Dashes is a gap
}

// PathFlags say what a segment of a path does.
type PathFlags uint8

// The flags of a segment.
const (
	PathBegin  PathFlags = 1  // it begins a line at its first point (SPICE_PATH_BEGIN)
	PathEnd    PathFlags = 2  // it ends the line (SPICE_PATH_END)
	PathClose  PathFlags = 8  // it ends where the line began (SPICE_PATH_CLOSE)
	PathBezier PathFlags = 16 // each three points are a cubic curve from the last (SPICE_PATH_BEZIER)
)

// A PathSegment continues a path through points in sixteenths of a pixel.
type PathSegment struct {
	Flags  PathFlags
	Points []image.Point
}

// stroke draws a DRAW_STROKE.
func (p *pass) stroke(op *Stroke) error {
	p.fn = op.Rop.compile(RopInversBrush, RopInversDest)
	if err := op.Brush.valid(); err != nil {
		return err
	}
	n := pen{pass: p, bounds: boundsOf(p.rects), pixel: p.dst.brushPixel(&op.Brush)}
	n.region = Region{rects: p.rects}
	if op.Brush.Kind == BrushPattern {
		tile, err := p.tile(&op.Brush)
		if err != nil {
			return err
		}
		n.tile, n.origin = &tile, op.Brush.Pos
	}
	for i := range op.Path {
		for _, q := range op.Path[i].Points {
			if !pointOnWire(q) {
				return fmt.Errorf("point %v is out of range", q)
			}
		}
	}
	if len(p.rects) == 0 {
		return nil
	}
	if n.tile != nil {
		n.tile.snapshot()
	}
	n.style = newStyle(op.Dashes, op.StartWithGap)
	for i := range op.Path {
		n.segment(&op.Path[i])
	}
	return nil
}

// A pen follows a path. It keeps only the ends of the line being drawn.
type pen struct {
	*pass
	region Region          // what to draw
	bounds image.Rectangle // around region
	pixel  uint32          // of the brush, unless tile
	tile   *operand
	origin image.Point // of tile
	style  *style      // nil: solid

	down        bool // first and last are valid
	first, last image.Point
}

func (n *pen) segment(s *PathSegment) {
	points := s.Points
	if s.Flags&PathBegin != 0 {
		n.down = false
	}
	if !n.down && len(points) > 0 {
		n.lineTo(round(points[0]))
		points = points[1:]
	}
	if s.Flags&PathBezier != 0 {
		for ; len(points) >= 3; points = points[3:] {
			n.curve(&curve{n.last.Mul(16), points[0], points[1], points[2]}, maxCurveDepth)
		}
	} else {
		for _, q := range points {
			n.lineTo(round(q))
		}
	}
	if s.Flags&PathEnd != 0 {
		if s.Flags&PathClose != 0 && n.down {
			n.lineTo(n.first)
		}
		n.down = false
	}
}

// lineTo draws a line from the last point, or puts the pen down.
func (n *pen) lineTo(q image.Point) {
	switch {
	case !n.down:
		n.down, n.first = true, q
		if n.style != nil {
			n.style.at = n.style.skip
		}
	case n.style != nil:
		n.dashed(n.last, q)
	default:
		n.solid(n.last, q)
	}
	n.last = q
}

// round returns the pixel of a point in sixteenths; halves go down.
func round(q image.Point) image.Point {
	return image.Pt((q.X+7)>>4, (q.Y+7)>>4)
}

// solid draws the pixels of a line, of which only those in bounds are visited.
func (n *pen) solid(from, to image.Point) {
	e := newEdge(from, to)
	k0, k1 := e.within(n.bounds)
	if k0 >= k1 {
		return
	}
	m := e.minor(k0)
	d := 2*e.rise*(k0+1) - e.run - e.bias - 2*e.run*m
	for k := k0; k < k1; k++ {
		n.plot(e.point(k, m))
		if d >= 0 {
			m++
			d -= 2 * e.run
		}
		d += 2 * e.rise
	}
}

// plot combines the brush with a pixel in bounds, if it is to be drawn.
func (n *pen) plot(q image.Point) {
	if len(n.region.rects) > 1 && !n.region.Contains(q) {
		return
	}
	word := n.pixel
	if n.tile != nil {
		x := modulo(q.X-n.origin.X, n.tile.size.Max.X)
		y := modulo(q.Y-n.origin.Y, n.tile.size.Max.Y)
		var b [4]byte
		copy(b[:], n.tile.row(y, x, x+1))
		n.tile.convert(b[:])
		word = binary.LittleEndian.Uint32(b[:])
	}
	out := n.out.row(q.Y, q.X, q.X+1)
	binary.LittleEndian.PutUint32(out, n.fn.word(word, binary.LittleEndian.Uint32(out))&n.keep)
}
