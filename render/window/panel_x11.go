//go:build linux || freebsd || netbsd

package window

import (
	"crypto/rand"
	"errors"
	"fmt"
	"image"
	"os"
	"strings"

	"github.com/jezek/xgb/shm"
	"github.com/jezek/xgb/xproto"
)

// A board is the panel of an X server: a window within ebiten's, which so
// never shows what GL draws.
type board struct {
	s      *x11
	window xproto.Window
	gc     xproto.Gcontext
	depth  byte
	shared bool

	mem   []byte
	held  segment // that mem is in; the zero value if it is in none
	seg   shm.Seg
	taken *xproto.GetInputFocusCookie // answered when what was shown has been taken
	strip []byte                      // memory for sending, reused
}

// panel opens the board.
func (s *x11) panel(shared bool) (panel, error) {
	b := &board{s: s}
	if err := b.open(); err != nil {
		return nil, fmt.Errorf("window: panel: %w", err)
	}
	if shared && local(os.Getenv("DISPLAY")) {
		// Not shm.Init: that writes maps of xgb that other connections read.
		if major, _, err := s.extension("MIT-SHM"); err == nil {
			s.x.ExtLock.Lock()
			s.x.Extensions["MIT-SHM"] = major
			s.x.ExtLock.Unlock()
			b.seg, err = shm.NewSegId(s.x)
			b.shared = err == nil
		}
	}
	return b, nil
}

// local reports whether a display is one of this machine.
func local(display string) bool {
	return strings.HasPrefix(display, ":") || strings.HasPrefix(display, "unix:") || strings.HasPrefix(display, "/")
}

func (b *board) open() (err error) {
	x := b.s.x
	if b.depth, err = b.s.depth(); err != nil {
		return err
	}
	if b.window, err = xproto.NewWindowId(x); err != nil {
		return err
	}
	// Without a background the server leaves what was there until we draw.
	err = xproto.CreateWindowChecked(x, xproto.WindowClassCopyFromParent, b.window, b.s.window, 0, 0, huge, huge, 0,
		xproto.WindowClassInputOutput, 0, xproto.CwBackPixmap|xproto.CwEventMask,
		[]uint32{xproto.BackPixmapNone, xproto.EventMaskExposure}).Check()
	if err != nil {
		return err
	}
	err = xproto.ConfigureWindowChecked(x, b.window, xproto.ConfigWindowSibling|xproto.ConfigWindowStackMode,
		[]uint32{uint32(b.s.cover), xproto.StackModeBelow}).Check()
	if err != nil {
		return err
	}
	if b.gc, err = xproto.NewGcontextId(x); err != nil {
		return err
	}
	if err := xproto.CreateGCChecked(x, b.gc, xproto.Drawable(b.window), xproto.GcGraphicsExposures, []uint32{0}).Check(); err != nil {
		return err
	}
	return xproto.MapWindowChecked(x, b.window).Check()
}

// depth returns the depth of ebiten's window. It fails unless its pixels are
// B, G, R and a fourth byte.
func (s *x11) depth() (byte, error) {
	a, err := xproto.GetWindowAttributes(s.x, s.window).Reply()
	if err != nil {
		return 0, err
	}
	setup := xproto.Setup(s.x)
	for _, d := range s.screen.AllowedDepths {
		for _, v := range d.Visuals {
			if v.VisualId != a.Visual || v.RedMask != 0xff0000 || v.GreenMask != 0xff00 || v.BlueMask != 0xff || !s.lsbFirst {
				continue
			}
			for _, f := range setup.PixmapFormats {
				if f.Depth == d.Depth && f.BitsPerPixel == 32 && f.ScanlinePad == 32 {
					return d.Depth, nil
				}
			}
		}
	}
	return 0, errors.New("the window has other pixels")
}

func (b *board) memory(n int) []byte {
	if b.taken != nil {
		_, _ = b.taken.Reply() // an error means that the connection has ended
		b.taken = nil
	}
	if n == len(b.mem) {
		return b.mem
	}
	if n <= cap(b.mem) && 2*n > cap(b.mem) {
		b.mem = b.mem[:n]
		return b.mem
	}
	b.drop()
	if b.shared {
		if err := b.share(n); err == nil {
			return b.mem
		}
		b.shared = false
	}
	b.mem = make([]byte, n)
	return b.mem
}

// drop gives up the memory.
func (b *board) drop() {
	if b.held.mem != nil {
		shm.Detach(b.s.x, b.seg)
		b.held.detach()
	}
	b.held, b.mem = segment{}, nil
}

// share makes the memory a shared segment.
func (b *board) share(n int) error {
	seg, err := newSegment(n)
	if err != nil {
		return err
	}
	err = shm.AttachChecked(b.s.x, b.seg, uint32(seg.id), true).Check()
	seg.remove()
	if err != nil {
		seg.detach()
		return err
	}
	b.held, b.mem = seg, seg.mem
	if err := b.prove(); err != nil {
		b.drop()
		return err
	}
	return nil
}

// prove makes sure that the server sees the same memory: in a container of its
// own, or on another machine after all, it may have attached to another's
// segment that has the same number.
func (b *board) prove() error {
	x := b.s.x
	pixmap, err := xproto.NewPixmapId(x)
	if err != nil {
		return err
	}
	if err := xproto.CreatePixmapChecked(x, b.depth, pixmap, xproto.Drawable(b.window), 1, 1).Check(); err != nil {
		return err
	}
	defer xproto.FreePixmap(x, pixmap)
	rand.Read(b.mem[:3])
	shm.PutImage(x, xproto.Drawable(pixmap), b.gc, 1, 1, 0, 0, 1, 1, 0, 0, b.depth, xproto.ImageFormatZPixmap, 0, b.seg, 0)
	got, err := xproto.GetImage(x, xproto.ImageFormatZPixmap, xproto.Drawable(pixmap), 0, 0, 1, 1, 1<<32-1).Reply()
	if err != nil {
		return err
	}
	if len(got.Data) < 3 || string(got.Data[:3]) != string(b.mem[:3]) {
		return errors.New("the memory is not shared")
	}
	return nil
}

func (b *board) show(size image.Point, rects []image.Rectangle) {
	for _, r := range rects {
		r = r.Intersect(image.Rectangle{Max: size})
		switch {
		case r.Empty():
		case b.shared:
			shm.PutImage(b.s.x, xproto.Drawable(b.window), b.gc, uint16(size.X), uint16(size.Y),
				uint16(r.Min.X), uint16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), int16(r.Min.X), int16(r.Min.Y),
				b.depth, xproto.ImageFormatZPixmap, 0, b.seg, 0)
		default:
			b.send(size, r)
		}
	}
	taken := xproto.GetInputFocus(b.s.x)
	b.taken = &taken
}

// send shows a rectangle without shared memory.
func (b *board) send(size image.Point, r image.Rectangle) {
	rows := max(1, (1<<17)/(4*r.Dx())) // a request has at most 256 KiB
	for y := r.Min.Y; y < r.Max.Y; y += rows {
		n := min(rows, r.Max.Y-y)
		b.strip = b.strip[:0]
		for i := range n {
			b.strip = append(b.strip, b.mem[4*((y+i)*size.X+r.Min.X):][:4*r.Dx()]...)
		}
		xproto.PutImage(b.s.x, xproto.ImageFormatZPixmap, xproto.Drawable(b.window), b.gc,
			uint16(r.Dx()), uint16(n), int16(r.Min.X), int16(y), 0, b.depth, b.strip)
	}
}
