package glz_test

import (
	"context"
	"errors"
	"fmt"
	"image"

	"saffron/codec/encode"
	"saffron/codec/glz"
)

// Two channels share a window. The second one receives its image first, and
// waits for the one that it refers to.
func Example() {
	picture := image.NewRGBA(image.Rect(0, 0, 64, 48))
	server := encode.NewGLZ(1 << 20)
	first := server.Encode(picture, false, true)
	second := server.Encode(picture, false, true)

	w := glz.NewWindow(1 << 20)
	decode := func(src []byte) error {
		cfg, err := glz.DecodeConfig(src)
		if err != nil {
			return err
		}
		img := image.NewRGBA(image.Rect(0, 0, cfg.Width, cfg.Height))
		err = w.Decode(img, src)
		for missing := new(glz.MissingError); errors.As(err, &missing); {
			fmt.Println("waiting for image", missing.ID)
			if err = w.Wait(context.Background(), missing.ID); err == nil {
				err = w.Decode(img, src)
			}
		}
		return err
	}

	waiting := w.Decode(nil, second)
	fmt.Println(waiting)
	done := make(chan error)
	go func() { done <- decode(first) }()
	fmt.Println(<-done, decode(second))
	images, pixels := w.Stats()
	fmt.Println(images, "images of", pixels, "pixels")
	// Output:
	// glz: image 0 has not arrived yet
	// <nil> <nil>
	// 2 images of 6144 pixels
}
