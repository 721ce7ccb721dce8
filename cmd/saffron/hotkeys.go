package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"saffron/render/window"
)

// A binding gives a command of the window a hotkey.
type binding struct {
	command string
	chord   window.Chord
}

// remoteCommands are the commands that connection files and remote-viewer know.
var remoteCommands = []string{
	"toggle-fullscreen", "release-cursor", "zoom-in", "zoom-out", "zoom-reset",
	"secure-attention", "usb-device-reset", "smartcard-insert", "smartcard-remove",
}

// Commands with hotkeys of their own.
const (
	commandFullscreen = "toggle-fullscreen"
	commandRelease    = "release-cursor"
	commandAttention  = "secure-attention"
	commandProfile    = "switch-profile"
	commandMicrophone = "allow-microphone"
	commandMenu       = "menu"
	commandScreenshot = "screenshot" // of the window that has the keys
)

// lastResort lets go when no other chord is said to.
const lastResort = "ctrl+alt"

// defaultBindings are the hotkeys of a window for which nobody says others.
var defaultBindings = []struct{ command, chord string }{
	{commandRelease, lastResort},
	{commandRelease, "shift+f12"},
	{commandFullscreen, "f11"},
	{commandAttention, "ctrl+alt+end"},
	{commandProfile, "shift+f11"},
	{commandMicrophone, "shift+f10"},
	{commandMenu, "shift+f9"},
}

// A hotkeyFlag is the value of --hotkeys.
type hotkeyFlag struct {
	text  string
	given bool
	list  []binding
}

var _ pflag.Value = (*hotkeyFlag)(nil)

func (f *hotkeyFlag) String() string { return f.text }
func (f *hotkeyFlag) Type() string   { return "LIST" }

// Set implements pflag.Value.
func (f *hotkeyFlag) Set(text string) error {
	list, err := parseHotkeys(text)
	f.text, f.given, f.list = text, true, list
	return err
}

// parseHotkeys understands remote-viewer's --hotkeys: command=chord, separated
// by commas. A command without a chord is listed with the zero chord.
func parseHotkeys(text string) ([]binding, error) {
	list := []binding{}
	for _, entry := range strings.Split(text, ",") {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		name, keys, ok := strings.Cut(entry, "=")
		if !ok {
			return nil, fmt.Errorf("%q is no command=keys", entry)
		}
		b, err := bind(name, keys)
		if err != nil {
			return nil, err
		}
		if !isCommand(b.command) {
			return nil, fmt.Errorf("there is no command %q", b.command)
		}
		list = append(list, b)
	}
	return list, nil
}

// bind makes a binding of the name of a command and its keys, "" for none.
func bind(name, keys string) (binding, error) {
	b := binding{command: strings.TrimSpace(name)}
	if keys = strings.TrimSpace(keys); keys == "" {
		return b, nil
	}
	var err error
	if b.chord, err = window.ParseChord(keys); err != nil {
		return b, errors.New(strings.TrimPrefix(err.Error(), "window: "))
	}
	return b, nil
}

// usableBindings returns the hotkeys that count. Those of the command line replace
// all others, those of a connection file (nil: there is none) those that such files
// can name. What cannot be understood in a file is said and left out. As long
// as neither says what lets go of the mouse, Ctrl+Alt does.
func usableBindings(f *hotkeyFlag, file map[string]string, warn func(format string, args ...any)) []binding {
	var list []binding
	if f.given {
		list = f.list
	} else {
		list = append(fileBindings(file, warn), defaults(file)...)
	}
	isRelease := func(b binding) bool { return b.command == commandRelease }
	if !slices.ContainsFunc(list, isRelease) {
		b, _ := bind(commandRelease, lastResort)
		list = append([]binding{b}, list...)
	}
	return slices.DeleteFunc(slices.Clone(list), func(b binding) bool { return b.chord == window.Chord{} })
}

// fileBindings returns the hotkeys of a connection file.
func fileBindings(file map[string]string, warn func(format string, args ...any)) (list []binding) {
	for _, name := range remoteCommands {
		keys, ok := file[name]
		if !ok {
			continue
		}
		b, err := bind(name, keys)
		if err != nil {
			warn("%s: %s", name, err)
			continue
		}
		list = append(list, b)
	}
	return list
}

// defaults returns the usual hotkeys that a connection file leaves: not those of
// the commands that it may name, nor those whose keys it gives to another command.
func defaults(file map[string]string) (list []binding) {
	taken := fileBindings(file, func(string, ...any) {})
	for _, d := range defaultBindings {
		b, err := bind(d.command, d.chord)
		if err != nil || file != nil && slices.Contains(remoteCommands, d.command) ||
			slices.ContainsFunc(taken, func(t binding) bool { return t.chord == b.chord }) {
			continue
		}
		list = append(list, b)
	}
	return list
}

// hotkeys returns the hotkeys of the viewer's window.
func (v *viewer) hotkeys() []window.Hotkey {
	keys := []window.Hotkey{}
	for _, b := range v.bindings {
		if h, ok := v.hotkeyOf(b); ok {
			keys = append(keys, h)
		}
	}
	return keys
}

// hotkeyOf returns the hotkey of a binding, and false for one that means nothing.
func (v *viewer) hotkeyOf(b binding) (h window.Hotkey, ok bool) {
	h.Chord = b.chord
	switch b.command {
	case commandRelease:
		h.Action = window.ReleaseGrabs
	case commandFullscreen:
		h.Action = window.ToggleFullscreen
	case commandMenu:
		h.Action = window.ToggleMenu
	case commandProfile:
		h.Do = v.switchProfile
	case commandMicrophone:
		h.Do, h.Available = func() { v.mic.allow(v.app) }, v.mic.asking
	case commandAttention:
		h.Do, h.Available = func() { v.perform(commandAttention) }, v.hasInput
	case "smartcard-insert", "smartcard-remove": // the guest's keys, for there is no such card
		return h, false
	default:
		h.Do = func() { v.performKey(b) }
	}
	return h, true
}

// performKey does what a hotkey says, or says that it cannot.
func (v *viewer) performKey(b binding) {
	c, ok := findCommand(v.commands(), b.command, v.console.settings.policy.permits)
	if !ok || c.available != nil && !c.available() {
		v.toast(fmt.Sprintf("%s: there is no %s now", b.chord, b.command))
		return
	}
	c.do()
}

// keysOf returns the hotkey of a command as people read it, "" for none.
func (v *viewer) keysOf(command string) string {
	i := slices.IndexFunc(v.bindings, func(b binding) bool { return b.command == command && b.chord.Key != 0 })
	if i < 0 {
		i = slices.IndexFunc(v.bindings, func(b binding) bool { return b.command == command })
	}
	if i < 0 {
		return ""
	}
	return v.bindings[i].chord.String()
}

// hasInput reports whether keys reach the guest.
func (v *viewer) hasInput() bool { return !v.flags.viewOnly && v.console.inputs() != nil }
