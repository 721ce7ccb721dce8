package lz_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
	"testing"

	"saffron/codec/codectest"
	"saffron/codec/encode"
	"saffron/codec/lz"
)

// decode decodes an image of any type into an image of its own size.
func decode(src []byte, palette []color.RGBA) (*image.RGBA, error) {
	cfg, err := lz.DecodeConfig(src)
	if err != nil {
		return nil, err
	}
	dst := image.NewRGBA(image.Rect(0, 0, cfg.Width, cfg.Height))
	if cfg.Type == lz.XXXA {
		return dst, lz.DecodeAlpha(dst, src)
	}
	return dst, lz.Decode(dst, src, palette)
}

// part returns an image of w by h pixels within a larger one, which is grey.
func part(w, h int) *image.RGBA {
	whole := image.NewRGBA(image.Rect(-3, -2, w+4, h+5))
	for i := range whole.Pix {
		whole.Pix[i] = 0x77
	}
	return whole.SubImage(image.Rect(-1, 1, w-1, h+1)).(*image.RGBA)
}

func TestVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "lz") {
		t.Run(v.Name, func(t *testing.T) {
			src := v.Encoded(t)
			img, err := decode(src, v.Palette())
			if v.Malformed {
				if err == nil {
					t.Error("decoded")
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			cfg, _ := lz.DecodeConfig(src)
			want := lz.Config{Type: lz.Type(v.TypeID), Width: v.Width, Height: v.Height, Stride: v.Stride, TopDown: v.TopDown}
			if cfg != want {
				t.Errorf("config %+v, want %+v", cfg, want)
			}
			v.CheckExact(t, img, true)
			checkPart(t, src, &v)
		})
	}
}

// checkPart decodes into a part of an image: neither where the part lies nor
// what it held may matter, except that XXXA leaves the colours alone.
func checkPart(t *testing.T, src []byte, v *codectest.Vector) {
	t.Helper()
	img := part(v.Width, v.Height)
	want := byte(0)
	if v.TypeID == int(lz.XXXA) {
		want = 0x77
		if err := lz.DecodeAlpha(img, src); err != nil {
			t.Fatal(err)
		}
	} else if err := lz.Decode(img, src, v.Palette()); err != nil {
		t.Fatal(err)
	}
	v.CheckExact(t, img, true)
	if p := img.RGBAAt(-1, 1); v.Format == "8" && p.R != want {
		t.Errorf("red is %#x, want %#x", p.R, want)
	}
	if p := img.RGBAAt(-1, 1); v.Format == "bgrx32" && p.A != 0 {
		t.Errorf("fourth byte is %#x, want 0", p.A)
	}
	rest := img.Pix[img.Stride-8 : img.Stride] // the pixels left of the second row
	if v.Height > 1 && !bytes.Equal(rest, bytes.Repeat([]byte{0x77}, 8)) {
		t.Errorf("pixels outside the destination changed: % x", rest)
	}
}

func TestTruncated(t *testing.T) {
	done := make(map[int]bool)
	for _, v := range codectest.Vectors(t, "lz") {
		if v.Malformed || done[v.TypeID] || v.Width > 40 {
			continue
		}
		done[v.TypeID] = true
		src := v.Encoded(t)
		for n := range src {
			if _, err := decode(src[:n:n], v.Palette()); err == nil {
				t.Errorf("%s: %d of %d bytes decoded", v.Name, n, len(src))
			}
		}
	}
	if len(done) != 11 {
		t.Errorf("truncated images of %d types, want 11", len(done))
	}
}

// unhex reads hexadecimal text in which spaces do not count.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// header returns the header of an image.
func header(typ, w, h, stride, topDown int) string {
	return fmt.Sprintf("20205a4c 00010001 %08x %08x %08x %08x %08x ", typ, w, h, stride, topDown)
}

func TestPixels(t *testing.T) {
	const A, B, C = "30201000", "03020100", "06050400" // R,G,B,0
	row := strings.Repeat(A, 6) + B + C
	pal := []color.RGBA{{1, 2, 3, 9}, {4, 5, 6, 9}, {7, 8, 9, 9}}
	for _, c := range []struct {
		name, src, want string
		palette         []color.RGBA
	}{
		{
			name: "worked example",
			src: header(8, 8, 2, 32, 1) + "01 102030 102030  80 00  01 010203 040506  a0 07" +
				"02 102030 010203 040506",
			want: row + row,
		},
		{
			name: "bottom-up",
			src:  header(8, 1, 2, 4, 0) + "01 102030 010203",
			want: B + A,
		},
		{
			name: "length extension of 0, match of one pixel",
			src:  header(8, 9, 1, 36, 1) + "00 102030  e0 00 00  20 00",
			want: strings.Repeat(A, 9),
		},
		{
			name: "length extension of 255",
			src:  header(8, 1, 1+7+255+3, 4, 1) + "00 102030  e0 ff 03 00",
			want: strings.Repeat(A, 266),
		},
		{
			name: "longest short distance and shortest long one",
			src: header(11, 8196, 1, 8196, 1) + "01 0105  e0" + strings.Repeat("ff", 32) + "15 00" + // 2+7+32*255+21+2 = 8192
				"00 06  3f ff 0000", // distance 8192 at 8193: the 5
			want: "00000001" + strings.Repeat("00000005", 8191) + "00000006" + strings.Repeat("00000005", 3),
		},
		{
			name: "RGB16 with bit 15",
			src:  header(6, 2, 2, 4, 1) + "01 fc00 03e1  20 01",
			want: "ff000000 00ff0800" + "ff000000 00ff0800",
		},
		{
			name: "RGBA passes do not see each other",
			src:  header(9, 4, 1, 16, 1) + "00 102030  60 00  00 80  20 00",
			want: strings.Repeat("30201080", 4),
		},
		{
			name: "A8",
			src:  header(11, 4, 1, 4, 1) + "00 80  20 00",
			want: strings.Repeat("00000080", 4),
		},
		{
			name: "PLT8 index out of range", palette: pal,
			src:  header(5, 3, 1, 3, 1) + "02 02 03 01",
			want: "07080900 01020300 04050600",
		},
		{
			name: "PLT8 without a palette",
			src:  header(5, 2, 1, 2, 1) + "01 00 03",
			want: "00000000 00000000",
		},
		{
			name: "PLT4BE index out of range", palette: pal,
			src:  header(4, 3, 1, 2, 1) + "01 24 50",
			want: "07080900 04050600 07080900",
		},
		{
			name: "PLT4LE", palette: pal,
			src:  header(3, 3, 1, 2, 1) + "01 12 ff",
			want: "07080900 04050600 01020300",
		},
		{
			name: "PLT1LE", palette: pal[:2],
			src:  header(1, 3, 1, 1, 1) + "00 fe",
			want: "01020300 04050600 04050600",
		},
		{
			name: "PLT1BE", palette: pal[:1],
			src:  header(2, 3, 1, 1, 1) + "00 40",
			want: "01020300 01020300 01020300",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			img, err := decode(unhex(t, c.src), c.palette)
			if err != nil {
				t.Fatal(err)
			}
			if want := unhex(t, c.want); !bytes.Equal(img.Pix, want) {
				t.Errorf("got % x, want % x", img.Pix, want)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct{ name, src, want string }{
		{"empty", "", "header of 0 bytes"},
		{"magic", "20205a4d" + header(8, 1, 1, 4, 1)[8:], "magic"},
		{"version", "20205a4c 00010002" + header(8, 1, 1, 4, 1)[17:], "version"},
		{"no type", header(0, 1, 1, 4, 1), "type 0"},
		{"type 12", header(12, 1, 1, 4, 1), "type 12"},
		{"type beyond a byte", header(0x108, 1, 1, 4, 1), "type 264"},
		{"no width", header(8, 0, 1, 0, 1), "size 0x1"},
		{"no height", header(8, 1, 0, 4, 1), "size 1x0"},
		{"short stride", header(1, 9, 1, 1, 1), "stride 1 for 9 pixels of PLT1LE"},
		{"long stride", header(6, 2, 1, 6, 1), "stride 6"},
		{"stride overflow", header(8, 1<<30+1, 1, 4, 1), "stride 4"},
		{"too large", header(8, 1<<14, 1<<14, 1<<16, 1), "too large"},
		{"too many pixels", header(1, 1<<15, 1<<15, 1<<12, 1), "too large"},
		{"no body", header(8, 1, 1, 4, 1), "byte 28: the data ends early"},
		{"first is a match", header(8, 4, 1, 16, 1) + "80 00", "byte 28: match begins before"},
		{"match before the start", header(8, 4, 1, 16, 1) + "00 010203 40 01", "byte 32: match begins before"},
		{"match past the end", header(8, 4, 1, 16, 1) + "00 010203 80 00", "byte 32: match runs past"},
		{"literals past the end", header(8, 1, 1, 4, 1) + "01 010203 010203", "byte 28: literals run past"},
		{"byte match before the start", header(11, 4, 1, 4, 1) + "00 01 20 01", "byte 30: match begins before"},
		{"byte match past the end", header(11, 4, 1, 4, 1) + "00 01 40 00", "byte 30: match runs past"},
		{"byte literals past the end", header(11, 1, 1, 4-3, 1) + "01 01 01", "byte 28: literals run past"},
		{"alpha match into the colours", header(9, 4, 1, 16, 1) + "00 010203 60 00 20 00", "byte 34: match begins before"},
		{"trailing byte", header(8, 1, 1, 4, 1) + "00 010203 00", "byte 32: 1 bytes behind"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := decode(unhex(t, c.src), nil)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "lz: ") {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
		})
	}
}

func TestWrongUse(t *testing.T) {
	rgb := unhex(t, header(8, 1, 1, 4, 1)+"00 010203")
	xxxa := unhex(t, header(10, 1, 1, 4, 1)+"00 01")
	one, two := image.NewRGBA(image.Rect(0, 0, 1, 1)), image.NewRGBA(image.Rect(0, 0, 1, 2))
	var format lz.FormatError
	if err := lz.Decode(two, rgb, nil); !errors.As(err, &format) {
		t.Errorf("wrong size: error %v, want a FormatError", err)
	}
	var unsupported lz.UnsupportedError
	if err := lz.Decode(one, xxxa, nil); !errors.As(err, &unsupported) {
		t.Errorf("XXXA as an image: error %v, want an UnsupportedError", err)
	}
	if err := lz.DecodeAlpha(one, rgb); !errors.As(err, &unsupported) {
		t.Errorf("RGB32 as alpha: error %v, want an UnsupportedError", err)
	}
}

func TestTypeString(t *testing.T) {
	for typ, want := range map[lz.Type]string{lz.PLT1LE: "PLT1LE", lz.A8: "A8", 0: "Type(0)", 12: "Type(12)"} {
		if got := typ.String(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, v := range codectest.Vectors(f, "lz") {
		if v.Width <= 33 {
			f.Add(v.Encoded(f))
		}
	}
	img := image.NewRGBA(image.Rect(0, 0, 20, 20))
	f.Add(encode.LZ(img, lz.RGBA, false))
	f.Fuzz(checkDecode)
}

// checkDecode decodes src in place and elsewhere, and wants the same of both.
func checkDecode(t *testing.T, src []byte) {
	cfg, err := lz.DecodeConfig(src)
	if err != nil || cfg.Width*cfg.Height > 1<<20 {
		return
	}
	pal := []color.RGBA{{R: 1}, {G: 2}, {B: 3}}
	img, err := decode(src, pal)
	other := part(cfg.Width, cfg.Height)
	var otherErr error
	if cfg.Type == lz.XXXA {
		otherErr = lz.DecodeAlpha(other, src)
	} else {
		otherErr = lz.Decode(other, src, pal)
	}
	if fmt.Sprint(err) != fmt.Sprint(otherErr) {
		t.Fatalf("errors %v and %v", err, otherErr)
	}
	if err != nil {
		return
	}
	for y := range cfg.Height {
		for x := range cfg.Width {
			p, q := img.RGBAAt(x, y), other.RGBAAt(x-1, y+1)
			if p != q && (cfg.Type != lz.XXXA || p.A != q.A) {
				t.Fatalf("pixel %d,%d is %v and %v", x, y, p, q)
			}
		}
	}
}

func TestDecodeAgrees(t *testing.T) {
	for _, v := range codectest.Vectors(t, "lz") {
		checkDecode(t, v.Encoded(t))
	}
}
