package render

import (
	"encoding/binary"
	"errors"
	"image"
)

// A scaler maps pixels of a box to an area of an image of another size, in
// 16.16 fixed point. It is counted from the corner of the box, also when the
// box is clipped.
//
// Source: SPICE display channel, scaled copies; bit-exact with the reference.
type scaler struct {
	box    image.Point // corner
	fx, fy int64       // steps
	u0, v0 int64       // position of the box's first pixel
}

// newScaler returns the mapping. Neither rectangle may be empty.
func newScaler(src, box image.Rectangle) scaler {
	s := scaler{
		box: box.Min,
		fx:  int64(src.Dx()) << 16 / int64(box.Dx()),
		fy:  int64(src.Dy()) << 16 / int64(box.Dy()),
	}
	s.u0 = (s.fx+1)>>1 + int64(src.Min.X)<<16
	s.v0 = (s.fy+1)>>1 + int64(src.Min.Y)<<16
	return s
}

func (s *scaler) u(x int) int64 { return int64(x-s.box.X)*s.fx + s.u0 }
func (s *scaler) v(y int) int64 { return int64(y-s.box.Y)*s.fy + s.v0 }

// scaled returns the rows of src with area scaled to the box.
func (p *pass) scaled(src *operand, area image.Rectangle, interpolate bool) (rowFunc, error) {
	if area.Dx() <= 0 || area.Dy() <= 0 {
		return nil, errors.New("empty source area")
	}
	if len(p.rects) == 0 {
		return nil, nil // the box may be empty, too
	}
	if p.dst.format == FormatARGB && src.opaque && p.fn == put {
		src.withAlpha() // what is scaled is a picture, no longer words
	}
	src.snapshot()
	s, pixel := newScaler(area, p.box), src.reader()
	buf := p.desktop.scratch(scratchSource, p.width())
	return func(y, x0, x1 int) []byte {
		row := buf[:4*(x1-x0)]
		if interpolate {
			src.interpolate(row, s.u(x0)-0x8000, s.fx, s.v(y)-0x8000, pixel)
			truncate(row, src.want)
		} else {
			src.nearest(row, s.u(x0)-1, s.fx, s.v(y)-1, pixel)
		}
		return row
	}, nil
}

// reader returns a function that gives pixel x of a row of the operand, as one
// of the form wanted, and 0 outside.
func (o *operand) reader() func(line []byte, x int64) uint32 {
	if o.asIs {
		return at
	}
	return func(line []byte, x int64) uint32 {
		if uint64(x) >= uint64(len(line)/4) {
			return 0
		}
		return o.pixel(at(line, x))
	}
}

// nearest fills row with the pixels at (u, v), (u+fx, v) and so on.
func (o *operand) nearest(row []byte, u, fx, v int64, pixel func([]byte, int64) uint32) {
	line := o.line(v >> 16)
	for ; len(row) >= 4; row = row[4:] {
		binary.LittleEndian.PutUint32(row, pixel(line, u>>16))
		u += fx
	}
}

// interpolate fills row with what lies at (u, v), (u+fx, v) and so on, each
// between its four neighbours. Neighbours are mixed by columns, which are kept
// from pixel to pixel.
func (o *operand) interpolate(row []byte, u, fx, v int64, pixel func([]byte, int64) uint32) {
	top, bottom := o.line(v>>16), o.line(v>>16+1)
	wy := uint64(v>>9) & 127
	column := func(x int64) uint64 {
		return spread(pixel(top, x))*(128-wy) + spread(pixel(bottom, x))*wy
	}
	x0 := u >> 16
	left, right := column(x0), column(x0+1)
	for ; len(row) >= 4; row = row[4:] {
		if x := u >> 16; x == x0+1 {
			left, right, x0 = right, column(x+1), x
		} else if x != x0 {
			left, right, x0 = column(x), column(x+1), x
		}
		binary.LittleEndian.PutUint32(row, mix(left, right, uint64(u>>9)&127))
		u += fx
	}
}

// truncate brings a row, of bits that f keeps, to the precision of f.
func truncate(row []byte, f Format) {
	if f != Format555 && f != Format565 && f != FormatA1 {
		return
	}
	for ; len(row) >= 4; row = row[4:] {
		binary.LittleEndian.PutUint32(row, f.truncate(binary.LittleEndian.Uint32(row)))
	}
}

// line returns row y, which is empty outside the image.
func (o *operand) line(y int64) []byte {
	if y < 0 || y >= int64(o.size.Max.Y) {
		return nil
	}
	return o.row(int(y), 0, o.size.Max.X)
}

// at returns pixel x of a row, 0 outside.
func at(line []byte, x int64) uint32 {
	if uint64(x) >= uint64(len(line)/4) {
		return 0
	}
	return binary.LittleEndian.Uint32(line[4*x:])
}

// spread moves the bytes of p to the four 16-bit parts of a word, in the order
// 0, 2, 1, 3. Each has room for 255*128.
func spread(p uint32) uint64 {
	return uint64(p&0x00ff00ff) | uint64(p>>8&0x00ff00ff)<<32
}

// mix interpolates between two columns, in parts of 32 bits with room for
// 255*128*128, and brings the bytes back in order.
func mix(left, right, wx uint64) uint32 {
	const low, bytes = 0x0000ffff0000ffff, 0x000000ff000000ff
	even := (left&low*(128-wx) + right&low*wx) >> 14 & bytes
	odd := (left>>16&low*(128-wx) + right>>16&low*wx) >> 14 & bytes
	return uint32(even) | uint32(even>>24) | uint32(odd)<<16 | uint32(odd>>8)&0xff000000
}
