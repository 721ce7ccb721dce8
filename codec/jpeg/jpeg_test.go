package jpeg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"testing"

	"saffron/codec/codectest"
	"saffron/codec/encode"
)

func checkClose(t *testing.T, v codectest.Vector, dst *image.RGBA, maxWant int, meanWant float64) {
	t.Helper()
	got, want := codectest.Pack(dst, v.Format, false), v.ExpectedPixels(t)
	maxDiff, mean, err := codectest.Difference(got, want)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s: largest difference %d, mean %.3f", v.Name, maxDiff, mean)
	if maxDiff > maxWant || mean > meanWant {
		t.Errorf("%s: largest difference %d, mean %.3f; want at most %d and %.3f", v.Name, maxDiff, mean, maxWant, meanWant)
	}
}

func TestVectors(t *testing.T) {
	for _, tt := range []struct {
		codec string
		max   int
		mean  float64
	}{
		{"jpeg", 4, 0.5},
		{"mjpeg", 8, 1.5},
	} {
		for _, v := range codectest.Vectors(t, tt.codec) {
			src := v.Encoded(t)
			if w, h, err := DecodeConfig(src); w != v.Width || h != v.Height || err != nil {
				t.Errorf("%s: DecodeConfig = %d, %d, %v, want %d, %d", v.Name, w, h, err, v.Width, v.Height)
			}
			dst := image.NewRGBA(image.Rect(-5, 3, -5+v.Width, 3+v.Height))
			if err := Decode(dst, src); err != nil {
				t.Errorf("%s: %v", v.Name, err)
				continue
			}
			checkClose(t, v, dst, tt.max, tt.mean)
		}
	}
}

func TestAlphaVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "jpeg_alpha") {
		src := v.Encoded(t)
		dst := image.NewRGBA(image.Rect(-5, 3, -5+v.Width, 3+v.Height))
		if err := DecodeAlpha(dst, src, v.JPEGSize, v.TopDown); err != nil {
			t.Errorf("%s: %v", v.Name, err)
			continue
		}
		checkClose(t, v, dst, 4, 0.5)
		want := v.ExpectedPixels(t)
		for i, got := range codectest.Pack(dst, v.Format, false) {
			if i%4 == 3 && got != want[i] {
				t.Fatalf("%s: alpha of pixel %d is %d, want %d", v.Name, i/4, got, want[i])
			}
		}
		var format FormatError
		for _, n := range []int{-1, len(src) + 1, 0, 10} {
			if err := DecodeAlpha(dst, src, n, v.TopDown); err == nil {
				t.Errorf("%s: no error if %d bytes are colours", v.Name, n)
			}
		}
		if err := DecodeAlpha(dst, src, v.JPEGSize, !v.TopDown); !errors.As(err, &format) {
			t.Errorf("%s: wrong row order: got %v, want a FormatError", v.Name, err)
		}
		for n := v.JPEGSize; n < len(src) && v.Width == 33; n++ {
			if err := DecodeAlpha(dst, src[:n], v.JPEGSize, v.TopDown); err == nil {
				t.Fatalf("%s: no error without the last %d bytes", v.Name, len(src)-n)
			}
		}
	}
}

func gradient(width, height int) *image.RGBA {
	img := image.NewRGBA(image.Rect(2, 1, 2+width, 1+height))
	for y := range height {
		for x := range width {
			img.SetRGBA(2+x, 1+y, color.RGBA{uint8(x * 3), uint8(y * 2), uint8(200 - x - y), uint8(x ^ y)})
		}
	}
	return img
}

func TestRoundTrip(t *testing.T) {
	for width := 1; width <= 35; width++ {
		img := gradient(width, 36-width)
		data, n := encode.JPEGAlpha(img, 95)
		dst := image.NewRGBA(image.Rect(0, 0, width, 36-width))
		if err := DecodeAlpha(dst, data, n, true); err != nil {
			t.Fatalf("%v: %v", img.Rect.Size(), err)
		}
		got, want := codectest.Pack(dst, "bgra32", false), codectest.Pack(img, "bgra32", false)
		if maxDiff, mean, err := codectest.Difference(got, want); err != nil || maxDiff > 16 || mean > 2 {
			t.Errorf("%v: largest difference %d, mean %.3f, %v", img.Rect.Size(), maxDiff, mean, err)
		}
		if !bytes.Equal(codectest.Pack(dst, "8", true), codectest.Pack(img, "8", true)) {
			t.Errorf("%v: alpha differs", img.Rect.Size())
		}
	}
}

