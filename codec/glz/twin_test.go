package glz

import (
	"bytes"
	"encoding/binary"
	"image"
	"math/rand/v2"
	"testing"

	"saffron/codec/internal/lzpix"
	"saffron/codec/lz"
)

// A script makes commands of any bytes.
type script []byte

func (s *script) next() int {
	if len(*s) == 0 {
		return 0
	}
	v := (*s)[0]
	*s = (*s)[1:]
	return int(v)
}

// stream returns an image as the bytes say, that follows fuzzImages: valid but
// for its end, perhaps.
func (s *script) stream() []byte {
	t := []lz.Type{lz.RGB16, lz.RGB24, lz.RGB32, lz.RGBA}[s.next()%4]
	size := map[lz.Type]int{lz.RGB16: 2, lz.RGB24: 3, lz.RGB32: 4, lz.RGBA: 4}[t]
	w, h, topDown := s.next()+1, s.next()%64+1, s.next()%2
	src := binary.BigEndian.AppendUint32(nil, magic)
	src = binary.BigEndian.AppendUint32(src, version)
	src = append(src, byte(t)|byte(topDown<<4))
	for _, v := range []int{w, h, size * w} {
		src = binary.BigEndian.AppendUint32(src, uint32(v))
	}
	src = binary.BigEndian.AppendUint64(src, 3)
	src = binary.BigEndian.AppendUint32(src, 3)
	switch t {
	case lz.RGB16:
		return s.pass(src, w*h, colour5)
	case lz.RGBA:
		return s.pass(s.pass(src, w*h, colours), w*h, alphas)
	}
	return s.pass(src, w*h, colours)
}

// pass appends commands for n pixels. Each takes three bytes of s.
func (s *script) pass(src []byte, n int, k kind) []byte {
	for at := 0; at < n && len(*s) > 0; {
		what, length, pixel := s.next(), s.next(), s.next()
		if at == 0 || what < 60 {
			length = min(length%32+1, n-at)
			src = append(src, byte(length-1))
			for i := range length * k.size {
				src = append(src, byte(what+i*pixel))
			}
			at += length
			continue
		}
		switch {
		case what < 130:
			pixel %= 12
		case what < 200:
			pixel = pixel<<8 | what
		}
		length >>= what % 8
		if what%16 == 7 {
			length *= 300
		}
		length = max(1, min(length, n-at-k.bias))
		image := 0
		switch {
		case what == 205:
			image = pixel & 255 // mostly not there
		case what%5 == 0:
			image = 1 + what%2*2
		}
		if pixel %= at; image != 0 {
			pixel %= 1600
			length = min(length, max(1, 1600-pixel-k.bias))
		}
		src = appendMatch(src, length, image, pixel, what%2 == 0)
		at += length + k.bias
	}
	return src
}

// appendMatch appends a match of a length without bias. A far one may be so
// without need.
func appendMatch(src []byte, length, image, pixel int, far bool) []byte {
	far = far || pixel >= 1<<12
	c := byte(min(length, 7)<<5 | pixel&15)
	if far {
		c |= 1 << 4
	}
	src = append(src, c)
	if length >= 7 {
		for length -= 7; length >= 255; length -= 255 {
			src = append(src, 255)
		}
		src = append(src, byte(length))
	}
	src = append(src, byte(pixel>>4))
	if !far {
		return append(src, byte(image&63|image>>6<<6), byte(image>>6))[:len(src)+1+min(1, image>>6)]
	}
	more, last := min(1, image), pixel>>17
	src = append(src, byte(pixel>>12&31|min(1, last)<<5|more<<6))
	if more > 0 {
		src = append(src, byte(image))
	}
	if last > 0 {
		src = append(src, byte(last))
	}
	return src
}

// checkTwin decodes what the bytes make in both ways.
func checkTwin(t *testing.T, bytes []byte) {
	s := script(bytes)
	checkDecode(t, s.stream())
}

// scripts are bytes for checkTwin.
func scripts(n, size int) [][]byte {
	rnd := rand.New(rand.NewPCG(7, 8))
	list := make([][]byte, n)
	for i := range list {
		list[i] = make([]byte, rnd.IntN(size))
		for j := range list[i] {
			list[i][j] = byte(rnd.Uint32())
		}
	}
	return list
}

func TestTwin(t *testing.T) {
	for _, s := range scripts(400, 3000) {
		checkTwin(t, s)
	}
}

// TestTwinTruncated cuts an image of each type at every length, and damages it
// at every byte.
func TestTwinTruncated(t *testing.T) {
	for typ := range byte(4) {
		s := script(append([]byte{typ, 60, 20, typ / 2}, scripts(1, 400)[0]...))
		src := s.stream()
		for n := HeaderSize; n <= len(src); n++ {
			checkDecode(t, src[:n:n])
			if n < len(src) {
				src[n] ^= 0xa5
				checkDecode(t, src)
				src[n] ^= 0xa5
			}
		}
	}
}

func FuzzTwin(f *testing.F) {
	for _, s := range scripts(20, 600) {
		f.Add(s)
	}
	f.Fuzz(checkTwin)
}

// TestAllocs decodes in the steady state, in which nothing is allocated.
func TestAllocs(t *testing.T) {
	w, id := NewWindow(61*21*4), uint64(0)
	dst := image.NewRGBA(image.Rect(0, 0, 61, 21))
	src := unhex(t, header(lz.RGB32, 61, 21, 0, 0)+"00 102030 e0 ff ff ff ff fc 00 00 20 00 01")
	n := testing.AllocsPerRun(200, func() {
		binary.BigEndian.PutUint64(src[21:], id)
		binary.BigEndian.PutUint32(src[29:], uint32(min(id, 3)))
		if id == 0 {
			src[len(src)-1] = 0
		} else {
			src[len(src)-1] = 1
		}
		if err := w.Decode(dst, src); err != nil {
			t.Fatal(err)
		}
		id++
	})
	if n > 0 && !raceEnabled {
		t.Errorf("%v allocations", n)
	}
}

// TestFarPixel refers to the first pixel of a large image from far behind.
func TestFarPixel(t *testing.T) {
	const run, last = 1 << 18, 64 * lzpix.Run
	src := unhex(t, header(lz.RGB32, run+2+40+last, 1, 0, 0)+"01 102030 010203")
	src = appendMatch(src, run, 0, 0, false)
	src = appendMatch(src, 40, 0, run+1, true)
	for range last / lzpix.Run {
		src = append(src, lzpix.Run-1)
		src = append(src, make([]byte, 3*lzpix.Run)...)
	}
	dst := image.NewRGBA(image.Rect(0, 0, run+2+40+last, 1))
	if err := NewWindow(1<<20).Decode(dst, src); err != nil {
		t.Fatal(err)
	}
	want := append(unhex(t, "30201000"), bytes.Repeat(unhex(t, "03020100"), 39)...)
	if got := dst.Pix[4*(run+2):][:4*41]; !bytes.Equal(got, append(want, 0, 0, 0, 0)) {
		t.Errorf("got % x", got)
	}
}
