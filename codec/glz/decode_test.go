package glz

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"strings"
	"sync"
	"testing"

	"saffron/codec/codectest"
	"saffron/codec/encode"
	"saffron/codec/internal/lzpix"
	"saffron/codec/lz"
)

// unhex reads hexadecimal text in which spaces do not count.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// header returns the header of a top-down image.
func header(typ lz.Type, w, h, id, headDist int) string {
	size := map[lz.Type]int{lz.RGB16: 2, lz.RGB24: 3}[typ]
	if size == 0 {
		size = 4
	}
	return fmt.Sprintf("20205a4c 00010001 1%x %08x %08x %08x %016x %08x ", int(typ), w, h, size*w, id, headDist)
}

// image1 returns an image of one pixel.
func image1(id, headDist int) string {
	return header(lz.RGB32, 1, 1, id, headDist) + "00 102030"
}

// images decodes streams in a new window and returns the pixels of the last.
func images(t *testing.T, streams ...string) ([]byte, error) {
	t.Helper()
	w := NewWindow(1 << 20)
	for i, s := range streams {
		src := unhex(t, s)
		cfg, err := DecodeConfig(src)
		if err != nil {
			return nil, err
		}
		img := image.NewRGBA(image.Rect(0, 0, cfg.Width, cfg.Height))
		err = w.Decode(img, src)
		if i == len(streams)-1 {
			return img.Pix, err
		}
		if err != nil {
			t.Fatalf("stream %d: %v", i, err)
		}
	}
	return nil, nil
}

func TestWorkedExample(t *testing.T) {
	// Image 0 is a gradient; image 1 is the same but for one pixel.
	first, want := header(lz.RGB32, 16, 4, 0, 0), ""
	for i := range 64 {
		x, y := i%16, i/16
		if i%32 == 0 {
			first += "1f"
		}
		b, g, r := 10*x, 20*y, 100
		first += fmt.Sprintf("%02x%02x%02x", b, g, r)
		if i == 37 {
			b, g, r = 9, 8, 7
		}
		want += fmt.Sprintf("%02x%02x%02x00", r, g, b)
	}
	second := "20205a4c00010001 18 00000010 00000004 00000040 0000000000000001 00000001" +
		"01 000064 0a0064  e21c0001  00 090807  e6110201  01 8c3c64 963c64"
	got, err := images(t, first, second)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, unhex(t, want)) {
		t.Errorf("got % x", got)
	}
}

func TestPixels(t *testing.T) {
	const A, B, C = "30201000", "03020100", "06050400" // R,G,B,0
	abc := header(lz.RGB32, 3, 1, 0, 0) + "02 102030 010203 040506"
	for _, c := range []struct {
		name    string
		streams []string
		want    string
	}{
		{"run", []string{header(lz.RGB24, 5, 1, 0, 0) + "00 102030 80 00 00"}, A + A + A + A + A},
		{"overlap", []string{header(lz.RGB32, 5, 1, 0, 0) + "01 102030 010203 61 00 00"}, A + B + A + B + A},
		{"length extension of 0", []string{header(lz.RGB32, 8, 1, 0, 0) + "00 102030 e0 00 00 00"}, strings.Repeat(A, 8)},
		{"another image", []string{abc, header(lz.RGB32, 2, 1, 1, 1) + "41 00 01"}, B + C},
		{"far form", []string{abc, header(lz.RGB32, 2, 1, 1, 1) + "51 00 60 01 00"}, B + C},
		{"far form, no image distance", []string{header(lz.RGB32, 3, 1, 0, 0) + "00 102030 50 00 00"}, A + A + A},
		{"three distance bytes", []string{abc, header(lz.RGB32, 2, 1, 1, 1) + "51 00 e0 01 00 00 00"}, B + C},
		{"distance of two parts", append([]string{abc}, append(ones(1, 64), header(lz.RGB32, 1, 1, 65, 65)+"21 00 41 01")...), B},
		{"RGB16 bias", []string{header(lz.RGB16, 3, 1, 0, 0) + "00 fc00 20 00 00"}, strings.Repeat("ff000000", 3)},
		{"RGB16 from another", []string{header(lz.RGB16, 2, 1, 0, 0) + "01 001f 03e0", header(lz.RGB16, 2, 1, 1, 1) + "20 00 01"}, "0000ff00 00ff0000"},
		{"RGBA", []string{header(lz.RGBA, 4, 1, 0, 0) + "00 102030 60 00 00  00 80 20 00 00"}, strings.Repeat("30201080", 4)},
		{"alpha of another image", []string{
			header(lz.RGBA, 3, 1, 0, 0) + "02 102030 010203 040506  02 01 02 03",
			header(lz.RGBA, 3, 1, 1, 1) + "60 00 01  20 00 01",
		}, "30201001 03020102 06050403"},
		{"no alpha from another image", []string{
			header(lz.RGBA, 1, 1, 0, 0) + "00 102030 00 ff",
			header(lz.RGB32, 1, 1, 1, 1) + "20 00 01",
		}, A},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := images(t, c.streams...)
			if err != nil {
				t.Fatal(err)
			}
			if want := unhex(t, c.want); !bytes.Equal(got, want) {
				t.Errorf("got % x, want % x", got, want)
			}
		})
	}
}

