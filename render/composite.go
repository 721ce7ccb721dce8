package render

import (
	"encoding/binary"
	"errors"
	"fmt"
	"image"
)

// Composite combines a source, as much of it as a mask lets through, with the
// destination, in the manner of the X Render extension (DRAW_COMPOSITE).
// Nothing outside of either picture is left out: what Repeat says stands there.
type Composite struct {
	Operator       Operator
	Src            Picture
	Mask           *Picture // nil: everything
	ComponentAlpha bool     // each component of the mask is for that of the source
}

// A Picture is an operand of Composite.
type Picture struct {
	Source    Source
	Origin    image.Point // the pixel for the corner of the box
	Transform *Transform  // nil: none
	Bilinear  bool        // how to sample a transformed picture
	Repeat    Repeat
	Opaque    bool // a surface's alpha does not count
}

// A Transform leads from places relative to the box to those in a picture, as
// a matrix of three columns and two rows in 16.16 fixed point.
type Transform [2][3]int32

// Repeat says what lies around a picture.
type Repeat uint8

// Kinds of repeating.
const (
	RepeatNone    Repeat = iota // transparent black
	RepeatNormal                // the picture again
	RepeatPad                   // the pixels of its border
	RepeatReflect               // the picture mirrored
)

// composite draws a DRAW_COMPOSITE.
func (p *pass) composite(op *Composite) error {
	if !op.Operator.known() {
		return &UnsupportedError{Op: fmt.Sprintf("%s with operator %d", op.op(), op.Operator)}
	}
	src, err := p.picture(&op.Src, scratchSource)
	if err != nil {
		return fmt.Errorf("source: %w", err)
	}
	var mask rowFunc
	if op.Mask != nil {
		if mask, err = p.picture(op.Mask, scratchMask); err != nil {
			return fmt.Errorf("mask: %w", err)
		}
	}
	f := p.dst.format
	c := compositor{op: op.Operator, opaque: !f.HasAlpha(), keep: p.blended(f.HasAlpha())}
	p.spans(func(y, x0, x1 int, out []byte) {
		s := src(y, x0, x1)
		if mask == nil {
			c.row(out, s, nil, false)
		} else {
			c.row(out, s, mask(y, x0, x1), op.ComponentAlpha)
		}
		truncate(out, f)
	})
	return nil
}

// picture returns rows of pixels with alpha, for use with the given scratch.
func (p *pass) picture(pic *Picture, use scratch) (rowFunc, error) {
	o, err := p.desktop.resolve(&pic.Source, p.dst)
	if err != nil {
		return nil, err
	}
	if !pointOnWire(pic.Origin) {
		return nil, fmt.Errorf("origin %v is out of range", pic.Origin)
	}
	if o.size.Empty() {
		return nil, errors.New("no pixels")
	}
	// The reference makes an image one of the format of a surface of 16 bits
	// before it combines them, and so drops its alpha.
	narrow := p.dst.format == Format555 && !pic.Source.FromSurface
	if pic.Opaque || narrow {
		o.opaque = true
	}
	o.withAlpha()
	if len(p.rects) > 0 {
		o.snapshot()
	}
	s := &sampler{operand: o, narrow: narrow, repeat: pic.Repeat, transform: pic.Transform, bilinear: pic.Bilinear}
	buf := p.desktop.scratch(use, p.width())
	shift := pic.Origin.Sub(p.box.Min)
	return func(y, x0, x1 int) []byte {
		row := buf[:4*(x1-x0)]
		if s.transform != nil {
			s.transformed(row, x0+shift.X, y+shift.Y)
		} else {
			s.plain(row, x0+shift.X, y+shift.Y)
		}
		return row
	}, nil
}

// through lets of each pixel of a row as much through as the mask's alpha says.
func through(row, mask []byte) {
	for ; len(row) >= 4; row, mask = row[4:], mask[4:] {
		s := lanesOf(binary.LittleEndian.Uint32(row)).mul(lanes(mask[3]))
		binary.LittleEndian.PutUint32(row, s.pixel())
	}
}
