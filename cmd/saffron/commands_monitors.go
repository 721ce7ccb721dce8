package main

import (
	"maps"
	"slices"
	"strconv"

	"saffron/render/pane"
)

// offered is how many monitors the menu offers of a guest whose agent can
// arrange them.
const offered = 4

// monitorName returns how people count a monitor.
func monitorName(slot int) string { return strconv.Itoa(slot + 1) }

// monitorCommands switch the guest's monitors on and off, with their windows.
func (v *viewer) monitorCommands() []command {
	if v.panes == nil || !v.panes.wanted || !pane.Supported {
		return nil
	}
	there := map[int]bool{}
	for _, h := range v.console.heads() {
		there[h.slot()] = true
	}
	known := maps.Clone(there)
	if s := v.console.current(); s != nil && arranges(s) {
		for n := range offered {
			known[n] = true
		}
	}
	for _, n := range v.size.slots() {
		known[n] = true
	}
	if len(known) < 2 {
		return nil
	}
	first := v.shownHead().slot()
	c := command{name: "monitors", label: "Monitors"}
	for _, n := range slices.Sorted(maps.Keys(known)) {
		on := there[n] && !v.size.off(n)
		c.sub = append(c.sub, command{
			name: "monitor-" + monitorName(n), label: "Monitor " + monitorName(n),
			do:        func() { v.switchMonitor(n, !on) },
			checked:   func() bool { return on },
			available: func() bool { return n != first },
		})
	}
	return []command{c}
}

// switchMonitor switches a monitor of the guest on or off.
func (v *viewer) switchMonitor(n int, on bool) {
	if on {
		v.size.switchOn(n)
	} else {
		v.size.switchOff(n)
	}
	v.panes.stir()
}
