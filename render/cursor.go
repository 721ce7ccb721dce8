package render

import (
	"encoding/binary"
	"fmt"
	"image"
)

// maxCursorSide bounds the sides of a cursor shape.
const maxCursorSide = 1024

// A Cursor is a pointer shape. The zero Cursor is no shape: an invisible pointer.
type Cursor struct {
	Image *image.RGBA // premultiplied; not to be changed
	Hot   image.Point // the pixel of Image that points
}

// The kinds of cursor shapes.
const (
	cursorAlpha   = 0 // SPICE_CURSOR_TYPE_ALPHA
	cursorMono    = 1 // SPICE_CURSOR_TYPE_MONO
	cursorColor4  = 2 // SPICE_CURSOR_TYPE_COLOR4
	cursorColor8  = 3 // SPICE_CURSOR_TYPE_COLOR8
	cursorColor16 = 4 // SPICE_CURSOR_TYPE_COLOR16
	cursorColor24 = 5 // SPICE_CURSOR_TYPE_COLOR24
	cursorColor32 = 6 // SPICE_CURSOR_TYPE_COLOR32
)

// DecodeCursor converts a shape of the cursor channel, of one of the kinds
// 0 to 6, to a premultiplied image of width x height pixels, its bounds
// starting at (0, 0). Sides must be 1 to 1024; data may be longer than needed.
//
// Pixels that invert what lies below have no equivalent: in monochrome shapes
// they become white (with a black outline if the shape consists of nothing
// else), in coloured ones a translucent chequerboard; pixels that XOR another
// colour are left out. Colours brighter than their alpha allows are cut to it.
//
// Source: SPICE cursor channel, SpiceCursor.
func DecodeCursor(kind uint8, width, height int, data []byte) (*image.RGBA, error) {
	if width < 1 || height < 1 || width > maxCursorSide || height > maxCursorSide {
		return nil, fmt.Errorf("render: cursor of %dx%d pixels", width, height)
	}
	pixels, mask, ok := cursorLayout(kind, width, height)
	if !ok {
		return nil, fmt.Errorf("render: unknown kind of cursor %d", kind)
	}
	if need := pixels + mask; len(data) < need {
		return nil, fmt.Errorf("render: cursor of kind %d, %dx%d: %d bytes, need %d", kind, width, height, len(data), need)
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	switch kind {
	case cursorAlpha:
		decodeAlphaCursor(img.Pix, data)
	case cursorMono:
		decodeMonoCursor(img, data[:pixels/2], data[pixels/2:])
	default:
		decodeColorCursor(img, colorReader(kind, data[:pixels]), data[pixels:])
	}
	return img, nil
}

// cursorLayout returns how many bytes a shape has, palette included, and how
// many bytes of mask follow.
func cursorLayout(kind uint8, width, height int) (pixels, mask int, ok bool) {
	n := width * height
	mask = (n + 7) / 8
	switch kind {
	case cursorAlpha:
		return 4 * n, 0, true
	case cursorMono:
		return 2 * ((width + 7) / 8) * height, 0, true
	case cursorColor4:
		return (width+1)/2*height + 16*4, mask, true
	case cursorColor8:
		return n + 256*4, mask, true
	case cursorColor16:
		return 2 * n, mask, true
	case cursorColor24:
		return 3 * n, mask, true
	case cursorColor32:
		return 4 * n, mask, true
	}
	return 0, 0, false
}

// decodeAlphaCursor converts premultiplied B, G, R, A.
func decodeAlphaCursor(pix, data []byte) {
	for i := 0; i < len(pix); i += 4 {
		a := data[i+3]
		pix[i], pix[i+1], pix[i+2], pix[i+3] = min(data[i+2], a), min(data[i+1], a), min(data[i], a), a
	}
}

// decodeMonoCursor converts an AND plane and a XOR plane, rows padded to bytes:
// 00 is black, 01 white, 10 transparent, 11 inverts.
func decodeMonoCursor(img *image.RGBA, and, xor []byte) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	stride := (w + 7) / 8
	inverting := true // all the AND plane is ones
	for y := range h {
		for x := range w {
			i := 8*y*stride + x
			pix := img.Pix[y*img.Stride+4*x:]
			switch {
			case bit(xor, i):
				setWord(pix, 0xffffffff)
			case !bit(and, i):
				setWord(pix, 0xff000000)
			}
			inverting = inverting && bit(and, i)
		}
	}
	if inverting {
		outline(img)
	}
}

// outline makes transparent pixels black that touch an opaque one.
func outline(img *image.RGBA) {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	white := func(x, y int) bool {
		return x >= 0 && y >= 0 && x < w && y < h && img.Pix[y*img.Stride+4*x] != 0
	}
	for y := range h {
		for x := range w {
			if white(x, y) {
				continue
			}
			for i := range 9 {
				if white(x+i%3-1, y+i/3-1) {
					setWord(img.Pix[y*img.Stride+4*x:], 0xff000000)
					break
				}
			}
		}
	}
}

// A colorOf returns the colour of pixel i, counted without padding, as
// 0x00RRGGBB.
type colorOf func(i int) uint32

// colorReader returns the colours of a coloured shape. data ends with the
// palette, if there is one.
func colorReader(kind uint8, data []byte) colorOf {
	switch kind {
	case cursorColor4:
		palette := data[len(data)-16*4:]
		return func(i int) uint32 {
			index := data[i/2] >> 4
			if i&1 != 0 {
				index = data[i/2] & 15
			}
			return binary.LittleEndian.Uint32(palette[4*int(index):]) & 0xffffff
		}
	case cursorColor8:
		palette := data[len(data)-256*4:]
		return func(i int) uint32 {
			return binary.LittleEndian.Uint32(palette[4*int(data[i]):]) & 0xffffff
		}
	case cursorColor16:
		return func(i int) uint32 {
			c := uint32(binary.LittleEndian.Uint16(data[2*i:]))
			c = c>>10&31<<19 | c>>5&31<<11 | c&31<<3
			return c | c>>5&0x070707
		}
	case cursorColor24:
		return func(i int) uint32 {
			return uint32(data[3*i]) | uint32(data[3*i+1])<<8 | uint32(data[3*i+2])<<16
		}
	}
	return func(i int) uint32 { return binary.LittleEndian.Uint32(data[4*i:]) & 0xffffff }
}

// decodeColorCursor converts colours and a mask: without mask bit a pixel is
// opaque; with it black is transparent, white inverts, the rest is XOR. The
// bits of the mask are counted without padding.
func decodeColorCursor(img *image.RGBA, color colorOf, mask []byte) {
	w := img.Rect.Dx()
	for i := range w * img.Rect.Dy() {
		c, pix := color(i), img.Pix[4*i:]
		switch {
		case !bit(mask, i):
			setWord(pix, 0xff000000|c>>16|c&0xff00|c&0xff<<16)
		case c != 0xffffff: // black or XOR: transparent
		case (i%w^i/w)&1 == 0:
			setWord(pix, 0x300f0f0f) // 0x50 at alpha 0x30
		default:
			setWord(pix, 0xc0242424) // 0x30 at alpha 0xc0
		}
	}
}

// bit returns bit i of b, counted from the most significant bit of b[0].
func bit(b []byte, i int) bool { return b[i>>3]&(0x80>>(i&7)) != 0 }

func setWord(pix []byte, word uint32) { binary.LittleEndian.PutUint32(pix, word) }
