package video_test

import (
	"fmt"
	"image"

	"saffron/codec/video"
)

// The frames of a stream go to one decoder, in order.
func ExampleDecoder() {
	var frames [][]byte // as they come from the server

	d, err := video.NewDecoder(video.H264)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer d.Close()
	for _, f := range frames {
		p, err := d.Decode(f)
		if err != nil {
			fmt.Println(err) // the next frame may do
			continue
		}
		if p != nil {
			img := image.NewRGBA(image.Rect(0, 0, p.Width, p.Height))
			p.RGBA(img)
		}
	}
}
