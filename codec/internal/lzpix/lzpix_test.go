package lzpix

import (
	"bytes"
	"image"
	"math/rand/v2"
	"testing"
)

func TestColours(t *testing.T) {
	src := make([]byte, 3*40+8)
	for i := range src {
		src[i] = byte(i + 1)
	}
	for n := range 40 {
		for _, spare := range []int{0, 1, 5, 8} {
			got := make([]byte, 4*n)
			Colours(got, src[:3*n+spare])
			var want []byte
			for p := range n {
				want = append(want, src[3*p+2], src[3*p+1], src[3*p], 0)
			}
			if !bytes.Equal(got, want) {
				t.Fatalf("%d pixels, %d spare bytes: % x, want % x", n, spare, got, want)
			}
		}
	}
}

func TestColours555(t *testing.T) {
	for p := range 1 << 16 {
		got := make([]byte, 4)
		Colours555(got, []byte{byte(p >> 8), byte(p)})
		wide := func(c int) byte { return byte(c<<3 | c>>2) }
		want := []byte{wide(p >> 10 & 31), wide(p >> 5 & 31), wide(p & 31), 0}
		if !bytes.Equal(got, want) {
			t.Fatalf("%#04x: % x, want % x", p, got, want)
		}
	}
}

func TestRepeat(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	start := make([]byte, 400)
	for i := range start {
		start[i] = byte(rnd.Uint32())
	}
	const at = 80
	for dist := 1; dist <= at; dist++ {
		for n := 0; n <= len(start)-at; n++ {
			want := bytes.Clone(start)
			for i := range n {
				want[at+i] = want[at+i-dist]
			}
			got := bytes.Clone(start)
			RepeatBytes(got, at, dist, n)
			if !bytes.Equal(got, want) {
				t.Fatalf("RepeatBytes, distance %d, length %d: wrong bytes", dist, n)
			}
			if dist%4 != 0 || n%4 != 0 {
				continue
			}
			got = bytes.Clone(start)
			Repeat(got, at, dist, n)
			if !bytes.Equal(got, want) {
				t.Fatalf("Repeat, distance %d, length %d: wrong bytes", dist, n)
			}
		}
	}
}

func TestPutRows(t *testing.T) {
	whole := image.NewRGBA(image.Rect(0, 0, 5, 5))
	part := whole.SubImage(image.Rect(1, 2, 3, 4)).(*image.RGBA)
	pix := []byte("aaaabbbbccccdddd")
	PutRows(part, pix, false)
	if got := string(part.Pix[:8]) + string(part.Pix[part.Stride:][:8]); got != "ccccddddaaaabbbb" {
		t.Errorf("bottom-up rows are %q", got)
	}
	PutRows(part, pix, true)
	if got := string(part.Pix[:8]) + string(part.Pix[part.Stride:][:8]); got != "aaaabbbbccccdddd" {
		t.Errorf("top-down rows are %q", got)
	}
	if n := len(bytes.ReplaceAll(whole.Pix, []byte{0}, nil)); n != 16 {
		t.Errorf("%d bytes written, want 16", n)
	}
}
