package display_test

import (
	"fmt"
	"image"
	"image/color"
	"testing"

	"saffron/channels/display"
	"saffron/codec/bitmap"
	"saffron/codec/encode"
	"saffron/codec/jpeg"
	"saffron/codec/lz"
)

// A picture is an image as it is sent, and as it is drawn on a surface with a
// fourth byte that counts.
type picture struct {
	name string
	img  *display.Image
	want *image.RGBA
}

// mapped returns img with each pixel changed by f.
func mapped(img *image.RGBA, f func(c color.RGBA) color.RGBA) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for y := range img.Rect.Dy() {
		for x := range img.Rect.Dx() {
			out.SetRGBA(x, y, f(img.RGBAAt(x, y)))
		}
	}
	return out
}

func same(c color.RGBA) color.RGBA { return c }
func noX(c color.RGBA) color.RGBA  { c.A = 0; return c }
func as555(c color.RGBA) color.RGBA {
	wide := func(v uint8) uint8 { return v&^7 | v>>5 }
	return color.RGBA{wide(c.R), wide(c.G), wide(c.B), 0}
}

// pictures has every type of image that carries pixels.
func pictures(t *testing.T) []picture {
	src := scene(61, 37, 3)
	var list []picture
	add := func(name string, img *display.Image, f func(color.RGBA) color.RGBA) {
		list = append(list, picture{name, img, mapped(src, f)})
	}
	for format, f := range map[bitmap.Format]func(color.RGBA) color.RGBA{
		bitmap.RGB16: as555, bitmap.RGB24: noX, bitmap.RGB32: same, bitmap.RGBA: same,
	} {
		for _, down := range []bool{false, true} {
			img := encoded(display.ImageBitmap, src, encode.Bitmap(src, format, down))
			img.Format, img.Stride = uint8(format), img.Width*uint32(format.BitsPerPixel())/8
			if down {
				img.PaletteFlags = display.FlagTopDown
			}
			add(fmt.Sprintf("bitmap %v %v", format, down), img, f)
			add(fmt.Sprintf("lz4 %v %v", format, down), encoded(display.ImageLZ4, src, encode.LZ4(src, format, down)), f)
		}
	}
	for typ, f := range map[lz.Type]func(color.RGBA) color.RGBA{lz.RGB16: as555, lz.RGB24: noX, lz.RGB32: noX, lz.RGBA: same} {
		add(fmt.Sprintf("lz %v", typ), encoded(display.ImageLZRGB, src, encode.LZ(src, typ, true)), f)
	}
	add("quic", encoded(display.ImageQUIC, src, encode.QUIC(src, false)), noX)
	add("quic alpha", encoded(display.ImageQUIC, src, encode.QUIC(src, true)), same)
	glz := encode.NewGLZ(1 << 20)
	add("glz", encoded(display.ImageGLZRGB, src, glz.Encode(src, false, true)), noX)
	add("glz bottom up", encoded(display.ImageGLZRGB, src, glz.Encode(src, false, false)), noX)
	add("glz alpha", encoded(display.ImageGLZRGB, src, glz.Encode(src, true, true)), same)
	data := glz.Encode(src, true, true)
	zlib := encoded(display.ImageZlibGLZRGB, src, encode.ZlibGLZ(data))
	zlib.Inflated = uint32(len(data))
	add("zlib_glz", zlib, same)
	high := encoded(display.ImageQUIC, src, encode.QUIC(src, false))
	high.Flags = display.FlagHighBitsSet
	add("high bits", high, func(c color.RGBA) color.RGBA { c.A = 255; return c })
	highAlpha := encoded(display.ImageQUIC, src, encode.QUIC(src, true))
	highAlpha.Flags = display.FlagHighBitsSet
	add("high bits of alpha", highAlpha, same)
	return append(append(list, lossy(t, src)...), indexed(src)...)
}

