package bitmap

import "strconv"

// A Format is the arrangement of a bitmap's pixels, numbered as on the wire
// (SPICE_BITMAP_FMT).
type Format uint8

const (
	Bit1LE Format = 1  // 1BIT_LE: palette index, first pixel in the low bit
	Bit1BE Format = 2  // 1BIT_BE: palette index, first pixel in the high bit
	Bit4LE Format = 3  // 4BIT_LE: palette index, first pixel in the low nibble
	Bit4BE Format = 4  // 4BIT_BE: palette index, first pixel in the high nibble
	Bit8   Format = 5  // 8BIT: palette index
	RGB16  Format = 6  // 16BIT: little-endian 0RRRRRGGGGGBBBBB
	RGB24  Format = 7  // 24BIT: bytes B, G, R
	RGB32  Format = 8  // 32BIT: bytes B, G, R and one of no meaning
	RGBA   Format = 9  // RGBA: bytes B, G, R, A
	A8     Format = 10 // 8BIT_A: alpha only
)

var formats = [...]struct {
	name string
	bits int
}{
	Bit1LE: {"1BIT_LE", 1},
	Bit1BE: {"1BIT_BE", 1},
	Bit4LE: {"4BIT_LE", 4},
	Bit4BE: {"4BIT_BE", 4},
	Bit8:   {"8BIT", 8},
	RGB16:  {"16BIT", 16},
	RGB24:  {"24BIT", 24},
	RGB32:  {"32BIT", 32},
	RGBA:   {"RGBA", 32},
	A8:     {"8BIT_A", 8},
}

// String returns the protocol's name of f.
func (f Format) String() string {
	if f.BitsPerPixel() == 0 {
		return "Format(" + strconv.Itoa(int(f)) + ")"
	}
	return formats[f].name
}

// BitsPerPixel returns the size of a pixel in bits, 0 if f is not a format.
func (f Format) BitsPerPixel() int {
	if int(f) >= len(formats) {
		return 0
	}
	return formats[f].bits
}

// Indexed reports whether pixels of format f are palette indices.
func (f Format) Indexed() bool { return f >= Bit1LE && f <= Bit8 }

// A FormatError reports that a bitmap is not valid.
type FormatError string

func (e FormatError) Error() string { return "bitmap: invalid format: " + string(e) }

// An UnsupportedError reports a pixel format that this package does not know.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "bitmap: unsupported feature: " + string(e) }
