package display_test

import (
	"image"
	"testing"

	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/spice"
	"saffron/spice/wire"
)

// BenchmarkManyImages draws many QUIC images of 512x512, with a worker for each
// core it is given: `go test -bench ManyImages -cpu 1,2` shows what a second
// core is worth, reading, decoding and drawing together. Bytes are those of
// pixels.
func BenchmarkManyImages(b *testing.B) {
	const side, across = 512, 4
	src := scene(side, side, 1)
	data := encode.QUIC(src, false)
	var list []spice.Message
	for n := range across * across {
		at := image.Pt(n%across*side, n/across*side)
		list = append(list, spice.Message{Type: display.MsgDrawCopy,
			Body: wire.Marshal(copyOf(encoded(display.ImageQUIC, src, data), at))})
	}
	s := newRoom(b, 0).open(b, 0, nil)
	s.create(across*side, across*side)
	b.SetBytes(int64(len(list) * len(src.Pix)))
	for b.Loop() {
		for _, m := range list {
			s.Handle(m)
		}
	}
	s.picture()
}
