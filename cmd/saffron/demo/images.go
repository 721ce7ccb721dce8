package demo

import (
	"image"
	"image/color"

	"saffron/channels/display"
	"saffron/codec/bitmap"
	"saffron/codec/encode"
	"saffron/codec/jpeg"
	"saffron/codec/lz"
)

// jpegQuality is what servers use by default.
const jpegQuality = 85

// encodedImage is an image of the size of img that carries data.
func encodedImage(t display.ImageType, img *image.RGBA, data []byte) *display.Image {
	return &display.Image{Type: t, Width: uint32(img.Rect.Dx()), Height: uint32(img.Rect.Dy()), Data: data}
}

func bitmapImage(img *image.RGBA, f bitmap.Format) *display.Image {
	m := encodedImage(display.ImageBitmap, img, encode.Bitmap(img, f, true))
	m.Format, m.PaletteFlags = uint8(f), display.FlagTopDown
	m.Stride = m.Width * uint32(f.BitsPerPixel()/8)
	return m
}

// indexedImage is a bitmap of 8-bit or 1-bit palette indices, its rows without
// padding but to whole bytes. The bottom row comes first, as from a guest that
// draws that way.
func indexedImage(img *image.Paletted, f bitmap.Format) *display.Image {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	stride := (w*f.BitsPerPixel() + 7) / 8
	data := make([]byte, stride*h)
	for y := range h {
		row := data[(h-1-y)*stride:]
		for x, v := range img.Pix[y*img.Stride:][:w] {
			if f == bitmap.Bit8 {
				row[x] = v
			} else {
				row[x/8] |= v << (7 - x%8)
			}
		}
	}
	return &display.Image{Type: display.ImageBitmap, Width: uint32(w), Height: uint32(h),
		Format: uint8(f), Stride: uint32(stride), Data: data, Palette: paletteOf(img.Palette, 0)}
}

func paletteOf(p color.Palette, id uint64) display.Palette {
	out := display.Palette{ID: id, Present: true}
	for _, c := range p {
		c := c.(color.RGBA)
		out.Entries = append(out.Entries, uint32(c.R)<<16|uint32(c.G)<<8|uint32(c.B))
	}
	return out
}

// lzPaletteImage sends its palette once, under an id, and then refers to it.
func lzPaletteImage(l *link, img *image.Paletted, id uint64) *display.Image {
	m := &display.Image{Type: display.ImageLZPalette, PaletteFlags: display.FlagTopDown,
		Width: uint32(img.Rect.Dx()), Height: uint32(img.Rect.Dy()), Data: encode.LZPalette(img, true)}
	if l.cached[id] {
		m.PaletteFlags |= display.FlagPaletteFromCache
		m.Palette = display.Palette{ID: id, Present: true}
		return m
	}
	l.cached[id] = true
	m.PaletteFlags |= display.FlagPaletteCacheMe
	m.Palette = paletteOf(img.Palette, id)
	return m
}

func quicImage(img *image.RGBA) *display.Image {
	return encodedImage(display.ImageQUIC, img, encode.QUIC(img, false))
}

func lzImage(img *image.RGBA) *display.Image {
	return encodedImage(display.ImageLZRGB, img, encode.LZ(img, lz.RGB32, true))
}

func lzAlphaImage(img *image.RGBA) *display.Image {
	return encodedImage(display.ImageLZRGB, img, encode.LZ(img, lz.RGBA, true))
}

func lz4Image(l *link, img *image.RGBA) *display.Image {
	if !l.lz4 {
		return lzImage(img)
	}
	return encodedImage(display.ImageLZ4, img, encode.LZ4(img, bitmap.RGB32, true))
}

// glzImage may refer to the images sent before.
func glzImage(l *link, img *image.RGBA) *display.Image {
	data := l.glz.Encode(img, false, true)
	if data == nil { // larger than the client's window
		return lzImage(img)
	}
	return encodedImage(display.ImageGLZRGB, img, data)
}

func zlibGLZImage(l *link, img *image.RGBA) *display.Image {
	m := glzImage(l, img)
	if m.Type == display.ImageGLZRGB {
		m.Type, m.Inflated = display.ImageZlibGLZRGB, uint32(len(m.Data))
		m.Data = encode.ZlibGLZ(m.Data)
	}
	return m
}

// jpegImage also returns what the image looks like to the client.
func jpegImage(img *image.RGBA) (*display.Image, *image.RGBA) {
	m := encodedImage(display.ImageJPEG, img, encode.JPEG(img, jpegQuality))
	seen := image.NewRGBA(img.Rect)
	if err := jpeg.Decode(seen, m.Data); err != nil {
		panic("demo: " + err.Error()) // it was made a line above
	}
	return m, seen
}

// jpegAlphaImage also returns what the image looks like to the client.
func jpegAlphaImage(img *image.RGBA) (*display.Image, *image.RGBA) {
	data, colours := encode.JPEGAlpha(img, jpegQuality)
	m := encodedImage(display.ImageJPEGAlpha, img, data)
	m.JPEGFlags, m.JPEGSize = 1, uint32(colours)
	seen := image.NewRGBA(img.Rect)
	if err := jpeg.DecodeAlpha(seen, data, colours, true); err != nil {
		panic("demo: " + err.Error())
	}
	return m, seen
}

// fiveBits returns img as a 16-bit bitmap shows it.
func fiveBits(img *image.RGBA) *image.RGBA {
	out := cloneImage(img)
	for i, v := range out.Pix {
		v >>= 3
		out.Pix[i] = v<<3 | v>>2
	}
	return out
}
