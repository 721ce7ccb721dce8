package main

import "saffron/render/window"

// keyboardCommands say what the window does with keys.
func (v *viewer) keyboardCommands() []command {
	w := v.shownWindow()
	if w == nil || v.flags.viewOnly {
		return nil
	}
	sync := v.input.lockSyncNow()
	grab := func(name, label string) command {
		return chosen("grab-"+name, label, grabs[name], w.Grab(), func(g window.Grab) {
			w.SetGrab(g)
			v.remember("grab", name)
		})
	}
	locks := func(name, label string) command {
		return chosen("lock-sync-"+name, label, name, sync, func(how string) {
			v.input.setLockSync(how)
			v.remember("lock-sync", how)
		})
	}
	return []command{{name: "keyboard", label: "Keyboard", sub: []command{
		grab("auto", "Grab all keys on the full screen"),
		grab("always", "Grab all keys whenever focused"),
		grab("never", "Grab no keys"),
		separator,
		locks("both", "Lock keys follow each other"),
		locks("guest", "Lock keys of the guest follow"),
		locks("off", "Lock keys on their own"),
	}}}
}