// lossy images are compared with what the codec makes of them.
func lossy(t *testing.T, src *image.RGBA) []picture {
	want := image.NewRGBA(src.Rect)
	data := encode.JPEG(src, 80)
	if err := jpeg.Decode(want, data); err != nil {
		t.Fatal(err)
	}
	wantAlpha := image.NewRGBA(src.Rect)
	both, size := encode.JPEGAlpha(src, 80)
	if err := jpeg.DecodeAlpha(wantAlpha, both, size, true); err != nil {
		t.Fatal(err)
	}
	alpha := encoded(display.ImageJPEGAlpha, src, both)
	alpha.JPEGFlags, alpha.JPEGSize = 1, uint32(size)
	return []picture{{"jpeg", encoded(display.ImageJPEG, src, data), want}, {"jpeg_alpha", alpha, wantAlpha}}
}

// indexed images have a palette; an entry's highest byte comes with bitmaps
// only.
func indexed(src *image.RGBA) []picture {
	entries := []uint32{0x00102030, 0xff405060, 0x11708090, 0x00ffffff}
	p := image.NewPaletted(src.Rect, make(color.Palette, len(entries)))
	for i := range p.Pix {
		p.Pix[i] = src.Pix[4*i] & 3
	}
	paint := func(x bool, index func(i int) uint8) *image.RGBA {
		out := image.NewRGBA(src.Rect)
		for i := range p.Pix {
			e := entries[index(i)]
			c := color.RGBA{uint8(e >> 16), uint8(e >> 8), uint8(e), 0}
			if x {
				c.A = uint8(e >> 24)
			}
			out.SetRGBA(i%p.Stride, i/p.Stride, c)
		}
		return out
	}
	palette := display.Palette{ID: 1, Present: true, Entries: entries}
	plt := encoded(display.ImageLZPalette, src, encode.LZPalette(p, true))
	plt.Palette = palette
	eight := encoded(display.ImageBitmap, src, p.Pix)
	eight.Format, eight.Stride, eight.Palette, eight.PaletteFlags = uint8(bitmap.Bit8), eight.Width, palette, display.FlagTopDown
	row := (src.Rect.Dx() + 7) / 8
	bits := make([]byte, row*src.Rect.Dy())
	for i := range p.Pix {
		x, y := i%p.Stride, i/p.Stride
		bits[y*row+x/8] |= p.Pix[i] & 1 << (7 - x%8)
	}
	one := encoded(display.ImageBitmap, src, bits)
	one.Format, one.Stride, one.Palette, one.PaletteFlags = 2, uint32(row), palette, display.FlagTopDown
	return []picture{
		{"lz_plt", plt, paint(false, func(i int) uint8 { return p.Pix[i] })},
		{"bitmap of 8 bits", eight, paint(true, func(i int) uint8 { return p.Pix[i] })},
		{"bitmap of 1 bit", one, paint(true, func(i int) uint8 { return p.Pix[i] & 1 })},
	}
}

// argb makes surface 0 one whose fourth byte counts.
func (s *screen) argb(width, height int) {
	s.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Width: uint32(width), Height: uint32(height), Format: 96, Flags: 1})
}

func equalPictures(a, b *image.RGBA) bool {
	return a != nil && b != nil && a.Rect.Size() == b.Rect.Size() && string(a.Pix) == string(b.Pix)
}

// TestImages draws every type of image, and again from the cache.
func TestImages(t *testing.T) {
	s := newRoom(t, 2).open(t, 0, nil)
	for i, p := range pictures(t) {
		size := p.want.Rect.Size()
		s.argb(size.X, size.Y)
		p.img.ID, p.img.Flags = uint64(i), p.img.Flags|display.FlagCacheMe
		s.put(p.img, image.Point{})
		if !equalPictures(s.picture(), p.want) {
			t.Errorf("%s: another picture", p.name)
		}
		s.argb(size.X, size.Y)
		s.put(fromCache(display.ImageFromCache, uint64(i), size.X, size.Y), image.Point{})
		if !equalPictures(s.picture(), p.want) {
			t.Errorf("%s: another picture from the cache", p.name)
		}
	}
	s.expect(0)
	st := s.stats()
	if n := st.Images["lz4"]; n.Count != 8 || n.Pixels != 8*61*37 || n.Bytes == 0 {
		t.Errorf("stats: %+v", n)
	}
	if st.Messages["draw_copy"] == 0 || st.Messages["surface_create"] != st.Messages["draw_copy"] {
		t.Errorf("stats: %v", st.Messages)
	}
}

