package jpeg

import (
	"bytes"
	"errors"
	"fmt"
	"image"

	"github.com/gen2brain/jpegn"
)

// DecodeConfig returns the dimensions of the JPEG image in src, in pixels.
// It returns an error for every image of which [Decode] does not even attempt
// the scan.
func DecodeConfig(src []byte) (width, height int, err error) {
	h, err := parseHeader(src)
	if err != nil {
		return 0, 0, err
	}
	return h.width, h.height, nil
}

// Decode decodes the JPEG image in src into dst, whose dimensions must be those
// of the image. The fourth byte of every pixel becomes 0.
//
// It returns a [FormatError] or an [UnsupportedError] if src cannot be decoded
// or has another size, and has then not changed dst.
// (SPICE protocol, images on the display channel, JPEG.)
func Decode(dst *image.RGBA, src []byte) error {
	h, err := parseHeader(src)
	if err != nil {
		return err
	}
	if dst.Rect.Dx() != h.width || dst.Rect.Dy() != h.height {
		return FormatError(fmt.Sprintf("size %dx%d, want %dx%d", h.width, h.height, dst.Rect.Dx(), dst.Rect.Dy()))
	}
	img, err := decodePlanes(src)
	if err != nil {
		return err
	}
	if img.Bounds().Size() != dst.Rect.Size() {
		return FormatError(fmt.Sprintf("the scan gave a size of %v, want %dx%d", img.Bounds().Size(), h.width, h.height))
	}
	switch img := img.(type) {
	case *image.YCbCr:
		convertYCbCr(dst, img)
	case *image.Gray:
		convertGray(dst, img)
	case *image.RGBA:
		copyRGB(dst, img)
	default:
		return UnsupportedError(fmt.Sprintf("pixels of %T", img))
	}
	return nil
}

// decodePlanes decodes the planes of src. The library inserts the standard
// Huffman tables where src has none. A panic in it, which src may have been
// made to provoke, is an error like any other; its decoder returns to its pool
// in a clean state.
func decodePlanes(src []byte) (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, FormatError(fmt.Sprintf("the decoder failed: %v", p))
		}
	}()
	img, err = jpegn.Decode(bytes.NewReader(src))
	switch {
	case errors.Is(err, jpegn.ErrUnsupported):
		return nil, UnsupportedError("the decoder refuses the image")
	case err != nil:
		return nil, FormatError(err.Error())
	}
	return img, nil
}
