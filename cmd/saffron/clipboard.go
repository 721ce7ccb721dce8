package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"saffron/channels/agent"
	"saffron/render/clipboard"
)

// clipboardFlags are those of windows, which share the desktop's clipboard.
type clipboardFlags struct {
	direction string
	types     []string
	max       string
	primary   bool
	given     func(name string) bool // the command line has the flag; nil: none

	limit int64 // what max says, see agent.Options
}

func (f *clipboardFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.direction, "clipboard", "both", "which way the clipboard goes: both, to-guest, to-client\nor off")
	s.StringSliceVar(&f.types, "clipboard-types", clipboardKinds, "what it may carry: text, image, files")
	s.StringVar(&f.max, "clipboard-max", "100M", "the largest content of the clipboard that is transferred:\na `SIZE` such as 20M or 1G, or none for no limit")
	s.BoolVar(&f.primary, "clipboard-primary", true, "also share what is selected with the mouse, where the\ndesktop and the guest have that")
	f.given = s.Changed
	fixed := func(values []string) cobra.CompletionFunc {
		return cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp)
	}
	_ = c.RegisterFlagCompletionFunc("clipboard", fixed(clipboardDirections))
	_ = c.RegisterFlagCompletionFunc("clipboard-types", fixed(clipboardKinds))
}

func (f *clipboardFlags) check() error {
	if !slices.Contains(clipboardDirections, f.direction) {
		return usageError("--clipboard is %s, not %q", strings.Join(clipboardDirections, ", "), f.direction)
	}
	for _, kind := range f.types {
		if !slices.Contains(clipboardKinds, kind) {
			return usageError("--clipboard-types: %q is none of %s", kind, strings.Join(clipboardKinds, ", "))
		}
	}
	if f.max == "none" || f.max == "-1" {
		f.limit = -1
		return nil
	}
	n, err := parseSize(f.max)
	if err != nil {
		return usageError("--clipboard-max: %w", err)
	}
	f.limit = max(1, int64(n)) // 0 would be the default, whatever a policy says
	return nil
}

// noClipboardLimit stands for no limit where a number is wanted.
const noClipboardLimit = 1<<31 - 1

// clipboardLimit returns how large a content may be, in bytes.
func (v *viewer) clipboardLimit() int64 {
	limit := v.flags.clipboard.limit
	if limit < 0 {
		limit = noClipboardLimit
	}
	return v.console.settings.policy.clipboardSize(limit)
}

// clipboardRules say what the clipboard may carry. They do not change.
type clipboardRules struct {
	toGuest, toClient bool
	kinds             []string // of clipboardKinds
	primary           bool
}

// clipboardRules returns what holds when the direction is the one given.
func (v *viewer) clipboardRules(direction string, primary bool) clipboardRules {
	p, f := v.console.settings.policy, &v.flags.clipboard
	direction = p.clipboardDirection(direction)
	r := clipboardRules{
		toGuest:  (direction == "both" || direction == "to-guest") && !v.flags.viewOnly,
		toClient: direction == "both" || direction == "to-client",
		primary:  primary,
	}
	for _, kind := range v.clipboardTypes(f) {
		if p.clipboardType(kind) && (kind != "files" || p.allowsDrop()) {
			r.kinds = append(r.kinds, kind)
		}
	}
	return r
}

// clipboardTypes returns the kinds that are asked for.
func (v *viewer) clipboardTypes(f *clipboardFlags) []string {
	if f.given == nil || !f.given("clipboard-types") {
		if said := v.pref("clipboard-types"); said != "" {
			return strings.Split(said, ",")
		}
	}
	return f.types
}

// clipboardDirection returns the direction that is asked for at first.
func (v *viewer) clipboardDirection() string {
	f := &v.flags.clipboard
	if f.given == nil || !f.given("clipboard") {
		if said := v.pref("clipboard"); said != "" {
			return said
		}
	}
	return f.direction
}

// carries reports whether content of a format may go over, either way.
func (r clipboardRules) carries(f agent.Format) bool {
	switch f {
	case agent.Text:
		return slices.Contains(r.kinds, "text")
	case agent.PNG, agent.BMP, agent.TIFF, agent.JPEG:
		return slices.Contains(r.kinds, "image")
	case agent.FileList:
		return slices.Contains(r.kinds, "files")
	}
	return false
}

// formats returns those that may go over, of a selection in a direction that is
// allowed or not.
func (r clipboardRules) formats(sel agent.Selection, allowed bool, list []agent.Format) []agent.Format {
	if !allowed || sel == agent.Primary && !r.primary {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(list), func(f agent.Format) bool { return !r.carries(f) })
}

// toDesktop returns the formats that the desktop may have of the guest. The
// guest's files are out of reach.
func (r clipboardRules) toDesktop(sel agent.Selection, list []agent.Format) []agent.Format {
	return withoutFiles(r.formats(sel, r.toClient, list))
}

func withoutFiles(list []agent.Format) []agent.Format {
	return slices.DeleteFunc(list, func(f agent.Format) bool { return f == agent.FileList })
}

// guestFormats are the formats of the desktop by what the guest calls them.
var guestFormats = map[clipboard.Format]agent.Format{
	clipboard.Text: agent.Text, clipboard.PNG: agent.PNG, clipboard.BMP: agent.BMP,
	clipboard.TIFF: agent.TIFF, clipboard.JPEG: agent.JPEG, clipboard.FileList: agent.FileList,
}

// desktopFormats are the same the other way.
var desktopFormats = func() map[agent.Format]clipboard.Format {
	other := map[agent.Format]clipboard.Format{}
	for here, there := range guestFormats {
		other[there] = here
	}
	return other
}()

func toGuestFormats(list []clipboard.Format) []agent.Format {
	var out []agent.Format
	for _, f := range list {
		out = append(out, guestFormats[f])
	}
	return out
}

func toDesktopFormats(list []agent.Format) []clipboard.Format {
	var out []clipboard.Format
	for _, f := range list {
		if here, ok := desktopFormats[f]; ok {
			out = append(out, here)
		}
	}
	return out
}
