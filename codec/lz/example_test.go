package lz_test

import (
	"fmt"
	"image"
	"image/color"

	"saffron/codec/encode"
	"saffron/codec/lz"
)

func ExampleDecode() {
	picture := image.NewRGBA(image.Rect(0, 0, 320, 200))
	picture.SetRGBA(7, 5, color.RGBA{R: 255, A: 128})
	src := encode.LZ(picture, lz.RGBA, true)

	cfg, err := lz.DecodeConfig(src)
	if err != nil {
		fmt.Println(err)
		return
	}
	dst := image.NewRGBA(image.Rect(0, 0, cfg.Width, cfg.Height))
	if err := lz.Decode(dst, src, nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(cfg.Type, dst.Rect, dst.RGBAAt(7, 5))
	// Output: RGBA (0,0)-(320,200) {255 0 0 128}
}
