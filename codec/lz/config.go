package lz

import (
	"encoding/binary"
	"fmt"
)

// A FormatError reports that the input is not a valid LZ image.
type FormatError string

func (e FormatError) Error() string { return "lz: invalid format: " + string(e) }

// An UnsupportedError reports that the input is a kind of LZ image that the
// function called does not decode.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "lz: unsupported feature: " + string(e) }

// HeaderSize is the number of bytes before the first command.
const HeaderSize = 28

const (
	magic   = 0x20205a4c // "  ZL"
	version = 0x00010001 // 1.1

	maxBytes = 1 << 30 // stride*height stays below this
)

// A Type says what the units of an image are (LZ_IMAGE_TYPE_…).
type Type uint8

// The types. LE and BE tell which end of a byte holds the first pixel.
const (
	PLT1LE Type = 1  // 1-bit palette indices, first pixel in bit 0
	PLT1BE Type = 2  // 1-bit palette indices, first pixel in bit 7
	PLT4LE Type = 3  // 4-bit palette indices, first pixel in the low nibble
	PLT4BE Type = 4  // 4-bit palette indices, first pixel in the high nibble
	PLT8   Type = 5  // 8-bit palette indices
	RGB16  Type = 6  // 0RRRRRGGGGGBBBBB
	RGB24  Type = 7  // three bytes in the sender's memory
	RGB32  Type = 8  // four bytes in the sender's memory, the fourth unused
	RGBA   Type = 9  // colours and alpha
	XXXA   Type = 10 // the alpha of an image whose colours come from elsewhere
	A8     Type = 11 // alpha only
)

var typeNames = [...]string{
	PLT1LE: "PLT1LE", PLT1BE: "PLT1BE", PLT4LE: "PLT4LE", PLT4BE: "PLT4BE", PLT8: "PLT8",
	RGB16: "RGB16", RGB24: "RGB24", RGB32: "RGB32", RGBA: "RGBA", XXXA: "XXXA", A8: "A8",
}

func (t Type) String() string {
	if t == 0 || int(t) >= len(typeNames) {
		return fmt.Sprintf("Type(%d)", uint8(t))
	}
	return typeNames[t]
}

// stride returns the bytes of one row of width pixels in the sender's memory.
func (t Type) stride(width uint64) uint64 {
	switch t {
	case PLT1LE, PLT1BE:
		return (width + 7) / 8
	case PLT4LE, PLT4BE:
		return (width + 1) / 2
	case PLT8, A8:
		return width
	case RGB16:
		return 2 * width
	case RGB24:
		return 3 * width
	default:
		return 4 * width
	}
}

// A Config is the header of an image.
type Config struct {
	Type          Type
	Width, Height int  // pixels, at least 1
	Stride        int  // bytes a row of the sender's bitmap
	TopDown       bool // the first row of the stream is the top row
}

// DecodeConfig reads and checks the header of an image. It needs no more than
// the first HeaderSize bytes.
func DecodeConfig(src []byte) (Config, error) {
	if len(src) < HeaderSize {
		return Config{}, FormatError(fmt.Sprintf("header of %d bytes, want %d", len(src), HeaderSize))
	}
	word := func(i int) uint32 { return binary.BigEndian.Uint32(src[4*i:]) }
	if word(0) != magic {
		return Config{}, FormatError(fmt.Sprintf("magic %#08x", word(0)))
	}
	if word(1) != version {
		return Config{}, UnsupportedError(fmt.Sprintf("version %#08x", word(1)))
	}
	if word(2) < uint32(PLT1LE) || word(2) > uint32(A8) {
		return Config{}, FormatError(fmt.Sprintf("type %d", word(2)))
	}
	t := Type(word(2))
	width, height, stride := uint64(word(3)), uint64(word(4)), uint64(word(5))
	if width == 0 || height == 0 {
		return Config{}, FormatError(fmt.Sprintf("size %dx%d", width, height))
	}
	if stride != t.stride(width) {
		return Config{}, FormatError(fmt.Sprintf("stride %d for %d pixels of %v", stride, width, t))
	}
	// Pixels are bounded too: eight of them may share a byte of the stride.
	if stride*height >= maxBytes || width*height >= maxBytes {
		return Config{}, FormatError(fmt.Sprintf("size %dx%d is too large", width, height))
	}
	return Config{
		Type:    t,
		Width:   int(width),
		Height:  int(height),
		Stride:  int(stride),
		TopDown: word(6) != 0,
	}, nil
}
