package main

import (
	"fmt"

	"saffron/channels/inputs"
)

// sentKeys are the combinations that the menu sends, by what ParseKey calls
// them: those that the local desktop keeps for itself, or that are hard to
// press.
var sentKeys = []struct{ name, label, keys string }{
	{"secure-attention", "Ctrl+Alt+Del", "ctrl+alt+del"},
	{"send-ctrl-alt-backspace", "Ctrl+Alt+Backspace", "ctrl+alt+backspace"},
	{"", "", ""},
	{"send-super", "Super", "super"},
	{"send-super-l", "Super+L", "super+l"},
	{"send-alt-tab", "Alt+Tab", "alt+tab"},
	{"send-alt-f4", "Alt+F4", "alt+f4"},
	{"send-ctrl-esc", "Ctrl+Esc", "ctrl+esc"},
	{"send-printscreen", "Print Screen", "printscreen"},
	{"send-alt-printscreen", "Alt+Print Screen", "alt+printscreen"},
}

// keyCommands send combinations of keys.
func (v *viewer) keyCommands() []command {
	send := func(name, label, keys string) command {
		codes, err := inputs.ParseKey(keys)
		if err != nil {
			panic(err) // the names are ours
		}
		return command{name: name, label: label, available: v.hasInput, do: func() {
			if in := v.console.inputs(); in != nil {
				in.Combo(codes...)
			}
		}}
	}
	c := command{name: "send-keys", label: "Send keys"}
	for _, k := range sentKeys {
		if k.keys == "" {
			c.sub = append(c.sub, separator)
			continue
		}
		c.sub = append(c.sub, send(k.name, k.label, k.keys))
	}
	c.sub = append(c.sub, separator)
	for n := range 12 {
		c.sub = append(c.sub, send(fmt.Sprintf("send-ctrl-alt-f%d", n+1), fmt.Sprintf("Ctrl+Alt+F%d", n+1), fmt.Sprintf("ctrl+alt+f%d", n+1)))
	}
	if v.flags.viewOnly {
		return nil
	}
	return []command{c}
}
