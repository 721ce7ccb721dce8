package glz

import (
	"encoding/binary"
	"fmt"

	"saffron/codec/lz"
)

// A FormatError reports that the input is not a valid GLZ image or stream.
type FormatError string

func (e FormatError) Error() string { return "glz: invalid format: " + string(e) }

// An UnsupportedError reports that the input is a kind of GLZ image that no
// server sends.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "glz: unsupported feature: " + string(e) }

// HeaderSize is the number of bytes before the first command.
const HeaderSize = 33

const (
	magic   = 0x20205a4c // "  ZL"
	version = 0x00010001 // 1.1

	maxPixels = 1 << 25 // of an image, and of a window
)

// A Config is the header of an image.
type Config struct {
	Type          lz.Type // RGB16, RGB24, RGB32 or RGBA
	Width, Height int     // pixels, at least 1
	TopDown       bool    // the first row of the stream is the top row
	ID            uint64  // number of the image in the dictionary's sequence
	HeadDist      uint32  // the oldest image referred to has at least the ID ID-HeadDist
}

// DecodeConfig reads and checks the header of an image. It needs no more than
// the first HeaderSize bytes.
func DecodeConfig(src []byte) (Config, error) {
	cfg, err := identify(src)
	if err != nil {
		return Config{}, err
	}
	width, height := binary.BigEndian.Uint32(src[9:]), binary.BigEndian.Uint32(src[13:])
	stride := binary.BigEndian.Uint32(src[17:])
	size := uint64(0)
	switch cfg.Type {
	case lz.RGB16:
		size = 2
	case lz.RGB24:
		size = 3
	case lz.RGB32, lz.RGBA:
		size = 4
	default:
		return Config{}, UnsupportedError(cfg.Type.String())
	}
	if width == 0 || height == 0 || uint64(width)*uint64(height) > maxPixels {
		return Config{}, FormatError(fmt.Sprintf("size %dx%d", width, height))
	}
	if uint64(stride) != uint64(width)*size {
		return Config{}, FormatError(fmt.Sprintf("stride %d for %d pixels of %v", stride, width, cfg.Type))
	}
	if uint64(cfg.HeadDist) > cfg.ID {
		return Config{}, FormatError(fmt.Sprintf("image %d refers %d images back", cfg.ID, cfg.HeadDist))
	}
	cfg.Width, cfg.Height = int(width), int(height)
	return cfg, nil
}

// identify reads of the header what tells which image it is. It succeeds for
// images that cannot be decoded for any other reason, so that the window can
// take note of them.
func identify(src []byte) (Config, error) {
	if len(src) < HeaderSize {
		return Config{}, FormatError(fmt.Sprintf("header of %d bytes, want %d", len(src), HeaderSize))
	}
	if m := binary.BigEndian.Uint32(src); m != magic {
		return Config{}, FormatError(fmt.Sprintf("magic %#08x", m))
	}
	if v := binary.BigEndian.Uint32(src[4:]); v != version {
		return Config{}, UnsupportedError(fmt.Sprintf("version %#08x", v))
	}
	return Config{
		Type:     lz.Type(src[8] & 15),
		TopDown:  src[8]>>4 != 0,
		ID:       binary.BigEndian.Uint64(src[21:]),
		HeadDist: binary.BigEndian.Uint32(src[29:]),
	}, nil
}
