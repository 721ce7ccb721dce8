package lz

import (
	"fmt"
	"image"
	"image/color"
	"sync"

	"saffron/codec/internal/lzpix"
)

// Decode decodes an image of any type but XXXA into dst, whose bounds must have
// the encoded size. The colours of palette types are looked up in palette, an
// index that it does not have in entry 0; other types ignore palette.
//
// The fourth byte of a pixel is alpha for RGBA and A8, whose colours are as sent
// or 0, and is 0 for all other types.
//
// On error the pixels of dst are undefined.
func Decode(dst *image.RGBA, src []byte, palette []color.RGBA) error {
	cfg, err := configFor(dst, src)
	if err != nil {
		return err
	}
	body := body{src: src, pos: HeaderSize}
	switch cfg.Type {
	case RGB16, RGB24, RGB32, RGBA:
		err = decodeColours(dst, &body, cfg)
	case A8:
		err = decodeAlpha(dst, &body, cfg, true)
	case XXXA:
		err = UnsupportedError("XXXA has no colours")
	default:
		err = decodePalette(dst, &body, cfg, palette)
	}
	if err != nil {
		return err
	}
	return body.end()
}

// DecodeAlpha decodes an image of type XXXA into the fourth bytes of dst, whose
// bounds must have the encoded size. The other bytes of dst are not touched.
// On error the fourth bytes are undefined.
func DecodeAlpha(dst *image.RGBA, src []byte) error {
	cfg, err := configFor(dst, src)
	if err != nil {
		return err
	}
	if cfg.Type != XXXA {
		return UnsupportedError(fmt.Sprintf("%v as an alpha plane", cfg.Type))
	}
	body := body{src: src, pos: HeaderSize}
	if err := decodeAlpha(dst, &body, cfg, false); err != nil {
		return err
	}
	return body.end()
}

// configFor reads the header of an image that has to fill dst.
func configFor(dst *image.RGBA, src []byte) (Config, error) {
	cfg, err := DecodeConfig(src)
	if err != nil {
		return Config{}, err
	}
	if w, h := dst.Rect.Dx(), dst.Rect.Dy(); w != cfg.Width || h != cfg.Height {
		return Config{}, FormatError(fmt.Sprintf("size %dx%d, want %dx%d", cfg.Width, cfg.Height, w, h))
	}
	return cfg, nil
}

// scratch holds *[]byte for what cannot be decoded where it belongs. Fresh
// memory costs more than the decoding.
var scratch sync.Pool

func borrow(n int) *[]byte {
	p, _ := scratch.Get().(*[]byte)
	if p == nil || cap(*p) < n {
		p = new(make([]byte, n))
	}
	*p = (*p)[:n]
	return p
}

// decodeColours decodes the pixels of an RGB type, in place where stream order
// is the order of dst's memory.
func decodeColours(dst *image.RGBA, b *body, cfg Config) error {
	n := 4 * cfg.Width * cfg.Height
	if cfg.TopDown && dst.Stride == 4*cfg.Width {
		if err := b.pixels(dst.Pix[:n], cfg.Type == RGB16); err != nil {
			return err
		}
	} else {
		p := borrow(n)
		defer scratch.Put(p)
		if err := b.pixels(*p, cfg.Type == RGB16); err != nil {
			return err
		}
		lzpix.PutRows(dst, *p, cfg.TopDown)
	}
	if cfg.Type == RGBA {
		return decodeAlpha(dst, b, cfg, false)
	}
	return nil
}

// decodeAlpha decodes a pass of alpha bytes, and sets the colours to 0 if black
// is set.
func decodeAlpha(dst *image.RGBA, b *body, cfg Config, black bool) error {
	p := borrow(cfg.Width * cfg.Height)
	defer scratch.Put(p)
	if err := b.bytes(*p); err != nil {
		return err
	}
	for y := range cfg.Height {
		alpha := (*p)[y*cfg.Width:][:cfg.Width]
		row := lzpix.Row(dst, y, cfg.TopDown)
		if black {
			clear(row)
		}
		putAlpha(row, alpha)
	}
	return nil
}

// putAlpha sets the fourth bytes of row. Neither advancing both slices nor two
// pixels in one 64-bit word was as fast (Go 1.26).
func putAlpha(row, alpha []byte) {
	row = row[:4*len(alpha)]
	for x, a := range alpha {
		row[4*x+3] = a
	}
}

// decodePalette decodes packed indices and looks them up.
func decodePalette(dst *image.RGBA, b *body, cfg Config, palette []color.RGBA) error {
	p := borrow(cfg.Stride * cfg.Height)
	defer scratch.Put(p)
	if err := b.bytes(*p); err != nil {
		return err
	}
	colours := lookup(cfg.Type, palette)
	for y := range cfg.Height {
		packed := (*p)[y*cfg.Stride:][:cfg.Stride]
		row := lzpix.Row(dst, y, cfg.TopDown)
		switch cfg.Type {
		case PLT1LE:
			expand1(row, packed, colours, 0)
		case PLT1BE:
			expand1(row, packed, colours, 7)
		case PLT4LE:
			expand4(row, packed, colours, 0)
		case PLT4BE:
			expand4(row, packed, colours, 4)
		default:
			expand8(row, packed, colours)
		}
	}
	return nil
}
