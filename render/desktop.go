package render

import (
	"fmt"
	"image"
	"maps"
	"math"
	"sync"
)

const (
	defaultSurfacePixels = 1 << 26
	defaultTotalPixels   = 1 << 27
	maxSurfaces          = 1 << 14 // servers use ids up to 1023
	maxHeads             = 256
)

// DesktopOptions are the choices of NewDesktop. The zero value works.
type DesktopOptions struct {
	// Changed, if set, is called when there is something new to show: when a
	// head that had no damage gets some, and when the heads change. It is
	// called without any lock by the goroutine that made the change, and may
	// call the desktop.
	Changed func()

	// MaxSurfacePixels limits the pixels of one surface.
	// It defaults to 1<<26 (8192x8192).
	MaxSurfacePixels int64

	// MaxTotalPixels limits the pixels of all surfaces together.
	// It defaults to 1<<27. While the picture of a destroyed primary is kept
	// on show, that much may be held twice.
	MaxTotalPixels int64
}

// A Desktop is all surfaces of one display channel and what is shown of them.
//
// Any goroutine may call its methods. The desktop holds its mutex for one
// operation or one round of uploads.
//
// What is shown: a new primary surface is shown from the moment it is marked
// or first drawn into. Until then, and while there is no primary, the heads
// stay as they were with the picture of the previous primary, so that a mode
// change does not flash. Before the first there are no heads.
type Desktop struct {
	changed          func()
	maxPixels, total int64 // limits; immutable

	mu       sync.Mutex // guards everything below
	surfaces map[uint32]*surface
	pixels   int64 // of all surfaces
	primary  *surface
	shown    bool   // the primary is shown; never without a primary
	config   []Head // as set by the server
	heads    []*view
	held     []*image.RGBA // pictures of heads whose surface is gone
	notify   bool          // call changed after unlocking
	holding  bool          // see Hold
	serial   uint64
	pool     pool

	// Memory for drawing, reused.
	rects []image.Rectangle
	bufs  [scratches][]byte
	cover []byte // of a string

	draws  map[string]uint64
	failed uint64
}

// A surface is a picture that the server draws into.
type surface struct {
	id     uint32
	format Format
	img    *image.RGBA // bounds start at (0, 0)
}

func (s *surface) pixels() int64 { return int64(len(s.img.Pix) / 4) }

// NewDesktop returns a desktop without surfaces.
func NewDesktop(o DesktopOptions) *Desktop {
	d := &Desktop{
		changed:   o.Changed,
		maxPixels: o.MaxSurfacePixels,
		total:     o.MaxTotalPixels,
		surfaces:  map[uint32]*surface{},
		draws:     map[string]uint64{},
	}
	if d.maxPixels <= 0 {
		d.maxPixels = defaultSurfacePixels
	}
	if d.total <= 0 {
		d.total = defaultTotalPixels
	}
	return d
}

// CreateSurface makes a surface of zeros (SURFACE_CREATE); one with that id is
// replaced. The primary surface is the one the heads show unless they name
// another. It fails with a *LimitError, or if a side is not positive or the
// format unknown; then nothing changes.
func (d *Desktop) CreateSurface(id uint32, width, height int, f Format, primary bool) error {
	d.mu.Lock()
	defer d.unlock()
	if f < FormatA1 || f > FormatARGB {
		return fmt.Errorf("render: surface %d: unknown format %d", id, uint8(f))
	}
	old := d.surfaces[id]
	if err := d.admit(width, height, old); err != nil {
		return err
	}
	if old != nil {
		d.destroy(old)
	}
	n := width * height
	s := &surface{id: id, format: f, img: &image.RGBA{
		Pix: d.pool.take(4 * n), Stride: 4 * width, Rect: image.Rect(0, 0, width, height),
	}}
	d.surfaces[id] = s
	d.pixels += int64(n)
	if primary {
		d.primary, d.shown = s, false
	} else if d.shown {
		d.arrange() // a head may have waited for it
	}
	return nil
}

