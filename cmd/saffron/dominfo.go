package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

func newDominfo(a *app) *cobra.Command {
	f := new(libvirtFlags)
	asJSON := false
	c := &cobra.Command{
		Use:     "dominfo DOMAIN",
		Short:   "Say all that is known about a domain, in whatever state it is",
		Example: "  saffron dominfo -c qemu:///system work\n  saffron dominfo --json work | jq -r .state",
		Args:    exactly(1, "one domain"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				info, err := d.Info(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(a.out, info)
				}
				for _, s := range info.Unknown {
					a.warn("%s", strings.TrimPrefix(s, "libvirtctl: "))
				}
				return printInfo(a.out, info)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	f.add(c)
	c.ValidArgsFunction = a.completeDomains(f)
	return c
}

func printJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// printInfo prints what a domain is for people.
func printInfo(out io.Writer, i *libvirtctl.Info) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(name, format string, args ...any) {
		fmt.Fprintf(w, "%s\t%s\n", name, oneLine(fmt.Sprintf(format, args...)))
	}
	row("Name", "%s", i.Name)
	if i.Title != "" {
		row("Title", "%s", i.Title)
	}
	row("UUID", "%s", i.UUID)
	if i.ID >= 0 {
		row("ID", "%d", i.ID)
	}
	row("State", "%s", withReason(i.State, i.Reason))
	if i.Job != nil {
		row("Job", "%s of %s since %v", size(i.Job.Done), size(i.Job.Total), i.Job.Elapsed.Round(time.Second))
	}
	row("Machine", "%s", strings.Join(nonEmpty(i.Type, i.Machine, i.Firmware), ", "))
	row("Processors", "%d of at most %d, %v used", i.VCPUs, i.MaxVCPUs, i.CPUTime.Round(100*time.Millisecond))
	row("Memory", "%s of at most %s", size(i.Memory.Current), size(i.Memory.Max))
	if n := i.NextStart; n != nil && (n.Memory.Max != i.Memory.Max || n.VCPUs != i.VCPUs || n.MaxVCPUs != i.MaxVCPUs) {
		row("At next start", "%d of at most %d processors, %s of at most %s", n.VCPUs, n.MaxVCPUs, size(n.Memory.Current), size(n.Memory.Max))
	}
	row("Stored", "%s", stored(i))
	row("Guest agent", "%s", cmp.Or(i.Agent, "no channel for one"))
	printInfoDevices(row, i.Devices)
	for _, j := range i.BlockJobs {
		row("Block job", "%s: %v", j.Disk, j)
	}
	return w.Flush()
}

func withReason(state, reason string) string {
	if reason == "" {
		return state
	}
	return state + " (" + reason + ")"
}

func nonEmpty(s ...string) []string {
	var some []string
	for _, v := range s {
		if v != "" {
			some = append(some, v)
		}
	}
	return some
}

// stored says what libvirt has of the domain beyond its life.
func stored(i *libvirtctl.Info) string {
	if !i.Persistent {
		return "no: transient, it vanishes when it stops"
	}
	s := []string{"yes", "autostart " + map[bool]string{true: "on", false: "off"}[i.Autostart]}
	if i.ManagedSave {
		s = append(s, "saved state")
	}
	if i.Snapshots > 0 {
		s = append(s, fmt.Sprintf("snapshots: %d", i.Snapshots))
	}
	return strings.Join(s, ", ")
}

// printInfoDevices prints the devices that people ask for.
func printInfoDevices(row func(name, format string, args ...any), devices []*libvirtctl.Device) {
	for _, d := range devices {
		only := ""
		switch {
		case d.Live && !d.Config:
			only = ", running domain only"
		case !d.Live && d.Config && hasLive(devices):
			only = ", from the next start"
		}
		switch d.Kind {
		case "disk":
			chain := append([]string{cmp.Or(d.Source, "no medium")}, d.Backing...)
			row("Disk "+d.Target, "%s on %s: %s%s", d.Type, d.Model, strings.Join(chain, " <- "), only)
		case "interface":
			row("Interface", "%s: %s %s, %s%s", d.MAC, d.Type, d.Source, d.Model, only)
		case "graphics":
			row("Graphics", "%s%s", strings.Join(nonEmpty(d.Type, d.Source), " "), only)
		}
	}
}

func hasLive(devices []*libvirtctl.Device) bool {
	for _, d := range devices {
		if d.Live {
			return true
		}
	}
	return false
}
