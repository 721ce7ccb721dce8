package lz4

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"

	"saffron/codec/bitmap"
	"saffron/codec/codectest"
	"saffron/codec/encode"
)

func TestVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "lz4") {
		t.Run(v.Name, func(t *testing.T) {
			src := v.Encoded(t)
			c, err := DecodeConfig(src)
			if want := (Config{bitmap.Format(v.TypeID), v.TopDown}); c != want || err != nil {
				t.Fatalf("DecodeConfig = %v, %v, want %v", c, err, want)
			}
			dst := image.NewRGBA(image.Rect(3, -2, 3+v.Width, -2+v.Height))
			if err := Decode(dst, src); err != nil {
				t.Fatal(err)
			}
			v.CheckExact(t, dst, false)
		})
	}
}

// A cut image must be refused wherever the cut is: even between two blocks
// there are too few pixels.
func TestTruncated(t *testing.T) {
	for _, v := range codectest.Vectors(t, "lz4") {
		src := v.Encoded(t)
		if len(src) > 2000 {
			continue
		}
		dst := image.NewRGBA(image.Rect(0, 0, v.Width, v.Height))
		for n := range src {
			var want FormatError
			if err := Decode(dst, src[:n]); !errors.As(err, &want) {
				t.Errorf("%s: first %d bytes: got %v, want a FormatError", v.Name, n, err)
			}
		}
	}
}

// image8 returns an LZ4 image of two bytes of header and the given blocks.
func image8(format bitmap.Format, blocks ...string) []byte {
	out := []byte{1, byte(format)}
	for _, b := range blocks {
		out = binary.BigEndian.AppendUint32(out, uint32(len(b)))
		out = append(out, b...)
	}
	return out
}

