package bitmap_test

import (
	"fmt"
	"image"

	"saffron/codec/bitmap"
)

func ExampleDecode() {
	src := []byte{
		0xff, 0x00, 0x00, 0x00, // the bottom row: blue
		0x00, 0x00, 0xff, 0x00, // the top row: red
	}
	dst := image.NewRGBA(image.Rect(0, 0, 1, 2))
	err := bitmap.Decode(dst, src, bitmap.Config{Format: bitmap.RGB32, Width: 1, Height: 2, Stride: 4})
	fmt.Println(dst.RGBAAt(0, 0), dst.RGBAAt(0, 1), err)
	// Output: {255 0 0 0} {0 0 255 0} <nil>
}
