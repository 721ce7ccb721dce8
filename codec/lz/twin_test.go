package lz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

// twinTypes are the types whose usual commands have fast loops, and others.
var twinTypes = []Type{RGB16, RGB24, RGB32, RGBA, PLT8, XXXA, A8}

// plain decodes src, of one of twinTypes, top-down and command by command.
func plain(pix, src []byte, t Type, palette []color.RGBA) error {
	b := body{src: src, pos: HeaderSize}
	kinds := []kind{colours}
	switch t {
	case RGB16:
		kinds[0] = colour5
	case RGBA:
		kinds = append(kinds, alphas)
	case XXXA:
		kinds[0] = alphas
	case PLT8:
		kinds[0] = indices
		b.table = new([256]uint32)
		lookup(b.table, t, palette)
	case A8:
		kinds[0] = indices
		b.table = &alphaOnly
	}
	for _, k := range kinds {
		b.start(pix)
		for b.at < len(pix) {
			if err := b.command(k); err != nil {
				return err
			}
		}
	}
	return b.end()
}

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

// stream returns an image as the bytes say: valid but for its end, perhaps.
func (s *script) stream() (src []byte, t Type) {
	t = twinTypes[s.next()%len(twinTypes)]
	w, h := s.next()+1, s.next()%64+1
	src = binary.BigEndian.AppendUint32(nil, magic)
	src = binary.BigEndian.AppendUint32(src, version)
	for _, v := range []int{int(t), w, h, int(t.stride(uint64(w))), s.next()} {
		src = binary.BigEndian.AppendUint32(src, uint32(v))
	}
	switch t {
	case RGB16:
		src = s.pass(src, w*h, colour5)
	case RGB24, RGB32:
		src = s.pass(src, w*h, colours)
	case RGBA:
		src = s.pass(src, w*h, colours)
		src = s.pass(src, w*h, alphas)
	default:
		src = s.pass(src, w*h, alphas)
	}
	return src, t
}

// pass appends commands for n units. Each takes three bytes of s.
func (s *script) pass(src []byte, n int, k kind) []byte {
	for at := 0; at < n && len(*s) > 0; {
		what, length, dist := s.next(), s.next(), s.next()
		if at == 0 || what < 80 {
			length = min(length%32+1, n-at)
			src = append(src, byte(length-1))
			for i := range length * k.size {
				src = append(src, byte(what+i*dist))
			}
			at += length
			continue
		}
		switch {
		case what < 150:
			dist %= 12
		case what < 200:
			dist = dist<<8 | what
		}
		length >>= what % 8
		if what%16 == 7 {
			length *= 300
		}
		length = max(1, min(length, n-at-k.bias))
		src = appendMatch(src, length, dist%at)
		at += length + k.bias
	}
	return src
}

// appendMatch appends a match of a length without bias and a distance less 1.
func appendMatch(src []byte, length, dist int) []byte {
	field := min(dist, escape)
	src = append(src, byte(min(length, 7)<<5|field>>8))
	if length >= 7 {
		for length -= 7; length >= 255; length -= 255 {
			src = append(src, 255)
		}
		src = append(src, byte(length))
	}
	src = append(src, byte(field))
	if field == escape {
		src = binary.BigEndian.AppendUint16(src, uint16(dist-escape))
	}
	return src
}

// checkTwin decodes what the bytes make in every way, and wants the same.
func checkTwin(t *testing.T, bytes []byte) {
	s := script(bytes)
	src, typ := s.stream()
	compare(t, src, typ)
}

// compare decodes src in place, in a larger image and command by command.
func compare(t *testing.T, src []byte, typ Type) {
	t.Helper()
	cfg, err := DecodeConfig(src)
	if err != nil {
		t.Fatal(err)
	}
	pal := []color.RGBA{{R: 1}, {G: 2}, {B: 3, A: 4}}
	want := bytes.Repeat([]byte{0x55}, 4*cfg.Width*cfg.Height)
	wantErr := plain(want, src, typ, pal)
	for _, margin := range []int{0, 3} {
		got, err := inside(cfg, margin, func(dst *image.RGBA) error {
			if typ == XXXA {
				return DecodeAlpha(dst, src)
			}
			return Decode(dst, src, pal)
		})
		if got == nil {
			t.Fatalf("%v, margin %d: pixels outside the destination changed", typ, margin)
		}
		if fmt.Sprint(err) != fmt.Sprint(wantErr) {
			t.Fatalf("%v, margin %d: error %v, want %v", typ, margin, err, wantErr)
		}
		if !cfg.TopDown {
			got = flip(got, 4*cfg.Width)
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%v, margin %d: wrong pixels", typ, margin)
		}
	}
}

// inside has an image decoded into one with margins, and returns the pixels. It
// returns nil if anything around them changed.
func inside(cfg Config, margin int, decode func(*image.RGBA) error) ([]byte, error) {
	all := image.Rect(0, 0, cfg.Width+2*margin, cfg.Height+2)
	whole := image.NewRGBA(all)
	for i := range whole.Pix {
		whole.Pix[i] = 0x55
	}
	rect := image.Rect(margin, 1, margin+cfg.Width, 1+cfg.Height)
	err := decode(whole.SubImage(rect).(*image.RGBA))
	var pix []byte
	for y := range all.Dy() {
		row := whole.Pix[y*whole.Stride:][:whole.Stride]
		if rect.Min.Y <= y && y < rect.Max.Y {
			pix = append(pix, row[4*margin:4*(margin+cfg.Width)]...)
			row = append(row[:4*margin:4*margin], row[4*(margin+cfg.Width):]...)
		}
		if len(bytes.Trim(row, "\x55")) != 0 {
			return nil, err
		}
	}
	return pix, err
}

// flip reverses the order of rows.
func flip(pix []byte, row int) []byte {
	var out []byte
	for end := len(pix); end > 0; end -= row {
		out = append(out, pix[end-row:end]...)
	}
	return out
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
	for i, typ := range twinTypes {
		rest := script(append([]byte{byte(i), 60, 20, 1}, scripts(1, 400)[0]...))
		src, _ := rest.stream()
		for n := HeaderSize; n <= len(src); n++ {
			compare(t, src[:n:n], typ)
			if n < len(src) {
				src[n] ^= 0xa5
				compare(t, src, typ)
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
	for i, typ := range twinTypes {
		for _, topDown := range []byte{0, 1} {
			s := script(append([]byte{byte(i), 60, 20, topDown}, scripts(1, 9000)[0]...))
			src, _ := s.stream()
			dst := image.NewRGBA(image.Rect(0, 0, 61, 21))
			n := testing.AllocsPerRun(50, func() {
				if typ == XXXA {
					DecodeAlpha(dst, src)
				} else {
					Decode(dst, src, nil)
				}
			})
			if n > 0 && !raceEnabled {
				t.Errorf("%v, top-down %d: %v allocations", typ, topDown, n)
			}
		}
	}
}
