package display

import (
	"errors"
	"fmt"

	"saffron/spice/wire"
)

// An ImageType says how an image is encoded (SPICE_IMAGE_TYPE_*).
type ImageType uint8

// The image types of the protocol.
const (
	ImageBitmap            ImageType = 0
	ImageQUIC              ImageType = 1
	ImageLZPalette         ImageType = 100
	ImageLZRGB             ImageType = 101
	ImageGLZRGB            ImageType = 102
	ImageFromCache         ImageType = 103
	ImageSurface           ImageType = 104
	ImageJPEG              ImageType = 105
	ImageFromCacheLossless ImageType = 106
	ImageZlibGLZRGB        ImageType = 107
	ImageJPEGAlpha         ImageType = 108
	ImageLZ4               ImageType = 109
)

var imageTypeNames = map[ImageType]string{
	ImageBitmap: "bitmap", ImageQUIC: "quic", ImageLZPalette: "lz_plt", ImageLZRGB: "lz",
	ImageGLZRGB: "glz", ImageFromCache: "from_cache", ImageSurface: "surface", ImageJPEG: "jpeg",
	ImageFromCacheLossless: "from_cache_lossless", ImageZlibGLZRGB: "zlib_glz",
	ImageJPEGAlpha: "jpeg_alpha", ImageLZ4: "lz4",
}

// String returns the protocol's name in lower case.
func (t ImageType) String() string {
	if n := imageTypeNames[t]; n != "" {
		return n
	}
	return fmt.Sprintf("image-type-%d", uint8(t))
}

// Flags of an image (SPICE_IMAGE_FLAGS_*).
const (
	FlagCacheMe        = 1 // put it in the cache under its id
	FlagHighBitsSet    = 2 // the unused byte of each pixel is 0xff
	FlagCacheReplaceMe = 4 // it replaces a lossy one in the cache
)

// Flags of a bitmap and of an LZ_PLT image (SPICE_BITMAP_FLAGS_*).
const (
	FlagPaletteCacheMe   = 1
	FlagPaletteFromCache = 2
	FlagTopDown          = 4
)

// An Image is an encoded picture inside a drawing message. Which fields are
// used depends on Type. Data aliases the message's body.
type Image struct {
	ID            uint64
	Type          ImageType
	Flags         uint8
	Width, Height uint32 // pixels

	Format       uint8   // bitmap: its pixel format
	PaletteFlags uint8   // bitmap, lz_plt
	Stride       uint32  // bitmap: bytes a row
	Palette      Palette // bitmap, lz_plt
	Surface      uint32  // surface: which one
	Inflated     uint32  // zlib_glz: bytes of the GLZ stream
	JPEGFlags    uint8   // jpeg_alpha: 1 = alpha is top-down
	JPEGSize     uint32  // jpeg_alpha: bytes of Data that are the colours
	Data         []byte
}

// A Palette is a table of colours, or a reference to a cached one.
type Palette struct {
	ID      uint64
	Entries []uint32 // 0x00RRGGBB, or 555 words on 16-bit surfaces
	Present bool     // false: the image has none
}

var errImageType = errors.New("unknown image type")

// imageAt reads the image at offset off, or returns nil if off is 0.
func imageAt(r *wire.Reader, off uint32) *Image {
	var img *Image
	r.At(off, func(r *wire.Reader) {
		img = new(Image)
		img.decode(r)
	})
	return img
}

func (m *Image) decode(r *wire.Reader) {
	m.ID = r.U64()
	m.Type = ImageType(r.U8())
	m.Flags = r.U8()
	m.Width, m.Height = r.U32(), r.U32()
	switch m.Type {
	case ImageBitmap:
		m.decodeBitmap(r)
	case ImageLZPalette:
		m.PaletteFlags = r.U8()
		size := r.U32()
		m.decodePalette(r)
		m.Data = r.Bytes(r.Count(size, 1))
	case ImageQUIC, ImageLZRGB, ImageGLZRGB, ImageJPEG, ImageLZ4:
		m.Data = r.Bytes(r.Count(r.U32(), 1))
	case ImageZlibGLZRGB:
		m.Inflated = r.U32()
		m.Data = r.Bytes(r.Count(r.U32(), 1))
	case ImageJPEGAlpha:
		m.JPEGFlags = r.U8()
		m.JPEGSize = r.U32()
		m.Data = r.Bytes(r.Count(r.U32(), 1))
	case ImageSurface:
		m.Surface = r.U32()
	case ImageFromCache, ImageFromCacheLossless:
	default:
		r.Fail(errImageType)
	}
}