// flat returns a JPEG image whose blocks are all grey, of the given component
// sampling factors. Without Huffman tables, the standard ones apply: then six
// bits are a luma block (00 1010), and four a chroma block (00 00).
func flat(width, height int, factors ...byte) []byte {
	out := []byte{0xff, 0xd8, 0xff, 0xdb, 0, 67, 0}
	out = append(out, bytes.Repeat([]byte{1}, 64)...)
	out = append(out, 0xff, 0xc0, 0, byte(8+3*len(factors)), 8)
	out = binary.BigEndian.AppendUint16(out, uint16(height))
	out = binary.BigEndian.AppendUint16(out, uint16(width))
	out = append(out, byte(len(factors)))
	h, v := 1, 1
	for i, f := range factors {
		out = append(out, byte(i+1), f, 0)
		h, v = max(h, int(f>>4)), max(v, int(f&15))
	}
	out = append(out, 0xff, 0xda, 0, byte(6+2*len(factors)), byte(len(factors)))
	for i := range factors {
		out = append(out, byte(i+1), byte(min(i, 1)*0x11))
	}
	out = append(out, 0, 63, 0)
	if len(factors) == 1 {
		h, v = 1, 1
		factors = []byte{0x11}
	}
	var bits, n uint
	put := func(code, size uint) {
		for bits, n = bits<<size|code, n+size; n >= 8; n -= 8 {
			out = append(out, byte(bits>>(n-8)))
		}
	}
	for range (width + 8*h - 1) / (8 * h) * ((height + 8*v - 1) / (8 * v)) {
		for i, f := range factors {
			for range f >> 4 * (f & 15) {
				if i == 0 {
					put(0b001010, 6)
				} else {
					put(0, 4)
				}
			}
		}
	}
	put(0x7f, 7)
	return append(out, 0xff, 0xd9)
}

func TestSampling(t *testing.T) {
	for _, factors := range [][]byte{
		{0x11}, {0x22}, {0x11, 0x11, 0x11}, {0x21, 0x11, 0x11}, {0x22, 0x11, 0x11}, {0x12, 0x11, 0x11},
		{0x41, 0x11, 0x11}, {0x42, 0x11, 0x11}, {0x12, 0x12, 0x12}, {0x22, 0x12, 0x12}, {0x44, 0x22, 0x22},
	} {
		for _, size := range []image.Point{{1, 1}, {7, 9}, {16, 16}, {17, 33}, {64, 3}} {
			dst := image.NewRGBA(image.Rectangle{Max: size})
			if err := Decode(dst, flat(size.X, size.Y, factors...)); err != nil {
				t.Errorf("%x %v: %v", factors, size, err)
				continue
			}
			for i, got := range dst.Pix {
				if want := byte(128); i%4 < 3 && got != want || i%4 == 3 && got != 0 {
					t.Fatalf("%x %v: byte %d is %d", factors, size, i, got)
				}
			}
		}
	}
	for _, factors := range [][]byte{
		{0x33}, {0x08}, {0x11, 0x11}, {0x11, 0x11, 0x11, 0x11}, {0x11, 0x22, 0x22}, {0x22, 0x11, 0x21},
		{0x22, 0x21, 0x11}, {0x14, 0x11, 0x11}, {0x81, 0x11, 0x11}, {0x31, 0x11, 0x11}, {0x10, 0x11, 0x11},
	} {
		var want UnsupportedError
		if err := Decode(image.NewRGBA(image.Rect(0, 0, 8, 8)), flat(8, 8, factors...)); !errors.As(err, &want) {
			t.Errorf("%x: got %v, want an UnsupportedError", factors, err)
		}
	}
}

// codes returns a segment with a Huffman table of n codes of one bit, or one of
// two bits, all for the same value.
func codes(table, n, value byte) []byte {
	b := make([]byte, 17, 30)
	b[0], b[1] = table, n
	if n == 0 {
		b[2], n = 1, 1
	}
	for range n {
		b = append(b, value)
	}
	return appendSegment(nil, 0xc4, b)
}

