package main

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"

	"saffron/channels/usbredir"
)

// systemPolicy is the policy that holds for everybody on this computer.
const systemPolicy = "/etc/saffron/policy.toml"

// A policy says what the person at the window may do, whatever the command
// line, connection files and settings say. Of several policies all hold, so a
// further one can only take away. nil allows everything. It does not change.
type policy struct{ rules []*policyRules }

// policyRules are what one policy file says. What it does not mention is
// decided by Default.
type policyRules struct {
	Default   string    `toml:"default"`    // allow or deny
	Actions   *[]string `toml:"actions"`    // names of commands, see commands.go
	Deny      []string  `toml:"deny"`       // names of commands, whatever else is said
	Hotkeys   *[]string `toml:"hotkeys"`    // of those that are allowed, which have keys
	Kiosk     *bool     `toml:"kiosk"`      // as --kiosk does
	KioskQuit string    `toml:"kiosk-quit"` // as --kiosk-quit says
	Ports     *bool     `toml:"ports"`      // --port connects the guest's
	Clipboard struct {
		Direction string    `toml:"direction"` // both, to-guest, to-client or off
		Types     *[]string `toml:"types"`     // of clipboardKinds
		MaxSize   int64     `toml:"max-size"`  // in bytes; 0 is no limit
	} `toml:"clipboard"`
	USB struct {
		Devices *bool  `toml:"devices"` // real ones may be redirected
		Filter  string `toml:"filter"`  // those that may, in remote-viewer's grammar
		Disks   *bool  `toml:"disks"`   // images of disks and CDs
	} `toml:"usb"`
	Sound struct {
		Playback   *bool `toml:"playback"`
		Microphone *bool `toml:"microphone"`
	} `toml:"sound"`
	Files struct {
		Drop     *bool     `toml:"drop"`      // onto the window, for the guest
		Folders  *[]string `toml:"folders"`   // that may be shared, with all below
		ReadOnly bool      `toml:"read-only"` // shared folders and disks are
		Record   *bool     `toml:"record"`    // --record writes one
	} `toml:"files"`
}

// clipboardKinds are what a clipboard may hold.
var clipboardKinds = []string{"text", "image", "files"}

// clipboardDirections are the ways that a clipboard may go.
var clipboardDirections = []string{"both", "to-guest", "to-client", "off"}

// loadPolicy reads the policy of this computer, if there is one, and the one
// that the command line names, which must be there. It is nil without any. An
// error is one of usage: what cannot be understood must not allow anything.
func loadPolicy(system, named string) (*policy, error) {
	p := new(policy)
	r, err := readPolicy(system)
	switch {
	case err == nil:
		p.rules = append(p.rules, r)
	case !errors.Is(err, fs.ErrNotExist):
		return nil, usageError("the policy of this computer: %w", err)
	}
	if named != "" {
		r, err := readPolicy(named)
		if err != nil {
			return nil, usageError("--policy: %w", err)
		}
		p.rules = append(p.rules, r)
	}
	if len(p.rules) == 0 {
		return nil, nil
	}
	return p, nil
}