func TestBlocks(t *testing.T) {
	const abcd = "\x40abcd" // four literals
	for _, tt := range []struct {
		name string
		src  []byte
		want string // alpha bytes of an 8x1 image, or
		err  string // part of the error
	}{
		{"one block", image8(bitmap.A8, "\x80abcdefgh"), "abcdefgh", ""},
		{"run", image8(bitmap.A8, "\x10a\x01\x00\x30bcd"), "aaaaabcd", ""},
		{"copy from the block before", image8(bitmap.A8, abcd, "\x00\x04\x00\x00"), "abcdabcd", ""},
		{"copy across the boundary", image8(bitmap.A8, abcd, "\x00\x03\x00\x00"), "abcdbcdb", ""},
		{"literals past the end", image8(bitmap.A8, "\x80abc"), "", "damaged"},
		{"no blocks", image8(bitmap.A8), "", "0 bytes of pixels, want 8"},
		{"too few pixels", image8(bitmap.A8, abcd), "", "4 bytes of pixels, want 8"},
		{"too many pixels", image8(bitmap.A8, abcd, "\x50efghi"), "", "block 1, which begins at byte 4 of 8, is damaged"},
		{"block past the end", image8(bitmap.A8, abcd, abcd, "\x10x"), "", "block 2 begins past the last pixel"},
		{"empty block", image8(bitmap.A8, abcd, ""), "", "block 1 is empty"},
		{"copy from before the start", image8(bitmap.A8, abcd, "\x00\x05\x00\x00"), "", "damaged"},
		{"copy from nowhere", image8(bitmap.A8, abcd, "\x00\x00\x00\x00"), "", "damaged"},
		{"size beyond the data", []byte{1, 10, 0, 0, 0, 9, 0x80}, "", "size is 9, 1 bytes left"},
		{"size of 4 GiB", []byte{1, 10, 0xff, 0xff, 0xff, 0xff, 0x80}, "", "size is 4294967295"},
		{"size cut", []byte{1, 10, 0, 0}, "", "2 bytes left"},
		{"no header", []byte{1}, "", "header"},
		{"palette format", image8(bitmap.Bit8, "\x80abcdefgh"), "", "unsupported feature: pixel format 8BIT"},
		{"unknown format", image8(11, "\x80abcdefgh"), "", "unsupported feature: pixel format Format(11)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dst := image.NewRGBA(image.Rect(0, 0, 8, 1))
			err := Decode(dst, tt.src)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) || !strings.HasPrefix(err.Error(), "lz4: ") {
					t.Fatalf("got %v, want an error of lz4 with %q", err, tt.err)
				}
				return
			}
			if got := codectest.Pack(dst, "8", true); err != nil || string(got) != tt.want {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}

func TestDecodeEmpty(t *testing.T) {
	var want bitmap.FormatError
	if err := Decode(image.NewRGBA(image.Rectangle{}), image8(bitmap.A8)); !errors.As(err, &want) {
		t.Errorf("got %v, want a bitmap.FormatError", err)
	}
}

// picture returns an image of runs, repeats and noise, larger than the window.
func picture(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	seed := uint32(1)
	for y := range height {
		for x := range width {
			c := color.RGBA{uint8(x / 16 * 8), uint8(y / 8 * 8), 0x40, uint8(x)}
			if x%64 < 20 {
				seed = seed*1664525 + 1013904223
				c.R, c.B = uint8(seed>>24), uint8(seed>>16)
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

func TestRoundTrip(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {3, 5}, {300, 200}, {9000, 3}} {
		img := picture(size.X, size.Y)
		for f := bitmap.RGB16; f <= bitmap.A8; f++ {
			for _, topDown := range []bool{true, false} {
				for _, margin := range []int{0, 2} { // 0: decoded in place where possible
					whole := image.NewRGBA(image.Rect(0, 0, size.X+margin, size.Y))
					dst := whole.SubImage(img.Rect).(*image.RGBA)
					if err := Decode(dst, encode.LZ4(img, f, topDown)); err != nil {
						t.Fatalf("%v %v: %v", size, f, err)
					}
					if !bytes.Equal(encode.Bitmap(dst, f, topDown), encode.Bitmap(img, f, topDown)) {
						t.Errorf("%v, %v, top-down %v, margin %d: pixels differ", size, f, topDown, margin)
					}
				}
			}
		}
	}
}

// checkDecode decodes src twice, in place and through scratch memory, and
// requires the same outcome of both.
func checkDecode(t *testing.T, width, height int, src []byte) {
	t.Helper()
	near := image.NewRGBA(image.Rect(0, 0, width, height))
	far := image.NewRGBA(image.Rect(0, 0, width+1, height)).SubImage(near.Rect).(*image.RGBA)
	err1, err2 := Decode(near, src), Decode(far, src)
	if (err1 == nil) != (err2 == nil) {
		t.Fatalf("in place %v, otherwise %v", err1, err2)
	}
	if err1 == nil && !bytes.Equal(codectest.Pack(near, "bgra32", false), codectest.Pack(far, "bgra32", false)) {
		t.Error("in place other pixels")
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range codectest.Vectors(f, "lz4") {
		if v.Width <= 64 {
			f.Add(uint8(v.Width), uint8(v.Height), v.Encoded(f))
		}
	}
	f.Add(uint8(8), uint8(1), image8(bitmap.A8, "\x40abcd", "\x00\x04\x00\x00"))
	f.Fuzz(func(t *testing.T, width, height uint8, src []byte) {
		checkDecode(t, int(width), int(height), src)
	})
}

func BenchmarkDecode(b *testing.B) {
	img := picture(1920, 1080)
	for _, f := range []bitmap.Format{bitmap.RGB16, bitmap.RGB24, bitmap.RGB32} {
		for _, topDown := range []bool{true, false} {
			name := f.String() + map[bool]string{true: "/topdown", false: "/bottomup"}[topDown]
			b.Run(name, func(b *testing.B) {
				src := encode.LZ4(img, f, topDown)
				dst := image.NewRGBA(img.Rect)
				b.SetBytes(int64(len(dst.Pix)))
				b.ReportAllocs()
				for b.Loop() {
					if err := Decode(dst, src); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
