package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"saffron/render/monitors"
	"saffron/spice"
	"saffron/spice/vv"
)

// otherNames are the names under which this program takes another's command
// line: called by them, through a link, or as a command of that name.
var otherNames = []string{"remote-viewer", "virt-viewer"}

// asCalled returns the command line of the program whose own name is called.
func asCalled(called string, args []string) []string {
	name := strings.TrimSuffix(filepath.Base(called), ".exe")
	if slices.Contains(otherNames, name) {
		return append([]string{name}, args...)
	}
	return args
}

// compatFlags are the options of remote-viewer and virt-viewer that are not
// those of open by the same name.
type compatFlags struct {
	zoom        int
	autoResize  string
	cursor      string
	xDisplay    string
	compression string
	cds         []string
	noUSB       bool
	debug       bool
	version     bool
	help        bool

	domain, id, uuid string // of virt-viewer
}

// withoutEffect are options that are taken and say nothing here.
var withoutEffect = []struct {
	name, short, what string
	value             bool
}{
	{"shared", "s", "share the session (VNC only)", false},
	{"class", "", "class of the window", true},
	{"name", "", "name of the window", true},
	{"gtk-module", "", "GTK only", true},
	{"g-fatal-warnings", "", "GTK only", false},
	{"gtk-vnc-debug", "", "VNC only", false},
	{"spice-color-depth", "", "obsolete", true},
	{"spice-smartcard", "", "there are no smartcards", false},
	{"spice-smartcard-certificates", "", "there are no smartcards", true},
	{"spice-smartcard-db", "", "there are no smartcards", true},
	{"spice-cache-size", "", "chosen by itself", true},
	{"spice-glz-window-size", "", "chosen by itself", true},
}

const compatHelp = `%s takes the command line of %s 11.0, so that Saffron can stand in for
it: as this command, or called through a link of that name.

Options that mean nothing here are taken and have no effect: -s, --class, --name,
--gtk-module, --gtk-vnc-debug, --spice-smartcard*, --spice-color-depth,
--spice-cache-size, --spice-glz-window-size. The other options are those of saffron
open.

The window closes when the server ends the session. The exit code is 0 after a
session and 1 for everything else.`

// newCompat returns the command that stands in for another viewer.
func newCompat(a *app, name string) *cobra.Command {
	f := new(openFlags)
	o := new(compatFlags)
	like := newOpenWith(a, f)
	target := "[URI|FILE|-]"
	if name == "virt-viewer" {
		target = "[NAME|ID|UUID]"
	}
	c := &cobra.Command{
		Use: name + " " + target, Short: "Stand in for " + name,
		Long: fmt.Sprintf(compatHelp, upperFirst(name), name), Args: like.Args,
	}
	s := c.Flags()
	s.SortFlags = false
	o.add(s, name)
	like.Flags().VisitAll(func(flag *pflag.Flag) {
		if s.Lookup(flag.Name) == nil && (name == "virt-viewer" || flag.Name != "reconnect") {
			s.AddFlag(flag)
		}
	})
	c.RunE = func(c *cobra.Command, args []string) error {
		switch {
		case o.help:
			return c.Help()
		case o.version:
			fmt.Fprintf(a.out, "%s version %s (saffron %s)\n", name, vv.Emulates, builtFrom())
			return nil
		}
		if o.debug && !a.debug {
			a.debug = true
			a.startLog()
		}
		if err := o.apply(a, f); err != nil {
			return err
		}
		args, err := o.target(f, name, args)
		if err != nil {
			return err
		}
		return like.RunE(c, args)
	}
	return c
}