// admit checks the size of a surface that is to replace old.
func (d *Desktop) admit(width, height int, old *surface) error {
	if width <= 0 || height <= 0 || width > math.MaxInt32 || height > math.MaxInt32 {
		return fmt.Errorf("render: surface of %dx%d pixels", width, height)
	}
	n := int64(width) * int64(height)
	if n > d.maxPixels {
		return &LimitError{What: "pixels of a surface", Value: n, Limit: d.maxPixels}
	}
	total := d.pixels + n
	if old != nil {
		total -= old.pixels()
	}
	if total > d.total {
		return &LimitError{What: "pixels of all surfaces", Value: total, Limit: d.total}
	}
	if old == nil && len(d.surfaces) >= maxSurfaces {
		return &LimitError{What: "surfaces", Value: int64(len(d.surfaces)) + 1, Limit: maxSurfaces}
	}
	return nil
}

// DestroySurface drops a surface (SURFACE_DESTROY), and does nothing if there
// is none with that id. If it was the primary the display counts as unmarked.
func (d *Desktop) DestroySurface(id uint32) {
	d.mu.Lock()
	defer d.unlock()
	if s := d.surfaces[id]; s != nil {
		d.destroy(s)
	}
}

func (d *Desktop) destroy(s *surface) {
	delete(d.surfaces, s.id)
	d.pixels -= s.pixels()
	if s == d.primary {
		d.primary, d.shown = nil, false
	}
	d.release(s.img)
	if d.shown {
		d.arrange() // a head may have lost its surface
	}
}

// release gives up an image that belongs to no surface any more, at once or,
// if a head shows it, when the heads are arranged next.
func (d *Desktop) release(img *image.RGBA) {
	if d.showing(img) {
		d.held = append(d.held, img)
		return
	}
	d.pool.give(img.Pix)
}

// Mark says that the primary is consistent and may be shown (MARK).
func (d *Desktop) Mark() {
	d.mu.Lock()
	defer d.unlock()
	if d.primary != nil {
		d.show()
	}
}

// Reset clears the primary to zeros and unmarks it (RESET). Its picture stays
// on show as after a destruction.
func (d *Desktop) Reset() {
	d.mu.Lock()
	defer d.unlock()
	s := d.primary
	if s == nil {
		return
	}
	d.shown = false
	if !d.showing(s.img) {
		clear(s.img.Pix)
		return
	}
	fresh := *s.img
	fresh.Pix = d.pool.take(len(s.img.Pix))
	d.release(s.img)
	s.img = &fresh
}

// SurfaceSnapshot returns a copy of a surface, fourth byte as it is, or nil if
// there is none with that id.
func (d *Desktop) SurfaceSnapshot(id uint32) *image.RGBA {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := d.surfaces[id]
	if s == nil {
		return nil
	}
	c := image.NewRGBA(s.img.Rect)
	copy(c.Pix, s.img.Pix)
	return c
}

// Stats is what a desktop holds and has done.
type Stats struct {
	Surfaces int
	Bytes    int64             // pixel memory, kept pictures and memory for reuse included
	Draws    map[string]uint64 // operations drawn, by the protocol's name
	Failed   uint64            // operations that Draw refused
}

// Stats returns counters for diagnostics.
func (d *Desktop) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	bytes := 4*d.pixels + d.pool.bytes()
	for _, img := range d.held {
		bytes += int64(len(img.Pix))
	}
	return Stats{Surfaces: len(d.surfaces), Bytes: bytes, Draws: maps.Clone(d.draws), Failed: d.failed}
}

// unlock ends a change and tells about it.
func (d *Desktop) unlock() {
	notify := d.notify
	d.notify = false
	d.mu.Unlock()
	if notify && d.changed != nil {
		d.changed()
	}
}

// A scratch is what a row of pixels is kept for while an operation is drawn.
type scratch uint8

const (
	scratchSource scratch = iota
	scratchBrush
	scratchMask
	scratches
)

// scratch returns memory for a row of n pixels, valid until the next call for
// the same use.
func (d *Desktop) scratch(use scratch, n int) []byte {
	if cap(d.bufs[use]) < 4*n {
		d.bufs[use] = make([]byte, 4*n)
	}
	return d.bufs[use][:4*n]
}
