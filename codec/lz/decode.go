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
		body.table = &alphaOnly
		err = decodePixels(dst, &body, cfg, indices)
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
	if err := decodeAlpha(dst, &body, cfg); err != nil {
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

// decodeColours decodes the pixels of an RGB type.
func decodeColours(dst *image.RGBA, b *body, cfg Config) error {
	k := colours
	if cfg.Type == RGB16 {
		k = colour5
	}
	if cfg.Type != RGBA {
		return decodePixels(dst, b, cfg, k)
	}
	if inPlace(dst, cfg) {
		return decodePasses(dst.Pix[:4*cfg.Width*cfg.Height], b)
	}
	p := borrow(4 * cfg.Width * cfg.Height)
	defer scratch.Put(p)
	if err := decodePasses(*p, b); err != nil {
		return err
	}
	lzpix.PutRows(dst, *p, cfg.TopDown, 0, cfg.Height)
	return nil
}

// inPlace reports whether the stream's order is that of dst's memory.
func inPlace(dst *image.RGBA, cfg Config) bool {
	return cfg.TopDown && dst.Stride == 4*cfg.Width
}

// decodePixels decodes an image of one pass.
func decodePixels(dst *image.RGBA, b *body, cfg Config, k kind) error {
	row := 4 * cfg.Width
	if inPlace(dst, cfg) {
		b.start(dst.Pix[:row*cfg.Height])
		return b.decode(k, len(b.dst))
	}
	p := borrow(row * cfg.Height)
	defer scratch.Put(p)
	b.start(*p)
	batch := lzpix.Batch(cfg.Width)
	for y := 0; y < cfg.Height; y += batch {
		end := min(y+batch, cfg.Height)
		if err := b.decode(k, end*row); err != nil {
			return err
		}
		lzpix.PutRows(dst, *p, cfg.TopDown, y, end)
	}
	return nil
}

// decodePasses decodes the colours and the alpha of RGBA in stream order.
func decodePasses(pix []byte, b *body) error {
	for _, k := range []kind{colours, alphas} {
		b.start(pix)
		if err := b.decode(k, len(pix)); err != nil {
			return err
		}
	}
	return nil
}

// decodeAlpha decodes a pass of alpha bytes into the fourth bytes of dst.
func decodeAlpha(dst *image.RGBA, b *body, cfg Config) error {
	row := 4 * cfg.Width
	if inPlace(dst, cfg) {
		b.start(dst.Pix[:row*cfg.Height])
		return b.decode(alphas, len(b.dst))
	}
	p := borrow(row * cfg.Height)
	defer scratch.Put(p)
	b.start(*p)
	if err := b.decode(alphas, len(*p)); err != nil {
		return err
	}
	for y := range cfg.Height {
		lzpix.CopyAlphas(lzpix.Row(dst, y, cfg.TopDown), (*p)[y*row:])
	}
	return nil
}

// decodePalette decodes indices and looks them up.
func decodePalette(dst *image.RGBA, b *body, cfg Config, palette []color.RGBA) error {
	b.table = tables.Get().(*[256]uint32)
	defer tables.Put(b.table)
	lookup(b.table, cfg.Type, palette)
	if cfg.Type == PLT8 {
		return decodePixels(dst, b, cfg, indices)
	}
	p := borrow(cfg.Stride * cfg.Height)
	defer scratch.Put(p)
	if err := b.bytes(*p); err != nil {
		return err
	}
	for y := range cfg.Height {
		packed := (*p)[y*cfg.Stride:][:cfg.Stride]
		row := lzpix.Row(dst, y, cfg.TopDown)
		switch cfg.Type {
		case PLT1LE:
			expand1(row, packed, b.table, 0)
		case PLT1BE:
			expand1(row, packed, b.table, 7)
		case PLT4LE:
			expand4(row, packed, b.table, 0)
		default:
			expand4(row, packed, b.table, 4)
		}
	}
	return nil
}
