//go:build linux || freebsd || netbsd

package window

import (
	"errors"
	"fmt"
	"image"
	"io"
	"log"
	"os"
	"sync"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/render"
	"github.com/jezek/xgb/xproto"
)

func init() {
	xgb.Logger = log.New(io.Discard, "", 0) // it would write to standard error
}

// probe reports, as a *NoDisplayError, if there is no display to connect to.
// It comes before ebiten, which would end the process or take the console. The
// connection stays until leave is called: a server without other clients
// starts anew, and is away for a moment, when its last one goes.
func probe() (leave func(), err error) {
	display := os.Getenv("DISPLAY")
	if display == "" {
		return nil, &NoDisplayError{Err: errors.New("DISPLAY is not set")}
	}
	x, err := xgb.NewConn()
	if err != nil {
		return nil, &NoDisplayError{Display: display, Err: err}
	}
	return x.Close, nil
}

// x11 is the side connection to an X server.
//
// Over ebiten's window lies an invisible window of ours, which takes the
// mouse: only one client may select the buttons of a window, and ebiten does
// so on its own only to report what is left of them once a frame. What ebiten
// does to the pointer of its window does not show either. Keys arrive at
// ebiten's window, where anyone may select them.
type x11 struct {
	x      *xgb.Conn
	screen *xproto.ScreenInfo
	window xproto.Window // ebiten's
	cover  xproto.Window // ours, within

	xkb      byte // number of the extension's requests
	xkbEvent byte // and of its events
	argb     render.Pictformat
	lsbFirst bool

	// Ids for making cursors.
	pixmap    xproto.Pixmap
	gc        xproto.Gcontext
	picture   render.Picture
	shapes    [2]xproto.Cursor
	invisible xproto.Cursor

	mu       sync.Mutex // guards everything below
	shape    xproto.Cursor
	dressed  xproto.Cursor // what the cover has; 0 is the arrow of the desktop
	isOver   bool
	captured bool
	pos      image.Point       // of the captured pointer, as last seen
	centre   image.Point       // where it is put back to
	warping  bool              // the event of putting it back is yet to come
	size     image.Point       // of the window
	forgot   []image.Rectangle // to be shown again
}

// huge is the side of a window within another, cut to that whatever its size.
const huge = 1<<15 - 1

const coverEvents = xproto.EventMaskPointerMotion | xproto.EventMaskButtonPress |
	xproto.EventMaskButtonRelease | xproto.EventMaskEnterWindow | xproto.EventMaskLeaveWindow

// openSide connects to the window of this process.
func openSide() (side, error) {
	conn, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("window: side connection: %w", err)
	}
	s := &x11{x: conn, screen: xproto.Setup(conn).DefaultScreen(conn)}
	s.lsbFirst = xproto.Setup(conn).ImageByteOrder == xproto.ImageOrderLSBFirst
	if err := s.open(); err != nil {
		conn.Close()
		return nil, fmt.Errorf("window: side connection: %w", err)
	}
	return s, nil
}

func (s *x11) open() error {
	var ok bool
	if s.window, ok = s.find(s.screen.Root, 3); !ok {
		return errors.New("the window is not there")
	}
	if err := s.initCursors(); err != nil {
		return err
	}
	if err := s.detectRepeats(); err != nil {
		return err
	}
	g, err := xproto.GetGeometry(s.x, xproto.Drawable(s.window)).Reply()
	if err != nil {
		return err
	}
	s.size = image.Pt(int(g.Width), int(g.Height))
	if s.cover, err = xproto.NewWindowId(s.x); err != nil {
		return err
	}
	err = xproto.CreateWindowChecked(s.x, 0, s.cover, s.window, 0, 0, huge, huge, 0,
		xproto.WindowClassInputOnly, s.screen.RootVisual, xproto.CwEventMask, []uint32{coverEvents}).Check()
	if err != nil {
		return err
	}
	if err := xproto.MapWindowChecked(s.x, s.cover).Check(); err != nil {
		return err
	}
	return xproto.ChangeWindowAttributesChecked(s.x, s.window, xproto.CwEventMask, []uint32{
		xproto.EventMaskKeyPress | xproto.EventMaskKeyRelease | xproto.EventMaskFocusChange |
			xproto.EventMaskStructureNotify | xproto.EventMaskExposure,
	}).Check()
}

// find looks among the descendants of parent for the window that has our class
// and process number.
func (s *x11) find(parent xproto.Window, depth int) (xproto.Window, bool) {
	tree, err := xproto.QueryTree(s.x, parent).Reply()
	if err != nil {
		return 0, false
	}
	for _, w := range tree.Children {
		if s.ours(w) {
			return w, true
		}
		if depth > 1 {
			if w, ok := s.find(w, depth-1); ok {
				return w, true
			}
		}
	}
	return 0, false
}

func (s *x11) ours(w xproto.Window) bool {
	class := s.property(w, xproto.AtomWmClass)
	if string(class) != classInstance+"\x00"+className+"\x00" {
		return false
	}
	const name = "_NET_WM_PID"
	atom, err := xproto.InternAtom(s.x, false, uint16(len(name)), name).Reply()
	if err != nil {
		return false
	}
	pid := s.property(w, atom.Atom)
	return len(pid) == 4 && xgb.Get32(pid) == uint32(os.Getpid())
}