func TestHeader(t *testing.T) {
	good := flat(8, 8, 0x22, 0x11, 0x11)
	frame, scan := 71, 71+19 // offsets of the two markers
	change := func(at int, b ...byte) []byte {
		out := bytes.Clone(good)
		copy(out[at:], b)
		return out
	}
	insert := func(at int, b ...byte) []byte {
		return append(append(bytes.Clone(good[:at]), b...), good[at:]...)
	}
	for _, tt := range []struct {
		name string
		src  []byte
		want string
	}{
		{"good", good, ""},
		{"comment", insert(2, 0xff, 0xfe, 0, 3, 'x'), ""},
		{"restart interval", insert(2, 0xff, 0xdd, 0, 4, 0, 1), ""},
		{"trailing bytes", append(bytes.Clone(good), "trailing"...), ""},
		{"no end marker", good[:len(good)-2], ""},
		{"signature", change(0, 0), "invalid format: no JPEG signature"},
		{"extended", change(frame+1, 0xc1), ""},
		{"progressive", change(frame+1, 0xc2), "unsupported feature: progressive coding"},
		{"lossless", change(frame+1, 0xc3), "unsupported feature: frame of kind 3"},
		{"arithmetic", change(frame+1, 0xc9), "unsupported feature: frame of kind 9"},
		{"arithmetic tables", insert(2, 0xff, 0xcc, 0, 2), "unsupported feature: arithmetic coding"},
		{"12 bits", change(frame+4, 12), "unsupported feature: samples of 12 bits"},
		{"no rows", change(frame+5, 0, 0), "invalid format: size 8x0"},
		{"no columns", change(frame+7, 0, 0), "invalid format: size 0x8"},
		{"huge", change(frame+5, 0xff, 0xff, 0xff, 0xff), "invalid format: size 65535x65535, want 8x8"},
		{"two frames", insert(frame, good[frame:scan]...), "invalid format: byte 90: second frame"},
		{"same component twice", change(frame+13, 1), "invalid format: two components 1"},
		{"frame too short", change(frame+9, 4), "invalid format: frame header of 15 bytes"},
		{"scan first", insert(2, good[scan:scan+14]...), "invalid format: scan before the frame"},
		{"scan of one component", append(append(bytes.Clone(good[:scan]), 0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0), good[scan+14:]...),
			"unsupported feature: 1 of 3 components in a scan"},
		{"scan of a strange component", change(scan+5, 9), "invalid format: component 9 where the frame has 1"},
		{"spectral selection", change(scan+11, 1), "unsupported feature: scan of the coefficients 1 to 63, bits 0x00"},
		{"missing quantiser", change(frame+12, 3), "invalid format: component 1 without its quantisation table 3"},
		{"quantiser cut", change(5, 66), "invalid format: quantisation table 0 of kind 0, 64 bytes left"},
		{"16-bit quantiser", change(6, 0x10), "invalid format: quantisation table 0 of kind 1, 65 bytes left"},
		{"Huffman table 4", change(scan+6, 0x40), "invalid format: component 1 has Huffman tables 0x40"},
		{"Huffman table 2 missing", change(scan+6, 0x20), "invalid format: component 1 has Huffman tables 0x20"},
		{"Huffman table of class 2", insert(2, codes(0x20, 0, 1)...), "invalid format: Huffman table 0 of class 2, 18 bytes left"},
		{"Huffman table 5", insert(2, codes(5, 0, 1)...), "invalid format: Huffman table 5 of class 0, 18 bytes left"},
		{"Huffman table cut", insert(2, 0xff, 0xc4, 0, 4, 0, 1), "invalid format: Huffman table 0 of class 0, 2 bytes left"},
		{"Huffman table without values", insert(2, 0xff, 0xc4, 0, 19, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0), "invalid format: Huffman table 0 of class 0, 17 bytes left"},
		{"too many short codes", insert(2, codes(0, 3, 0)...), "invalid format: Huffman table 0 of class 0, 20 bytes left"},
		{"DC value of 16 bits", insert(2, codes(0, 0, 16)...), "invalid format: Huffman table 0 of class 0, 18 bytes left"},
		{"Huffman table", insert(2, codes(3, 2, 15)...), ""},
		{"restart interval of 3 bytes", insert(2, 0xff, 0xdd, 0, 5, 0, 1, 0), "invalid format: restart interval of 3 bytes"},
		{"second start", insert(2, 0xff, 0xd8), "invalid format: byte 2: no segment"},
		{"early end", insert(2, 0xff, 0xd9), "invalid format: byte 2: no segment"},
		{"junk", insert(2, 0, 0), "invalid format: byte 2: no segment"},
		{"length 0", change(4, 0, 0), "invalid format: byte 2: segment of 0 bytes, 106 bytes left"},
		{"length beyond", change(4, 0xff, 0xff), "invalid format: byte 2: segment of 65535 bytes, 106 bytes left"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			err := Decode(image.NewRGBA(image.Rect(0, 0, 8, 8)), tt.src)
			switch {
			case tt.want == "" && err != nil:
				t.Error(err)
			case tt.want != "" && (err == nil || err.Error() != "jpeg: "+tt.want):
				t.Errorf("got %v, want jpeg: %s", err, tt.want)
			}
		})
	}
}