func (o *compatFlags) add(s *pflag.FlagSet, name string) {
	s.IntVarP(&o.zoom, "zoom", "z", 100, "size of the window at first, in percent, 10 to 400")
	s.StringVar(&o.autoResize, "auto-resize", "always", "make the guest's screen as large as the window:\nnever or always")
	s.StringVar(&o.cursor, "cursor", "auto", "whose pointer is shown: auto or local")
	s.StringVar(&o.xDisplay, "display", "", "X `DISPLAY` to open the window on")
	s.StringVar(&o.compression, "spice-preferred-compression", "", "ask for images in this `FORMAT`")
	s.StringArrayVar(&o.cds, "spice-share-cd", nil, "plug the ISO image `FILE` into the guest; can be repeated")
	s.BoolVar(&o.noUSB, "spice-disable-usbredir", false, "open no channels for USB devices")
	s.BoolVar(&o.debug, "spice-debug", false, "as --debug")
	s.BoolVarP(&o.version, "version", "V", false, "print the version")
	s.BoolVar(&o.version, "spice-gtk-version", false, "print the version")
	for _, group := range []string{"all", "gtk", "gtk-vnc", "spice"} {
		s.BoolVar(&o.help, "help-"+group, false, "as --help")
	}
	if name == "virt-viewer" {
		s.StringVar(&o.domain, "domain-name", "", "the domain of that `NAME`")
		s.StringVar(&o.id, "id", "", "the domain of that `ID`")
		s.StringVar(&o.uuid, "uuid", "", "the domain of that `UUID`")
	}
	for _, w := range withoutEffect {
		if s.Lookup(w.name) != nil {
			continue
		}
		if w.value {
			s.String(w.name, "", w.what)
		} else {
			s.BoolP(w.name, w.short, false, w.what)
		}
		_ = s.MarkHidden(w.name) // it fails only for flags that do not exist
	}
}

// apply says with the flags of open what the options say.
func (o *compatFlags) apply(a *app, f *openFlags) error {
	f.zoom = o.zoom
	if o.zoom < minZoom || o.zoom > maxZoom {
		a.warn("--zoom is from %d to %d percent; 100 is taken", minZoom, maxZoom)
		f.zoom = 100
	}
	switch o.autoResize {
	case "always": // as it is without
	case "never":
		f.resolution.mode = monitors.Scale.String()
	default:
		return usageError("--auto-resize is never or always, not %q", o.autoResize)
	}
	switch o.cursor {
	case "auto", "local":
		f.compat.localCursor = o.cursor == "local"
	default:
		return usageError("--cursor is auto or local, not %q", o.cursor)
	}
	if o.xDisplay != "" {
		if err := os.Setenv("DISPLAY", o.xDisplay); err != nil {
			return usageError("--display: %w", err)
		}
	}
	if o.compression != "" {
		f.prefer.compression = o.compression
	}
	f.guest.cds = append(f.guest.cds, o.cds...)
	if o.noUSB {
		f.compat.without = append(f.compat.without, spice.ChannelUSBRedir)
	}
	f.compat.on = true
	return nil
}

// target returns what is to be opened. For virt-viewer it is a domain always.
func (o *compatFlags) target(f *openFlags, name string, args []string) ([]string, error) {
	if name != "virt-viewer" {
		return args, nil
	}
	f.domain.only = true
	given := slices.DeleteFunc(append([]string{o.domain, o.id, o.uuid}, args...), func(s string) bool { return s == "" })
	if len(given) > 1 {
		return nil, usageError("--domain-name, --id, --uuid and a name exclude each other")
	}
	return given, nil
}

// A compat is what stands in for another viewer does otherwise.
type compat struct {
	on          bool
	localCursor bool
	without     []spice.ChannelType
}

// endsWell reports whether the end of a session is one that closes the window,
// and no failure.
func (c *compat) endsWell(err error) bool {
	var ended *endedError
	return c.on && errors.As(err, &ended) && errors.Is(err, spice.ErrServerClosed)
}

// exitAs returns the code with which another viewer ends.
func (a *app) exitAs(code int) int {
	if a.like != "" {
		return min(code, exitOther)
	}
	return code
}
