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
