package window

import (
	"image"

	"github.com/hajimehoshi/ebiten/v2"
	"golang.org/x/image/draw"

	"saffron/render"
)

// An attire is what the look of the local pointer depends on.
type attire struct {
	shape  uint64
	factor float64 // how much the shape is enlarged
	look   look
}

// A look is who the pointer looks like.
type look uint8

const (
	arrow  look = iota // the desktop's
	hidden             // nobody's
	guests
)

// lookOf says how the local pointer looks over the picture.
func lookOf(s render.CursorState) look {
	switch {
	case !s.Known || s.Server:
		return arrow
	case !s.Visible || s.Cursor.Image == nil:
		return hidden
	}
	return guests
}

// dressPointer makes the pointer what the guest says: it dresses the local
// one, or puts it into the scene.
func (g *game) dressPointer(s *scene) {
	var state render.CursorState
	if g.w.o.Cursor != nil {
		state = g.w.o.Cursor.Snapshot()
	}
	if s.dimmed || g.w.o.ViewOnly && !state.Server {
		state = render.CursorState{} // the local pointer is not the guest's now
	}
	want := attire{look: lookOf(state)}
	if want.look == guests {
		want.shape, want.factor = state.Shape, pointerFactor(s.view, state.Cursor.Image.Rect.Size())
	}
	if g.side != nil && want != g.worn {
		g.worn = want
		p := pointer{invisible: want.look == hidden}
		if want.look == guests {
			p.image, p.hot = enlarge(state.Cursor, want.factor)
		}
		g.side.dress(p)
	}
	if g.side == nil {
		g.polls.dress(want.look)
	}
	drawn := state.Server && state.Visible && state.Cursor.Image != nil
	at := state.Pos.Sub(g.corner())
	if g.side == nil && want.look == guests {
		at, drawn = g.polls.drawn(s.view)
	}
	if drawn {
		g.load(state)
		s.shape, s.pointer = g.curOf, at.Sub(state.Cursor.Hot)
	}
}

// corner returns where in its surface the head begins.
func (g *game) corner() image.Point {
	if heads := g.w.o.Desktop.Heads(); g.w.o.Head < len(heads) {
		return heads[g.w.o.Head].Rect.Min
	}
	return image.Point{}
}

// load makes the shape ready for drawing.
func (g *game) load(state render.CursorState) {
	if g.curOf == state.Shape+1 {
		return
	}
	g.shape, g.curOf = state.Cursor.Image, state.Shape+1
	if g.sheet != nil {
		return
	}
	if g.cur != nil {
		g.cur.Deallocate()
	}
	g.cur = ebiten.NewImageFromImage(g.shape)
}

// maxPointer is the side to which a pointer is enlarged at most.
const maxPointer = 256

// pointerFactor returns how much to enlarge a pointer over an enlarged
// picture: by halves, so that it stays clear. It is never made smaller than it
// is, for it must remain possible to see.
func pointerFactor(v render.Viewport, size image.Point) float64 {
	x, y := v.Scale()
	f := float64(int(2*min(x, y))) / 2
	f = min(f, float64(maxPointer)/float64(max(size.X, size.Y)))
	return max(1, f)
}

// enlarge returns a pointer enlarged by a factor, and its hot spot.
func enlarge(c render.Cursor, factor float64) (*image.RGBA, image.Point) {
	if factor == 1 {
		return c.Image, c.Hot
	}
	size := c.Image.Rect.Size()
	scaled := func(n int) int { return int(float64(n) * factor) }
	dst := image.NewRGBA(image.Rect(0, 0, scaled(size.X), scaled(size.Y)))
	var by draw.Scaler = draw.BiLinear
	if factor == float64(int(factor)) {
		by = draw.NearestNeighbor
	}
	by.Scale(dst, dst.Rect, c.Image, c.Image.Rect, draw.Src, nil)
	return dst, image.Pt(scaled(c.Hot.X), scaled(c.Hot.Y))
}
