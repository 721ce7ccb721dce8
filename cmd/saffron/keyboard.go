package main

import (
	"cmp"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"saffron/render/window"
)

// keyboardFlags are the flags about keys, and about the wheel with a key.
type keyboardFlags struct {
	hotkeys    hotkeyFlag
	keymap     string
	lockSync   string // of lockSyncs; "" is the first
	grab       string // of grabNames; "" is the first
	shiftWheel bool
}

// lockSyncs are what --lock-sync can be: both makes the lock keys of either
// side follow the other, guest only those of the guest.
var lockSyncs = []string{"both", "guest", "off"}

// grabNames are what --grab can be.
var grabNames = []string{"auto", "always", "never"}

var grabs = map[string]window.Grab{"auto": window.GrabAuto, "always": window.GrabAlways, "never": window.GrabNever}

func (f *keyboardFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.VarP(&f.hotkeys, "hotkeys", "H", "the window's own keys, as in toggle-fullscreen=shift+f11,\nrelease-cursor=ctrl+alt; commands that are not listed have none")
	s.StringVarP(&f.keymap, "keymap", "K", "", "keys that the guest gets instead of others, as in\nCaps_Lock=Control_L,F1= (none); names as X has them")
	s.StringVar(&f.lockSync, "lock-sync", "", "keep Caps, Num and Scroll Lock in step: both ways (the default),\nonly those of the guest, or off")
	s.StringVar(&f.grab, "grab", "", "take keys such as Alt+Tab from the desktop: auto (the default)\ndoes on the full screen and while the mouse is captured,\nalways while the window has the focus, or never")
	s.BoolVar(&f.shiftWheel, "shift-wheel", false, "make the horizontal wheel, which guests do not have, the\nother one with Shift, by which many of them scroll sideways")
	for name, values := range map[string][]string{"lock-sync": lockSyncs, "grab": grabNames} {
		_ = c.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
	}
}

func (f *keyboardFlags) check() error {
	if _, err := window.ParseKeymap(f.keymap); err != nil {
		return usageError("--keymap: %s", strings.TrimPrefix(err.Error(), "window: keymap: "))
	}
	switch {
	case f.lockSync != "" && !slices.Contains(lockSyncs, f.lockSync):
		return usageError("--lock-sync is %s, not %q", anyOf(lockSyncs), f.lockSync)
	case f.grab != "" && !slices.Contains(grabNames, f.grab):
		return usageError("--grab is %s, not %q", anyOf(grabNames), f.grab)
	}
	return nil
}

// anyOf lists words: "both, guest or off".
func anyOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// hotkeySubmenus are the submenus of the commands that their hotkeys do without
// looking for them there: with a submenu they are denied, too.
var hotkeySubmenus = map[string]string{commandProfile: "profile", commandMicrophone: "sound"}

// setKeyboard puts into the options of a window what it does with keys: what the
// command line says, else the settings of the machine, else for hotkeys a
// connection file.
func (v *viewer) setKeyboard(o *window.Options) {
	f := &v.flags.keyboard
	policy := v.console.settings.policy
	v.bindings = slices.DeleteFunc(v.usableBindings(), func(b binding) bool {
		return !policy.allowsHotkey(b.command) || !policy.permits(hotkeySubmenus[b.command], true)
	})
	o.Hotkeys = v.hotkeys()
	o.ShiftWheel = f.shiftWheel
	o.Grab = grabs[cmp.Or(f.grab, noGrab(), v.pref("grab"))]
	v.input.setLockSync(cmp.Or(f.lockSync, v.pref("lock-sync"), lockSyncs[0]))
	var err error
	if o.Keymap, err = window.ParseKeymap(cmp.Or(f.keymap, v.pref("keymap"))); err != nil {
		v.app.warn("%s", strings.TrimPrefix(err.Error(), "window: "))
	}
}

// noGrab is "never" if the environment says, as for other SPICE clients, that
// nothing is to be grabbed: for who debugs one.
func noGrab() string {
	if os.Getenv("SPICE_NOGRAB") != "" {
		return "never"
	}
	return ""
}

// usableBindings returns the hotkeys that are asked for.
func (v *viewer) usableBindings() []binding {
	f := v.flags.keyboard.hotkeys
	if text := v.pref("hotkeys"); !f.given && text != "" {
		if err := f.Set(text); err != nil {
			v.app.warn("hotkeys: %s", err)
			f.given = false
		}
	}
	return usableBindings(&f, v.console.settings.hotkeys, v.app.warn)
}
