package main

import (
	"testing"
	"time"

	"saffron/render/window"
)

// TestHotkeyByName finds what a hotkey of a further monitor's window means, whatever
// stands before it in the list.
func TestHotkeyByName(t *testing.T) {
	v := newViewer(quietApp(), &settings{}, &openFlags{})
	list, err := parseHotkeys("smartcard-insert=shift+f7,smartcard-remove=shift+f8,quit=shift+f1,switch-profile=shift+f11")
	if err != nil {
		t.Fatal(err)
	}
	v.bindings = list
	if keys := v.hotkeys(); len(keys) != 2 {
		t.Errorf("%d hotkeys", len(keys))
	}
	v.hotkey(commandProfile)
	choice := func() int {
		v.mu.Lock()
		defer v.mu.Unlock()
		return v.choice
	}
	for end := time.Now().Add(10 * time.Second); choice() != 1; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the profile is not another")
		}
	}
	var begun []string
	for _, k := range v.panes.begin(&paneWindow{view: v, head: head{screen: v.console.screen(0)}}).Hotkeys {
		begun = append(begun, k.Command)
		if _, err := window.ParseChord(k.Chord); err != nil {
			t.Error(err)
		}
	}
	if len(begun) != 2 {
		t.Errorf("windows begin with %q", begun)
	}
}

// TestHotkeysOfSubmenus: what is denied with a submenu has no hotkey either.
func TestHotkeysOfSubmenus(t *testing.T) {
	for _, tc := range []struct {
		rules policyRules
		want  bool
	}{
		{policyRules{}, true},
		{policyRules{Deny: []string{"sound", "profile"}}, false},
		{policyRules{Actions: &[]string{commandMicrophone, commandProfile}}, true},
	} {
		v := newViewer(quietApp(), &settings{policy: &policy{rules: []*policyRules{&tc.rules}}}, &openFlags{})
		v.setKeyboard(new(window.Options))
		for _, name := range []string{commandMicrophone, commandProfile} {
			if got := v.keysOf(name) != ""; got != tc.want {
				t.Errorf("%+v: %s has keys: %t", tc.rules, name, got)
			}
		}
	}
}
