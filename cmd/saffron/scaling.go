package main

import (
	"cmp"
	"slices"

	"github.com/spf13/cobra"

	"saffron/render"
	"saffron/render/window"
)

// scaleFlags say how the picture is fitted into the window. What is "" is left to
// the settings.
type scaleFlags struct {
	scale  string
	filter string
	noTab  bool // of the menu
}

var (
	scales  = map[string]render.ViewMode{"fit": render.Fit, "1:1": render.OneToOne, "integer": render.Integer}
	filters = map[string]window.Filter{"sharp": window.Sharp, "smooth": window.Smooth}
)

// Values of the flags, as they are offered.
var (
	scaleNames  = []string{"fit", "1:1", "integer"}
	filterNames = []string{"sharp", "smooth", "integer"}
)

func (f *scaleFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.scale, "scale", "", "how the picture is fitted into the window:\nfit (the usual), 1:1 or integer")
	s.StringVar(&f.filter, "scale-filter", "", "how it is made larger or smaller: sharp (the usual), smooth,\nor integer, only by whole factors")
	s.BoolVar(&f.noTab, "no-menu-tab", false, "no menu from the upper edge, only by its keys")
	_ = c.RegisterFlagCompletionFunc("scale", cobra.FixedCompletions(scaleNames, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("scale-filter", cobra.FixedCompletions(filterNames, cobra.ShellCompDirectiveNoFileComp))
}

func (f *scaleFlags) check() error {
	switch {
	case f.scale != "" && !slices.Contains(scaleNames, f.scale):
		return usageError("--scale is fit, 1:1 or integer, not %q", f.scale)
	case f.filter != "" && !slices.Contains(filterNames, f.filter):
		return usageError("--scale-filter is sharp, smooth or integer, not %q", f.filter)
	case f.filter == "integer" && f.scale != "" && f.scale != "integer":
		return usageError("--scale-filter integer does not go with --scale %s", f.scale)
	}
	return nil
}

// scaling returns how the window of the viewer begins: as the flags say, or else
// the settings of its machine.
func (v *viewer) scaling() (render.ViewMode, window.Filter) {
	f := &v.flags.scaling
	filter := cmp.Or(f.filter, v.pref("scale-filter"))
	mode := cmp.Or(f.scale, v.pref("scale"))
	if filter == "integer" && (f.scale == "" || f.filter != "") {
		mode = "integer"
	}
	return scales[mode], filters[filter]
}

// noTab reports whether the upper edge of windows is the guest's alone.
func (v *viewer) noTab() bool { return v.flags.scaling.noTab || v.pref("menu-tab") == "false" }

// useFilter makes the window scale as the settings of the machine say, which may
// be known only now.
func (v *viewer) useFilter() {
	if v.flags.scaling.filter != "" {
		return
	}
	if filter, ok := filters[v.pref("scale-filter")]; ok {
		v.withWindow(func(w *window.Window) { w.SetFilter(filter) })()
	}
}

// scaleCommands choose how the picture is fitted into the window.
func (v *viewer) scaleCommands() []command {
	w := v.shownWindow()
	if w == nil {
		return nil
	}
	mode := w.Mode()
	if mode == render.Snug {
		mode = render.Fit
	}
	fit := func(name, label string, m render.ViewMode) command {
		return chosen("scale-"+name, label, m, mode, func(m render.ViewMode) {
			v.size.fit(m)
			v.remember("scale", name)
		})
	}
	filter := func(name, label string, f window.Filter) command {
		return chosen("filter-"+name, label, f, w.Filter(), func(f window.Filter) {
			w.SetFilter(f)
			v.remember("scale-filter", name)
		})
	}
	return []command{{name: "scaling", label: "Scaling", sub: []command{
		fit("fit", "As large as fits", render.Fit),
		fit("integer", "Whole factors only", render.Integer),
		fit("1:1", "Not scaled (1:1)", render.OneToOne),
		separator,
		filter("sharp", "Sharp", window.Sharp),
		filter("smooth", "Smooth", window.Smooth),
	}}}
}