// ones returns one-pixel images of the ids from first to last.
func ones(first, last int) []string {
	var list []string
	for id := first; id <= last; id++ {
		list = append(list, image1(id, id))
	}
	return list
}

func TestRefused(t *testing.T) {
	one := image1(0, 0)
	for _, c := range []struct {
		name    string
		streams []string
		want    string
	}{
		{"empty", []string{""}, "header of 0 bytes"},
		{"magic", []string{"21" + one[2:]}, "magic"},
		{"version", []string{one[:8] + "00010002" + one[17:]}, "version"},
		{"palette type", []string{header(lz.PLT8, 1, 1, 0, 0)}, "unsupported feature: PLT8"},
		{"alpha type", []string{header(lz.A8, 1, 1, 0, 0)}, "unsupported feature: A8"},
		{"no width", []string{header(lz.RGB32, 0, 1, 0, 0)}, "size 0x1"},
		{"too large", []string{header(lz.RGB32, 8193, 4096, 0, 0)}, "size 8193x4096"},
		{"larger than the window", []string{header(lz.RGB32, 1025, 1024, 0, 0)}, "in a window of 1048576"},
		{"stride", []string{strings.Replace(one, "00000004", "00000005", 1)}, "stride 5"},
		{"head distance", []string{image1(3, 4)}, "refers 4 images back"},
		{"sent twice", []string{one, one}, "image 0 has arrived before"},
		{"match before the start", []string{header(lz.RGB32, 4, 1, 0, 0) + "00 010203 21 00 00"}, "byte 37: match begins before"},
		{"first is a match", []string{header(lz.RGB32, 4, 1, 0, 0) + "20 00 00"}, "byte 33: match begins before"},
		{"match past the end", []string{header(lz.RGB32, 4, 1, 0, 0) + "00 010203 80 00 00"}, "byte 37: match runs past"},
		{"literals past the end", []string{header(lz.RGB32, 1, 1, 0, 0) + "01 010203 010203"}, "byte 33: literals run past"},
		{"image before the head", []string{one, header(lz.RGB32, 1, 1, 1, 0) + "20 00 01"}, "byte 33: reference 1 images back"},
		{"beyond another image", []string{one, header(lz.RGB32, 2, 1, 1, 1) + "40 00 01"}, "reference to 2 pixels at 0 of image 0, which has 1"},
		{"far beyond another image", []string{one, header(lz.RGB32, 1, 1, 1, 1) + "3f ff 7f 01 ff"}, "at 33554431 of image 0"},
		{"alpha match into the colours", []string{header(lz.RGBA, 4, 1, 0, 0) + "00 010203 60 00 00 20 00 00"}, "byte 40: match begins before"},
		{"alpha match past the end", []string{header(lz.RGBA, 1, 1, 0, 0) + "00 010203 20 00 00"}, "byte 37: match runs past"},
		{"alpha literals past the end", []string{header(lz.RGBA, 1, 1, 0, 0) + "00 010203 01 01 01"}, "byte 37: literals run past"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := images(t, c.streams...)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "glz: ") {
				t.Errorf("error %v, want one about %q", err, c.want)
			}
		})
	}
}

// TestTruncated cuts the last image of a sequence of every type at every byte.
func TestTruncated(t *testing.T) {
	windows := make(map[lz.Type]*Window)
	last := make(map[lz.Type][]byte)
	for _, v := range codectest.Vectors(t, "glz") {
		if v.Malformed || !strings.HasPrefix(v.Sequence, "basic") {
			continue
		}
		typ, src := lz.Type(v.TypeID), v.Encoded(t)
		if windows[typ] == nil {
			windows[typ] = NewWindow(v.WindowPixels)
		}
		if before := last[typ]; before != nil {
			if err := windows[typ].Decode(nil, before); err != nil {
				t.Fatalf("%s: %v", v.Name, err)
			}
		}
		last[typ] = src
	}
	if len(last) != 4 {
		t.Errorf("%d types, want 4", len(last))
	}
	for typ, src := range last {
		cfg, err := DecodeConfig(src)
		if err != nil {
			t.Fatal(err)
		}
		for n := range src {
			err := decodeOnly(t, windows[typ], cfg, src[:n:n])
			var format FormatError
			if !errors.As(err, &format) {
				t.Fatalf("%v: %d of %d bytes: error %v, want a FormatError", typ, n, len(src), err)
			}
		}
		if err := decodeOnly(t, windows[typ], cfg, src); err != nil {
			t.Errorf("%v: %v", typ, err)
		}
	}
}

