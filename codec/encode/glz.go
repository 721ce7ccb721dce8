package encode

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"

	"github.com/klauspost/compress/zlib"

	"saffron/codec/lz"
)

// A GLZ encodes the images of one dictionary, in the order of their ids, which
// begin at 0. It is for one goroutine at a time.
type GLZ struct {
	size   int         // pixels of the window
	used   int         // pixels of images
	images []*glzImage // oldest first, with consecutive ids
	next   uint64
	colour glzTable
	alpha  glzTable
}

// A glzImage is an image of the dictionary, its units in stream order.
type glzImage struct {
	id     uint64
	typ    lz.Type
	colour []uint32
	alpha  []uint32 // nil but for RGBA
}

// NewGLZ returns an encoder with an empty dictionary for a window of a size in
// pixels, the one that the client announced.
func NewGLZ(windowPixels int) *GLZ {
	return &GLZ{size: windowPixels, colour: newGLZTable(), alpha: newGLZTable()}
}

// Encode returns img as a GLZ image of type RGBA if alpha is set, and otherwise
// of type RGB32. It returns nil, and the dictionary stays as it is, if the image
// is empty or larger than the window; such an image can be sent as LZ.
func (g *GLZ) Encode(img *image.RGBA, alpha, topDown bool) []byte {
	if alpha {
		return g.EncodeType(img, lz.RGBA, topDown)
	}
	return g.EncodeType(img, lz.RGB32, topDown)
}

// EncodeType is Encode for a type: RGB16, RGB24, RGB32 or RGBA; it panics on any
// other. RGB16 keeps the upper five bits of every colour, and only RGBA keeps the
// fourth byte.
func (g *GLZ) EncodeType(img *image.RGBA, t lz.Type, topDown bool) []byte {
	size, ok := map[lz.Type]int{lz.RGB16: 2, lz.RGB24: 3, lz.RGB32: 4, lz.RGBA: 4}[t]
	if !ok {
		panic(fmt.Sprintf("encode: GLZ of type %v", t))
	}
	n := img.Rect.Dx() * img.Rect.Dy()
	if n == 0 || n > g.size {
		return nil
	}
	im := g.enter(img, t, topDown)
	out := g.header(img, im, size, topDown)
	if t == lz.RGB16 {
		return g.pass(out, im, &g.colour, lzRGB16)
	}
	out = g.pass(out, im, &g.colour, lzColour)
	if t == lz.RGBA {
		out = g.pass(out, im, &g.alpha, lzByte)
	}
	return out
}

// enter makes room for img in the dictionary, and enters it.
func (g *GLZ) enter(img *image.RGBA, t lz.Type, topDown bool) *glzImage {
	n := img.Rect.Dx() * img.Rect.Dy()
	for g.used+n > g.size {
		old := g.images[0]
		g.used -= len(old.colour)
		old.colour, old.alpha = nil, nil // the tables may know it for long
		g.images = g.images[1:]
	}
	im := &glzImage{id: g.next, typ: t}
	if t == lz.RGB16 {
		im.colour = units555(img, topDown)
	} else {
		im.colour = unitsBGR(img, topDown)
	}
	if t == lz.RGBA {
		im.alpha = unitsAlpha(img, topDown)
	}
	g.images = append(g.images, im)
	g.used += n
	g.next++
	return im
}

func (g *GLZ) header(img *image.RGBA, im *glzImage, size int, topDown bool) []byte {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := binary.BigEndian.AppendUint32(nil, 0x20205a4c)
	out = binary.BigEndian.AppendUint32(out, 0x00010001)
	out = append(out, byte(im.typ)|byte(b2i(topDown)<<4))
	out = binary.BigEndian.AppendUint32(out, uint32(w))
	out = binary.BigEndian.AppendUint32(out, uint32(h))
	out = binary.BigEndian.AppendUint32(out, uint32(size*w))
	out = binary.BigEndian.AppendUint64(out, im.id)
	return binary.BigEndian.AppendUint32(out, uint32(im.id-g.images[0].id))
}

