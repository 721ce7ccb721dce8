package quic_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"

	"saffron/codec/codectest"
	"saffron/codec/encode"
	"saffron/codec/quic"
)

func TestVectors(t *testing.T) {
	for _, v := range codectest.Vectors(t, "quic") {
		t.Run(v.Name, func(t *testing.T) {
			src := v.Encoded(t)
			if v.Malformed {
				if err := decodeAny(src); !isInputError(err) {
					t.Fatalf("decoding gave %v, want a FormatError or UnsupportedError", err)
				}
				return
			}
			c, err := quic.DecodeConfig(src)
			if want := (quic.Config{Type: quic.Type(v.TypeID), Width: v.Width, Height: v.Height}); err != nil || c != want {
				t.Fatalf("DecodeConfig = %+v, %v, want %+v", c, err, want)
			}
			img := dirty(v.Width, v.Height)
			if err := quic.Decode(img, src); err != nil {
				t.Fatal(err)
			}
			v.CheckExact(t, img, false)
			if c.Type != quic.RGBA {
				checkFourth(t, img)
			}
		})
	}
}

// decodeAny decodes src into an image of the size it gives.
func decodeAny(src []byte) error {
	c, err := quic.DecodeConfig(src)
	if err != nil {
		return err
	}
	return quic.Decode(dirty(c.Width, c.Height), src)
}

func isInputError(err error) bool {
	_, format := errors.AsType[quic.FormatError](err)
	_, unsupported := errors.AsType[quic.UnsupportedError](err)
	return format || unsupported
}

// dirty returns an image that is part of a larger one and has been used before.
func dirty(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(-1, -2, w+2, h))
	for i := range img.Pix {
		img.Pix[i] = 0xa5
	}
	return img.SubImage(image.Rect(0, 0, w, h)).(*image.RGBA)
}

// checkFrame checks that the pixels around an image made by dirty are as they
// were.
func checkFrame(t *testing.T, img *image.RGBA) {
	t.Helper()
	width := 4 * img.Rect.Dx()
	for y := range img.Rect.Dy() {
		after := img.Pix[y*img.Stride+width:]
		for i, b := range after[:min(len(after), img.Stride-width)] {
			if b != 0xa5 {
				t.Fatalf("row %d: byte %d beyond its end was written", y, i)
			}
		}
	}
}

func checkFourth(t *testing.T, img *image.RGBA) {
	t.Helper()
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			if b := img.Pix[y*img.Stride+4*x+3]; b != 0 {
				t.Fatalf("pixel %d,%d: fourth byte %#x, want 0", x, y, b)
			}
		}
	}
}

func TestWorkedExample(t *testing.T) {
	src := []byte("QUIC\x00\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00\x03\x00\x00\x00" +
		"\x80\xa0\xc0\x00\x80\x80\x80\x80\x20\x04\x01\x81\x18\x21\x78\x84\x38\xe4\x9c\x9b\x00\x00\x00\x00")
	img := dirty(5, 3)
	if err := quic.Decode(img, src); err != nil {
		t.Fatal(err)
	}
	want := bytes.Repeat([]byte{16, 32, 64, 0}, 15)
	want[14*4+2] = 65
	if got := codectest.Pack(img, "bgrx32", false); !bytes.Equal(got, want) {
		t.Errorf("pixels %x, want %x", got, want)
	}
}

func TestDecodeConfigRejects(t *testing.T) {
	header := func(words ...uint32) (b []byte) {
		for _, w := range words {
			b = binary.LittleEndian.AppendUint32(b, w)
		}
		return b
	}
	const magic = 0x43495551
	if _, err := quic.DecodeConfig(header(magic, 0, 1, 1<<29-1, 1)); err != nil {
		t.Errorf("largest size: %v", err)
	}
	tests := []struct {
		name        string
		src         []byte
		unsupported bool
	}{
		{name: "empty"},
		{name: "short", src: header(magic, 0, 4, 1)},
		{name: "magic", src: header(magic+1, 0, 4, 1, 1)},
		{name: "version", src: header(magic, 1, 4, 1, 1), unsupported: true},
		{name: "major version", src: header(magic, 1<<16, 4, 1, 1), unsupported: true},
		{name: "type 0", src: header(magic, 0, 0, 1, 1), unsupported: true},
		{name: "type 6", src: header(magic, 0, 6, 1, 1), unsupported: true},
		{name: "type 260", src: header(magic, 0, 260, 1, 1), unsupported: true},
		{name: "no width", src: header(magic, 0, 4, 0, 1)},
		{name: "no height", src: header(magic, 0, 4, 1, 0)},
		{name: "negative width", src: header(magic, 0, 4, 1<<31, 1)},
		{name: "negative height", src: header(magic, 0, 4, 1, 1<<32-1)},
		{name: "too many pixels", src: header(magic, 0, 4, 1<<15, 1<<14)},
		{name: "product overflows", src: header(magic, 0, 4, 1<<31-1, 1<<31-1)},
	}
	for _, tt := range tests {
		_, err := quic.DecodeConfig(tt.src)
		if _, unsupported := errors.AsType[quic.UnsupportedError](err); !isInputError(err) || unsupported != tt.unsupported {
			t.Errorf("%s: error %v (%T)", tt.name, err, err)
		}
	}
}

func TestSizeMismatch(t *testing.T) {
	src := encode.QUIC(image.NewRGBA(image.Rect(0, 0, 4, 3)), false)
	for _, size := range []image.Point{{3, 4}, {4, 2}, {4, 4}, {0, 0}} {
		if err := quic.Decode(image.NewRGBA(image.Rectangle{Max: size}), src); !isInputError(err) {
			t.Errorf("decoding 4x3 into %v: %v, want a FormatError", size, err)
		}
	}
}

