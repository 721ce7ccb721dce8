package main

import (
	"fmt"
	"image"
	"image/color"

	"saffron/codec/glz"
	"saffron/codec/jpeg"
	"saffron/codec/lz"
	"saffron/codec/lz4"
	"saffron/codec/quic"
)

// decoder returns a function that decodes all images of it, one after another
// into dst, and gives each to look, if that is not nil.
func (it *item) decoder(dst *image.RGBA) (func(look func(n int, img *image.RGBA) error) error, error) {
	one, err := it.decodeOne()
	if err != nil {
		return nil, err
	}
	return func(look func(n int, img *image.RGBA) error) error {
		for n, src := range it.data {
			if err := one(n, dst, src); err != nil {
				return err
			}
			if look == nil {
				continue
			}
			if err := look(n, dst); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// decodeOne returns the function that decodes the n-th image of it.
func (it *item) decodeOne() (func(n int, dst *image.RGBA, src []byte) error, error) {
	if it.planes {
		planes := &jpeg.Planes{Width: it.Width, Height: it.Height}
		return func(_ int, _ *image.RGBA, src []byte) error { return jpeg.DecodePlanes(planes, src) }, nil
	}
	switch it.Codec {
	case "quic":
		return func(_ int, dst *image.RGBA, src []byte) error { return quic.Decode(dst, src) }, nil
	case "lz":
		palette := palette332()
		return func(_ int, dst *image.RGBA, src []byte) error { return lz.Decode(dst, src, palette) }, nil
	case "lz4":
		return func(_ int, dst *image.RGBA, src []byte) error { return lz4.Decode(dst, src) }, nil
	case "jpeg":
		return func(_ int, dst *image.RGBA, src []byte) error { return jpeg.Decode(dst, src) }, nil
	case "glz", "zlib_glz":
		return it.decodeGLZ(), nil
	}
	return nil, fmt.Errorf("%s: codec %q", it.Name, it.Codec)
}

// decodeGLZ decodes a sequence whose images share a window.
func (it *item) decodeGLZ() func(n int, dst *image.RGBA, src []byte) error {
	window := glz.NewWindow(it.WindowPixels)
	var inflated []byte
	return func(n int, dst *image.RGBA, src []byte) error {
		if n == 0 {
			window.Reset()
		}
		if it.Codec == "zlib_glz" {
			size := it.GLZSizes[n]
			if cap(inflated) < size {
				inflated = make([]byte, size)
			}
			if err := glz.Inflate(inflated[:size], src); err != nil {
				return err
			}
			src = inflated[:size]
		}
		return window.Decode(dst, src)
	}
}

// palette332 is the palette of the corpus: three bits of red and green, two of
// blue.
func palette332() []color.RGBA {
	p := make([]color.RGBA, 256)
	for i := range p {
		p[i] = color.RGBA{R: uint8(i >> 5 * 255 / 7), G: uint8(i >> 2 & 7 * 255 / 7), B: uint8(i & 3 * 85)}
	}
	return p
}

// bgrx returns the pixels of img as the manifest's hashes want them.
func bgrx(img *image.RGBA, alpha bool) []byte {
	out := make([]byte, len(img.Pix))
	for i := 0; i < len(out); i += 4 {
		out[i], out[i+1], out[i+2] = img.Pix[i+2], img.Pix[i+1], img.Pix[i]
		if alpha {
			out[i+3] = img.Pix[i+3]
		}
	}
	return out
}
