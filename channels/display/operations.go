package display

import (
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// A drawing is a message that draws.
type drawing interface {
	wire.Message
	target() *Base
	// sources returns the images it needs, nil for those it has not.
	sources() [maxSources]*Image
	// op returns what to draw, given the sources, or nil if something is
	// missing. j has memory for it, and the message's type.
	op(j *job, img *[maxSources]resolved) render.Op
}

// maxSources is how many images an operation can need.
const maxSources = 3

// drawing returns the message of a type to read into, or nil if it does not
// draw.
func (j *job) drawing(typ uint16) drawing {
	switch typ {
	case MsgCopyBits:
		return new(CopyBits)
	case MsgDrawFill:
		return &j.memory.fill
	case MsgDrawOpaque:
		return new(DrawOpaque)
	case MsgDrawCopy, MsgDrawBlend:
		return &j.memory.copy
	case MsgDrawBlackness, MsgDrawWhiteness, MsgDrawInvers:
		return new(DrawMasked)
	case MsgDrawROP3:
		return new(DrawROP3)
	case MsgDrawStroke:
		return new(DrawStroke)
	case MsgDrawText:
		return new(DrawText)
	case MsgDrawTransparent:
		return new(DrawTransparent)
	case MsgDrawAlphaBlend:
		return new(DrawAlphaBlend)
	case MsgDrawComposite:
		return new(DrawComposite)
	}
	return nil
}

// parseDraw reads the drawing operations. One that lacks what it needs is not
// drawn, but the images that it has are decoded, for the caches' sake.
func (h *Handler) parseDraw(typ uint16, r *wire.Reader, j *job) {
	m := j.drawing(typ)
	if m == nil {
		if typ >= spice.FirstChannelMsg {
			h.stats.undrawn(typ)
		}
		return
	}
	m.Decode(r)
	j.draw = m
	for i, img := range m.sources() {
		if img == nil {
			continue
		}
		d := &j.memory.decodings[i]
		h.prepare(d, img, m.target().Surface)
		if typ == MsgDrawComposite && img.Flags&FlagCacheMe == 0 {
			d.onARGB = false // here, palettes are opaque, but not in the cache
		}
		j.images[i] = d
	}
}

// drawOn draws the operation of j.
func (j *job) drawOn(c Canvas, img *[maxSources]resolved) error {
	op := j.draw.op(j, img)
	if op == nil {
		return nil
	}
	base := j.draw.target()
	var clip *render.Region
	if base.Clipped {
		clip = render.NewRegion(base.Clip)
	}
	return c.Draw(base.Surface, base.Box, clip, op)
}

func (m *CopyBits) target() *Base        { return &m.Base }
func (m *DrawFill) target() *Base        { return &m.Base }
func (m *DrawOpaque) target() *Base      { return &m.Base }
func (m *DrawCopy) target() *Base        { return &m.Base }
func (m *DrawMasked) target() *Base      { return &m.Base }
func (m *DrawROP3) target() *Base        { return &m.Base }
func (m *DrawStroke) target() *Base      { return &m.Base }
func (m *DrawText) target() *Base        { return &m.Base }
func (m *DrawTransparent) target() *Base { return &m.Base }
func (m *DrawAlphaBlend) target() *Base  { return &m.Base }
func (m *DrawComposite) target() *Base   { return &m.Base }

type sources = [maxSources]*Image

func (m *CopyBits) sources() sources        { return sources{} }
func (m *DrawFill) sources() sources        { return sources{m.Brush.Pattern, m.Mask.Bitmap} }
func (m *DrawOpaque) sources() sources      { return sources{m.Src, m.Brush.Pattern, m.Mask.Bitmap} }
func (m *DrawCopy) sources() sources        { return sources{m.Src, m.Mask.Bitmap} }
func (m *DrawMasked) sources() sources      { return sources{m.Mask.Bitmap} }
func (m *DrawROP3) sources() sources        { return sources{m.Src, m.Brush.Pattern, m.Mask.Bitmap} }
func (m *DrawStroke) sources() sources      { return sources{m.Brush.Pattern} }
func (m *DrawText) sources() sources        { return sources{m.Fore.Pattern, m.Back.Pattern} }
func (m *DrawTransparent) sources() sources { return sources{m.Src} }
func (m *DrawAlphaBlend) sources() sources  { return sources{m.Src} }
func (m *DrawComposite) sources() sources   { return sources{m.Src, m.Mask} }

func (m *CopyBits) op(*job, *[maxSources]resolved) render.Op { return &render.CopyBits{Src: m.Src} }

func (m *DrawFill) op(j *job, img *[maxSources]resolved) render.Op {
	if !m.Brush.complete() {
		return nil
	}
	j.memory.fillOp = render.Fill{Brush: brushOf(&m.Brush, img[0]), Rop: render.Rop(m.ROP), Mask: maskOf(&m.Mask, img[1])}
	return &j.memory.fillOp
}

func (m *DrawOpaque) op(_ *job, img *[maxSources]resolved) render.Op {
	if m.Src == nil || !m.Brush.complete() {
		return nil
	}
	return &render.Opaque{Src: img[0].source, SrcArea: m.SrcArea, Brush: brushOf(&m.Brush, img[1]), Rop: render.Rop(m.ROP),
		Interpolate: m.Scale == scaleInterpolate, Mask: maskOf(&m.Mask, img[2])}
}

func (m *DrawCopy) op(j *job, img *[maxSources]resolved) render.Op {
	if m.Src == nil {
		return nil
	}
	j.memory.copyOp = render.Copy{Src: img[0].source, SrcArea: m.SrcArea, Rop: render.Rop(m.ROP),
		Interpolate: m.Scale == scaleInterpolate, Mask: maskOf(&m.Mask, img[1])}
	return &j.memory.copyOp
}

func (m *DrawMasked) op(j *job, img *[maxSources]resolved) render.Op {
	mask := maskOf(&m.Mask, img[0])
	switch j.message.Type {
	case MsgDrawBlackness:
		return &render.Blackness{Mask: mask}
	case MsgDrawWhiteness:
		return &render.Whiteness{Mask: mask}
	}
	return &render.Invers{Mask: mask}
}

func (m *DrawROP3) op(_ *job, img *[maxSources]resolved) render.Op {
	if m.Src == nil && m.readsSource() || !m.Brush.complete() {
		return nil
	}
	return &render.ROP3{Src: img[0].source, SrcArea: m.SrcArea, Brush: brushOf(&m.Brush, img[1]), Code: m.ROP3,
		Interpolate: m.Scale == scaleInterpolate, Mask: maskOf(&m.Mask, img[2])}
}

func (m *DrawStroke) op(_ *job, img *[maxSources]resolved) render.Op { return strokeOf(m, img[0]) }

func (m *DrawText) op(_ *job, img *[maxSources]resolved) render.Op { return textOf(m, img[0], img[1]) }

func (m *DrawTransparent) op(_ *job, img *[maxSources]resolved) render.Op {
	if m.Src == nil {
		return nil
	}
	return &render.Transparent{Src: img[0].source, SrcArea: m.SrcArea, Key: m.TrueColor}
}

func (m *DrawAlphaBlend) op(_ *job, img *[maxSources]resolved) render.Op {
	if m.Src == nil {
		return nil
	}
	return &render.AlphaBlend{Src: img[0].source, SrcArea: m.SrcArea, Alpha: m.Alpha,
		SrcAlpha: m.AlphaFlags&alphaSource != 0, DestAlpha: m.AlphaFlags&alphaDest != 0}
}

func (m *DrawComposite) op(_ *job, img *[maxSources]resolved) render.Op {
	return compositeOf(m, img[0], img[1])
}
