package wire

import "image"

// Point reads a Point: x and y as signed 32-bit integers.
func (r *Reader) Point() image.Point {
	x := r.I32()
	return image.Pt(int(x), int(r.I32()))
}

// Point16 reads a Point16: x and y as signed 16-bit integers.
func (r *Reader) Point16() image.Point {
	x := r.I16()
	return image.Pt(int(x), int(r.I16()))
}

// Rect reads a Rect, whose order on the wire is top, left, bottom, right;
// right and bottom are exclusive. The result is not made canonical: an inverted
// rectangle stays inverted, hence Empty.
func (r *Reader) Rect() image.Rectangle {
	top, left := r.I32(), r.I32()
	bottom, right := r.I32(), r.I32()
	return image.Rectangle{
		Min: image.Point{X: int(left), Y: int(top)},
		Max: image.Point{X: int(right), Y: int(bottom)},
	}
}

// Point appends a Point.
func (w *Writer) Point(p image.Point) {
	w.I32(int32(p.X))
	w.I32(int32(p.Y))
}

// Point16 appends a Point16.
func (w *Writer) Point16(p image.Point) {
	w.I16(int16(p.X))
	w.I16(int16(p.Y))
}

// Rect appends a Rect.
func (w *Writer) Rect(r image.Rectangle) {
	w.I32(int32(r.Min.Y))
	w.I32(int32(r.Min.X))
	w.I32(int32(r.Max.Y))
	w.I32(int32(r.Max.X))
}
