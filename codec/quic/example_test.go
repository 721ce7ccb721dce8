package quic_test

import (
	"fmt"
	"image"

	"saffron/codec/quic"
)

// The size is judged before there is an image to decode into.
func ExampleDecode() {
	src := []byte("QUIC\x00\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00\x03\x00\x00\x00" +
		"\x80\xa0\xc0\x00\x80\x80\x80\x80\x20\x04\x01\x81\x18\x21\x78\x84\x38\xe4\x9c\x9b\x00\x00\x00\x00")
	c, err := quic.DecodeConfig(src)
	if err != nil || c.Width > 4096 || c.Height > 4096 {
		fmt.Println("refused:", c, err)
		return
	}
	img := image.NewRGBA(image.Rect(0, 0, c.Width, c.Height))
	if err := quic.Decode(img, src); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.Type, c.Width, c.Height)
	fmt.Println(img.RGBAAt(0, 0), img.RGBAAt(4, 2))
	// Output:
	// RGB32 5 3
	// {64 32 16 0} {65 32 16 0}
}
