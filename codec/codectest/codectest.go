// Package codectest gives decoder tests the conformance vectors of
// testdata/images and the comparisons they are judged by.
package codectest

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"io/fs"
	"sync"
	"testing"

	"saffron/testdata"
)

// A Vector is one encoded image and what it stands for.
// Fields that a codec does not use are zero.
type Vector struct {
	Name        string
	Codec       string   // quic lz glz zlib_glz lz4 jpeg jpeg_alpha mjpeg
	Type        string   // pixel type in words
	TypeID      int      `json:"type_id"`
	Width       int      // pixels
	Height      int      // pixels
	TopDown     bool     `json:"top_down"`
	Stride      int      // bytes a row of the sender's bitmap
	RGBPalette  []uint32 `json:"palette"` // 0x00RRGGBB
	EncodedFile string   `json:"encoded"`
	Expected    string   // file of expected pixels; stored for lossy codecs only
	ExpectedSum string   `json:"expected_sha256"`
	Format      string   `json:"expected_format"` // bgrx32, bgra32 or 8
	Malformed   bool
	Note        string

	// Dictionary sequences (GLZ, ZLIB_GLZ).
	Sequence     string
	Index        int
	WindowPixels int    `json:"window_pixels"`
	GLZID        uint64 `json:"glz_id"`
	GLZSize      int    `json:"glz_size"` // inflated size of a zlib_glz entry, bytes
	Channel      int    `json:"encoder_channel"`

	JPEGSize int `json:"jpeg_size"` // bytes of colour in a jpeg_alpha entry
}

var manifest = sync.OnceValues(func() ([]Vector, error) {
	raw, err := testdata.FS.ReadFile("images/manifest.json")
	if err != nil {
		return nil, err
	}
	var m struct{ Entries []Vector }
	err = json.Unmarshal(raw, &m)
	return m.Entries, err
})

// Vectors returns the vectors of one codec in manifest order, well-formed and
// malformed ones alike. It fails the test if there are none.
func Vectors(t testing.TB, codec string) []Vector {
	t.Helper()
	all, err := manifest()
	if err != nil {
		t.Fatal(err)
	}
	var vs []Vector
	for _, v := range all {
		if v.Codec == codec {
			vs = append(vs, v)
		}
	}
	if len(vs) == 0 {
		t.Fatalf("codectest: no vectors for codec %q", codec)
	}
	return vs
}

// Encoded returns the encoded bytes of v. The caller may change them.
func (v *Vector) Encoded(t testing.TB) []byte { return read(t, v.EncodedFile) }

// ExpectedPixels returns the expected pixels of a lossy vector in v.Format.
func (v *Vector) ExpectedPixels(t testing.TB) []byte { return read(t, v.Expected) }

// Palette returns v's palette as pixels with a fourth byte of 0.
func (v *Vector) Palette() []color.RGBA {
	pal := make([]color.RGBA, len(v.RGBPalette))
	for i, p := range v.RGBPalette {
		pal[i] = color.RGBA{R: uint8(p >> 16), G: uint8(p >> 8), B: uint8(p)}
	}
	return pal
}

func read(t testing.TB, name string) []byte {
	t.Helper()
	b, err := fs.ReadFile(testdata.FS, "images/"+name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// Pack returns the pixels of img in one of the manifest's formats:
// bgrx32 (fourth byte 0), bgra32, or 8 (the red byte, or alpha if alpha is set).
func Pack(img *image.RGBA, format string, alpha bool) []byte {
	var out []byte
	for y := img.Rect.Min.Y; y < img.Rect.Max.Y; y++ {
		for x := img.Rect.Min.X; x < img.Rect.Max.X; x++ {
			p := img.Pix[img.PixOffset(x, y):][:4:4]
			switch {
			case format == "bgrx32":
				out = append(out, p[2], p[1], p[0], 0)
			case format == "bgra32":
				out = append(out, p[2], p[1], p[0], p[3])
			case alpha:
				out = append(out, p[3])
			default:
				out = append(out, p[0])
			}
		}
	}
	return out
}

// CheckExact fails the test unless img's pixels are exactly the expected ones.
// For one-byte formats alpha says which byte of img carries the value.
func (v *Vector) CheckExact(t testing.TB, img *image.RGBA, alpha bool) {
	t.Helper()
	sum := sha256.Sum256(Pack(img, v.Format, alpha))
	if got := hex.EncodeToString(sum[:]); got != v.ExpectedSum {
		t.Errorf("%s: pixels differ from the reference (sha256 %.12s…, want %.12s…)", v.Name, got, v.ExpectedSum)
	}
}

// Difference reports the largest and the mean absolute difference of two pixel
// buffers in format bgrx32 or bgra32, over the colour bytes only.
func Difference(got, want []byte) (max int, mean float64, err error) {
	if len(got) != len(want) || len(got)%4 != 0 {
		return 0, 0, fmt.Errorf("codectest: %d bytes of pixels, want %d", len(got), len(want))
	}
	var sum, n int
	for i := range got {
		if i%4 == 3 {
			continue
		}
		d := int(got[i]) - int(want[i])
		if d < 0 {
			d = -d
		}
		sum, n = sum+d, n+1
		if d > max {
			max = d
		}
	}
	if n == 0 {
		return 0, 0, nil
	}
	return max, float64(sum) / float64(n), nil
}
