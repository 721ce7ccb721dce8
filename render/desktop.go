package render

import (
	"image"
	"sync"
)

// A Head is a monitor: a rectangle of a surface.
type Head struct {
	ID      uint32 // monitor id
	Surface uint32
	Rect    image.Rectangle // in the surface's coordinates
}

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
	changed func()

	mu sync.Mutex
}

// NewDesktop returns a desktop without surfaces.
func NewDesktop(o DesktopOptions) *Desktop { return &Desktop{changed: o.Changed} }

// CreateSurface makes a surface of zeros (SURFACE_CREATE); one with that id is
// replaced. The primary surface is the one the heads show unless they name
// another. It fails with a *LimitError, or if a side is not positive.
func (d *Desktop) CreateSurface(id uint32, width, height int, f Format, primary bool) error {
	return nil
}

// DestroySurface drops a surface (SURFACE_DESTROY), and does nothing if there
// is none with that id. If it was the primary the display counts as unmarked.
func (d *Desktop) DestroySurface(id uint32) {}

// Draw applies op to the pixels of box that lie in the surface and in clip
// (nil: everywhere). Coordinates are those of the wire, 32-bit.
//
// It fails with a *SurfaceError, with a *UnsupportedError, with ErrRegion, or
// because an operand is missing; then nothing is drawn.
func (d *Desktop) Draw(surface uint32, box image.Rectangle, clip *Region, op Op) error { return nil }

// Mark says that the primary is consistent and may be shown (MARK).
func (d *Desktop) Mark() {}

// Reset clears the primary to zeros and unmarks it (RESET).
func (d *Desktop) Reset() {}

// SetHeads sets the monitors (MONITORS_CONFIG). At most 256 are kept; none
// means one head, with id 0, that covers the primary.
func (d *Desktop) SetHeads(heads []Head) {}

// Heads returns the monitors that are shown, each cut to its surface; those
// that lie outside theirs are left out. The other methods that take a head
// want an index into this list.
func (d *Desktop) Heads() []Head { return nil }

// HeadSize returns the size of a head in pixels, or 0, 0 if there is none such.
func (d *Desktop) HeadSize(head int) (width, height int) { return 0, 0 }

// Serial returns a number that grows whenever the answer of Heads changes, or
// a head shows another surface.
func (d *Desktop) Serial() uint64 { return 0 }

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
	return false
}

// Snapshot returns a copy of what a head shows with alpha 255,
// or nil if there is none such.
func (d *Desktop) Snapshot(head int) *image.RGBA { return nil }

// SurfaceSnapshot returns a copy of a surface, fourth byte as it is, or nil if
// there is none with that id.
func (d *Desktop) SurfaceSnapshot(id uint32) *image.RGBA { return nil }

// Stats returns counters for diagnostics.
func (d *Desktop) Stats() Stats { return Stats{} }

// Stats is what a desktop holds and has done.
type Stats struct {
	Surfaces int
	Bytes    int64             // pixel memory, kept pictures and memory for reuse included
	Draws    map[string]uint64 // operations drawn, by the protocol's name
	Failed   uint64            // operations that Draw refused
}
