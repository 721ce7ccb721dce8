package encode

import (
	"fmt"
	"image"

	"saffron/codec/bitmap"
)

// Bitmap returns the pixels of img as rows without padding in one of the
// formats that need no palette: RGB16, RGB24, RGB32, RGBA or A8.
// It panics if format is another one.
// (SPICE protocol, images on the display channel, BITMAP.)
func Bitmap(img *image.RGBA, format bitmap.Format, topDown bool) []byte {
	if format.Indexed() || format.BitsPerPixel() == 0 {
		panic(fmt.Sprintf("encode: bitmap in format %v", format))
	}
	width, height := img.Rect.Dx(), img.Rect.Dy()
	out := make([]byte, 0, width*height*format.BitsPerPixel()/8)
	for y := range height {
		if !topDown {
			y = height - 1 - y
		}
		out = appendRow(out, img.Pix[y*img.Stride:][:4*width], format)
	}
	return out
}

// appendRow appends the pixels of row, R, G, B and a fourth byte, to out.
func appendRow(out, row []byte, format bitmap.Format) []byte {
	for ; len(row) >= 4; row = row[4:] {
		r, g, b, a := row[0], row[1], row[2], row[3]
		switch format {
		case bitmap.RGB16:
			p := uint16(r)>>3<<10 | uint16(g)>>3<<5 | uint16(b)>>3
			out = append(out, byte(p), byte(p>>8))
		case bitmap.RGB24:
			out = append(out, b, g, r)
		case bitmap.A8:
			out = append(out, a)
		default:
			out = append(out, b, g, r, a)
		}
	}
	return out
}
