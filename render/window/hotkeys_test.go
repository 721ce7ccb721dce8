package window

import "testing"

func TestHotkeys(t *testing.T) {
	type step struct {
		code    uint16
		down    bool
		action  action
		kept    bool
		grabbed bool
	}
	const a = 30
	for name, steps := range map[string][]step{
		"F11 alone": {
			{keyF11, true, toggleFullscreen, true, false},
			{keyF11, true, noAction, true, false}, // repeated
			{keyF11, false, noAction, true, false},
			{a, true, noAction, false, false},
		},
		"F11 with a modifier is the guest's": {
			{keyLeftAlt, true, noAction, false, true},
			{keyF11, true, noAction, false, true},
			{keyF11, false, noAction, false, true},
		},
		"Shift+F11 without profiles": {
			{keyLeftShift, true, noAction, false, false},
			{keyF11, true, noAction, false, false},
		},
		"Shift+F11 with profiles": {
			{keyRightShift, true, noAction, false, false},
			{keyF11, true, switchProfile, true, false},
			{keyF11, false, noAction, true, false},
			{keyRightShift, false, noAction, false, false},
		},
		"Shift+F10 without a question": {
			{keyLeftShift, true, noAction, false, false},
			{keyF10, true, noAction, false, false},
		},
		"Shift+F10 with a question": {
			{keyF10, true, noAction, false, false},
			{keyF10, false, noAction, false, false},
			{keyLeftShift, true, noAction, false, false},
			{keyF10, true, allow, true, false},
			{keyF10, false, noAction, true, false},
			{keyLeftShift, false, noAction, false, false},
		},
		"the chord": {
			{keyLeftCtrl, true, noAction, false, true},
			{keyLeftAlt, true, noAction, false, true},
			{keyLeftAlt, true, noAction, false, true},
			{keyLeftCtrl, false, releaseGrabs, false, true},
			{keyLeftAlt, false, noAction, false, true},
		},
		"the chord without a grab": {
			{keyLeftAlt, true, noAction, false, false},
			{keyLeftCtrl, true, noAction, false, false},
			{keyLeftCtrl, false, noAction, false, false},
		},
		"the beginning of Ctrl+Alt+A": {
			{keyLeftCtrl, true, noAction, false, true},
			{keyLeftAlt, true, noAction, false, true},
			{a, true, noAction, false, true},
			{a, false, noAction, false, true},
			{keyLeftAlt, false, noAction, false, true},
			{keyLeftCtrl, false, noAction, false, true},
		},
		"the right keys are no chord": {
			{keyRightCtrl, true, noAction, false, true},
			{keyLeftAlt, true, noAction, false, true},
			{keyLeftAlt, false, noAction, false, true},
		},
		"Shift+F12": {
			{keyRightShift, true, noAction, false, true},
			{keyF12, true, releaseGrabs, true, true},
			{keyF12, false, noAction, true, false},
			{keyRightShift, false, noAction, false, false},
		},
		"Shift+F12 without a grab": {
			{keyLeftShift, true, noAction, false, false},
			{keyF12, true, noAction, false, false},
		},
	} {
		h := hotkeys{
			profiles: name == "Shift+F11 with profiles",
			asking:   func() bool { return name == "Shift+F10 with a question" },
		}
		for i, s := range steps {
			if act, kept := h.key(s.code, s.down, s.grabbed); act != s.action || kept != s.kept {
				t.Errorf("%s, step %d: action %d, kept %t; want %d, %t", name, i, act, kept, s.action, s.kept)
			}
		}
	}
}

// TestChordInterrupted drags with Ctrl+Alt.
func TestChordInterrupted(t *testing.T) {
	var h hotkeys
	h.key(keyLeftCtrl, true, true)
	h.key(keyLeftAlt, true, true)
	h.interrupt()
	if act, _ := h.key(keyLeftAlt, false, true); act != noAction {
		t.Errorf("action %d after a click", act)
	}
	h.key(keyLeftAlt, true, true)
	h.reset()
	if act, kept := h.key(keyF11, true, true); act != toggleFullscreen || !kept {
		t.Errorf("after a reset: action %d, kept %t", act, kept)
	}
}
