package encode

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
)

// JPEG returns the colours of img as a JPEG image of quality 1 to 100, with
// chroma of half the resolution (4:2:0). The fourth bytes of pixels are ignored.
// It panics if img is empty or has a side of 65536 pixels or more.
// (SPICE protocol, images on the display channel, JPEG.)
func JPEG(img *image.RGBA, quality int) []byte {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil || img.Rect.Empty() {
		panic(fmt.Sprintf("encode: JPEG of %v: %v", img.Rect, err))
	}
	return b.Bytes()
}

// JPEGAlpha returns img as a JPEG_ALPHA image: jpegSize bytes as by [JPEG],
// followed by the fourth bytes of the pixels, top row first, which are not lossy.
// (SPICE protocol, images on the display channel, JPEG_ALPHA.)
func JPEGAlpha(img *image.RGBA, quality int) (data []byte, jpegSize int) {
	data = JPEG(img, quality)
	return append(data, LZAlpha(img, true)...), len(data)
}
