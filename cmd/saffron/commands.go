package main

import (
	"saffron/render/window"
)

// A command is something that the user of a window can ask for: by its menu, and
// by a hotkey. Its name is what hotkeys and policies call it.
type command struct {
	name  string
	label string
	// do is called by a goroutine of its own. It is nil if there is sub.
	do func()
	// checked reports whether it is switched on, or chosen of several; nil never.
	checked func() bool
	// available reports whether it can be asked for now; nil always.
	available func() bool
	// sub is what the line of the menu leads to. It is left out while it is empty.
	sub []command
}

// separator is a command that is none: a line between groups of others.
var separator = command{name: "-"}

// menuParts make the menu, in this order. Each returns the commands of one
// subject, of which there may be none now.
var menuParts = []func(*viewer) []command{
	(*viewer).keyCommands,
	(*viewer).keyboardCommands,
	(*viewer).clipboardCommands,
	(*viewer).line,
	(*viewer).resolutionCommands,
	(*viewer).monitorCommands,
	(*viewer).zoomCommands,
	(*viewer).scaleCommands,
	(*viewer).profileCommands,
	(*viewer).line,
	(*viewer).soundCommands,
	(*viewer).attachCommands,
	(*viewer).fileCommands,
	(*viewer).line,
	(*viewer).pictureCommands,
	(*viewer).line,
	(*viewer).sessionCommands,
}

// line separates groups.
func (v *viewer) line() []command { return []command{separator} }

// commands returns all commands, as they are now.
func (v *viewer) commands() []command {
	var all []command
	for _, part := range menuParts {
		all = append(all, part(v)...)
	}
	return all
}

// entries returns the menu.
func (v *viewer) entries() []window.Entry {
	return entriesOf(v.commands(), v.console.settings.policy.permits, v.keysOf)
}

// A permission says whether a command may be used, which may be within a submenu
// that may; see policy.permits.
type permission func(name string, within bool) bool

// in returns the permission within a submenu. Nothing is allowed within one that
// is denied by its name.
func (p permission) in(submenu string) permission {
	switch {
	case !p(submenu, true):
		return func(string, bool) bool { return false }
	case !p(submenu, false):
		return p
	}
	return func(name string, _ bool) bool { return p(name, true) }
}

// entriesOf makes lines of a menu of commands that are allowed. Lines between groups of which nothing is left
// are left out, too.
func entriesOf(list []command, allowed permission, keys func(name string) string) []window.Entry {
	var out []window.Entry
	for _, c := range list {
		if c.name == separator.name {
			if n := len(out); n > 0 && !out[n-1].Separator {
				out = append(out, window.Entry{Separator: true})
			}
			continue
		}
		if c.do != nil && !allowed(c.name, false) {
			continue
		}
		e := window.Entry{
			Label: c.label, Keys: keys(c.name), Do: c.do,
			Checked:  c.checked != nil && c.checked(),
			Disabled: c.available != nil && !c.available(),
		}
		if c.do == nil {
			if e.Sub = entriesOf(c.sub, allowed.in(c.name), keys); len(e.Sub) == 0 {
				continue
			}
		}
		out = append(out, e)
	}
	for len(out) > 0 && out[len(out)-1].Separator {
		out = out[:len(out)-1]
	}
	return out
}

// findCommand returns the command of a name among those that are allowed, looking
// into submenus, too.
func findCommand(list []command, name string, allowed permission) (command, bool) {
	for _, c := range list {
		if c.do != nil && c.name == name && allowed(name, false) {
			return c, true
		}
		if found, ok := findCommand(c.sub, name, allowed.in(c.name)); ok {
			return found, true
		}
	}
	return command{}, false
}

// perform does what a command says, unless that is not allowed or not possible
// now.
func (v *viewer) perform(name string) {
	c, ok := findCommand(v.commands(), name, v.console.settings.policy.permits)
	if ok && (c.available == nil || c.available()) {
		c.do()
	}
}

// chosen is a command that is one of several, of which current is the one that
// is chosen.
func chosen[T comparable](name, label string, value, current T, set func(T)) command {
	return command{
		name: name, label: label,
		do:      func() { set(value) },
		checked: func() bool { return value == current },
	}
}

// toast says a short text in the window, if that is open.
func (v *viewer) toast(text string) {
	v.withWindow(func(w *window.Window) { w.Toast(text) })()
}

// withWindow calls f with the window, if that is open.
func (v *viewer) withWindow(f func(*window.Window)) func() {
	return func() {
		if w := v.shownWindow(); w != nil {
			f(w)
		}
	}
}
