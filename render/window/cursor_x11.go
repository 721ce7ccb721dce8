//go:build linux || freebsd || netbsd

package window

import (
	"errors"
	"image"

	"github.com/jezek/xgb/render"
	"github.com/jezek/xgb/xproto"
)

// initCursors prepares for coloured pointers and makes the invisible one.
func (s *x11) initCursors() error {
	// Not render.Init: that writes maps of xgb that other connections read.
	major, _, err := s.extension("RENDER")
	if err != nil {
		return err
	}
	s.x.ExtLock.Lock()
	s.x.Extensions["RENDER"] = major
	s.x.ExtLock.Unlock()
	formats, err := render.QueryPictFormats(s.x).Reply()
	if err != nil {
		return err
	}
	for _, f := range formats.Formats {
		d := f.Direct
		if f.Depth == 32 && d.AlphaMask == 255 && d.AlphaShift == 24 && d.RedShift == 16 && d.GreenShift == 8 && d.BlueShift == 0 {
			s.argb = f.Id
		}
	}
	if s.argb == 0 {
		return errors.New("the X server has no pictures with alpha")
	}
	if err := s.cursorIDs(); err != nil {
		return err
	}
	return s.makeCursor(s.invisible, image.NewRGBA(image.Rect(0, 0, 1, 1)), image.Point{})
}

// cursorIDs takes the ids that all cursors are made with: a guest may change
// its pointer for ever, but ids run out.
func (s *x11) cursorIDs() (err error) {
	if s.pixmap, err = xproto.NewPixmapId(s.x); err != nil {
		return err
	}
	if s.gc, err = xproto.NewGcontextId(s.x); err != nil {
		return err
	}
	if s.picture, err = render.NewPictureId(s.x); err != nil {
		return err
	}
	for _, id := range []*xproto.Cursor{&s.invisible, &s.shapes[0], &s.shapes[1]} {
		if *id, err = xproto.NewCursorId(s.x); err != nil {
			return err
		}
	}
	return nil
}

// dress sets what the pointer looks like over the picture.
func (s *x11) dress(p pointer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var c xproto.Cursor
	switch {
	case p.invisible:
		c = s.invisible
	case p.image != nil:
		c = s.shapes[0]
		if c == s.shape {
			c = s.shapes[1]
		}
		if s.makeCursor(c, p.image, p.hot) != nil {
			return // not worth ending for
		}
	}
	old := s.shape
	s.shape = c
	s.redress()
	if old != c && old != 0 && old != s.invisible {
		xproto.FreeCursor(s.x, old)
	}
}

// over tells whether the pointer is over the picture; beside it, it is the
// desktop's.
func (s *x11) over(picture bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.isOver = picture
	s.redress()
}

func (s *x11) redress() {
	c := s.shape
	if !s.isOver {
		c = 0
	}
	if c != s.dressed {
		s.dressed = c
		xproto.ChangeWindowAttributes(s.x, s.cover, xproto.CwCursor, []uint32{uint32(c)})
	}
}

// makeCursor makes an image a cursor with the given id.
func (s *x11) makeCursor(id xproto.Cursor, img *image.RGBA, hot image.Point) error {
	w, h := img.Rect.Dx(), img.Rect.Dy()
	xproto.CreatePixmap(s.x, 32, s.pixmap, xproto.Drawable(s.screen.Root), uint16(w), uint16(h))
	defer xproto.FreePixmap(s.x, s.pixmap)
	xproto.CreateGC(s.x, s.gc, xproto.Drawable(s.pixmap), 0, nil)
	defer xproto.FreeGC(s.x, s.gc)
	rows := max(1, (1<<17)/(4*w)) // a request has at most 256 KiB
	for y := 0; y < h; y += rows {
		n := min(rows, h-y)
		xproto.PutImage(s.x, xproto.ImageFormatZPixmap, xproto.Drawable(s.pixmap), s.gc,
			uint16(w), uint16(n), 0, int16(y), 0, 32, s.words(img, y, n))
	}
	render.CreatePicture(s.x, s.picture, xproto.Drawable(s.pixmap), s.argb, 0, nil)
	defer render.FreePicture(s.x, s.picture)
	hot.X = max(0, min(hot.X, w-1))
	hot.Y = max(0, min(hot.Y, h-1))
	return render.CreateCursorChecked(s.x, id, s.picture, uint16(hot.X), uint16(hot.Y)).Check()
}

// words returns n rows of an image as the server's 32-bit words 0xAARRGGBB.
func (s *x11) words(img *image.RGBA, y, n int) []byte {
	w := img.Rect.Dx()
	out := make([]byte, 0, 4*w*n)
	for row := y; row < y+n; row++ {
		p := img.Pix[img.PixOffset(img.Rect.Min.X, img.Rect.Min.Y+row):]
		for ; len(out) < 4*w*(row-y+1); p = p[4:] {
			if s.lsbFirst {
				out = append(out, p[2], p[1], p[0], p[3])
			} else {
				out = append(out, p[3], p[0], p[1], p[2])
			}
		}
	}
	return out
}
