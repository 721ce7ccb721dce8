//go:build linux || freebsd || netbsd

package window

import (
	"image"

	"github.com/jezek/xgb/xproto"
)

// The wheel and the buttons beyond the third, as X numbers them.
const (
	xWheelUp    = 4
	xWheelDown  = 5
	xWheelLeft  = 6
	xWheelRight = 7
	xSide       = 8
	xExtra      = 9
)

// evdevOffset is how far X keycodes are from evdev codes.
const evdevOffset = 8

// serve passes events on, in the order in which they happened.
func (s *x11) serve(c *control) {
	if f, err := xproto.GetInputFocus(s.x).Reply(); err == nil && f.Focus == s.window {
		c.focus(s.locks()) // that was before we listened
	}
	c.setLayout(s.layout())
	for {
		event, xerr := s.x.WaitForEvent()
		if event == nil && xerr == nil {
			c.blur()
			return
		}
		switch e := event.(type) {
		case xproto.KeyPressEvent:
			c.key(uint16(e.Detail)-evdevOffset, true)
		case xproto.KeyReleaseEvent:
			c.key(uint16(e.Detail)-evdevOffset, false)
		case xproto.MotionNotifyEvent:
			s.moved(c, int(e.EventX), int(e.EventY))
		case xproto.EnterNotifyEvent:
			s.moved(c, int(e.EventX), int(e.EventY))
		case xproto.LeaveNotifyEvent:
			if e.Mode == xproto.NotifyModeNormal {
				c.leave()
			}
		case xproto.ButtonPressEvent:
			s.pressed(c, e)
		case xproto.ButtonReleaseEvent:
			if b, ok := buttonOf(e.Detail); ok {
				c.button(b, false, float64(e.EventX), float64(e.EventY))
			}
		case xproto.FocusInEvent:
			if e.Mode != xproto.NotifyModeGrab && e.Mode != xproto.NotifyModeUngrab {
				c.focus(s.locks())
			}
		case xproto.FocusOutEvent:
			switch {
			case e.Mode == xproto.NotifyModeGrab: // ours or that of another
				c.interrupt()
			case e.Mode != xproto.NotifyModeUngrab && e.Detail != xproto.NotifyDetailInferior:
				c.blur()
			}
		case xproto.MappingNotifyEvent, extensionEvent:
			if s.changesLayout(event) {
				c.setLayout(s.layout())
			}
		case xproto.ExposeEvent:
			s.exposed(e)
			c.changed()
		case xproto.ConfigureNotifyEvent:
			s.mu.Lock()
			s.size = image.Pt(int(e.Width), int(e.Height))
			s.mu.Unlock()
		}
	}
}

// pressed passes a press on. Wheels that turn smoothly come as buttons, too: the
// X server adds up what they turn by, and clicks for each notch, in either
// direction.
func (s *x11) pressed(c *control, e xproto.ButtonPressEvent) {
	x, y := float64(e.EventX), float64(e.EventY)
	switch e.Detail {
	case xWheelUp:
		c.wheel(1, x, y)
	case xWheelDown:
		c.wheel(-1, x, y)
	case xWheelLeft:
		c.sideways(1, x, y)
	case xWheelRight:
		c.sideways(-1, x, y)
	default:
		if b, ok := buttonOf(e.Detail); ok {
			c.button(b, true, x, y)
		}
	}
}

// buttonOf returns the button that X gives a number.
func buttonOf(b xproto.Button) (Button, bool) {
	switch b {
	case 1, 2, 3:
		return Button(b), true
	case xSide:
		return Side, true
	case xExtra:
		return Extra, true
	}
	return 0, false
}

// moved takes a position within the window.
func (s *x11) moved(c *control, x, y int) {
	s.mu.Lock()
	captured := s.captured
	d := image.Point{}
	if captured {
		d = s.track(image.Pt(x, y))
	}
	s.mu.Unlock()
	if captured {
		c.motion(d.X, d.Y)
		return
	}
	c.position(float64(x), float64(y))
}

// track returns how far the captured pointer has moved to p, and puts it back
// to the middle when it gets far from there.
func (s *x11) track(p image.Point) image.Point {
	if s.warping && p == s.centre {
		s.warping = false
		s.pos = p
		return image.Point{}
	}
	d := p.Sub(s.pos)
	s.pos = p
	off := p.Sub(s.centre)
	if !s.warping && (4*abs(off.X) > s.size.X || 4*abs(off.Y) > s.size.Y) {
		s.warp()
	}
	return d
}

func (s *x11) warp() {
	s.centre = s.size.Div(2)
	s.warping = true
	xproto.WarpPointer(s.x, 0, s.window, 0, 0, 0, 0, int16(s.centre.X), int16(s.centre.Y))
}

func (s *x11) capture(on bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !on {
		s.captured = false
		xproto.UngrabPointer(s.x, xproto.TimeCurrentTime)
		return false
	}
	reply, err := xproto.GrabPointer(s.x, false, s.cover, coverEvents, xproto.GrabModeAsync, xproto.GrabModeAsync,
		s.window, s.invisible, xproto.TimeCurrentTime).Reply()
	if err != nil || reply.Status != xproto.GrabStatusSuccess {
		return false
	}
	at, err := xproto.QueryPointer(s.x, s.window).Reply()
	if err != nil {
		xproto.UngrabPointer(s.x, xproto.TimeCurrentTime)
		return false
	}
	s.captured = true
	s.pos = image.Pt(int(at.WinX), int(at.WinY))
	s.warp()
	return true
}

func (s *x11) grabKeyboard(on bool) bool {
	if !on {
		xproto.UngrabKeyboard(s.x, xproto.TimeCurrentTime)
		return false
	}
	reply, err := xproto.GrabKeyboard(s.x, false, s.window, xproto.TimeCurrentTime,
		xproto.GrabModeAsync, xproto.GrabModeAsync).Reply()
	return err == nil && reply.Status == xproto.GrabStatusSuccess
}

// exposed notes that a part of the window is to be shown again.
func (s *x11) exposed(e xproto.ExposeEvent) {
	r := image.Rect(0, 0, int(e.Width), int(e.Height)).Add(image.Pt(int(e.X), int(e.Y)))
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.forgot = append(s.forgot, r); len(s.forgot) > maxForgot {
		s.forgot = []image.Rectangle{{Max: image.Pt(huge, huge)}}
	}
}

// maxForgot bounds the rectangles that are kept: with more, all is shown again.
const maxForgot = 32

func (s *x11) lost() []image.Rectangle {
	s.mu.Lock()
	defer s.mu.Unlock()
	lost := s.forgot
	s.forgot = nil
	return lost
}