// A header that is cut is an error; a scan that is cut is not.
func TestTruncated(t *testing.T) {
	src := flat(33, 21, 0x22, 0x11, 0x11)
	scan := bytes.Index(src, []byte{0xff, 0xda}) + 14
	dst := image.NewRGBA(image.Rect(0, 0, 33, 21))
	for n := range src {
		err := Decode(dst, src[:n])
		var format FormatError
		if n < scan && !errors.As(err, &format) {
			t.Errorf("first %d bytes: got %v, want a FormatError", n, err)
		}
		if n >= scan && err != nil {
			t.Errorf("first %d bytes: %v", n, err)
		}
	}
	for _, v := range codectest.Vectors(t, "jpeg") {
		src := v.Encoded(t)
		for n := 0; n < len(src) && v.Width == 33; n++ {
			checkDecode(t, src[:n])
		}
	}
}

// checkDecode decodes src into an image of the size that its header tells, and
// requires that DecodeConfig and Decode agree.
func checkDecode(t *testing.T, src []byte) {
	t.Helper()
	w, h, err := DecodeConfig(src)
	if err != nil {
		if Decode(image.NewRGBA(image.Rect(0, 0, 1, 1)), src) == nil {
			t.Fatalf("Decode accepts what DecodeConfig does not: %v", err)
		}
		return
	}
	if w*h > 1<<18 {
		return
	}
	whole := image.NewRGBA(image.Rect(0, 0, w+1, h))
	for i := range whole.Pix {
		whole.Pix[i] = 0x5a
	}
	dst := whole.SubImage(image.Rect(0, 0, w, h)).(*image.RGBA)
	err = Decode(dst, src)
	p := Planes{Width: w, Height: h}
	if planesErr := DecodePlanes(&p, src); (planesErr == nil) != (err == nil) {
		var rgb UnsupportedError
		if err != nil || !errors.As(planesErr, &rgb) {
			t.Fatalf("Decode gives %v, DecodePlanes %v", err, planesErr)
		}
	} else if err == nil && (len(p.Y) < (h-1)*p.YStride+w || len(p.Cb) != len(p.Cr)) {
		t.Fatalf("%d, %d and %d samples of %dx%d", len(p.Y), len(p.Cb), len(p.Cr), w, h)
	}
	for y := range h {
		if around := whole.RGBAAt(w, y); around != (color.RGBA{0x5a, 0x5a, 0x5a, 0x5a}) {
			t.Fatalf("pixel outside of dst changed: %v", around)
		}
		for x := range w {
			if a := whole.RGBAAt(x, y).A; (a == 0) != (err == nil) {
				t.Fatalf("fourth byte of %d,%d is %#x, error %v", x, y, a, err)
			}
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, codec := range []string{"jpeg", "mjpeg"} {
		for _, v := range codectest.Vectors(f, codec) {
			f.Add(v.Encoded(f))
		}
	}
	for _, tt := range ratios {
		f.Add(sample{35, 19, tt.factors, 2, true, nil}.encode())
	}
	f.Add(flat(9, 17, 0x11))
	f.Add(flat(33, 7, 0x44, 0x22, 0x22))
	f.Add(flat(33, 7, 0x42, 0x11, 0x11))
	f.Fuzz(func(t *testing.T, src []byte) { checkDecode(t, src) })
}

func FuzzDecodeAlpha(f *testing.F) {
	for _, v := range codectest.Vectors(f, "jpeg_alpha") {
		f.Add(v.Encoded(f), v.JPEGSize, v.TopDown)
	}
	f.Fuzz(func(t *testing.T, src []byte, jpegSize int, topDown bool) {
		w, h := 33, 21
		if jpegSize > 0 && jpegSize < len(src) {
			if cw, ch, err := DecodeConfig(src[:jpegSize]); err == nil && cw*ch < 1<<18 {
				w, h = cw, ch
			}
		}
		dst := image.NewRGBA(image.Rect(0, 0, w, h))
		if DecodeAlpha(dst, src, jpegSize, topDown) == nil && (jpegSize < 4 || jpegSize >= len(src)) {
			t.Errorf("decoded with %d of %d bytes of colours", jpegSize, len(src))
		}
	})
}

func BenchmarkDecode(b *testing.B) {
	img := image.NewRGBA(image.Rect(0, 0, 1920, 1080))
	seed := uint32(1)
	for i := range img.Pix {
		seed = seed*1664525 + 1013904223
		img.Pix[i] = byte(i/7680/5+i%7680/20) ^ byte(seed>>29)
	}
	src := encode.JPEG(img, 85)
	b.Run("pixels", func(b *testing.B) {
		b.SetBytes(int64(len(img.Pix)))
		b.ReportAllocs()
		for b.Loop() {
			if err := Decode(img, src); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("planes", func(b *testing.B) {
		p := Planes{Width: 1920, Height: 1080}
		b.SetBytes(1920 * 1080 * 3 / 2)
		b.ReportAllocs()
		for b.Loop() {
			if err := DecodePlanes(&p, src); err != nil {
				b.Fatal(err)
			}
		}
	})
}