// pass appends the colours or the alpha of im to out. Units that hash alike are
// looked for where table saw them last, and where the match before went on.
func (g *GLZ) pass(out []byte, im *glzImage, table *glzTable, k lzKind) []byte {
	units := im.units(k)
	lits := 0 // units[lits:i] wait to be sent as literals
	last := len(units) - 1
	var follow glzPlace
	for i := 0; i < last; {
		here := glzPlace{image: im, at: i}
		place, ok := table.swap(units[i:], k.min, here)
		n := 0
		if ok {
			n = g.compare(im, place, i, last, k)
		}
		if follow.image != nil {
			on := glzPlace{image: follow.image, at: follow.at + i - lits}
			if m := g.compare(im, on, i, last, k); m >= n {
				n, place = m, on
			}
		}
		if n < k.min {
			i++
			continue
		}
		out = k.literals(out, units[lits:i])
		out = glzMatch(out, n-k.bias, im, place, i)
		i += n
		lits = i
		follow = glzPlace{image: place.image, at: place.at + n}
	}
	return k.literals(out, units[lits:])
}

// compare returns for how many units, up to end, those of im at i are the same
// as at place. There are none if im may not refer to that image.
func (g *GLZ) compare(im *glzImage, place glzPlace, i, end int, k lzKind) int {
	other := place.image
	if other.id < g.images[0].id || other.typ != im.typ {
		return 0
	}
	units := other.units(k)
	if place.at >= len(units) {
		return 0
	}
	return matchLen(units[place.at:], im.units(k)[i:end])
}

func (im *glzImage) units(k lzKind) []uint32 {
	if k == lzByte {
		return im.alpha
	}
	return im.colour
}

// glzMatch appends a match of unit i of im with place; length is without bias.
func glzMatch(out []byte, length int, im *glzImage, place glzPlace, i int) []byte {
	back := im.id - place.image.id
	pixel := place.at
	if back == 0 {
		pixel = i - place.at - 1
	}
	far := pixel >= 1<<12
	control := byte(min(length, 7)<<5 | pixel&15)
	if far {
		control |= 1 << 4
	}
	out = append(out, control)
	out = lzLength(out, length)
	out = append(out, byte(pixel>>4))
	c, rest := byte(back&63), back>>6
	if far {
		c, rest = byte(pixel>>12&31), back
		if pixel >= 1<<17 {
			c |= 1 << 5
		}
	}
	at := len(out)
	out = append(out, c)
	for ; rest > 0; rest >>= 8 {
		out = append(out, byte(rest))
		out[at] += 1 << 6
	}
	if pixel >= 1<<17 {
		out = append(out, byte(pixel>>17))
	}
	return out
}

// A glzPlace is a unit of an image of the dictionary.
type glzPlace struct {
	image *glzImage
	at    int
}

// A glzTable remembers where units that hash alike were last seen.
type glzTable []glzPlace

const glzTableBits = 16

func newGLZTable() glzTable { return make(glzTable, 1<<glzTableBits) }

// swap notes that the first n units of us are at here, and returns where their
// like was seen before.
func (t glzTable) swap(us []uint32, n int, here glzPlace) (before glzPlace, ok bool) {
	if len(us) < n {
		return glzPlace{}, false
	}
	slot := &t[unitsHash(us, n)>>(32-glzTableBits)]
	before, *slot = *slot, here
	return before, before.image != nil
}

// ZlibGLZ returns a GLZ image as the zlib stream of a ZLIB_GLZ_RGB image.
func ZlibGLZ(glz []byte) []byte {
	var out bytes.Buffer
	z := zlib.NewWriter(&out)
	_, _ = z.Write(glz) // a bytes.Buffer takes everything
	z.Close()
	return out.Bytes()
}
