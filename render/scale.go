package render

import (
	"encoding/binary"
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

// scaled combines src, scaled, with the destination.
func (p *pass) scaled(src *operand, s scaler, interpolate bool) {
	buf := p.desktop.scratch(p.width())
	pixel := src.reader(p.dst.format)
	p.rows(func(y, x0, x1 int) []byte {
		row := buf[:4*(x1-x0)]
		if interpolate {
			src.interpolate(row, s.u(x0)-0x8000, s.fx, s.v(y)-0x8000, pixel)
			if f := p.dst.format; f == Format555 || f == Format565 || f == FormatA1 {
				truncate(row, f)
			}
		} else {
			src.nearest(row, s.u(x0)-1, s.fx, s.v(y)-1, pixel)
		}
		return row
	})
}

// reader returns a function that gives pixel x of a row of the operand as one
// of format f, and 0 outside.
func (o *operand) reader(f Format) func(line []byte, x int64) uint32 {
	if f.accepts(o.format) {
		return at
	}
	return func(line []byte, x int64) uint32 {
		if uint64(x) >= uint64(len(line)/4) {
			return 0
		}
		return o.pixel(at(line, x), f)
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
// between its four neighbours.
func (o *operand) interpolate(row []byte, u, fx, v int64, pixel func([]byte, int64) uint32) {
	top, bottom := o.line(v>>16), o.line(v>>16+1)
	wy := uint64(v>>9) & 127
	for ; len(row) >= 4; row = row[4:] {
		x, wx := u>>16, uint64(u>>9)&127
		p := mix(pixel(top, x), pixel(top, x+1), pixel(bottom, x), pixel(bottom, x+1), wx, wy)
		binary.LittleEndian.PutUint32(row, p)
		u += fx
	}
}

// truncate brings a row to the precision of f.
func truncate(row []byte, f Format) {
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

// mix interpolates between four neighbours, two components at a time in the
// halves of a word: 255*128*128 leaves each half room.
func mix(p00, p10, p01, p11 uint32, wx, wy uint64) uint32 {
	w00, w10, w01, w11 := (128-wx)*(128-wy), wx*(128-wy), (128-wx)*wy, wx*wy
	even := spread(p00)*w00 + spread(p10)*w10 + spread(p01)*w01 + spread(p11)*w11
	odd := spread(p00>>8)*w00 + spread(p10>>8)*w10 + spread(p01>>8)*w01 + spread(p11>>8)*w11
	even = even >> 14 & 0x000000ff000000ff
	odd = odd >> 14 & 0x000000ff000000ff
	return uint32(even) | uint32(even>>16) | uint32(odd)<<8 | uint32(odd>>8)&0xff000000
}

// spread moves bytes 0 and 2 of p to bytes 0 and 4.
func spread(p uint32) uint64 {
	return uint64(p&0xff) | uint64(p&0xff0000)<<16
}