// decodeOnly decodes src and leaves the window unchanged.
func decodeOnly(t *testing.T, w *Window, cfg Config, src []byte) error {
	t.Helper()
	if len(src) < HeaderSize {
		_, err := DecodeConfig(src)
		return err
	}
	d, err := w.begin(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer w.finish(d, &MissingError{})
	return d.decode(nil, src)
}

func FuzzDecode(f *testing.F) {
	for _, v := range codectest.Vectors(f, "glz") {
		if v.Malformed || v.Sequence == "mixed_two_channels" {
			f.Add(v.Encoded(f))
		}
	}
	f.Add(unhex(f, image1(3, 1)))
	f.Fuzz(checkDecode)
}

// fuzzImages returns images 0 to 2, one of them broken.
var fuzzImages = sync.OnceValue(func() [][]byte {
	enc := encode.NewGLZ(1 << 16)
	img := image.NewRGBA(image.Rect(0, 0, 40, 40))
	for i := range img.Pix {
		img.Pix[i] = byte(i * i / 99)
	}
	first := enc.Encode(img, true, true)
	second := enc.Encode(img, false, false)
	third := enc.Encode(img, true, false)
	return [][]byte{first, second[:HeaderSize], third}
})

// plain decodes as Window.Decode does, but command by command.
func plain(w *Window, dst *image.RGBA, src []byte) error {
	cfg, err := w.configFor(dst, src)
	if err != nil {
		w.Abandon(src)
		return err
	}
	d, err := w.begin(cfg)
	if err != nil {
		return err
	}
	kinds := []kind{colours}
	switch cfg.Type {
	case lz.RGB16:
		kinds[0] = colour5
	case lz.RGBA:
		kinds = append(kinds, alphas)
	}
	d.src, d.pos, d.pix = src, HeaderSize, d.img.pix
	for _, k := range kinds {
		d.at = 0
		for err == nil && d.at < len(d.pix) {
			err = d.command(k)
		}
	}
	if err == nil {
		lzpix.PutRows(dst, d.pix, cfg.TopDown, 0, cfg.Height)
	}
	return w.finish(d, err)
}

// checkDecode decodes src in two ways, in the same state of a window, and wants
// the same results, and the window to have taken note of the image.
func checkDecode(t *testing.T, src []byte) {
	cfg, err := DecodeConfig(src)
	if err != nil || cfg.Width*cfg.Height > 1<<16 {
		return
	}
	var results [2]*image.RGBA
	var errs [2]error
	var held [2][]byte
	for i, decode := range []func(*Window, *image.RGBA, []byte) error{(*Window).Decode, plain} {
		w := NewWindow(1 << 16)
		for _, image := range fuzzImages() {
			w.Decode(nil, image)
		}
		before, _ := w.Stats()
		results[i] = image.NewRGBA(image.Rect(0, 0, cfg.Width, cfg.Height))
		errs[i] = decode(w, results[i], src)
		checkNoted(t, w, cfg.ID, errs[i], before)
		if errs[i] == nil && w.set.images[cfg.ID] != nil {
			held[i] = bytes.Clone(w.set.images[cfg.ID].pix)
		}
		w.Reset()
	}
	if fmt.Sprint(errs[0]) != fmt.Sprint(errs[1]) {
		t.Fatalf("errors %v and %v", errs[0], errs[1])
	}
	if errs[0] == nil && !bytes.Equal(results[0].Pix, results[1].Pix) {
		t.Fatal("pixels differ")
	}
	if !bytes.Equal(held[0], held[1]) {
		t.Fatal("pixels in the window differ")
	}
}

// checkNoted checks what a window of before images knows after image id, whose
// decoding gave err.
func checkNoted(t *testing.T, w *Window, id uint64, err error, before int) {
	t.Helper()
	var missing *MissingError
	after, pixels := w.Stats()
	switch {
	case errors.As(err, &missing):
		if before != after {
			t.Fatalf("%v changed the window", err)
		}
	case !w.set.received(id):
		t.Fatalf("image %d is not in the window: %v", id, err)
	}
	total := 0
	for _, p := range w.set.images {
		total += len(p.pix) / 4
		if p.pins != 0 {
			t.Fatalf("image %d is still pinned", p.id)
		}
	}
	if total != pixels {
		t.Fatalf("%d pixels counted, %d held", pixels, total)
	}
}

func TestDecodeAgrees(t *testing.T) {
	for _, v := range codectest.Vectors(t, "glz") {
		checkDecode(t, v.Encoded(t))
	}
}
