package quic

import (
	"encoding/binary"
	"fmt"
	"image"
	"strconv"

	"saffron/codec/quic/params"
)

// A FormatError reports that the data is not a valid QUIC image.
type FormatError string

func (e FormatError) Error() string { return "quic: " + string(e) }

// An UnsupportedError reports a version or pixel type that is not known.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "quic: unsupported " + string(e) }

// Type is the pixel type of an image.
type Type uint8

const (
	Gray  Type = 1 // one component of 8 bits
	RGB16 Type = 2 // three components of 5 bits
	RGB24 Type = 3 // three components of 8 bits
	RGB32 Type = 4 // the same, from a sender with an unused fourth byte
	RGBA  Type = 5 // RGB32 and alpha
)

func (t Type) String() string {
	switch t {
	case Gray:
		return "GRAY"
	case RGB16:
		return "RGB16"
	case RGB24:
		return "RGB24"
	case RGB32:
		return "RGB32"
	case RGBA:
		return "RGBA"
	}
	return "Type(" + strconv.Itoa(int(t)) + ")"
}

// Config is what the header of an image says.
type Config struct {
	Type          Type
	Width, Height int // pixels, both positive
}

// maxPixels is the largest size that the format allows.
const maxPixels = 1<<29 - 1

// DecodeConfig reads the header of an image; src may end after it. The error
// is a [FormatError] or an [UnsupportedError].
func DecodeConfig(src []byte) (Config, error) {
	if len(src) < params.HeaderSize {
		return Config{}, FormatError(fmt.Sprintf("header: %d bytes, want %d", len(src), params.HeaderSize))
	}
	word := func(i int) uint32 { return binary.LittleEndian.Uint32(src[4*i:]) }
	if m := word(0); m != params.Magic {
		return Config{}, FormatError(fmt.Sprintf("header: magic %#08x, want %#08x", m, uint32(params.Magic)))
	}
	if v := word(1); v != 0 {
		return Config{}, UnsupportedError(fmt.Sprintf("version %#x", v))
	}
	t, w, h := word(2), word(3), word(4)
	if t < uint32(Gray) || t > uint32(RGBA) {
		return Config{}, UnsupportedError(fmt.Sprintf("pixel type %d", t))
	}
	if w == 0 || h == 0 || uint64(w)*uint64(h) > maxPixels {
		return Config{}, FormatError(fmt.Sprintf("header: size %dx%d out of range", w, h))
	}
	return Config{Type: Type(t), Width: int(w), Height: int(h)}, nil
}

// Decode reads the image src into dst, whose size must be the encoded one.
//
// Pixels are R, G, B and a fourth byte: alpha, as transmitted, for [RGBA], and
// 0 for the other types. Components of [RGB16] are widened to 8 bits by
// repeating their upper bits; the one component of [Gray] becomes all three.
//
// Work is bounded by the size of dst. If Decode fails, with a [FormatError] or
// an [UnsupportedError], the content of dst is undefined. Any number of
// goroutines may decode at the same time, each into a dst of its own.
func Decode(dst *image.RGBA, src []byte) error {
	c, err := DecodeConfig(src)
	if err != nil {
		return err
	}
	if w, h := dst.Rect.Dx(), dst.Rect.Dy(); w != c.Width || h != c.Height {
		return FormatError(fmt.Sprintf("header: size %dx%d, want %dx%d", c.Width, c.Height, w, h))
	}
	d := newDecoder(c, src[params.HeaderSize:])
	defer d.release()
	if err := d.image(dst); err != nil {
		return err
	}
	switch c.Type {
	case Gray:
		forEachPixel(dst, spreadGray)
	case RGB16:
		forEachPixel(dst, widen)
	}
	return nil
}

// forEachPixel calls f with rows of dst.
func forEachPixel(dst *image.RGBA, f func(row []byte)) {
	for y := range dst.Rect.Dy() {
		f(pixelRow(dst, y))
	}
}

// spreadGray copies the first byte of each pixel to the next two.
func spreadGray(row []byte) {
	for ; len(row) >= 4; row = row[4:] {
		binary.LittleEndian.PutUint32(row, uint32(row[0])*0x010101)
	}
}

// widen expands the colours of a row from 5 bits to 8.
func widen(row []byte) {
	for ; len(row) >= 4; row = row[4:] {
		v := binary.LittleEndian.Uint32(row)
		binary.LittleEndian.PutUint32(row, v<<3|v>>2&0x070707)
	}
}

// pixelRow returns row y of dst, counted from its top.
func pixelRow(dst *image.RGBA, y int) []byte {
	start := y * dst.Stride
	end := start + 4*dst.Rect.Dx()
	return dst.Pix[start:end:end]
}
