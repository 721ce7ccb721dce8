package lz4

import (
	"encoding/binary"
	"fmt"
	"image"
	"sync"

	"github.com/pierrec/lz4/v4"

	"saffron/codec/bitmap"
	"saffron/codec/internal/swizzle"
)

// window is how far back a block may copy from.
const window = 64 << 10

// A FormatError reports that the data is not a valid LZ4 image.
type FormatError string

func (e FormatError) Error() string { return "lz4: invalid format: " + string(e) }

// An UnsupportedError reports a pixel format that LZ4 images do not have.
type UnsupportedError string

func (e UnsupportedError) Error() string { return "lz4: unsupported feature: " + string(e) }

// A Config is what the header of an image says.
type Config struct {
	Format  bitmap.Format // RGB16, RGB24, RGB32, RGBA or A8
	TopDown bool          // the first row is the top row
}

// DecodeConfig reads the header of an image.
func DecodeConfig(src []byte) (Config, error) {
	if len(src) < 2 {
		return Config{}, FormatError(fmt.Sprintf("%d bytes, the header needs 2", len(src)))
	}
	c := Config{Format: bitmap.Format(src[1]), TopDown: src[0] != 0}
	if c.Format.BitsPerPixel() == 0 || c.Format.Indexed() {
		return Config{}, UnsupportedError(fmt.Sprintf("pixel format %v", c.Format))
	}
	return c, nil
}

// Decode unpacks the image in src into dst, whose dimensions are those of the
// image. The fourth byte of a pixel is the one sent for RGB32, RGBA and A8, and
// 0 otherwise.
//
// It returns an [UnsupportedError] if the format is not one of an LZ4 image,
// and a [FormatError] if the blocks are damaged or do not unpack to exactly
// dst's pixels; what is in dst is then undefined.
// (SPICE protocol, images on the display channel, LZ4.)
func Decode(dst *image.RGBA, src []byte) error {
	h, err := DecodeConfig(src)
	if err != nil {
		return err
	}
	c := bitmap.Config{
		Format:  h.Format,
		Width:   dst.Rect.Dx(),
		Height:  dst.Rect.Dy(),
		Stride:  dst.Rect.Dx() * h.Format.BitsPerPixel() / 8,
		TopDown: h.TopDown,
	}
	size, err := c.Size()
	if err != nil {
		return fmt.Errorf("lz4: %w", err)
	}

	if c.Format.BitsPerPixel() == 32 && c.TopDown && dst.Stride == c.Stride {
		return decodeInPlace(dst.Pix[:size], src[2:]) // rows lie as they will in dst
	}
	s := scratch.Get().(*[]byte)
	defer scratch.Put(s)
	if cap(*s) < size {
		*s = make([]byte, size)
	}
	rows := (*s)[:size]
	if err := inflate(rows, src[2:], nil); err != nil {
		return err
	}
	if err := bitmap.Decode(dst, rows, c); err != nil {
		return fmt.Errorf("lz4: %w", err)
	}
	return nil
}

// decodeInPlace unpacks all blocks of src into pixels of 32 bits, and brings
// their bytes in order as soon as no block can copy from them any longer, while
// they are in the processor's cache.
func decodeInPlace(pix, src []byte) error {
	done := 0 // pix[:done] is in order
	err := inflate(pix, src, func(at int) {
		if end := (at - window) &^ 3; end > done {
			swizzle.Swap(pix[done:end], pix[done:end])
			done = end
		}
	})
	swizzle.Swap(pix[done:], pix[done:])
	return err
}

// scratch holds *[]byte of unpacked rows.
var scratch = sync.Pool{New: func() any { return new([]byte) }}

// inflate unpacks all blocks of src into dst, which they must fill exactly.
// After each it calls unpacked, if that is not nil, with the bytes so far.
func inflate(dst, src []byte, unpacked func(at int)) error {
	at := 0 // dst[:at] is unpacked
	for block := 0; len(src) > 0; block++ {
		if len(src) < 4 {
			return FormatError(fmt.Sprintf("block %d: %d bytes left, its size needs 4", block, len(src)))
		}
		n := binary.BigEndian.Uint32(src)
		src = src[4:]
		switch {
		case n == 0:
			return FormatError(fmt.Sprintf("block %d is empty", block))
		case uint64(n) > uint64(len(src)):
			return FormatError(fmt.Sprintf("block %d: size is %d, %d bytes left", block, n, len(src)))
		case at == len(dst):
			return FormatError(fmt.Sprintf("block %d begins past the last pixel", block))
		}
		got, err := lz4.UncompressBlockWithDict(src[:n], dst[at:], dst[max(0, at-window):at])
		if err != nil {
			return FormatError(fmt.Sprintf("block %d, which begins at byte %d of %d, is damaged or too long", block, at, len(dst)))
		}
		at += got
		if unpacked != nil {
			unpacked(at)
		}
		src = src[n:]
	}
	if at != len(dst) {
		return FormatError(fmt.Sprintf("%d bytes of pixels, want %d", at, len(dst)))
	}
	return nil
}