func (s *x11) property(w xproto.Window, name xproto.Atom) []byte {
	p, err := xproto.GetProperty(s.x, false, w, name, xproto.GetPropertyTypeAny, 0, 64).Reply()
	if err != nil {
		return nil
	}
	return p.Value
}

// coreKeyboard is the keyboard, as a device of XKB.
const coreKeyboard = 0x100

// detectRepeats asks for auto-repeat as presses without releases
// (XKB: UseExtension, then PerClientFlags with DetectableAutoRepeat), and to be
// told of other layouts.
func (s *x11) detectRepeats() error {
	var err error
	if s.xkb, s.xkbEvent, err = s.extension("XKEYBOARD"); err != nil {
		return err
	}
	use := make([]byte, 8)
	use[0], use[1] = s.xkb, 0
	xgb.Put16(use[2:], 2)
	xgb.Put16(use[4:], 1) // version 1.0
	if err := s.request(use); err != nil {
		return err
	}
	flags := make([]byte, 28)
	flags[0], flags[1] = s.xkb, 21
	xgb.Put16(flags[2:], 7)
	xgb.Put16(flags[4:], coreKeyboard)
	xgb.Put32(flags[8:], 1)  // what to change
	xgb.Put32(flags[12:], 1) // and to what
	if err := s.request(flags); err != nil {
		return err
	}
	return s.watchLayout()
}

// extension returns the numbers of an extension's requests and of its first
// event.
func (s *x11) extension(name string) (major, event byte, err error) {
	ext, err := xproto.QueryExtension(s.x, uint16(len(name)), name).Reply()
	if err != nil {
		return 0, 0, err
	}
	if !ext.Present {
		return 0, 0, errors.New("the X server lacks " + name)
	}
	return ext.MajorOpcode, ext.FirstEvent, nil
}

// request sends a request that has a reply.
func (s *x11) request(buf []byte) error {
	cookie := s.x.NewCookie(true, true)
	s.x.NewRequest(buf, cookie)
	_, err := cookie.Reply()
	return err
}

func (s *x11) close() { s.x.Close() }

func (s *x11) resize(size image.Point) {
	xproto.ConfigureWindow(s.x, s.window, xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
		[]uint32{uint32(size.X), uint32(size.Y)})
}

func (s *x11) move(to image.Rectangle) {
	xproto.ConfigureWindow(s.x, s.window,
		xproto.ConfigWindowX|xproto.ConfigWindowY|xproto.ConfigWindowWidth|xproto.ConfigWindowHeight,
		[]uint32{uint32(to.Min.X), uint32(to.Min.Y), uint32(to.Dx()), uint32(to.Dy())})
}

func (s *x11) origin() (image.Point, bool) {
	at, err := xproto.TranslateCoordinates(s.x, s.window, s.screen.Root, 0, 0).Reply()
	if err != nil {
		return image.Point{}, false
	}
	return image.Pt(int(at.DstX), int(at.DstY)), true
}

// read reads the part of the window that is on the screen; the rest is black.
func (s *x11) read() (*image.RGBA, error) {
	g, err := xproto.GetGeometry(s.x, xproto.Drawable(s.window)).Reply()
	if err != nil {
		return nil, fmt.Errorf("window: reading the screen: %w", err)
	}
	at, err := xproto.TranslateCoordinates(s.x, s.window, s.screen.Root, 0, 0).Reply()
	if err != nil {
		return nil, fmt.Errorf("window: reading the screen: %w", err)
	}
	pic := image.NewRGBA(image.Rect(0, 0, int(g.Width), int(g.Height)))
	for i := 3; i < len(pic.Pix); i += 4 {
		pic.Pix[i] = 255
	}
	origin := image.Pt(int(at.DstX), int(at.DstY))
	r := image.Rect(0, 0, int(s.screen.WidthInPixels), int(s.screen.HeightInPixels)).Sub(origin).Intersect(pic.Rect)
	if r.Empty() {
		return pic, nil
	}
	got, err := xproto.GetImage(s.x, xproto.ImageFormatZPixmap, xproto.Drawable(s.window),
		int16(r.Min.X), int16(r.Min.Y), uint16(r.Dx()), uint16(r.Dy()), 1<<32-1).Reply()
	if err != nil {
		return nil, fmt.Errorf("window: reading the screen: %w", err)
	}
	if got.Depth < 24 || len(got.Data) < 4*r.Dx()*r.Dy() {
		return nil, fmt.Errorf("window: reading the screen: depth %d and %d bytes for %v", got.Depth, len(got.Data), r.Size())
	}
	for y := range r.Dy() {
		row := pic.Pix[pic.PixOffset(r.Min.X, r.Min.Y+y):]
		for x := range r.Dx() {
			p := got.Data[4*(y*r.Dx()+x):]
			if s.lsbFirst {
				row[4*x], row[4*x+1], row[4*x+2] = p[2], p[1], p[0]
			} else {
				row[4*x], row[4*x+1], row[4*x+2] = p[1], p[2], p[3]
			}
		}
	}
	return pic, nil
}
