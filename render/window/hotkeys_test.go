package window

import "testing"

// none is what a step hits that is nobody's hotkey.
const none = ""

func TestHotkeys(t *testing.T) {
	type step struct {
		code    uint16
		down    bool
		hit     string // the chord of the hotkey
		kept    bool
		grabbed bool
	}
	const a = 30
	const fullscreen, profile, allow, let, alone = "F11", "Shift+F11", "Shift+F10", "Shift+F12", "Ctrl+Alt"
	for name, steps := range map[string][]step{
		"F11 alone": {
			{keyF11, true, fullscreen, true, false},
			{keyF11, true, none, true, false}, // repeated
			{keyF11, false, none, true, false},
			{a, true, none, false, false},
		},
		"F11 while another key is stuck": {
			{a, true, none, false, false},
			{keyF11, true, fullscreen, true, false},
		},
		"F11 with a modifier is the guest's": {
			{keyLeftAlt, true, none, false, true},
			{keyF11, true, none, false, true},
			{keyF11, false, none, false, true},
		},
		"AltGr+F11 is, too": {
			{keyRightAlt, true, none, false, true},
			{keyF11, true, none, false, true},
		},
		"Shift+F11": {
			{keyRightShift, true, none, false, false},
			{keyF11, true, profile, true, false},
			{keyF11, false, none, true, false},
			{keyRightShift, false, none, false, false},
		},
		"Shift+F10 without a question": {
			{keyLeftShift, true, none, false, false},
			{keyF10, true, none, false, false},
		},
		"Shift+F10 with a question": {
			{keyF10, true, none, false, false},
			{keyF10, false, none, false, false},
			{keyLeftShift, true, none, false, false},
			{keyF10, true, allow, true, false},
			{keyF10, false, none, true, false},
			{keyLeftShift, false, none, false, false},
		},
		"the chord": {
			{keyLeftCtrl, true, none, false, true},
			{keyLeftAlt, true, none, false, true},
			{keyLeftAlt, true, none, false, true},
			{keyLeftCtrl, false, alone, false, true},
			{keyLeftAlt, false, none, false, true},
		},
		"the chord without a grab": {
			{keyLeftAlt, true, none, false, false},
			{keyLeftCtrl, true, none, false, false},
			{keyLeftCtrl, false, none, false, false},
		},
		"the beginning of Ctrl+Alt+A": {
			{keyLeftCtrl, true, none, false, true},
			{keyLeftAlt, true, none, false, true},
			{a, true, none, false, true},
			{a, false, none, false, true},
			{keyLeftAlt, false, none, false, true},
			{keyLeftCtrl, false, none, false, true},
		},
		"the beginning of Ctrl+Alt+Shift": {
			{keyLeftCtrl, true, none, false, true},
			{keyLeftAlt, true, none, false, true},
			{keyLeftShift, true, none, false, true},
			{keyLeftAlt, false, none, false, true},
			{keyLeftCtrl, false, none, false, true},
		},
		"the right keys are no chord": {
			{keyRightCtrl, true, none, false, true},
			{keyLeftAlt, true, none, false, true},
			{keyLeftAlt, false, none, false, true},
		},
		"Shift+F12": {
			{keyRightShift, true, none, false, true},
			{keyF12, true, let, true, true},
			{keyF12, false, none, true, false},
			{keyRightShift, false, none, false, false},
		},
		"Shift+F12 without a grab": {
			{keyLeftShift, true, none, false, false},
			{keyF12, true, none, false, false},
		},
	} {
		asking := name == "Shift+F10 with a question"
		h := newHotkeys(append(DefaultHotkeys(),
			Hotkey{Chord: mustChord("shift+f11")},
			Hotkey{Chord: mustChord("shift+f10"), Available: func() bool { return asking }},
		))
		for i, s := range steps {
			hit, kept := h.key(s.code, s.down, s.grabbed)
			got := none
			if hit != nil {
				got = hit.Chord.String()
			}
			if got != s.hit || kept != s.kept {
				t.Errorf("%s, step %d: %q, kept %t; want %q, %t", name, i, got, kept, s.hit, s.kept)
			}
		}
	}
}

// TestChordInterrupted drags with Ctrl+Alt.
func TestChordInterrupted(t *testing.T) {
	h := newHotkeys(nil)
	h.key(keyLeftCtrl, true, true)
	h.key(keyLeftAlt, true, true)
	h.interrupt()
	if hit, _ := h.key(keyLeftAlt, false, true); hit != nil {
		t.Errorf("%v after a click", hit.Chord)
	}
	h.key(keyLeftAlt, true, true)
	h.reset()
	if hit, kept := h.key(keyF11, true, true); hit == nil || hit.Action != ToggleFullscreen || !kept {
		t.Errorf("after a reset: %v, kept %t", hit, kept)
	}
}

// TestNoHotkeys gives the guest everything.
func TestNoHotkeys(t *testing.T) {
	h := newHotkeys([]Hotkey{})
	if hit, kept := h.key(keyF11, true, true); hit != nil || kept {
		t.Errorf("%v, kept %t", hit, kept)
	}
	if keys := h.release(); keys != "" {
		t.Errorf("%q lets go", keys)
	}
}

// azerty has a few keys of a French keyboard.
var azerty = layout{
	16: {'a', 'A'}, 30: {'q', 'Q'}, 13: {'=', '+'}, 2: {'&', '1'}, 78: {0xffab, 0xffab},
	keyLeftAlt: {0xffe9, 0xffe7},
}

// TestHotkeyOfLayout finds keys where the local keyboard has them.
func TestHotkeyOfLayout(t *testing.T) {
	h := newHotkeys([]Hotkey{
		{Chord: mustChord("ctrl+a")}, {Chord: mustChord("ctrl+plus")}, {Chord: mustChord("ctrl+1")},
	})
	h.use(azerty)
	for _, c := range []struct {
		keys []uint16
		want string
	}{
		{[]uint16{keyLeftCtrl, 16}, "Ctrl+A"},
		{[]uint16{keyRightCtrl, 30}, none},
		{[]uint16{keyLeftCtrl, keyLeftShift, 13}, "Ctrl+Plus"},
		{[]uint16{keyLeftCtrl, 13}, "Ctrl+Plus"},
		{[]uint16{keyLeftCtrl, keyLeftAlt, 13}, none},
		{[]uint16{keyLeftCtrl, 2}, "Ctrl+1"},
	} {
		got := none
		for _, code := range c.keys {
			if hit, _ := h.key(code, true, false); hit != nil {
				got = hit.Chord.String()
			}
		}
		if got != c.want {
			t.Errorf("%v: %q, want %q", c.keys, got, c.want)
		}
		h.reset()
	}
}
