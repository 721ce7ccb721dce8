package display

import (
	"context"
	"fmt"
	"image"

	"saffron/render"
)

// A resolved image is ready to be drawn from.
type resolved struct {
	source render.Source
	owned  *decoding // whose pixels are given back after drawing, if not cached
}

// release gives pixel memory back that nothing else refers to.
func (r *resolved) release() {
	if r.owned != nil {
		r.owned.release()
	}
}

// resolve waits for an image and settles what it does to the shared cache. The
// committer calls it for every image, whether its operation draws or not.
func (p *pipeline) resolve(d *decoding) (resolved, error) {
	select {
	case <-d.done:
	case <-p.ctx.Done():
		return resolved{}, context.Cause(p.ctx)
	}
	switch d.img.Type {
	case ImageSurface:
		p.h.stats.image(d.img, 0)
		return resolved{source: render.Source{Surface: d.img.Surface, FromSurface: true}}, nil
	case ImageFromCache, ImageFromCacheLossless:
		e, err := p.h.o.Shared.Cache.get(p.ctx, d.img.ID, d.img.Type == ImageFromCacheLossless, p.h.o.Shared.alone)
		if err != nil {
			return resolved{}, err
		}
		p.h.stats.image(d.img, 0)
		return resolved{source: render.Source{Image: e.pixels, HasAlpha: e.alpha}}, nil
	}
	cached, err := p.cache(d)
	if d.err != nil {
		return resolved{}, d.err
	}
	r := resolved{source: render.Source{Image: d.pixels, HasAlpha: d.alpha}}
	if !cached {
		r.owned = d
	}
	return r, err
}

// cache puts a decoded image into the shared cache if its flags say so. One
// that failed to decode is put too, so that later references fail at once.
func (p *pipeline) cache(d *decoding) (cached bool, err error) {
	if d.img.Flags&(FlagCacheMe|FlagCacheReplaceMe) == 0 {
		return false, nil
	}
	lossy := d.img.Type == ImageJPEG || d.img.Type == ImageJPEGAlpha
	e := &cacheEntry{pixels: d.pixels, alpha: d.alpha, lossy: lossy, err: d.err}
	switch {
	case d.img.Flags&FlagCacheMe != 0:
		err = p.h.o.Shared.Cache.put(d.img.ID, e)
	case lossy:
		err = errLossyReplace
	default:
		err = p.h.o.Shared.Cache.replace(d.img.ID, e)
	}
	if err != nil {
		return false, fmt.Errorf("display: %s image %#x: %w", d.img.Type, d.img.ID, err)
	}
	return true, nil
}

func brushOf(b *Brush, tile resolved) render.Brush {
	switch {
	case b.Type == brushSolid:
		return render.Brush{Kind: render.BrushSolid, Color: b.Color}
	case b.Type == brushPattern && b.Pattern != nil:
		return render.Brush{Kind: render.BrushPattern, Tile: tile.source, Pos: b.Pos}
	}
	return render.Brush{Kind: render.BrushNone}
}

// maskOf makes a mask of a decoded 1-bit image, whose set pixels have all bits
// of the fourth byte.
func maskOf(m *QMask, bits resolved) render.Mask {
	if m.Bitmap == nil {
		return render.Mask{}
	}
	mask := render.Mask{Pos: m.Pos, Invert: m.Flags&maskInvert != 0}
	if bits.source.FromSurface {
		mask.FromSurface, mask.Surface = true, bits.source.Surface
		return mask
	}
	src := bits.source.Image
	mask.Bits = image.NewAlpha(src.Rect)
	for i := range mask.Bits.Pix {
		mask.Bits.Pix[i] = src.Pix[4*i+3]
	}
	return mask
}
