package main

import (
	"fmt"
	"strings"
	"testing"
)

func listBindings(list []binding) string {
	var words []string
	for _, b := range list {
		words = append(words, b.command+"="+b.chord.String())
	}
	return strings.Join(words, " ")
}

func TestBindings(t *testing.T) {
	const ours = "switch-profile=Shift+F11 allow-microphone=Shift+F10 menu=Shift+F9"
	for name, c := range map[string]struct {
		flag  string // "-": not given
		file  map[string]string
		want  string
		warns int
	}{
		"usual": {"-", nil, "release-cursor=Ctrl+Alt release-cursor=Shift+F12 toggle-fullscreen=F11 secure-attention=Ctrl+Alt+End " + ours, 0},
		"the command line has the last word": {"toggle-fullscreen=shift+f11,release-cursor=ctrl+alt+r",
			map[string]string{"secure-attention": "ctrl+alt+ins"}, "toggle-fullscreen=Shift+F11 release-cursor=Ctrl+Alt+R", 0},
		"something always lets go": {"secure-attention=ctrl+alt+end", nil, "release-cursor=Ctrl+Alt secure-attention=Ctrl+Alt+End", 0},
		"unless it is forbidden":   {"release-cursor=", nil, "", 0},
		"none":                     {"", nil, "release-cursor=Ctrl+Alt", 0},
		"a file": {"-", map[string]string{"secure-attention": "Ctrl+Alt+Ins", "release-cursor": "Ctrl+Alt+R", "toggle-fullscreen": "Shift+F11"},
			// Shift+F11 is no longer switch-profile's.
			"toggle-fullscreen=Shift+F11 release-cursor=Ctrl+Alt+R secure-attention=Ctrl+Alt+Insert allow-microphone=Shift+F10 menu=Shift+F9", 0},
		"a file without":            {"-", map[string]string{}, "release-cursor=Ctrl+Alt " + ours, 0},
		"a file with what is wrong": {"-", map[string]string{"toggle-fullscreen": "ctrl+what", "zoom-in": ""}, "release-cursor=Ctrl+Alt " + ours, 1},
	} {
		var f hotkeyFlag
		if c.flag != "-" {
			if err := f.Set(c.flag); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		warned := 0
		got := listBindings(usableBindings(&f, c.file, func(string, ...any) { warned++ }))
		if got != c.want || warned != c.warns {
			t.Errorf("%s: %s, %d warnings; want %s, %d", name, got, warned, c.want, c.warns)
		}
	}
	for _, bad := range []string{"toggle-fullscreen", "toggle-fullscreen=ctrl+what"} {
		if list, err := parseHotkeys(bad); err == nil {
			t.Errorf("%q: %s", bad, fmt.Sprint(list))
		}
	}
}

func TestHotkeyOfNoCommand(t *testing.T) {
	if err := new(hotkeyFlag).Set("toggle-fulscreen=f6"); err == nil || !strings.Contains(err.Error(), `"toggle-fulscreen"`) {
		t.Errorf("a slip of the pen: %v", err)
	}
	if err := new(hotkeyFlag).Set("toggle-usb-2=shift+f6,send-super=,monitor-2=f7"); err != nil {
		t.Error(err)
	}
}
