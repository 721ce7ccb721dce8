package bitmap

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	k  = color.RGBA{}
	w  = color.RGBA{0xff, 0xff, 0xff, 0xff}
	p0 = color.RGBA{1, 2, 3, 4}
	p1 = color.RGBA{5, 6, 7, 0}
	p2 = color.RGBA{9, 10, 11, 0x80}
)

var decodeTests = []struct {
	name string
	c    Config
	src  []byte
	want []color.RGBA // top row first
}{
	{"mask low bit first", Config{Bit1LE, 10, 1, 2, true, nil}, []byte{0x05, 0x02},
		[]color.RGBA{w, k, w, k, k, k, k, k, k, w}},
	{"mask high bit first", Config{Bit1BE, 10, 1, 2, true, nil}, []byte{0x05, 0x40},
		[]color.RGBA{k, k, k, k, k, w, k, w, k, w}},
	{"1 bit with palette", Config{Bit1BE, 3, 2, 2, true, []color.RGBA{p0, p1}}, []byte{0x40, 0, 0xbf, 0},
		[]color.RGBA{p0, p1, p0, p1, p0, p1}},
	{"1 bit beyond the palette", Config{Bit1LE, 2, 1, 1, true, []color.RGBA{p0}}, []byte{2},
		[]color.RGBA{p0, p0}},
	{"4 bits low nibble first", Config{Bit4LE, 3, 1, 2, true, []color.RGBA{p0, p1, p2}}, []byte{0x21, 0xf0},
		[]color.RGBA{p1, p2, p0}},
	{"4 bits high nibble first", Config{Bit4BE, 3, 1, 2, true, []color.RGBA{p0, p1, p2}}, []byte{0x21, 0xf0},
		[]color.RGBA{p2, p1, p0}},
	{"4 bits without palette", Config{Bit4BE, 2, 1, 1, true, nil}, []byte{0x21}, []color.RGBA{k, k}},
	{"8 bits bottom-up", Config{Bit8, 2, 2, 3, false, []color.RGBA{p0, p1, p2}}, []byte{0, 1, 99, 2, 255, 99},
		[]color.RGBA{p2, p0, p0, p1}},
	{"8 bits without palette", Config{Bit8, 1, 1, 1, true, nil}, []byte{1}, []color.RGBA{k}},
	{"16 bits", Config{RGB16, 5, 1, 10, true, nil}, []byte{0x00, 0x7c, 0xe0, 0x03, 0x1f, 0x00, 0xff, 0xff, 0x21, 0x44},
		[]color.RGBA{{0xff, 0, 0, 0}, {0, 0xff, 0, 0}, {0, 0, 0xff, 0}, {0xff, 0xff, 0xff, 0}, {0x8c, 0x08, 0x08, 0}}},
	{"16 bits bottom-up with padding", Config{RGB16, 1, 2, 5, false, nil}, []byte{0x1f, 0, 9, 9, 9, 0, 0x7c, 9, 9, 9},
		[]color.RGBA{{0xff, 0, 0, 0}, {0, 0, 0xff, 0}}},
	{"24 bits", Config{RGB24, 2, 1, 6, true, nil}, []byte{1, 2, 3, 4, 5, 6},
		[]color.RGBA{{3, 2, 1, 0}, {6, 5, 4, 0}}},
	{"32 bits keep the unused byte", Config{RGB32, 2, 1, 8, true, nil}, []byte{1, 2, 3, 4, 5, 6, 7, 8},
		[]color.RGBA{{3, 2, 1, 4}, {7, 6, 5, 8}}},
	{"RGBA bottom-up", Config{RGBA, 1, 2, 4, false, nil}, []byte{1, 2, 3, 4, 5, 6, 7, 8},
		[]color.RGBA{{7, 6, 5, 8}, {3, 2, 1, 4}}},
	{"alpha", Config{A8, 3, 1, 3, true, nil}, []byte{0, 0x80, 0xff},
		[]color.RGBA{k, {A: 0x80}, {A: 0xff}}},
}

func TestDecode(t *testing.T) {
	for _, tt := range decodeTests {
		t.Run(tt.name, func(t *testing.T) {
			img := newImage(tt.c.Width, tt.c.Height)
			if err := Decode(img, tt.src, tt.c); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, pixels(img)); diff != "" {
				t.Errorf("pixels differ (-want +got):\n%s", diff)
			}
		})
	}
}

// newImage returns an image that does not start at the origin, whose rows are
// not contiguous, and whose pixels are not zero.
func newImage(width, height int) *image.RGBA {
	whole := image.NewRGBA(image.Rect(-3, 5, width+2, height+9))
	for i := range whole.Pix {
		whole.Pix[i] = 0x5a
	}
	return whole.SubImage(image.Rect(-1, 7, width-1, height+7)).(*image.RGBA)
}