func readPolicy(path string) (*policyRules, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(policyRules)
	if err := decodeTOML(text, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if key, err := r.check(); err != nil {
		return nil, fmt.Errorf("%s: line %d: %s: %w", path, lineOf(text, key), key, err)
	}
	return r, nil
}

// decodeTOML reads a file strictly: a key that is not in v is an error. Errors
// name the line.
func decodeTOML(text []byte, v any) error {
	meta, err := toml.NewDecoder(bytes.NewReader(text)).Decode(v)
	var wrong toml.ParseError
	switch {
	case errors.As(err, &wrong) && wrong.Position.Line > 0:
		return fmt.Errorf("line %d: %s", wrong.Position.Line, strings.TrimPrefix(wrong.Message, "toml: "))
	case err != nil:
		return errors.New(strings.TrimPrefix(err.Error(), "toml: "))
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		key := unknown[0].String()
		return fmt.Errorf("line %d: there is no setting %s", lineOf(text, key), key)
	}
	return nil
}

// check returns the first key whose value means nothing.
func (r *policyRules) check() (key string, err error) {
	for _, c := range []struct {
		key, value string
		among      []string
	}{
		{"default", r.Default, []string{"allow", "deny"}},
		{"kiosk-quit", r.KioskQuit, kioskQuits},
		{"clipboard.direction", r.Clipboard.Direction, clipboardDirections},
	} {
		if c.value != "" && !slices.Contains(c.among, c.value) {
			return c.key, fmt.Errorf("%q is none of %s", c.value, strings.Join(c.among, ", "))
		}
	}
	if r.Clipboard.Types != nil {
		for _, kind := range *r.Clipboard.Types {
			if !slices.Contains(clipboardKinds, kind) {
				return "clipboard.types", fmt.Errorf("%q is none of %s", kind, strings.Join(clipboardKinds, ", "))
			}
		}
	}
	for _, c := range []struct {
		key   string
		names *[]string
	}{{"actions", r.Actions}, {"deny", &r.Deny}, {"hotkeys", r.Hotkeys}} {
		if c.names == nil {
			continue
		}
		if i := slices.IndexFunc(*c.names, func(name string) bool { return !isCommand(name) }); i >= 0 {
			return c.key, fmt.Errorf("there is no command %q", (*c.names)[i])
		}
	}
	if _, err := usbredir.ParseFilter(r.USB.Filter); err != nil {
		return "usb.filter", errors.New(strings.TrimPrefix(err.Error(), "usbredir: "))
	}
	if r.Clipboard.MaxSize < 0 {
		return "clipboard.max-size", errors.New("it is negative")
	}
	if r.Files.Folders != nil {
		for i, dir := range *r.Files.Folders {
			if !filepath.IsAbs(dir) {
				return "files.folders", fmt.Errorf("%q does not begin at the root", dir)
			}
			(*r.Files.Folders)[i] = realPath(dir)
		}
	}
	return "", nil
}

// realPath returns a path without symbolic links, as far as it exists.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return filepath.Clean(path)
}

// open reports what the rules say of what they do not mention.
func (r *policyRules) open() bool { return r.Default != "deny" }

// every reports whether all rules hold.
func (p *policy) every(holds func(*policyRules) bool) bool {
	if p == nil {
		return true
	}
	for _, r := range p.rules {
		if !holds(r) {
			return false
		}
	}
	return true
}

// flag reports whether a thing is allowed that the rules may say yes or no to.
func (p *policy) flag(of func(*policyRules) *bool) bool {
	return p.every(func(r *policyRules) bool {
		if said := of(r); said != nil {
			return *said
		}
		return r.open()
	})
}

// listed reports whether a list that the rules may have names a thing.
func (p *policy) listed(name string, of func(*policyRules) *[]string) bool {
	return p.every(func(r *policyRules) bool {
		if list := of(r); list != nil {
			return slices.Contains(*list, name)
		}
		return r.open()
	})
}

// allows reports whether the command of that name may be used, by menu or keys.
func (p *policy) allows(command string) bool { return p.permits(command, false) }

// permits is allows for a command that may be within a submenu that is allowed:
// with it goes what is in it, unless that is denied by its own name.
func (p *policy) permits(command string, within bool) bool {
	denied := !p.every(func(r *policyRules) bool { return !slices.Contains(r.Deny, command) })
	return !denied && (within || p.listed(command, func(r *policyRules) *[]string { return r.Actions }))
}

// kioskRules are what nobody may do in a kiosk, without a policy, too: they lead
// out of it, or leave something on its disk.
var kioskRules = policyRules{Deny: []string{"quit", commandFullscreen, "screenshot"}}

// ofKiosk returns the policy with the rules for kiosks.
func (p *policy) ofKiosk() *policy {
	k := &policy{rules: []*policyRules{&kioskRules}}
	if p != nil {
		k.rules = append(k.rules, p.rules...)
	}
	return k
}

// allowsHotkey reports whether a command may have keys: where the rules have no
// list of those, all that are allowed at all may.
func (p *policy) allowsHotkey(command string) bool {
	return p.allows(command) && p.every(func(r *policyRules) bool {
		return r.Hotkeys == nil || slices.Contains(*r.Hotkeys, command)
	})
}

