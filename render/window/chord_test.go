package window

import "testing"

func TestParseChord(t *testing.T) {
	for text, want := range map[string]struct {
		chord Chord
		name  string
	}{
		"f11":           {Chord{Key: 0xffc8}, "F11"},
		"Shift+F11":     {Chord{Shift: Either, Key: 0xffc8}, "Shift+F11"},
		"ctrl+alt":      {Chord{Ctrl: LeftHand, Alt: LeftHand}, "Ctrl+Alt"},
		"rctrl":         {Chord{Ctrl: RightHand}, "Right Ctrl"},
		"Ctrl+Alt+Ins":  {Chord{Ctrl: Either, Alt: LeftHand, Key: 0xff63}, "Ctrl+Alt+Insert"},
		" ctrl + alt+r": {Chord{Ctrl: Either, Alt: LeftHand, Key: 'r'}, "Ctrl+Alt+R"},
		"altgr+Home":    {Chord{Alt: RightHand, Key: 0xff50}, "Right Alt+Home"},
		"win+pgup":      {Chord{Super: Either, Key: 0xff55}, "Super+Page Up"},
		"ctrl++":        {Chord{Ctrl: Either, Key: '+'}, "Ctrl+Plus"},
		"ctrl+minus":    {Chord{Ctrl: Either, Key: '-'}, "Ctrl+Minus"},
		"ctrl+KP_Add":   {Chord{Ctrl: Either, Key: 0xffab}, "Ctrl+KP Add"},
		"ctrl+ö":        {Chord{Ctrl: Either, Key: 'ö'}, "Ctrl+ö"},
		"lctrl+f1":      {Chord{Ctrl: LeftHand, Key: 0xffbe}, "Left Ctrl+F1"},
	} {
		got, err := ParseChord(text)
		if err != nil || got != want.chord {
			t.Errorf("%q: %+v, %v; want %+v", text, got, err, want.chord)
		}
		if got.String() != want.name {
			t.Errorf("%q is called %q, not %q", text, got, want.name)
		}
	}
	for _, bad := range []string{"", "+", "f11+shift", "a+b", "ctrl+nothing", "ctrl+"} {
		if c, err := ParseChord(bad); err == nil {
			t.Errorf("%q is %+v", bad, c)
		}
	}
}

// FuzzParseChord lets nothing panic, and what is a chord has a name.
func FuzzParseChord(f *testing.F) {
	f.Add("ctrl+alt+end")
	for _, text := range []string{"ctrl++", "rctrl", "lshift+pgup", "win+KP_Add", "altgr+ö", "ctrl+%", "scroll_lock"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := ParseChord(text); err == nil {
			if again, err := ParseChord(c.String()); err != nil || again != c {
				t.Errorf("%q is %+v, and %q is %+v, %v", text, c, c, again, err)
			}
		}
		_, _ = ParseKeymap(text)
	})
}