func pixels(img *image.RGBA) []color.RGBA {
	var out []color.RGBA
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			out = append(out, img.RGBAAt(x, y))
		}
	}
	return out
}

// slow is the pixel at x, y of a bitmap, straight from the definition.
func slow(c Config, src []byte, x, y int) color.RGBA {
	if !c.TopDown {
		y = c.Height - 1 - y
	}
	row := src[y*c.Stride:]
	five := func(v int) uint8 { return uint8(v&31<<3 | v&31>>2) }
	var index int
	switch c.Format {
	case Bit1LE:
		index = int(row[x/8]) >> (x % 8) & 1
	case Bit1BE:
		index = int(row[x/8]) >> (7 - x%8) & 1
	case Bit4LE:
		index = int(row[x/2]) >> (x % 2 * 4) & 15
	case Bit4BE:
		index = int(row[x/2]) >> (4 - x%2*4) & 15
	case Bit8:
		index = int(row[x])
	case RGB16:
		p := int(row[2*x]) | int(row[2*x+1])<<8
		return color.RGBA{five(p >> 10), five(p >> 5), five(p), 0}
	case RGB24:
		return color.RGBA{row[3*x+2], row[3*x+1], row[3*x], 0}
	case RGB32, RGBA:
		return color.RGBA{row[4*x+2], row[4*x+1], row[4*x], row[4*x+3]}
	case A8:
		return color.RGBA{A: row[x]}
	}
	if len(c.Palette) == 0 {
		if c.Format.BitsPerPixel() == 1 && index == 1 {
			return w
		}
		return k
	}
	if index >= len(c.Palette) {
		index = 0
	}
	return c.Palette[index]
}

// check decodes src and compares the picture with the slow definition.
// It tolerates errors, but not a changed dst with them.
func check(t *testing.T, c Config, src []byte) error {
	t.Helper()
	img := newImage(c.Width, c.Height)
	before := bytes.Clone(img.Pix)
	if err := Decode(img, src, c); err != nil {
		if !bytes.Equal(before, img.Pix) {
			t.Errorf("%+v: dst changed despite %v", c, err)
		}
		return err
	}
	for y := range c.Height {
		for x := range c.Width {
			got := img.RGBAAt(img.Rect.Min.X+x, img.Rect.Min.Y+y)
			if want := slow(c, src, x, y); got != want {
				t.Fatalf("%v %dx%d: pixel %d,%d = %v, want %v", c.Format, c.Width, c.Height, x, y, got, want)
			}
		}
	}
	if around := img.Pix[4*c.Width : min(img.Stride, len(img.Pix))]; len(bytes.Trim(around, "\x5a")) > 0 {
		t.Errorf("%v: pixels outside of dst changed", c.Format)
	}
	return nil
}

func TestDecodeEveryFormat(t *testing.T) {
	palette := []color.RGBA{p0, p1, p2}
	src := make([]byte, 4096)
	for i := range src {
		src[i] = byte(i*i>>3 + i)
	}
	for f := Bit1LE; f <= A8; f++ {
		for width := 1; width <= 21; width++ {
			row := int(rowSize(width, f.BitsPerPixel()))
			for _, c := range []Config{
				{f, width, 1, row, true, nil},
				{f, width, 3, row, false, palette},
				{f, width, 4, row + 3, true, palette[:1]},
				{f, width, 2, row + 1, false, nil},
			} {
				if err := check(t, c, src); err != nil {
					t.Error(err)
				}
			}
		}
	}
}

func TestDecodeInPlace(t *testing.T) {
	img := image.NewRGBA(image.Rect(0, 0, 11, 3))
	for i := range img.Pix {
		img.Pix[i] = byte(i)
	}
	src := bytes.Clone(img.Pix)
	c := Config{Format: RGBA, Width: 11, Height: 3, Stride: 44, TopDown: true}
	if err := Decode(img, img.Pix, c); err != nil {
		t.Fatal(err)
	}
	want := image.NewRGBA(img.Rect)
	if err := Decode(want, src, c); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(want.Pix, img.Pix) {
		t.Error("decoding in place gives other pixels")
	}
}

func TestTruncated(t *testing.T) {
	for _, tt := range decodeTests {
		for n := range tt.src {
			var want FormatError
			if err := check(t, tt.c, tt.src[:n]); !errors.As(err, &want) {
				t.Errorf("%s: %d of %d bytes: got %v, want a FormatError", tt.name, n, len(tt.src), err)
			}
		}
	}
}

