package display

import (
	"fmt"
	"image/color"
	"slices"

	"saffron/render"
)

const (
	maxPalettes       = 1024 // servers keep 128
	maxPaletteEntries = 256  // an index has at most 8 bits
)

// A paletteCache holds the palettes of one display channel. It is owned by the
// channel's reader: everything about palettes happens in message order.
type paletteCache struct{ entries map[uint64][]uint32 }

func (c *paletteCache) remove(id uint64) { delete(c.entries, id) }
func (c *paletteCache) clear()           { clear(c.entries) }

func (c *paletteCache) put(id uint64, entries []uint32) error {
	if id == 0 {
		return nil // by the protocol never cached
	}
	if c.entries == nil {
		c.entries = map[uint64][]uint32{}
	}
	if len(c.entries) >= maxPalettes && c.entries[id] == nil {
		return fmt.Errorf("display: the server caches more than %d palettes", maxPalettes)
	}
	c.entries[id] = slices.Clone(entries) // without what lies behind them
	return nil
}

// resolve returns the palette of an image as pixels for a surface of format f,
// and does the image's caching. An image without one gives nil.
func (c *paletteCache) resolve(img *Image, f render.Format) ([]color.RGBA, error) {
	p := &img.Palette
	if !p.Present {
		if img.Type == ImageLZPalette {
			return nil, fmt.Errorf("display: lz_plt image without a palette")
		}
		return nil, nil
	}
	entries := p.Entries[:min(len(p.Entries), maxPaletteEntries)]
	if img.PaletteFlags&FlagPaletteFromCache != 0 {
		var ok bool
		if entries, ok = c.entries[p.ID]; !ok {
			return nil, fmt.Errorf("display: palette %#x is not in the cache", p.ID)
		}
	} else if img.PaletteFlags&FlagPaletteCacheMe != 0 {
		if err := c.put(p.ID, entries); err != nil {
			return nil, err
		}
	}
	return colours(entries, f), nil
}

// colours makes pixels of palette entries: 0x00RRGGBB words, or 555 words on
// 16-bit surfaces.
func colours(entries []uint32, f render.Format) []color.RGBA {
	out := make([]color.RGBA, len(entries))
	for i, e := range entries {
		if f == render.Format555 || f == render.Format565 {
			five := func(v uint32) uint8 { v &= 31; return uint8(v<<3 | v>>2) }
			out[i] = color.RGBA{R: five(e >> 10), G: five(e >> 5), B: five(e)}
			continue
		}
		out[i] = color.RGBA{R: uint8(e >> 16), G: uint8(e >> 8), B: uint8(e), A: uint8(e >> 24)}
	}
	return out
}
