package render

import (
	"image"
	"slices"
)

// A Head is a monitor: a rectangle of a surface.
type Head struct {
	ID      uint32 // monitor id
	Surface uint32
	Rect    image.Rectangle // in the surface's coordinates
}

// A view is a head being shown. While the primary is not shown, views keep
// the images of surfaces that may be gone.
type view struct {
	head   Head        // Rect is cut to the surface
	img    *image.RGBA // of the surface
	pix    *image.RGBA // the head alone, its corner at (0, 0)
	damage damage      // in the coordinates of pix
}

func newView(h Head, img *image.RGBA) *view {
	v := &view{head: h, img: img}
	v.pix = &image.RGBA{
		Pix:    img.Pix[img.PixOffset(h.Rect.Min.X, h.Rect.Min.Y):],
		Stride: img.Stride,
		Rect:   image.Rectangle{Max: h.Rect.Size()},
	}
	v.damage.add(v.pix.Rect)
	return v
}

// SetHeads sets the monitors (MONITORS_CONFIG). At most 256 are kept; none
// means one head, with id 0, that covers the primary.
func (d *Desktop) SetHeads(heads []Head) {
	d.mu.Lock()
	defer d.unlock()
	d.config = slices.Clone(heads[:min(len(heads), maxHeads)])
	if d.shown {
		d.arrange()
	}
}

// Heads returns the monitors that are shown, each cut to its surface; those
// that lie outside theirs are left out. The other methods that take a head
// want an index into this list.
func (d *Desktop) Heads() []Head {
	d.mu.Lock()
	defer d.mu.Unlock()
	var heads []Head
	for _, v := range d.heads {
		heads = append(heads, v.head)
	}
	return heads
}

// HeadSize returns the size of a head in pixels, or 0, 0 if there is none such.
func (d *Desktop) HeadSize(head int) (width, height int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.view(head); v != nil {
		return v.pix.Rect.Dx(), v.pix.Rect.Dy()
	}
	return 0, 0
}

// Serial returns a number that grows whenever the answer of Heads changes, or
// a head shows another surface.
func (d *Desktop) Serial() uint64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.serial
}

// Damage calls upload for each rectangle of the head that has changed since
// the last call, at first and after each change of the head for the whole of
// it, and reports whether there was any. The rectangles, at most 32, cover
// what changed and a little more.
//
// pix is the head itself, its bounds starting at (0, 0); r is in the same
// coordinates. The fourth byte of its pixels is the protocol's: whoever shows
// them treats it as 255. upload is called with the desktop locked: it must
// neither call the desktop nor keep or change pix.
func (d *Desktop) Damage(head int, upload func(pix *image.RGBA, r image.Rectangle)) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.view(head)
	if v == nil || d.holding || v.damage.empty() {
		return false
	}
	for _, r := range v.damage.take() {
		upload(v.pix, r)
	}
	return true
}

// Frame calls f once with a head and the rectangles of it that have changed, as
// Damage says, of which there may be none: for those who keep no copy of the
// head. Without such a head pix is nil. While pictures are held it does not
// call f and returns false.
func (d *Desktop) Frame(head int, f func(pix *image.RGBA, changed []image.Rectangle)) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.holding {
		return false
	}
	v := d.view(head)
	if v == nil {
		f(nil, nil)
		return true
	}
	var changed []image.Rectangle
	if !v.damage.empty() {
		changed = v.damage.take()
	}
	f(v.pix, changed)
	return true
}

// Hold makes Damage and Frame hand out nothing until it is called with false:
// what is drawn meanwhile is to be seen all at once.
func (d *Desktop) Hold(on bool) {
	d.mu.Lock()
	defer d.unlock()
	d.notify = d.notify || d.holding && !on
	d.holding = on
}

// Snapshot returns a copy of what a head shows with alpha 255,
// or nil if there is none such.
func (d *Desktop) Snapshot(head int) *image.RGBA {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.view(head)
	if v == nil {
		return nil
	}
	c := planeOf(v.pix).clone()
	for i := 3; i < len(c.pix); i += 4 {
		c.pix[i] = 255
	}
	return &image.RGBA{Pix: c.pix, Stride: c.stride, Rect: c.size}
}

func (d *Desktop) view(head int) *view {
	if head < 0 || head >= len(d.heads) {
		return nil
	}
	return d.heads[head]
}

// show shows the primary, which exists, if it is not shown yet.
func (d *Desktop) show() {
	if !d.shown {
		d.shown = true
		d.arrange()
	}
}

// showing reports whether a head shows img.
func (d *Desktop) showing(img *image.RGBA) bool {
	return slices.ContainsFunc(d.heads, func(v *view) bool { return v.img == img })
}

// arrange makes the heads what the configuration says and gives up the
// pictures kept until now. The primary must be shown. Heads that are as they
// were keep their damage.
func (d *Desktop) arrange() {
	config := d.config
	if len(config) == 0 {
		config = []Head{{Surface: d.primary.id, Rect: d.primary.img.Rect}}
	}
	var heads []*view
	for _, h := range config {
		s := d.surfaces[h.Surface]
		if s == nil {
			continue
		}
		if h.Rect = h.Rect.Intersect(s.img.Rect); h.Rect.Empty() {
			continue
		}
		v := d.view(len(heads))
		if v == nil || v.head != h || v.img != s.img {
			v = newView(h, s.img)
		}
		heads = append(heads, v)
	}
	if slices.Equal(heads, d.heads) {
		return
	}
	d.heads = heads
	d.serial++
	d.notify = true
	for _, img := range d.held {
		d.pool.give(img.Pix)
	}
	d.held = nil
}

// spoil notes that rects of s have changed.
func (d *Desktop) spoil(s *surface, rects []image.Rectangle) {
	if len(rects) > maxDamage {
		rects = []image.Rectangle{boundsOf(rects)}
	}
	for _, v := range d.heads {
		if v.img != s.img {
			continue
		}
		clean := v.damage.empty()
		for _, r := range rects {
			if r = r.Intersect(v.head.Rect); !r.Empty() {
				v.damage.add(r.Sub(v.head.Rect.Min))
			}
		}
		if clean && !v.damage.empty() {
			d.notify = true
		}
	}
}