func TestSize(t *testing.T) {
	const huge = int(^uint(0) >> 1)
	for _, tt := range []struct {
		c    Config
		want int
		err  string
	}{
		{c: Config{Format: Bit1LE, Width: 9, Height: 2, Stride: 2}, want: 4},
		{c: Config{Format: Bit4BE, Width: 3, Height: 3, Stride: 4}, want: 12},
		{c: Config{Format: RGB32, Width: 16384, Height: 16384, Stride: 65536}, want: 1 << 30},
		{c: Config{Format: 0, Width: 1, Height: 1, Stride: 4}, err: "bitmap: unsupported feature: pixel format 0"},
		{c: Config{Format: 11, Width: 1, Height: 1, Stride: 4}, err: "bitmap: unsupported feature: pixel format 11"},
		{c: Config{Format: RGBA, Width: 0, Height: 1, Stride: 4}, err: "bitmap: invalid format: size 0x1"},
		{c: Config{Format: RGBA, Width: 1, Height: -1, Stride: 4}, err: "bitmap: invalid format: size 1x-1"},
		{c: Config{Format: Bit1BE, Width: 9, Height: 1, Stride: 1},
			err: "bitmap: invalid format: stride of 1 bytes, a row of 9 pixels of 1BIT_BE needs 2"},
		{c: Config{Format: RGB24, Width: 2, Height: 1, Stride: -6},
			err: "bitmap: invalid format: stride of -6 bytes, a row of 2 pixels of 24BIT needs 6"},
		{c: Config{Format: RGB32, Width: 16384, Height: 16385, Stride: 65536},
			err: "bitmap: invalid format: 16385 rows of 65536 bytes are too large"},
		{c: Config{Format: A8, Width: 1, Height: huge, Stride: huge},
			err: fmt.Sprintf("bitmap: invalid format: %d rows of %d bytes are too large", huge, huge)},
		{c: Config{Format: RGBA, Width: huge, Height: 1, Stride: 4},
			err: "bitmap: invalid format: 1 rows of 4 bytes are too large"},
	} {
		got, err := tt.c.Size()
		if got != tt.want || (err != nil || tt.err != "") && fmt.Sprint(err) != tt.err {
			t.Errorf("%+v: got %d, %v, want %d, %s", tt.c, got, err, tt.want, tt.err)
		}
	}
}

func TestDecodeWrongSize(t *testing.T) {
	c := Config{Format: A8, Width: 2, Height: 2, Stride: 2}
	for _, r := range []image.Rectangle{{}, image.Rect(0, 0, 2, 1), image.Rect(0, 0, 3, 2)} {
		var want FormatError
		if err := Decode(image.NewRGBA(r), make([]byte, 4), c); !errors.As(err, &want) {
			t.Errorf("%v: got %v, want a FormatError", r, err)
		}
	}
}

func TestFormat(t *testing.T) {
	for f, want := range map[Format]struct {
		name    string
		bits    int
		indexed bool
	}{
		0: {"Format(0)", 0, false}, Bit1LE: {"1BIT_LE", 1, true}, Bit4BE: {"4BIT_BE", 4, true},
		Bit8: {"8BIT", 8, true}, RGB16: {"16BIT", 16, false}, RGB24: {"24BIT", 24, false},
		A8: {"8BIT_A", 8, false}, 11: {"Format(11)", 0, false}, 255: {"Format(255)", 0, false},
	} {
		if f.String() != want.name || f.BitsPerPixel() != want.bits || f.Indexed() != want.indexed {
			t.Errorf("format %d: got %v, %d bits, indexed %v; want %v", uint8(f), f, f.BitsPerPixel(), f.Indexed(), want)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, tt := range decodeTests {
		f.Add(uint8(tt.c.Format), uint8(tt.c.Width), uint8(tt.c.Height), int16(tt.c.Stride), tt.c.TopDown, uint8(len(tt.c.Palette)), tt.src)
	}
	f.Fuzz(func(t *testing.T, format, width, height uint8, stride int16, topDown bool, colours uint8, src []byte) {
		palette := make([]color.RGBA, colours)
		for i := range palette {
			palette[i] = color.RGBA{uint8(i), 1, 2, uint8(i)}
		}
		check(t, Config{Format(format), int(width), int(height), int(stride), topDown, palette}, src)
	})
}

func BenchmarkDecode(b *testing.B) {
	const width, height = 1920, 1080
	palette := make([]color.RGBA, 256)
	dst := image.NewRGBA(image.Rect(0, 0, width, height))
	for f := Bit1LE; f <= A8; f++ {
		b.Run(f.String(), func(b *testing.B) {
			c := Config{f, width, height, int(rowSize(width, f.BitsPerPixel())), true, palette}
			src := make([]byte, c.Stride*height)
			b.SetBytes(4 * width * height)
			for b.Loop() {
				if err := Decode(dst, src, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
