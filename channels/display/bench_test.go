package display_test

import (
	"image"
	"testing"

	"saffron/channels/display"
	"saffron/codec/encode"
	"saffron/spice"
	"saffron/spice/wire"
)

// BenchmarkFill is the cost of a message with hardly any drawing.
func BenchmarkFill(b *testing.B) {
	s := newRoom(b, 2).open(b, 0, nil)
	s.create(64, 64)
	m := spice.Message{Type: display.MsgDrawFill, Body: wire.Marshal(&display.DrawFill{
		Base: display.Base{Box: image.Rect(0, 0, 4, 4)}, Brush: display.Brush{Type: 1}, ROP: 8})}
	b.ReportAllocs()
	for b.Loop() {
		s.Handle(m)
	}
	s.picture()
}

// BenchmarkQUIC1080p draws full-screen QUIC images; bytes are those of pixels.
func BenchmarkQUIC1080p(b *testing.B) {
	src := scene(1920, 1080, 1)
	m := spice.Message{Type: display.MsgDrawCopy, Body: wire.Marshal(copyOf(encoded(display.ImageQUIC, src, encode.QUIC(src, false)), image.Point{}))}
	s := newRoom(b, 2).open(b, 0, nil)
	s.create(1920, 1080)
	b.SetBytes(int64(len(src.Pix)))
	b.ReportAllocs()
	for b.Loop() {
		s.Handle(m)
	}
	s.picture()
}