func (m *Image) decodeBitmap(r *wire.Reader) {
	m.Format = r.U8()
	m.PaletteFlags = r.U8()
	m.Width, m.Height = r.U32(), r.U32() // the bitmap's own size counts
	m.Stride = r.U32()
	m.decodePalette(r)
	size := uint64(m.Stride) * uint64(m.Height)
	if size > uint64(r.Remaining()) {
		r.Fail(wire.ErrCount)
		return
	}
	m.Data = r.Bytes(int(size))
}

func (m *Image) decodePalette(r *wire.Reader) {
	if m.PaletteFlags&FlagPaletteFromCache != 0 {
		m.Palette = Palette{ID: r.U64(), Present: true}
		return
	}
	m.Palette.Present = r.At(r.U32(), func(r *wire.Reader) {
		m.Palette.ID = r.U64()
		m.Palette.Entries = make([]uint32, r.Count(uint32(r.U16()), 4))
		for i := range m.Palette.Entries {
			m.Palette.Entries[i] = r.U32()
		}
	})
}

func (m *Image) encode(w *wire.Writer, t *tail) {
	w.U64(m.ID)
	w.U8(uint8(m.Type))
	w.U8(m.Flags)
	w.U32(m.Width)
	w.U32(m.Height)
	switch m.Type {
	case ImageBitmap:
		w.U8(m.Format)
		w.U8(m.PaletteFlags)
		w.U32(m.Width)
		w.U32(m.Height)
		w.U32(m.Stride)
		m.encodePalette(w, t)
	case ImageLZPalette:
		w.U8(m.PaletteFlags)
		w.U32(uint32(len(m.Data)))
		m.encodePalette(w, t)
	case ImageSurface:
		w.U32(m.Surface)
	case ImageFromCache, ImageFromCacheLossless:
	default:
		switch m.Type {
		case ImageZlibGLZRGB:
			w.U32(m.Inflated)
		case ImageJPEGAlpha:
			w.U8(m.JPEGFlags)
			w.U32(m.JPEGSize)
		}
		w.U32(uint32(len(m.Data)))
	}
	w.Bytes(m.Data)
}

func (m *Image) encodePalette(w *wire.Writer, t *tail) {
	switch {
	case m.PaletteFlags&FlagPaletteFromCache != 0:
		w.U64(m.Palette.ID)
	case m.Palette.Present:
		t.add(w.Pointer(), func(w *wire.Writer) {
			w.U64(m.Palette.ID)
			w.U16(uint16(len(m.Palette.Entries)))
			for _, e := range m.Palette.Entries {
				w.U32(e)
			}
		})
	default:
		w.U32(0)
	}
}

// A tail collects what a message points to, to be written behind its fixed
// part.
type tail struct{ parts []tailPart }

type tailPart struct {
	here  func()
	write func(*wire.Writer)
}

func (t *tail) add(here func(), write func(*wire.Writer)) {
	t.parts = append(t.parts, tailPart{here, write})
}

// image appends a pointer to img, which may be nil.
func (t *tail) image(w *wire.Writer, img *Image) {
	if img == nil {
		w.U32(0)
		return
	}
	t.add(w.Pointer(), func(w *wire.Writer) { img.encode(w, t) })
}

// flush writes the parts; a part may add more.
func (t *tail) flush(w *wire.Writer) {
	for i := 0; i < len(t.parts); i++ {
		t.parts[i].here()
		t.parts[i].write(w)
	}
}
