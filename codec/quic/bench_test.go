package quic_test

import (
	"math/rand/v2"
	"testing"

	"saffron/codec/encode"
	"saffron/codec/quic"
)

// Throughput is in bytes of decoded pixels, four each. With the build tag
// noasm, plain Go is measured.
func BenchmarkDecode(b *testing.B) {
	sizes := []struct {
		name string
		w, h int
	}{{"1080p", 1920, 1080}, {"256", 256, 256}, {"32", 32, 32}}
	for _, picture := range []string{"photo", "desktop", "noise", "flat"} {
		b.Run(picture, func(b *testing.B) {
			for _, size := range sizes {
				b.Run(size.name, func(b *testing.B) { benchmarkDecode(b, picture, size.w, size.h, false) })
				b.Run(size.name+"-alpha", func(b *testing.B) { benchmarkDecode(b, picture, size.w, size.h, true) })
			}
		})
	}
}

func benchmarkDecode(b *testing.B, picture string, w, h int, alpha bool) {
	img := pictures[picture](rand.New(rand.NewPCG(3, 4)), w, h)
	src := encode.QUIC(img, alpha)
	b.SetBytes(int64(4 * w * h))
	b.ReportAllocs()
	for b.Loop() {
		if err := quic.Decode(img, src); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*w*h), "ns/pixel")
}
