package jpeg

import (
	"fmt"
	"image"

	"saffron/codec/lz"
)

// DecodeAlpha decodes a JPEG_ALPHA image into dst, whose dimensions must be
// those of the image. The first jpegSize bytes of src are the colours, a JPEG
// image with the top row first; the rest is the alpha, an LZ image of type XXXA
// whose rows are in the order that topDown says. Colours are those of the JPEG
// image, not premultiplied by the decoder.
//
// It returns a [FormatError] or an [UnsupportedError] of this package or of
// package lz if src cannot be decoded or has another size; what is in dst is
// then undefined.
// (SPICE protocol, images on the display channel, JPEG_ALPHA.)
func DecodeAlpha(dst *image.RGBA, src []byte, jpegSize int, topDown bool) error {
	if jpegSize < 0 || jpegSize > len(src) {
		return FormatError(fmt.Sprintf("%d bytes of colours, %d bytes in all", jpegSize, len(src)))
	}
	colours, alpha := src[:jpegSize], src[jpegSize:]
	c, err := lz.DecodeConfig(alpha) // before the costly part
	if err != nil {
		return fmt.Errorf("jpeg: alpha plane: %w", err)
	}
	if c.TopDown != topDown {
		return FormatError("alpha plane's row order is not the image's")
	}
	if err := Decode(dst, colours); err != nil {
		return err
	}
	if err := lz.DecodeAlpha(dst, alpha); err != nil {
		return fmt.Errorf("jpeg: alpha plane: %w", err)
	}
	return nil
}
