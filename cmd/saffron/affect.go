package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

// affectFlags say what a change is for.
type affectFlags struct {
	live, config, current bool
}

func (f *affectFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.BoolVar(&f.live, "live", false, "change the running domain")
	s.BoolVar(&f.config, "config", false, "change the stored definition: it counts from the next start")
	s.BoolVar(&f.current, "current", false, "change the running domain if it runs, else the stored definition (default)")
	c.MarkFlagsMutuallyExclusive("current", "live")
	c.MarkFlagsMutuallyExclusive("current", "config")
}

func (f *affectFlags) affect() libvirtctl.Affect {
	a := libvirtctl.AffectCurrent
	if f.live {
		a |= libvirtctl.AffectLive
	}
	if f.config {
		a |= libvirtctl.AffectConfig
	}
	return a
}

// changed tells the user what was done and what that has changed.
func (a *app) changed(c libvirtctl.Change, format string, args ...any) error {
	var more []string
	for _, s := range []string{c.Lasting, c.Note} {
		if s != "" {
			more = append(more, s)
		}
	}
	s := fmt.Sprintf("%s. Changed: %v", fmt.Sprintf(format, args...), c.Affect)
	if more != nil {
		s += " (" + strings.Join(more, "; ") + ")"
	}
	_, err := fmt.Fprintln(a.out, oneLine(s+"."))
	return err
}
