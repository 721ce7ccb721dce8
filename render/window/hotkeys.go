package window

// The keys that hotkeys are made of, as evdev codes.
const (
	keyLeftCtrl   = 29
	keyLeftShift  = 42
	keyRightShift = 54
	keyLeftAlt    = 56
	keyF10        = 68
	keyF11        = 87
	keyF12        = 88
	keyRightCtrl  = 97
	keyRightAlt   = 100
	keyLeftMeta   = 125
	keyRightMeta  = 126
)

func isModifier(code uint16) bool {
	switch code {
	case keyLeftCtrl, keyLeftShift, keyRightShift, keyLeftAlt, keyRightCtrl, keyRightAlt, keyLeftMeta, keyRightMeta:
		return true
	}
	return false
}

// An action is what a hotkey asks for.
type action uint8

const (
	noAction action = iota
	toggleFullscreen
	releaseGrabs
	switchProfile
	allow
)

// hotkeys finds the window's own keys in the stream of keys:
//
//	F11 alone            toggles the full screen
//	Shift+F12            releases what is grabbed
//	left Ctrl+left Alt   pressed and released with nothing between does, too
//	Shift+F11            asks for another profile
//	Shift+F10            allows what the guest asks for, or no more
//
// The second and the third mean nothing to the window unless something is
// grabbed, the fourth unless there are profiles, and the last unless asking says
// that there is something to be allowed.
type hotkeys struct {
	profiles bool
	asking   func() bool // nil: never

	down  map[uint16]bool // all keys that are down, whoever they are for
	own   map[uint16]bool // those whose press was the window's
	chord bool            // left Ctrl and left Alt are down, and nothing happened since
}

// key takes a key event and returns what it asks for and whether it is to be
// kept from the guest.
func (h *hotkeys) key(code uint16, down, grabbed bool) (a action, keep bool) {
	if h.down == nil {
		h.down, h.own = map[uint16]bool{}, map[uint16]bool{}
	}
	if !down {
		delete(h.down, code)
		keep = h.own[code]
		delete(h.own, code)
		if h.chord && (code == keyLeftCtrl || code == keyLeftAlt) {
			h.chord = false
			if grabbed {
				a = releaseGrabs
			}
		}
		return a, keep
	}
	if h.down[code] { // auto-repeat
		return noAction, h.own[code]
	}
	h.down[code] = true
	h.chord = len(h.down) == 2 && h.down[keyLeftCtrl] && h.down[keyLeftAlt]
	switch {
	case code == keyF11 && len(h.down) == 1:
		a = toggleFullscreen
	case code == keyF12 && grabbed && h.shifted():
		a = releaseGrabs
	case code == keyF11 && h.profiles && h.shifted():
		a = switchProfile
	case code == keyF10 && h.asking != nil && h.shifted() && h.asking():
		a = allow
	}
	if a != noAction {
		h.own[code] = true
	}
	return a, a != noAction
}

// shifted reports whether just one key and Shift are down.
func (h *hotkeys) shifted() bool {
	return len(h.down) == 2 && (h.down[keyLeftShift] || h.down[keyRightShift])
}

// interrupt tells that something other than a key happened, such as a click.
func (h *hotkeys) interrupt() { h.chord = false }

// reset forgets all keys: the window no longer sees what happens to them.
func (h *hotkeys) reset() {
	clear(h.down)
	clear(h.own)
	h.chord = false
}
