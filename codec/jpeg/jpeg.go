package jpeg

import (
	"fmt"
	"image"
	"math"
	"sync"
)

// DecodeConfig returns the dimensions of the JPEG image in src, in pixels.
// It returns an error for every image that [Decode] refuses.
func DecodeConfig(src []byte) (width, height int, err error) {
	h, err := parseHeader(src)
	if err != nil {
		return 0, 0, err
	}
	return h.width, h.height, nil
}

// decoders keeps the memory of decoders, so that there is no need for new memory
// in each image of a stream.
var decoders = sync.Pool{New: func() any { return new(decoder) }}

// Decode decodes the JPEG image in src into dst, whose dimensions must be those
// of the image. The fourth byte of every pixel becomes 0.
//
// It returns a [FormatError] or an [UnsupportedError] if src cannot be decoded
// or has another size, and has then not changed dst.
// (SPICE protocol, images on the display channel, JPEG.)
func Decode(dst *image.RGBA, src []byte) error {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	return d.decode(dst, src)
}

// Planes are the planes of an image before conversion to RGB, as video output
// can take them: samples of full-range BT.601, the top row first. Cb and Cr are
// empty if the image is grey; otherwise Ratio tells their resolution, and each of
// their samples lies in the middle of the pixels that it stands for. At odd
// sizes the last one stands for fewer.
//
// A caller keeps Planes for all frames of a stream: their memory is used again.
type Planes struct {
	Width, Height    int    // pixels; the caller sets what the image must have
	Y, Cb, Cr        []byte // more than the samples of the picture: whole rows of blocks
	YStride, CStride int    // from one row to the next, in bytes
	Ratio            image.YCbCrSubsampleRatio
}

// DecodePlanes decodes the JPEG image in src, whose dimensions must be p.Width
// and p.Height, into the other fields of p, with memory of its own where what is
// there does not suffice.
//
// It returns a [FormatError] or an [UnsupportedError] if src cannot be decoded,
// has another size, or holds red, green and blue; it has then not changed p.
func DecodePlanes(p *Planes, src []byte) error {
	d := decoders.Get().(*decoder)
	defer decoders.Put(d)
	return d.decodePlanes(p, src)
}

// open parses the header of src, which must tell the given size.
func (d *decoder) open(src []byte, width, height int) error {
	h, err := parseHeader(src)
	if err != nil {
		return err
	}
	if width != h.width || height != h.height {
		return FormatError(fmt.Sprintf("size %dx%d, want %dx%d", h.width, h.height, width, height))
	}
	d.header = h
	return nil
}

// close lets go of the data and of the caller's memory.
func (d *decoder) close() {
	d.header, d.rest = header{}, nil
	for i := range d.parts {
		d.parts[i].pix = nil
	}
}

func (d *decoder) decodePlanes(p *Planes, src []byte) error {
	if err := d.open(src, p.Width, p.Height); err != nil {
		return err
	}
	defer d.close()
	h := &d.header
	if h.rgb && h.count == 3 {
		return UnsupportedError("red, green and blue instead of planes")
	}
	across, down := h.units()
	if y := h.components[0]; uint64(across*down)*uint64(y.h)*uint64(y.v) > math.MaxInt/64 {
		return UnsupportedError(fmt.Sprintf("size %dx%d", h.width, h.height))
	}
	d.start(src)
	pix := [3]*[]byte{&p.Y, &p.Cb, &p.Cr}
	for i := range d.parts {
		part := &d.parts[i]
		if i >= h.count {
			*pix[i], part.stride = (*pix[i])[:0], 0
			continue
		}
		part.stride = 8 * across * part.h
		*pix[i] = grow(*pix[i], 8*down*part.v*part.stride)
	}
	p.YStride, p.CStride, p.Ratio = d.parts[0].stride, d.parts[1].stride, h.ratio()
	for unit := range down {
		for i := range h.count {
			part := &d.parts[i]
			part.pix = (*pix[i])[unit*8*part.v*part.stride:]
		}
		d.row()
	}
	return nil
}

// grow returns a slice of n bytes, in the memory of b if that suffices.
func grow(b []byte, n int) []byte {
	if cap(b) < n {
		return make([]byte, n)
	}
	return b[:n]
}
