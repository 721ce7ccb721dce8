package video

import (
	"crypto/sha256"
	"embed"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

//go:embed testdata/*.frames testdata/sums.txt
var data embed.FS

// streams are those of testdata: each says what its codec is.
var streams = map[string]Codec{
	"vp8": VP8, "vp9": VP9, "h264": H264, "h265": H265,
	"vp8-720p": VP8, "vp9-720p": VP9, "h264-720p": H264, "h265-720p": H265,
}

// A sum is a picture as it should be.
type sum struct {
	size string // such as "176x144"
	hash string // of the samples of the three planes
}

// stream returns the frames of a stream and the sums of its pictures.
func stream(t testing.TB, name string) (frames [][]byte, sums []sum) {
	t.Helper()
	b, err := data.ReadFile("testdata/" + name + ".frames")
	if err != nil {
		t.Fatal(err)
	}
	for len(b) > 0 {
		n := binary.LittleEndian.Uint32(b)
		frames = append(frames, b[4:4+n])
		b = b[4+n:]
	}
	text, err := data.ReadFile("testdata/sums.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); f[0] == name {
			sums = append(sums, sum{f[1], f[2]})
		}
	}
	if len(frames) == 0 || len(frames) != len(sums) {
		t.Fatalf("%s: %d frames, %d sums", name, len(frames), len(sums))
	}
	return frames, sums
}

// decoder returns a new decoder, and closes it at the end of the test.
func decoder(t testing.TB, c Codec) *Decoder {
	t.Helper()
	d, err := NewDecoder(c)
	if err != nil {
		t.Fatalf("%v: the tests of this package need libavcodec: Debian's package is libavcodec59", err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// sumOf returns the sum of a picture, the empty one of none.
func sumOf(p *Picture) sum {
	if p == nil {
		return sum{}
	}
	h := sha256.New()
	for y := range p.Height {
		h.Write(p.Y[y*p.YStride:][:p.Width])
	}
	for _, c := range [][]byte{p.Cb, p.Cr} {
		for y := range (p.Height + 1) / 2 {
			h.Write(c[y*p.CStride:][:(p.Width+1)/2])
		}
	}
	return sum{fmt.Sprintf("%dx%d", p.Width, p.Height), fmt.Sprintf("%x", h.Sum(nil))}
}
