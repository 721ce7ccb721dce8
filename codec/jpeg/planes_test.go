package jpeg

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	stdjpeg "image/jpeg"
	"strings"
	"testing"
)

var ratios = []struct {
	factors []byte
	ratio   image.YCbCrSubsampleRatio
}{
	{[]byte{0x11}, image.YCbCrSubsampleRatio444},
	{[]byte{0x11, 0x11, 0x11}, image.YCbCrSubsampleRatio444},
	{[]byte{0x21, 0x11, 0x11}, image.YCbCrSubsampleRatio422},
	{[]byte{0x22, 0x11, 0x11}, image.YCbCrSubsampleRatio420},
	{[]byte{0x12, 0x11, 0x11}, image.YCbCrSubsampleRatio440},
	{[]byte{0x41, 0x11, 0x11}, image.YCbCrSubsampleRatio411},
	{[]byte{0x42, 0x11, 0x11}, image.YCbCrSubsampleRatio410},
}

// Planes of every resolution are those of the standard library's decoder, but for
// rounding; restart intervals and missing tables change nothing; and Decode shows
// the planes as the library does, but for its interpolation.
func TestPlanes(t *testing.T) {
	var p Planes
	for _, tt := range ratios {
		for _, size := range []image.Point{{1, 1}, {8, 8}, {15, 17}, {33, 16}, {50, 41}, {129, 35}} {
			s := sample{size.X, size.Y, tt.factors, 0, true, nil}
			whole := s.encode()
			std, err := stdjpeg.Decode(bytes.NewReader(whole))
			if err != nil {
				t.Fatal(err)
			}
			for _, s.interval = range []int{0, 1, 2, 7} {
				s.tables = s.interval != 2
				name := fmt.Sprintf("%x %v, restart interval %d", tt.factors, size, s.interval)
				p.Width, p.Height = size.X, size.Y
				src := s.encode()
				if err := DecodePlanes(&p, src); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if p.Ratio != tt.ratio {
					t.Errorf("%s: ratio is %v, want %v", name, p.Ratio, tt.ratio)
				}
				checkPlanes(t, name, &p, std)
				if !bytes.Equal(pixels(t, size, src), pixels(t, size, whole)) {
					t.Errorf("%s: pixels differ", name)
				}
			}
		}
	}
}

func checkPlanes(t *testing.T, name string, p *Planes, std image.Image) {
	t.Helper()
	size := std.Bounds().Size()
	switch std := std.(type) {
	case *image.Gray:
		checkPlane(t, name+", grey", size, p.Y, p.YStride, std.Pix, std.Stride)
		if len(p.Cb) != 0 || len(p.Cr) != 0 {
			t.Errorf("%s: chroma of a grey image", name)
		}
	case *image.YCbCr:
		checkPlane(t, name+", luma", size, p.Y, p.YStride, std.Y, std.YStride)
		corner := std.COffset(size.X-1, size.Y-1)
		size = image.Pt(corner%std.CStride+1, corner/std.CStride+1)
		checkPlane(t, name+", Cb", size, p.Cb, p.CStride, std.Cb, std.CStride)
		checkPlane(t, name+", Cr", size, p.Cr, p.CStride, std.Cr, std.CStride)
	default:
		t.Fatalf("%s: %T", name, std)
	}
}

func checkPlane(t *testing.T, name string, size image.Point, got []byte, gotStride int, want []byte, wantStride int) {
	t.Helper()
	for y := range size.Y {
		for x := range size.X {
			if a, b := got[y*gotStride+x], want[y*wantStride+x]; max(a, b)-min(a, b) > 1 {
				t.Fatalf("%s: sample %d,%d is %d, want %d", name, x, y, a, b)
			}
		}
	}
}

func pixels(t *testing.T, size image.Point, src []byte) []byte {
	t.Helper()
	dst := image.NewRGBA(image.Rectangle{Max: size})
	if err := Decode(dst, src); err != nil {
		t.Fatal(err)
	}
	return dst.Pix
}

