package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"saffron/channels/agent"
)

// effectNames are what a guest's desktop can leave out, as remote-viewer calls
// it.
var effectNames = []string{"wallpaper", "font-smooth", "animation", "all"}

// looksOf returns what the guest's desktop is to leave out, and the first of the
// names that means nothing, "" if all are known.
func looksOf(names []string) (l agent.Looks, unknown string) {
	for _, name := range names {
		name = strings.ToLower(strings.TrimSpace(name))
		if !slices.Contains(effectNames, name) && unknown == "" {
			unknown = name
		}
		all := name == "all"
		l.NoWallpaper = l.NoWallpaper || all || name == "wallpaper"
		l.NoFontSmoothing = l.NoFontSmoothing || all || name == "font-smooth"
		l.NoAnimation = l.NoAnimation || all || name == "animation"
	}
	return l, unknown
}

// effectFlags say what the guest's desktop is to leave out.
type effectFlags struct{ names []string }

func (f *effectFlags) add(c *cobra.Command) {
	c.Flags().StringSliceVar(&f.names, "spice-disable-effects", nil, "leave out of a Windows guest's desktop: wallpaper,\nfont-smooth, animation or all")
	_ = c.RegisterFlagCompletionFunc("spice-disable-effects", cobra.FixedCompletions(effectNames, cobra.ShellCompDirectiveNoFileComp))
}

func (f *effectFlags) check() error {
	if _, unknown := looksOf(f.names); unknown != "" {
		return usageError("--spice-disable-effects is %s, not %q", anyOf(effectNames), unknown)
	}
	return nil
}

// over returns what is left out by these flags, or what was before if they say
// nothing.
func (f *effectFlags) over(before agent.Looks) agent.Looks {
	if len(f.names) == 0 {
		return before
	}
	l, _ := looksOf(f.names)
	return l
}