// kiosk reports whether windows are kiosks, whatever the command line says.
func (p *policy) kiosk() bool {
	return !p.every(func(r *policyRules) bool { return r.Kiosk == nil || !*r.Kiosk })
}

// kioskQuit returns what is said about when a kiosk ends, "" if nothing.
func (p *policy) kioskQuit() string {
	quit := ""
	p.every(func(r *policyRules) bool { quit = cmp.Or(quit, r.KioskQuit); return true })
	return quit
}

// clipboardDirection returns what is left of the direction that is asked for.
func (p *policy) clipboardDirection(asked string) string {
	to := func(way string) bool {
		return (asked == "both" || asked == way) && p.every(func(r *policyRules) bool {
			d := r.Clipboard.Direction
			return d == "both" || d == way || d == "" && r.open()
		})
	}
	switch guest, client := to("to-guest"), to("to-client"); {
	case guest && client:
		return "both"
	case guest:
		return "to-guest"
	case client:
		return "to-client"
	}
	return "off"
}

// clipboardType reports whether the clipboard may carry text, image or files.
func (p *policy) clipboardType(kind string) bool {
	return p.every(func(r *policyRules) bool {
		if r.Clipboard.Types != nil {
			return slices.Contains(*r.Clipboard.Types, kind)
		}
		return r.open() || r.Clipboard.Direction != ""
	})
}

// clipboardSize returns how many bytes the clipboard may carry at most of those
// asked for.
func (p *policy) clipboardSize(asked int64) int64 {
	p.every(func(r *policyRules) bool {
		if most := r.Clipboard.MaxSize; most > 0 {
			asked = min(asked, most)
		}
		return true
	})
	return asked
}

// allowsUSB reports whether devices may be redirected; usbFilters say which.
func (p *policy) allowsUSB() bool {
	return p.flag(func(r *policyRules) *bool {
		if r.USB.Devices == nil && r.USB.Filter != "" {
			return new(true)
		}
		return r.USB.Devices
	})
}

// mentionsUSB reports whether a policy says anything of devices.
func (p *policy) mentionsUSB() bool {
	return !p.every(func(r *policyRules) bool { return r.USB.Devices == nil && r.USB.Filter == "" })
}

// usbFilters returns filters in remote-viewer's grammar, each of which a device
// must pass.
func (p *policy) usbFilters() []string {
	var filters []string
	p.every(func(r *policyRules) bool {
		if r.USB.Filter != "" {
			filters = append(filters, r.USB.Filter)
		}
		return true
	})
	return filters
}

// allowsDisks reports whether images may be given to the guest as disks or CDs.
func (p *policy) allowsDisks() bool {
	return p.flag(func(r *policyRules) *bool { return r.USB.Disks })
}

// allowsPorts reports whether the guest's ports may be connected with this
// computer.
func (p *policy) allowsPorts() bool { return p.flag(func(r *policyRules) *bool { return r.Ports }) }

// allowsSound reports whether the guest may be heard.
func (p *policy) allowsSound() bool {
	return p.flag(func(r *policyRules) *bool { return r.Sound.Playback })
}

// allowsMicrophone reports whether the guest may hear.
func (p *policy) allowsMicrophone() bool {
	return p.flag(func(r *policyRules) *bool { return r.Sound.Microphone })
}

// allowsDrop reports whether files may be dropped onto the window.
func (p *policy) allowsDrop() bool { return p.flag(func(r *policyRules) *bool { return r.Files.Drop }) }

// allowsRecord reports whether --record may write what the server sends.
func (p *policy) allowsRecord() bool {
	return p.flag(func(r *policyRules) *bool { return r.Files.Record })
}

// readOnly reports whether guests must not write to what is shared with them.
func (p *policy) readOnly() bool {
	return !p.every(func(r *policyRules) bool { return !r.Files.ReadOnly })
}

// allowsShare reports whether a folder may be shared with the guest.
func (p *policy) allowsShare(dir string) bool {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return p == nil
	}
	dir = realPath(dir)
	return p.every(func(r *policyRules) bool {
		if r.Files.Folders == nil {
			return r.open()
		}
		return slices.ContainsFunc(*r.Files.Folders, func(root string) bool {
			rest, err := filepath.Rel(root, dir)
			return err == nil && filepath.IsLocal(rest)
		})
	})
}
