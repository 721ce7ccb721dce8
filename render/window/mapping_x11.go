//go:build linux || freebsd || netbsd

package window

import (
	"fmt"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// An extensionEvent is an event of an extension that the X11 library does not
// know.
type extensionEvent []byte

// Bytes implements xgb.Event.
func (e extensionEvent) Bytes() []byte { return e }

// String implements xgb.Event.
func (e extensionEvent) String() string { return fmt.Sprintf("event % x", []byte(e)) }

// The numbers of events of extensions.
const (
	firstExtensionEvent = 64
	lastExtensionEvent  = 127
)

func init() {
	// The library drops what is not in its table, which must not change once
	// there is a connection.
	for n := firstExtensionEvent; n <= lastExtensionEvent; n++ {
		if xgb.NewEventFuncs[n] == nil {
			xgb.NewEventFuncs[n] = func(buf []byte) xgb.Event { return extensionEvent(buf) }
		}
	}
}

// Events of XKB that tell of another layout, as bits and in events.
const (
	xkbNewKeyboard = 0
	xkbMap         = 1
	xkbAllOfMap    = 0xff
)

// watchLayout asks to be told when the layout is another (XKB: SelectEvents):
// who uses XKB is not told the usual way.
func (s *x11) watchLayout() error {
	b := make([]byte, 16)
	b[0], b[1] = s.xkb, 1
	xgb.Put16(b[2:], uint16(len(b)/4))
	xgb.Put16(b[4:], coreKeyboard)
	const which = 1<<xkbNewKeyboard | 1<<xkbMap
	xgb.Put16(b[6:], which)  // these events,
	xgb.Put16(b[10:], which) // with all that they have
	xgb.Put16(b[12:], xkbAllOfMap)
	xgb.Put16(b[14:], xkbAllOfMap)
	cookie := s.x.NewCookie(true, false)
	s.x.NewRequest(b, cookie)
	return cookie.Check()
}

// changesLayout reports whether an event tells of another layout.
func (s *x11) changesLayout(event xgb.Event) bool {
	switch e := event.(type) {
	case xproto.MappingNotifyEvent:
		return e.Request == xproto.MappingKeyboard
	case extensionEvent:
		return len(e) > 1 && e[0]&^0x80 == s.xkbEvent && (e[1] == xkbNewKeyboard || e[1] == xkbMap)
	}
	return false
}

// layout returns the keyboard's symbols; usLayout if the server does not tell.
func (s *x11) layout() layout {
	setup := xproto.Setup(s.x)
	first, count := setup.MinKeycode, byte(setup.MaxKeycode-setup.MinKeycode+1)
	m, err := xproto.GetKeyboardMapping(s.x, first, count).Reply()
	if err != nil || m.KeysymsPerKeycode == 0 {
		return usLayout
	}
	l, per := layout{}, int(m.KeysymsPerKeycode)
	for i := 0; (i+1)*per <= len(m.Keysyms) && int(first)+i >= evdevOffset; i++ {
		symbols := make([]Symbol, per)
		for at, k := range m.Keysyms[i*per:][:per] {
			symbols[at] = Symbol(k)
		}
		l[uint16(int(first)+i-evdevOffset)] = symbols
	}
	return l
}
