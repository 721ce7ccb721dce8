package display

import (
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// parseDraw reads the drawing operations. One that lacks what it needs is not
// drawn, but the images that it has are decoded, for the caches' sake.
func (h *Handler) parseDraw(typ uint16, r *wire.Reader, j *job) {
	switch typ {
	case MsgCopyBits:
		var m CopyBits
		m.Decode(r)
		h.draw(j, &m.Base, func([]resolved) render.Op { return &render.CopyBits{Src: m.Src} })
	case MsgDrawFill:
		var m DrawFill
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op {
			if !m.Brush.complete() {
				return nil
			}
			return &render.Fill{Brush: brushOf(&m.Brush, img[0]), Rop: render.Rop(m.ROP), Mask: maskOf(&m.Mask, img[1])}
		}, m.Brush.Pattern, m.Mask.Bitmap)
	case MsgDrawBlackness, MsgDrawWhiteness, MsgDrawInvers:
		var m DrawMasked
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op {
			mask := maskOf(&m.Mask, img[0])
			switch typ {
			case MsgDrawBlackness:
				return &render.Blackness{Mask: mask}
			case MsgDrawWhiteness:
				return &render.Whiteness{Mask: mask}
			}
			return &render.Invers{Mask: mask}
		}, m.Mask.Bitmap)
	case MsgDrawStroke:
		var m DrawStroke
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op { return strokeOf(&m, img[0]) }, m.Brush.Pattern)
	case MsgDrawText:
		var m DrawText
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op { return textOf(&m, img[0], img[1]) }, m.Fore.Pattern, m.Back.Pattern)
	default:
		h.parseImageDraw(typ, r, j)
	}
}

// parseImageDraw reads the operations that draw an image.
func (h *Handler) parseImageDraw(typ uint16, r *wire.Reader, j *job) {
	switch typ {
	case MsgDrawCopy, MsgDrawBlend:
		var m DrawCopy
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op {
			if m.Src == nil {
				return nil
			}
			return &render.Copy{Src: img[0].source, SrcArea: m.SrcArea, Rop: render.Rop(m.ROP),
				Interpolate: m.Scale == scaleInterpolate, Mask: maskOf(&m.Mask, img[1])}
		}, m.Src, m.Mask.Bitmap)
	case MsgDrawOpaque:
		var m DrawOpaque
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op {
			if m.Src == nil || !m.Brush.complete() {
				return nil
			}
			return &render.Opaque{Src: img[0].source, SrcArea: m.SrcArea, Brush: brushOf(&m.Brush, img[1]), Rop: render.Rop(m.ROP),
				Interpolate: m.Scale == scaleInterpolate, Mask: maskOf(&m.Mask, img[2])}
		}, m.Src, m.Brush.Pattern, m.Mask.Bitmap)
	case MsgDrawROP3:
		var m DrawROP3
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op {
			if m.Src == nil && m.readsSource() || !m.Brush.complete() {
				return nil
			}
			return &render.ROP3{Src: img[0].source, SrcArea: m.SrcArea, Brush: brushOf(&m.Brush, img[1]), Code: m.ROP3,
				Interpolate: m.Scale == scaleInterpolate, Mask: maskOf(&m.Mask, img[2])}
		}, m.Src, m.Brush.Pattern, m.Mask.Bitmap)
	case MsgDrawTransparent:
		var m DrawTransparent
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op {
			if m.Src == nil {
				return nil
			}
			return &render.Transparent{Src: img[0].source, SrcArea: m.SrcArea, Key: m.TrueColor}
		}, m.Src)
	case MsgDrawAlphaBlend:
		var m DrawAlphaBlend
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op {
			if m.Src == nil {
				return nil
			}
			return &render.AlphaBlend{Src: img[0].source, SrcArea: m.SrcArea, Alpha: m.Alpha,
				SrcAlpha: m.AlphaFlags&alphaSource != 0, DestAlpha: m.AlphaFlags&alphaDest != 0}
		}, m.Src)
	case MsgDrawComposite:
		var m DrawComposite
		m.Decode(r)
		h.draw(j, &m.Base, func(img []resolved) render.Op { return m.op(img[0], img[1]) }, m.Src, m.Mask)
		for _, d := range j.images {
			if d != nil && d.img.Flags&FlagCacheMe == 0 {
				d.onARGB = false // here, palettes are opaque, but not in the cache
			}
		}
	default:
		if typ >= spice.FirstChannelMsg {
			h.stats.undrawn(typ)
		}
	}
}

// draw makes j a drawing operation with the given images, each of which may be
// nil.
func (h *Handler) draw(j *job, base *Base, build func([]resolved) render.Op, images ...*Image) {
	j.images = make([]*decoding, len(images))
	for i, img := range images {
		if img != nil {
			j.images[i] = h.decoding(img, base.Surface)
		}
	}
	b := *base
	j.draw = func(img []resolved) error {
		op := build(img)
		if op == nil {
			return nil
		}
		var clip *render.Region
		if b.Clipped {
			clip = render.NewRegion(b.Clip)
		}
		return h.o.Canvas.Draw(b.Surface, b.Box, clip, op)
	}
}
