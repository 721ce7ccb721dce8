package lz4_test

import (
	"fmt"
	"image"

	"saffron/codec/lz4"
)

func ExampleDecode() {
	src := []byte{
		1, 9, // top row first, RGBA
		0, 0, 0, 5, // a block of five bytes:
		0x40, 0x10, 0x20, 0x30, 0xff, // four literals: blue, green, red, alpha
	}
	dst := image.NewRGBA(image.Rect(0, 0, 1, 1))
	err := lz4.Decode(dst, src)
	fmt.Println(dst.RGBAAt(0, 0), err)
	// Output: {48 32 16 255} <nil>
}
