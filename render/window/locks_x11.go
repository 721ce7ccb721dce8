//go:build linux || freebsd || netbsd

package window

import (
	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// The symbols of the lock keys.
const (
	symbolCapsLock   Symbol = 0xffe5
	symbolNumLock    Symbol = 0xff7f
	symbolScrollLock Symbol = 0xff14
)

// scrollLED is the number of the light of Scroll Lock, which has no modifier
// on most keyboards.
const scrollLED = 3

// locks returns the state of the lock keys, as their lights show it.
func (s *x11) locks() locks {
	k, err := xproto.GetKeyboardControl(s.x).Reply()
	if err != nil {
		return locks{}
	}
	return locks{caps: k.LedMask&1 != 0, num: k.LedMask&2 != 0, scroll: k.LedMask&4 != 0}
}

// setLocks makes the lock keys of the keyboard equal to l, without a key being
// pressed (XKB: LatchLockState).
func (s *x11) setLocks(l locks) {
	if s.xkb == 0 || l == s.locks() {
		return
	}
	var affect, on byte
	for symbol, state := range map[Symbol]bool{symbolCapsLock: l.caps, symbolNumLock: l.num, symbolScrollLock: l.scroll} {
		mask := s.modifierOf(symbol)
		affect |= mask
		if state {
			on |= mask
		}
	}
	b := make([]byte, 16)
	b[0], b[1] = s.xkb, 5
	xgb.Put16(b[2:], uint16(len(b)/4))
	xgb.Put16(b[4:], coreKeyboard)
	b[6], b[7] = affect, on
	cookie := s.x.NewCookie(true, false)
	s.x.NewRequest(b, cookie)
	_ = cookie.Check() // what a server refuses stays as it is
	if s.modifierOf(symbolScrollLock) == 0 {
		mode := uint32(xproto.LedModeOff)
		if l.scroll {
			mode = xproto.LedModeOn
		}
		xproto.ChangeKeyboardControl(s.x, xproto.KbLed|xproto.KbLedMode, []uint32{scrollLED, mode})
	}
}

// modifierOf returns the modifier that a key with the symbol locks, 0 for none.
func (s *x11) modifierOf(symbol Symbol) (mask byte) {
	keys, _ := s.layout().find(symbol)
	m, err := xproto.GetModifierMapping(s.x).Reply()
	if err != nil {
		return 0
	}
	per := int(m.KeycodesPerModifier)
	for i, code := range m.Keycodes {
		for _, key := range keys {
			if code != 0 && uint16(code) == key+evdevOffset {
				mask |= 1 << (i / per)
			}
		}
	}
	return mask
}