// A stream without its end is refused, unless only padding is missing.
func TestTruncated(t *testing.T) {
	for _, v := range codectest.Vectors(t, "quic") {
		if v.Malformed || v.Width > 16 {
			continue
		}
		src := v.Encoded(t)
		ok := 0 // shortest length that decodes
		for n := range len(src) + 1 {
			img := dirty(v.Width, v.Height)
			err := quic.Decode(img, src[:n])
			switch {
			case err == nil && ok == 0:
				ok = n
				fallthrough
			case err == nil:
				v.CheckExact(t, img, false)
			case ok != 0:
				t.Errorf("%s: %d bytes decode, %d do not: %v", v.Name, ok, n, err)
			case !isInputError(err):
				t.Errorf("%s: %d bytes: error of type %T: %v", v.Name, n, err, err)
			}
		}
		if ok < len(src)-8 {
			t.Errorf("%s: %d bytes of %d are enough, want all but the padding", v.Name, ok, len(src))
		}
	}
}

// Errors say where they are and what is wrong.
func TestBadRows(t *testing.T) {
	header := func(w, h byte) []byte {
		return append([]byte("QUIC\x00\x00\x00\x00\x01\x00\x00\x00"), w, 0, 0, 0, h, 0, 0, 0)
	}
	tests := []struct {
		name string
		src  []byte
		want string
	}{
		{"no data", header(9, 9), "quic: row 0: code runs past the end of the data"},
		// Seven coded zeros, the first one of eight bits; then a run of two for one pixel.
		{"long run", append(header(4, 2), 0xff, 0xff, 0xff, 0x80), "quic: row 1: run past the end of the row"},
		// An escape of code 0, 18+255.
		{"value", append(header(2, 1), 0x3f, 0x00, 0x00, 0x80, 0x00, 0x00, 0x00, 0xc0), "quic: row 0: code of a value out of range"},
		{"odd length", append(header(1, 1), 0, 0, 0x80), "quic: row 0: code runs past the end of the data"},
	}
	for _, tt := range tests {
		if err := decodeAny(tt.src); err == nil || err.Error() != tt.want {
			t.Errorf("%s: error %v, want %s", tt.name, err, tt.want)
		}
	}
}

// Pictures of odd sizes, of every kind of content and with more pixels than
// the levels of adaptation have, come back as they were.
func TestRoundTrip(t *testing.T) {
	sizes := []image.Point{{1, 1}, {1, 9}, {2, 5}, {3, 3}, {4, 2}, {9, 1}, {31, 17}, {2047, 3}, {2048, 3}, {2049, 3}, {4096, 5}, {131, 127}}
	for name, paint := range pictures {
		for _, size := range sizes {
			for _, alpha := range []bool{false, true} {
				img := paint(rand.New(rand.NewPCG(1, 2)), size.X, size.Y)
				t.Run(fmt.Sprintf("%s/%dx%d/alpha=%t", name, size.X, size.Y, alpha), func(t *testing.T) {
					checkRoundTrip(t, img, alpha)
				})
			}
		}
	}
}

// Rows that are wide enough for the last state of the run coder.
func TestWide(t *testing.T) {
	img := flat(nil, 100_000, 3)
	img.SetRGBA(99_000, 2, color.RGBA{1, 2, 3, 4})
	checkRoundTrip(t, img, false)
}

// checkRoundTrip encodes img and decodes it again; so does checkTwin.
func checkRoundTrip(t *testing.T, img *image.RGBA, alpha bool) {
	t.Helper()
	src := encode.QUIC(img, alpha)
	format := "bgrx32"
	if alpha {
		format = "bgra32"
	}
	got := dirty(img.Rect.Dx(), img.Rect.Dy())
	if err := quic.Decode(got, src); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(codectest.Pack(got, format, false), codectest.Pack(img, format, false)) {
		t.Error("pixels differ after a round trip")
	}
	if !alpha {
		checkFourth(t, got)
	}
	checkTwin(t, src)
}

// pictures paints kinds of content, by name.
var pictures = map[string]func(rng *rand.Rand, w, h int) *image.RGBA{
	"photo":   photo,
	"desktop": desktop,
	"noise":   noise,
	"flat":    flat,
}

// photo is smooth with some noise and some edges.
func photo(rng *rand.Rand, w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			edge := (x/97 + y/61) % 3 * 40
			for p := range 4 {
				img.Pix[y*img.Stride+4*x+p] = uint8(x*(p+1)/9 + y/5 + edge + rng.IntN(7))
			}
		}
	}
	return img
}

// desktop is flat areas, a gradient, and small marks like letters.
func desktop(rng *rand.Rand, w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := [4]uint8{240, 240, 236, 255}
			switch {
			case y%200 < 24:
				c = [4]uint8{uint8(40 + y%200), 70, uint8(x / 16), 255}
			case x%300 < 180 && y%18 > 5 && x%7 < 5 && rng.IntN(3) == 0:
				c = [4]uint8{20, 20, uint8(20 + rng.IntN(60)), 200}
			}
			copy(img.Pix[y*img.Stride+4*x:], c[:])
		}
	}
	return img
}

func noise(rng *rand.Rand, w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(rng.Uint32())
	}
	return img
}

func flat(rng *rand.Rand, w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = uint8(50 * (i % 4))
	}
	return img
}
