package render

import "image"

// An Op is one drawing operation; [Desktop.Draw] applies it. The operations
// are the pointer types of this package. They and what they refer to are only
// read, and only until Draw returns.
type Op interface {
	op() string // the protocol's name, for Stats and errors
}

// A Source is what an operation reads: an image, or a surface of the same
// desktop. Coordinates count from the top-left corner of either, wherever
// Image's bounds start.
type Source struct {
	Image       *image.RGBA // the pixels, unless FromSurface; fourth byte as in the protocol
	HasAlpha    bool        // Image's fourth byte is alpha
	Surface     uint32      // the surface, if FromSurface
	FromSurface bool        // read Surface as it is when the operation executes
}

// A BrushKind says what a Brush paints with.
type BrushKind uint8

// Kinds of brushes.
const (
	BrushNone    BrushKind = iota // zeros
	BrushSolid                    // one colour
	BrushPattern                  // a tile
)

// A Brush is an operand that covers the whole surface.
type Brush struct {
	Kind BrushKind
	// Color is the colour of a solid brush as transmitted: 0xXXRRGGBB on
	// 32-bit surfaces, a 555 or 565 word in the low 16 bits on 16-bit
	// surfaces, the value in the low 8 bits or the lowest bit on alpha
	// surfaces.
	Color uint32
	Tile  Source      // the tile of a pattern
	Pos   image.Point // where on the surface a tile's pixel (0,0) lies
}

// A Mask restricts an operation to some of its pixels. The zero Mask restricts
// nothing. The mask pixel of (x, y) is (x, y) - box.Min + Pos; outside the
// mask nothing is drawn.
type Mask struct {
	Bits        *image.Alpha // the mask: 0 is unset, anything else set
	Surface     uint32       // a surface of FormatA1, if FromSurface
	FromSurface bool
	Pos         image.Point
	Invert      bool // draw where the mask is unset instead
}

// Fill combines a brush with the box (DRAW_FILL). INVERS_BRUSH and
// INVERS_DEST apply.
type Fill struct {
	Brush Brush
	Rop   Rop
	Mask  Mask
}

// Copy combines an area of a source with the box (DRAW_COPY, DRAW_BLEND).
// INVERS_SRC and INVERS_DEST apply.
//
// If SrcArea and the box have the same size, pixels that lie outside the
// source are not drawn. Otherwise the area is scaled and what lies outside the
// source counts as 0. A source that is the destination itself is read as it
// was before the operation.
type Copy struct {
	Src         Source
	SrcArea     image.Rectangle
	Rop         Rop
	Interpolate bool // how to scale; otherwise the nearest pixel
	Mask        Mask
}

// CopyBits moves pixels within the surface (COPY_BITS): the pixel of box.Min
// comes from Src. All are read before any is written.
type CopyBits struct {
	Src image.Point
}

// Blackness clears all bits (DRAW_BLACKNESS).
type Blackness struct{ Mask Mask }

// Whiteness sets all bits (DRAW_WHITENESS).
type Whiteness struct{ Mask Mask }

// Invers inverts all bits (DRAW_INVERS).
type Invers struct{ Mask Mask }

// Opaque copies an area of a source as Copy does, then combines a brush with
// it (DRAW_OPAQUE). INVERS_BRUSH applies to the brush, INVERS_SRC to the source,
// which is the second operand.
type Opaque struct {
	Src         Source
	SrcArea     image.Rectangle
	Brush       Brush
	Rop         Rop
	Interpolate bool
	Mask        Mask
}

// ROP3 combines brush, source and destination bit by bit (DRAW_ROP3). The
// source is that of Copy; it may be absent if Code does not depend on it.
type ROP3 struct {
	Src         Source
	SrcArea     image.Rectangle
	Brush       Brush
	Code        uint8 // bit 4*brush + 2*source + destination is the result
	Interpolate bool
	Mask        Mask
}

// Transparent copies an area of a source except for one colour
// (DRAW_TRANSPARENT). Scaling takes the nearest pixel.
type Transparent struct {
	Src     Source
	SrcArea image.Rectangle
	Key     uint32 // 0x00RRGGBB; not drawn
}

// AlphaBlend blends an area of a source, whose colours are premultiplied, over
// the destination (DRAW_ALPHA_BLEND). Scaling takes the nearest pixel.
type AlphaBlend struct {
	Src       Source
	SrcArea   image.Rectangle
	Alpha     uint8 // how much of the source, of 255
	SrcAlpha  bool  // the fourth byte of a surface of FormatXRGB is alpha
	DestAlpha bool  // so is that of a destination of FormatXRGB
}

func (*Fill) op() string        { return "fill" }
func (*Copy) op() string        { return "copy" }
func (*CopyBits) op() string    { return "copy_bits" }
func (*Blackness) op() string   { return "blackness" }
func (*Whiteness) op() string   { return "whiteness" }
func (*Invers) op() string      { return "invers" }
func (*Opaque) op() string      { return "opaque" }
func (*ROP3) op() string        { return "rop3" }
func (*Transparent) op() string { return "transparent" }
func (*AlphaBlend) op() string  { return "alpha_blend" }
func (*Stroke) op() string      { return "stroke" }
func (*Text) op() string        { return "text" }
func (*Composite) op() string   { return "composite" }
