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

// An Action is what a hotkey does.
type Action uint8

// The actions of hotkeys.
const (
	Call             Action = iota // calls Do
	ToggleFullscreen               // goes to the full screen, or back
	ReleaseGrabs                   // lets go of a captured mouse and of the keyboard
	ToggleMenu                     // opens the menu of Options.Commands, or closes it
)

// A Hotkey is a chord that is the window's, not the guest's.
type Hotkey struct {
	Chord  Chord
	Action Action
	// Do is called for Call, by a goroutine of its own.
	Do func()
	// Available says whether the chord means something now; otherwise it is
	// the guest's. nil is always. It is called like Options.Relative. A chord
	// that releases means nothing while nothing is grabbed, besides.
	Available func() bool
}

// DefaultHotkeys are the hotkeys of a window that is given none: F11 for the
// full screen, left Ctrl with left Alt and Shift+F12 to let go.
func DefaultHotkeys() []Hotkey {
	return []Hotkey{
		{Chord: mustChord("ctrl+alt"), Action: ReleaseGrabs},
		{Chord: mustChord("shift+f12"), Action: ReleaseGrabs},
		{Chord: mustChord("f11"), Action: ToggleFullscreen},
	}
}

// hotkeys finds the window's own keys in the stream of keys. What a guest does
// has no influence on it.
type hotkeys struct {
	table []Hotkey
	bound map[uint16][]binding // by key, see use

	down  map[uint16]bool // all keys that are down, whoever they are for
	own   map[uint16]bool // those whose press was the window's
	alone *Hotkey         // of modifiers alone: they are down, and nothing happened since
}

// A binding is a key of a hotkey's chord.
type binding struct {
	hotkey   *Hotkey
	anyShift bool // the layout takes Shift to reach the symbol
}

func newHotkeys(table []Hotkey) hotkeys {
	if table == nil {
		table = DefaultHotkeys()
	}
	h := hotkeys{table: table, down: map[uint16]bool{}, own: map[uint16]bool{}}
	h.use(usLayout)
	return h
}

// use finds the keys of chords in a layout.
func (h *hotkeys) use(l layout) {
	h.bound = map[uint16][]binding{}
	for i := range h.table {
		if key := h.table[i].Chord.Key; key != 0 {
			codes, shifted := l.find(key)
			for _, code := range codes {
				h.bound[code] = append(h.bound[code], binding{&h.table[i], shifted})
			}
		}
	}
}

// key takes a key event and returns the hotkey that it completes, if any, and
// whether the key is to be kept from the guest.
func (h *hotkeys) key(code uint16, down, grabbed bool) (hit *Hotkey, keep bool) {
	if !down {
		delete(h.down, code)
		keep = h.own[code]
		delete(h.own, code)
		if a := h.alone; a != nil && a.Chord.has(code) {
			h.alone = nil
			if a.available(grabbed) {
				hit = a
			}
		}
		return hit, keep
	}
	if h.down[code] { // auto-repeat
		return nil, h.own[code]
	}
	h.down[code] = true
	h.alone = nil
	if isModifier(code) {
		h.alone = h.aloneNow()
		return nil, false
	}
	for _, b := range h.bound[code] {
		if b.hotkey.Chord.held(h.isDown, b.anyShift) && b.hotkey.available(grabbed) {
			h.own[code] = true
			return b.hotkey, true
		}
	}
	return nil, false
}

func (h *hotkeys) isDown(code uint16) bool { return h.down[code] }

// aloneNow returns the hotkey whose modifiers, and nothing else, are down.
func (h *hotkeys) aloneNow() *Hotkey {
	for code := range h.down {
		if !isModifier(code) {
			return nil
		}
	}
	for i := range h.table {
		if c := h.table[i].Chord; c.Key == 0 && c.held(h.isDown, false) {
			return &h.table[i]
		}
	}
	return nil
}

func (h *Hotkey) available(grabbed bool) bool {
	return (grabbed || h.Action != ReleaseGrabs) && (h.Available == nil || h.Available())
}

// interrupt tells that something other than a key happened, such as a click.
func (h *hotkeys) interrupt() { h.alone = nil }

// reset forgets all keys: the window no longer sees what happens to them.
func (h *hotkeys) reset() {
	clear(h.down)
	clear(h.own)
	h.alone = nil
}

// release returns the chord that lets go, as people read it, or "" if there is
// none.
func (h *hotkeys) release() string {
	for i := range h.table {
		if h.table[i].Action == ReleaseGrabs {
			return h.table[i].Chord.String()
		}
	}
	return ""
}
