package render

import "image"

// A Cursor is a pointer shape. The zero Cursor is no shape: an invisible pointer.
type Cursor struct {
	Image *image.RGBA // premultiplied; not to be changed
	Hot   image.Point // the pixel of Image that points
}

// DecodeCursor converts a shape of the cursor channel, of one of the kinds
// 0 to 6, to a premultiplied image of width x height pixels, its bounds
// starting at (0, 0). Sides must be 1 to 1024; data may be longer than needed.
//
// Pixels that invert what lies below have no equivalent: in monochrome shapes
// they become white (with a black outline if the shape consists of nothing
// else), in coloured ones a translucent chequerboard; pixels that XOR another
// colour are left out.
//
// Source: SPICE cursor channel, SpiceCursor.
func DecodeCursor(kind uint8, width, height int, data []byte) (*image.RGBA, error) { return nil, nil }
