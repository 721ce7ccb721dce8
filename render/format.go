package render

import "fmt"

// A Format is the pixel format of a surface.
type Format uint8

// The formats of SURFACE_CREATE.
const (
	FormatA1   Format = iota + 1 // 1 bit of alpha (SPICE_SURFACE_FMT_1_A)
	FormatA8                     // 8 bits of alpha (SPICE_SURFACE_FMT_8_A)
	Format555                    // x1 r5 g5 b5 (SPICE_SURFACE_FMT_16_555)
	Format565                    // r5 g6 b5 (SPICE_SURFACE_FMT_16_565)
	FormatXRGB                   // 8 bits each and an unused byte (SPICE_SURFACE_FMT_32_xRGB)
	FormatARGB                   // 8 bits each, premultiplied (SPICE_SURFACE_FMT_32_ARGB)
)

// FormatOf returns the format with the given number in SURFACE_CREATE.
func FormatOf(wire uint32) (Format, error) {
	switch wire {
	case 1:
		return FormatA1, nil
	case 8:
		return FormatA8, nil
	case 16:
		return Format555, nil
	case 80:
		return Format565, nil
	case 32:
		return FormatXRGB, nil
	case 96:
		return FormatARGB, nil
	}
	return 0, fmt.Errorf("render: unknown surface format %d", wire)
}

// HasAlpha reports whether the fourth byte of the format's pixels is alpha.
func (f Format) HasAlpha() bool {
	return f == FormatARGB || f == FormatA8 || f == FormatA1
}

// String returns the protocol's name of the format.
func (f Format) String() string {
	switch f {
	case FormatA1:
		return "1_A"
	case FormatA8:
		return "8_A"
	case Format555:
		return "16_555"
	case Format565:
		return "16_565"
	case FormatXRGB:
		return "32_xRGB"
	case FormatARGB:
		return "32_ARGB"
	}
	return fmt.Sprintf("Format(%d)", uint8(f))
}

// keep returns the bits of a pixel that the format uses: the others stay 0.
func (f Format) keep() uint32 {
	switch f {
	case Format555, Format565:
		return 0x00ffffff
	case FormatA1, FormatA8:
		return 0xff000000
	}
	return 0xffffffff
}

// color returns the pixel of a brush's colour word.
func (f Format) color(c uint32) uint32 {
	switch f {
	case FormatA1:
		return -(c & 1) & 0xff000000
	case FormatA8:
		return c << 24
	case Format555:
		return f.truncate(c>>10&31<<3 | c>>5&31<<3<<8 | c&31<<3<<16)
	case Format565:
		return f.truncate(c>>11&31<<3 | c>>5&63<<2<<8 | c&31<<3<<16)
	}
	return c&0xff00ff00 | c>>16&0xff | c&0xff<<16
}

// truncate brings a pixel with components of 8 bits to the format's precision,
// which keeps the high bits and repeats them below.
func (f Format) truncate(p uint32) uint32 {
	switch f {
	case FormatA1:
		return -(p >> 31) & 0xff000000
	case FormatA8:
		return p & 0xff000000
	case Format555:
		return p&0x00f8f8f8 | p>>5&0x00070707
	case Format565:
		return p&0x00f8fcf8 | p>>5&0x00070007 | p>>6&0x00000300
	}
	return p
}

// accepts reports whether pixels of format g, or of an image if g is 0, may be
// copied to the format as they are.
func (f Format) accepts(g Format) bool {
	return f == g || f == FormatXRGB || f == FormatARGB
}
