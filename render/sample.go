package render

import "encoding/binary"

// A sampler reads a picture anywhere, as pixels with alpha.
type sampler struct {
	operand
	narrow    bool // pixels have 5 bits and no alpha, as does the destination
	repeat    Repeat
	transform *Transform
	bilinear  bool
}

// plain fills row with the pixels from (x, y) to the right.
func (s *sampler) plain(row []byte, x, y int) {
	y, ok := s.repeat.place(y, s.size.Max.Y)
	if !ok {
		clear(row)
		return
	}
	line := s.row(y, 0, s.size.Max.X)
	if n := len(row) / 4; !s.narrow && x >= 0 && x <= s.size.Max.X-n {
		copy(row, line[4*x:])
		s.convert(row)
		return
	}
	for ; len(row) >= 4; row = row[4:] {
		binary.LittleEndian.PutUint32(row, s.at(line, x))
		x++
	}
}

// at returns the pixel of column x of a row.
func (s *sampler) at(line []byte, x int) uint32 {
	x, ok := s.repeat.place(x, s.size.Max.X)
	if !ok {
		return 0
	}
	pixel := binary.LittleEndian.Uint32(line[4*x:])
	if s.narrow {
		pixel = Format555.truncate(pixel)
	}
	if s.opaque {
		pixel |= 0xff000000
	}
	return pixel
}

// transformed fills row with what the transform gives for places from (x, y)
// to the right.
func (s *sampler) transformed(row []byte, x, y int) {
	t := s.transform
	cx, cy := int64(x)<<16+0x8000, int64(y)<<16+0x8000
	u := (int64(t[0][0])*cx + int64(t[0][1])*cy + int64(t[0][2])<<16 + 0x8000) >> 16
	v := (int64(t[1][0])*cx + int64(t[1][1])*cy + int64(t[1][2])<<16 + 0x8000) >> 16
	for ; len(row) >= 4; row = row[4:] {
		pixel := uint32(0)
		if s.bilinear {
			pixel = s.between(u-0x8000, v-0x8000)
		} else {
			pixel = s.pixelAt((u-1)>>16, (v-1)>>16)
		}
		binary.LittleEndian.PutUint32(row, pixel)
		u += int64(t[0][0])
		v += int64(t[1][0])
	}
}

func (s *sampler) pixelAt(x, y int64) uint32 {
	row, ok := s.repeat.place(int(y), s.size.Max.Y)
	if !ok {
		return 0
	}
	return s.at(s.row(row, 0, s.size.Max.X), int(x))
}

// between mixes the four pixels around (u, v).
func (s *sampler) between(u, v int64) uint32 {
	x, y, wx, wy := u>>16, v>>16, uint64(u>>9)&127, uint64(v>>9)&127
	column := func(x int64) uint64 {
		return spread(s.pixelAt(x, y))*(128-wy) + spread(s.pixelAt(x, y+1))*wy
	}
	return mix(column(x), column(x+1), wx)
}

// place returns where in a picture of n pixels position i is, if anywhere.
func (r Repeat) place(i, n int) (int, bool) {
	if 0 <= i && i < n {
		return i, true
	}
	switch r {
	case RepeatNormal:
		return modulo(i, n), true
	case RepeatPad:
		return max(0, min(i, n-1)), true
	case RepeatReflect:
		if i = modulo(i, 2*n); i >= n {
			i = 2*n - 1 - i
		}
		return i, true
	}
	return 0, false
}
