package jpeg_test

import (
	"fmt"
	"image"
	"image/color"

	"saffron/codec/encode"
	"saffron/codec/jpeg"
)

func ExampleDecode() {
	grey := image.NewRGBA(image.Rect(0, 0, 20, 10))
	for i := range grey.Pix {
		grey.Pix[i] = 100
	}
	src := encode.JPEG(grey, 85)

	width, height, err := jpeg.DecodeConfig(src)
	if err != nil {
		fmt.Println(err)
		return
	}
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	err = jpeg.Decode(dst, src)
	fmt.Println(width, height, dst.RGBAAt(10, 5) == color.RGBA{100, 100, 100, 0}, err)
	// Output: 20 10 true <nil>
}