// TestRecycledPixels draws each image in memory that another image has left
// behind.
func TestRecycledPixels(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	for _, p := range pictures(t) {
		size := p.want.Rect.Size()
		s.argb(size.X, size.Y)
		for i := range 4 {
			s.put(encoded(display.ImageLZRGB, p.want, encode.LZ(scene(size.X, size.Y, uint64(i)), lz.RGBA, true)), image.Point{})
		}
		s.put(p.img, image.Point{})
		if !equalPictures(s.picture(), p.want) {
			t.Errorf("%s: another picture", p.name)
		}
	}
	s.expect(0)
}

// TestSurfaceImages copies one surface to another.
func TestSurfaceImages(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	s.create(20, 10)
	s.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Surface: 5, Width: 8, Height: 8, Format: 32})
	red := display.DrawFill{Base: display.Base{Surface: 5, Box: image.Rect(0, 0, 8, 8)}, Brush: display.Brush{Type: 1, Color: 0xff0000}, ROP: 8}
	s.send(display.MsgDrawFill, &red)
	s.put(&display.Image{Type: display.ImageSurface, Surface: 5, Width: 8, Height: 8}, image.Pt(10, 1))
	if a, b := s.colour(10, 1), s.colour(9, 1); a != 0xff0000 || b != 0 {
		t.Errorf("got %06x, %06x", a, b)
	}
	s.send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: 5})
	s.put(&display.Image{Type: display.ImageSurface, Surface: 5, Width: 8, Height: 8}, image.Pt(0, 0))
	s.expect(1)
}

// TestMasksAndPatterns restricts a tiled fill to the set bits of a mask.
func TestMasksAndPatterns(t *testing.T) {
	s := newRoom(t, 1).open(t, 0, nil)
	s.create(4, 1)
	tile := flat(2, 1, 0x0000ff)
	copy(tile.Data[4:], []byte{0, 0xff, 0})
	mask := &display.Image{Type: display.ImageBitmap, Format: 2, PaletteFlags: display.FlagTopDown, Width: 4, Height: 1, Stride: 1,
		Flags: display.FlagHighBitsSet, Data: []byte{0b0110_0000}}
	fill := &display.DrawFill{Base: display.Base{Box: image.Rect(0, 0, 4, 1)}, ROP: 8,
		Brush: display.Brush{Type: 2, Pattern: tile}, Mask: display.QMask{Bitmap: mask}}
	s.send(display.MsgDrawFill, fill)
	got := [4]uint32{s.colour(0, 0), s.colour(1, 0), s.colour(2, 0), s.colour(3, 0)}
	if want := [4]uint32{0, 0x00ff00, 0x0000ff, 0}; got != want {
		t.Errorf("got %06x, want %06x", got, want)
	}
	fill.Mask.Flags = 1
	s.send(display.MsgDrawFill, fill)
	s.send(display.MsgDrawInvers, &display.DrawMasked{Base: fill.Base, Mask: fill.Mask})
	got = [4]uint32{s.colour(0, 0), s.colour(1, 0), s.colour(2, 0), s.colour(3, 0)}
	if want := [4]uint32{0xffff00, 0x00ff00, 0x0000ff, 0xff00ff}; got != want {
		t.Errorf("inverted: got %06x, want %06x", got, want)
	}
	fill.Brush.Pattern = nil // required: without it there is no operation
	fill.Mask = display.QMask{}
	s.send(display.MsgDrawFill, fill)
	s.send(display.MsgDrawWhiteness, &display.DrawMasked{Base: display.Base{Box: image.Rect(0, 0, 1, 1)}})
	s.send(display.MsgDrawBlackness, &display.DrawMasked{Base: display.Base{Box: image.Rect(1, 0, 2, 1)}})
	s.send(display.MsgCopyBits, &display.CopyBits{Base: display.Base{Box: image.Rect(3, 0, 4, 1)}, Src: image.Pt(2, 0)})
	got = [4]uint32{s.colour(0, 0), s.colour(1, 0), s.colour(2, 0), s.colour(3, 0)}
	if want := [4]uint32{0xffffff, 0, 0x0000ff, 0x0000ff}; got != want {
		t.Errorf("got %06x, want %06x", got, want)
	}
	s.expect(0)
}
