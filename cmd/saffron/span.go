package main

import (
	"context"
	"image"
	"sync"

	"saffron/render"
	"saffron/render/monitors"
	"saffron/render/window"
)

// A span is a picture of all monitors of the guest, for one window: side by side
// as they are on their surface, or in a row if they have none in common.
type span struct {
	console *console
	desktop *render.Desktop
	stir    func() // makes run look
	stirred <-chan struct{}

	mu    sync.Mutex
	parts []spanPart // guarded by mu
}

// A spanPart is where a monitor is in the picture.
type spanPart struct {
	head head
	at   image.Rectangle
}

// newSpan returns a picture of a console's monitors; changed is called when it
// has changed.
func newSpan(c *console, changed func()) *span {
	s := &span{console: c, desktop: render.NewDesktop(render.DesktopOptions{Changed: changed})}
	s.stir, s.stirred = signals()
	return s
}

// run keeps the picture until ctx ends.
func (s *span) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.stirred:
			s.step()
		}
	}
}

// step draws what has changed.
func (s *span) step() {
	parts := arrangeSpan(s.console.heads())
	anew := !sameParts(parts, s.parts)
	if anew {
		s.mu.Lock()
		s.parts = parts
		s.mu.Unlock()
		size := spanSize(parts)
		if size == (image.Point{}) {
			return
		}
		if err := s.desktop.CreateSurface(0, size.X, size.Y, render.FormatXRGB, true); err != nil {
			s.console.app.log.Debug("no picture of all monitors", "err", err)
			return
		}
	}
	for _, p := range parts {
		p.head.screen.desktop.Frame(p.head.index, func(pix *image.RGBA, changed []image.Rectangle) {
			if pix == nil {
				return
			}
			if anew {
				changed = []image.Rectangle{pix.Rect}
			}
			s.draw(p, pix, changed)
		})
	}
}

// draw copies parts of a monitor, in its own coordinates.
func (s *span) draw(p spanPart, pix *image.RGBA, changed []image.Rectangle) {
	for _, r := range changed {
		r = r.Intersect(image.Rectangle{Max: p.at.Size()})
		op := &render.Copy{Src: render.Source{Image: pix}, SrcArea: r, Rop: render.RopPut}
		if err := s.desktop.Draw(0, r.Add(p.at.Min), nil, op); err != nil {
			s.console.app.log.Debug("a part of the picture of all monitors", "err", err)
		}
	}
}

// locate returns the monitor at a point of the picture, or the nearest one, and
// the point on it. It reports false if there is none.
func (s *span) locate(p image.Point) (h head, on image.Point, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	best := -1
	for _, part := range s.parts {
		near := image.Pt(max(part.at.Min.X, min(p.X, part.at.Max.X-1)), max(part.at.Min.Y, min(p.Y, part.at.Max.Y-1)))
		d := p.Sub(near)
		if far := d.X*d.X + d.Y*d.Y; best < 0 || far < best {
			best, h, on = far, part.head, near.Sub(part.at.Min)
		}
	}
	return h, on, best >= 0
}

// arrangeSpan places monitors in one picture.
func arrangeSpan(heads []head) []spanPart {
	list := make([]monitors.Monitor, len(heads))
	shared := true
	for i, h := range heads {
		list[i] = monitors.Monitor{Rect: h.rect, Enabled: true}
		shared = shared && h.channel == heads[0].channel
	}
	monitors.Arrange(list, shared)
	parts := make([]spanPart, len(heads))
	for i, h := range heads {
		parts[i] = spanPart{h, list[i].Rect}
	}
	return parts
}

func sameParts(a, b []spanPart) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if x.at != y.at || x.head.channel != y.head.channel || x.head.monitor != y.head.monitor || x.head.index != y.head.index {
			return false
		}
	}
	return true
}

func spanSize(parts []spanPart) image.Point {
	var all image.Rectangle
	for _, p := range parts {
		all = all.Union(p.at)
	}
	return all.Max
}

// spread makes a window one over all monitors, if it is to be that.
func (v *viewer) spread(o *window.Options) {
	if v.span == nil {
		return
	}
	v.input.span = v.span
	o.Desktop, o.Head = v.span.desktop, 0
	if o.Fullscreen {
		if all := v.panes.cover(); !all.Empty() {
			o.Cover, o.Fullscreen, o.Resized = all, false, nil
			return // the monitors here have their sizes, and so do the guest's
		}
	}
	o.Resized = func(size image.Point) {
		if heads := v.console.heads(); len(heads) == 1 {
			v.size.resized(heads[0].slot(), size)
		}
	}
	o.Follow = func(size image.Point) bool {
		heads := v.console.heads()
		return len(heads) != 1 || v.size.follows(heads[0].slot(), size)
	}
}
