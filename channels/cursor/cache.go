package cursor

import (
	"slices"

	"saffron/render"
)

// The server keeps count of the cache and never asks for more than 256 shapes;
// these bounds are for one that does not.
const (
	maxShapes     = 1024
	maxShapeBytes = 64 << 20
)

// A cache keeps shapes for the server to name again. It drops the oldest when
// there are too many. The zero value is empty.
type cache struct {
	shapes map[uint64]render.Cursor
	order  []uint64 // keys of shapes, oldest first
	bytes  int      // of pixels in shapes
}

func (c *cache) get(unique uint64) (render.Cursor, bool) {
	shape, ok := c.shapes[unique]
	return shape, ok
}

// put keeps a shape in place of an earlier one with the same number. The
// number 0 is not kept.
func (c *cache) put(unique uint64, shape render.Cursor) {
	if unique == 0 {
		return
	}
	c.remove(unique)
	if c.shapes == nil {
		c.shapes = make(map[uint64]render.Cursor)
	}
	c.shapes[unique] = shape
	c.order = append(c.order, unique)
	c.bytes += len(shape.Image.Pix)
	for len(c.order) > maxShapes || c.bytes > maxShapeBytes {
		c.remove(c.order[0])
	}
}

func (c *cache) remove(unique uint64) {
	shape, ok := c.shapes[unique]
	if !ok {
		return
	}
	delete(c.shapes, unique)
	i := slices.Index(c.order, unique)
	c.order = slices.Delete(c.order, i, i+1)
	c.bytes -= len(shape.Image.Pix)
}

func (c *cache) clear() { *c = cache{} }