// Pixels are the standard library's but for rounding where chroma is not
// interpolated, and near them where it is.
func TestPixels(t *testing.T) {
	size := image.Pt(67, 35)
	for _, tt := range ratios {
		src := sample{size.X, size.Y, tt.factors, 3, true, nil}.encode()
		std, err := stdjpeg.Decode(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		total, worst := 0, 0
		got := pixels(t, size, src)
		for i, v := range got {
			r, g, b, _ := std.At(i/4%size.X, i/4/size.X).RGBA()
			want := int([4]uint32{r, g, b, 0}[i%4] >> 8)
			diff := max(int(v), want) - min(int(v), want)
			total, worst = total+diff, max(worst, diff)
		}
		mean := float64(total) / float64(len(got))
		t.Logf("%x: largest difference %d, mean %.2f", tt.factors, worst, mean)
		h, v := tt.factors[0]>>4, tt.factors[0]&15
		if interpolated := h == 2 || h == 1 && v == 2; !interpolated && worst > 3 || mean > 6 {
			t.Errorf("%x: largest difference %d, mean %.2f", tt.factors, worst, mean)
		}
	}
}

// What is cut off is grey, and what comes before it is not changed by that.
func TestPlanesTruncated(t *testing.T) {
	for _, interval := range []int{0, 2} {
		s := sample{40, 24, []byte{0x22, 0x11, 0x11}, interval, false, nil}
		src := s.encode()
		h, err := parseHeader(src)
		if err != nil {
			t.Fatal(err)
		}
		whole, cut := Planes{Width: 40, Height: 24}, Planes{Width: 40, Height: 24}
		if err := DecodePlanes(&whole, src); err != nil {
			t.Fatal(err)
		}
		before := 0
		for n := range src {
			var format FormatError
			err := DecodePlanes(&cut, src[:n])
			if n < h.scan && !errors.As(err, &format) || n >= h.scan && err != nil {
				t.Fatalf("first %d bytes: %v", n, err)
			}
			if n < h.scan {
				continue
			}
			good := 0
			for i, v := range cut.Y {
				if v == whole.Y[i] {
					good++
				} else if v != 128 {
					t.Fatalf("first %d bytes: sample %d is %d, neither %d nor grey", n, i, v, whole.Y[i])
				}
			}
			if good < before {
				t.Fatalf("first %d bytes: %d samples are good, fewer than before", n, good)
			}
			before = good
		}
		if before < len(whole.Y)*9/10 {
			t.Errorf("all but one byte: only %d samples are good", before)
		}
	}
}

// After damage, decoding goes on at the next restart marker.
func TestRestartAfterDamage(t *testing.T) {
	src := sample{128, 16, []byte{0x22, 0x11, 0x11}, 1, false, nil}.encode()
	h, err := parseHeader(src)
	if err != nil {
		t.Fatal(err)
	}
	size := image.Pt(128, 16)
	good := pixels(t, size, src)
	copy(src[h.scan:], "\xff\x00\xff\x00") // no code of any table
	bad := pixels(t, size, src)
	for i := range bad {
		x := i / 4 % 128
		if x >= 24 && bad[i] != good[i] || x < 8 && i%4 < 3 && bad[i] != 128 {
			t.Fatalf("byte %d of column %d is %d, was %d", i%4, x, bad[i], good[i])
		}
	}
}

func TestPlanesErrors(t *testing.T) {
	src := sample{16, 8, []byte{0x11, 0x11, 0x11}, 0, false, nil}.encode()
	rgb := bytes.Replace(src, []byte{0xff, 0xc0}, append(appendSegment(nil, 0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00")), 0xff, 0xc0), 1)
	for _, tt := range []struct {
		width, height int
		src           []byte
		want          string
	}{
		{16, 8, src, ""},
		{8, 16, src, "invalid format: size 16x8, want 8x16"},
		{16, 8, rgb, "unsupported feature: red, green and blue"},
		{16, 8, src[:50], "invalid format: byte 2: segment"},
	} {
		p := Planes{Width: tt.width, Height: tt.height}
		err := DecodePlanes(&p, tt.src)
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), "jpeg: "+tt.want) {
			t.Errorf("%dx%d: got %v, want %s", tt.width, tt.height, err, tt.want)
		}
		if err != nil && p.Y != nil {
			t.Errorf("%dx%d: planes changed in spite of %v", tt.width, tt.height, err)
		}
	}
	var p Planes
	p.Width, p.Height = 16, 8
	if err := DecodePlanes(&p, src); err != nil {
		t.Fatal(err)
	}
	for i, v := range pixels(t, image.Pt(16, 8), rgb) {
		at := i/4/16*p.YStride + i/4%16
		if want := [4]byte{p.Y[at], p.Cb[at], p.Cr[at], 0}[i%4]; v != want {
			t.Fatalf("red, green and blue: byte %d is %d, want %d", i, v, want)
		}
	}
}

// Images of one size need no new memory after the first.
func TestAllocs(t *testing.T) {
	for _, tt := range ratios {
		src := sample{70, 50, tt.factors, 3, true, nil}.encode()
		var d decoder // not from the pool, which the collector empties
		p := Planes{Width: 70, Height: 50}
		dst := image.NewRGBA(image.Rect(0, 0, 70, 50))
		n := testing.AllocsPerRun(10, func() {
			if err := errors.Join(d.decode(dst, src), d.decodePlanes(&p, src)); err != nil {
				t.Fatal(err)
			}
		})
		if n != 0 {
			t.Errorf("%x: %v allocations", tt.factors, n)
		}
	}
}

// Whatever coefficients there are, planes are those of the standard library.
func FuzzStandard(f *testing.F) {
	for i := range ratios {
		f.Add(uint8(20+i), uint8(17), uint8(i), uint8(i), []byte{100, 30, 0, 0, 5, 0, 0, 200, 1, byte(i)})
	}
	f.Fuzz(func(t *testing.T, width, height, ratio, interval uint8, data []byte) {
		factors := ratios[int(ratio)%len(ratios)].factors
		s := sample{int(width)%80 + 1, int(height)%80 + 1, factors, int(interval), true, data}
		src := s.encode()
		std, err := stdjpeg.Decode(bytes.NewReader(src))
		if err != nil {
			t.Fatal(err)
		}
		p := Planes{Width: s.width, Height: s.height}
		if err := DecodePlanes(&p, src); err != nil {
			t.Fatal(err)
		}
		checkPlanes(t, fmt.Sprintf("%x", factors), &p, std)
	})
}
