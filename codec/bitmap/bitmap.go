package bitmap

import (
	"encoding/binary"
	"fmt"
	"image"
	"image/color"

	"saffron/codec/internal/swizzle"
)

// maxSize bounds the bytes of one bitmap, and so each of its dimensions.
const maxSize = 1 << 30

// A Config describes the pixel data of a bitmap.
type Config struct {
	Format        Format
	Width, Height int  // pixels
	Stride        int  // bytes from one row to the next
	TopDown       bool // the first row is the top row

	// Palette holds the colours of an indexed format, fourth byte included.
	// It may be shorter than the format allows; an index beyond it means the
	// first entry. Without any entries, one-bit formats are masks and all
	// others decode to zero. Formats that are not indexed ignore it.
	Palette []color.RGBA
}

// Size returns how many bytes of pixel data c describes.
// It returns an [UnsupportedError] if the format is not known, and a
// [FormatError] if the dimensions are not positive, a row does not fit in the
// stride, or the data would be larger than 1 GiB.
func (c Config) Size() (int, error) {
	bits := c.Format.BitsPerPixel()
	switch {
	case bits == 0:
		return 0, UnsupportedError(fmt.Sprintf("pixel format %d", uint8(c.Format)))
	case c.Width <= 0 || c.Height <= 0:
		return 0, FormatError(fmt.Sprintf("size %dx%d", c.Width, c.Height))
	case c.Width > maxSize || c.Height > maxSize || c.Stride > maxSize/c.Height:
		return 0, FormatError(fmt.Sprintf("%d rows of %d bytes are too large", c.Height, c.Stride))
	}
	if row := rowSize(c.Width, bits); int64(c.Stride) < row {
		return 0, FormatError(fmt.Sprintf("stride of %d bytes, a row of %d pixels of %v needs %d",
			c.Stride, c.Width, c.Format, row))
	}
	return c.Stride * c.Height, nil
}

// rowSize returns ceil(width*bits/8).
func rowSize(width, bits int) int64 { return (int64(width)*int64(bits) + 7) / 8 }

// Decode unpacks the bitmap in src, described by c, into dst, whose dimensions
// must be those of c. Bytes of src beyond c's size are ignored.
//
// src may be dst.Pix itself if c has 32 bits a pixel, is top-down and has dst's
// stride: then the pixels are converted in place.
//
// If Decode returns an error it has not changed dst.
// (SPICE protocol, images on the display channel, BITMAP.)
func Decode(dst *image.RGBA, src []byte, c Config) error {
	size, err := c.Size()
	if err != nil {
		return err
	}
	if dst.Rect.Dx() != c.Width || dst.Rect.Dy() != c.Height {
		return FormatError(fmt.Sprintf("size %dx%d, want %dx%d", c.Width, c.Height, dst.Rect.Dx(), dst.Rect.Dy()))
	}
	if len(src) < size {
		return FormatError(fmt.Sprintf("%d bytes of pixels, want %d", len(src), size))
	}
	unpack := unpacker(c)
	row := int(rowSize(c.Width, c.Format.BitsPerPixel()))
	for y := range c.Height {
		at := y * c.Stride
		if !c.TopDown {
			at = (c.Height - 1 - y) * c.Stride
		}
		unpack(dst.Pix[y*dst.Stride:][:4*c.Width], src[at:][:row])
	}
	return nil
}

// unpacker returns the function that unpacks one row of c.
// Its arguments are exactly one row: 4*Width bytes, and rowSize bytes.
func unpacker(c Config) func(dst, src []byte) {
	switch c.Format {
	case RGB16:
		return unpack16
	case RGB24:
		return unpack24
	case RGB32, RGBA:
		return swizzle.Swap
	case A8:
		return unpackAlpha
	}
	t := newTable(c)
	switch c.Format {
	case Bit1LE:
		return t.unpack1LE
	case Bit1BE:
		return t.unpack1BE
	case Bit4LE:
		return t.unpack4LE
	case Bit4BE:
		return t.unpack4BE
	default:
		return t.unpack8
	}
}

func unpack24(dst, src []byte) {
	for len(src) >= 3 && len(dst) >= 4 {
		p := uint32(src[2]) | uint32(src[1])<<8 | uint32(src[0])<<16
		binary.LittleEndian.PutUint32(dst, p)
		dst, src = dst[4:], src[3:]
	}
}

// unpack16 widens two pixels at a time.
func unpack16(dst, src []byte) {
	for len(src) >= 4 && len(dst) >= 8 {
		p := uint64(binary.LittleEndian.Uint32(src))
		binary.LittleEndian.PutUint64(dst, widen(p&0xffff|p>>16<<32))
		dst, src = dst[8:], src[4:]
	}
	if len(src) >= 2 && len(dst) >= 4 {
		p := widen(uint64(binary.LittleEndian.Uint16(src)))
		binary.LittleEndian.PutUint32(dst, uint32(p))
	}
}

// widen turns the 16-bit pixel in each half of p into R, G, B, 0, repeating the
// high ones of a colour's five bits below them.
func widen(p uint64) uint64 {
	p = p>>7&0x000000f8_000000f8 | p<<6&0x0000f800_0000f800 | p<<19&0x00f80000_00f80000
	return p | p>>5&0x00070707_00070707
}

func unpackAlpha(dst, src []byte) {
	for _, a := range src {
		binary.LittleEndian.PutUint32(dst, uint32(a)<<24)
		dst = dst[4:]
	}
}
