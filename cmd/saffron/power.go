package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"saffron/libvirtctl"
)

// A powerCommand is a command that does one thing to a domain.
type powerCommand struct {
	use, short, long, example string
	flags                     func(*pflag.FlagSet)
	run                       func(context.Context, *libvirtctl.Domain) error
}

func (a *app) power(p powerCommand) *cobra.Command {
	f := new(libvirtFlags)
	c := &cobra.Command{
		Use: p.use + " DOMAIN", Short: p.short, Long: p.long, Example: p.example, Args: exactly(1, "one domain"),
		RunE: func(c *cobra.Command, args []string) error { return a.withDomain(c.Context(), f, args[0], p.run) },
	}
	if p.flags != nil {
		p.flags(c.Flags())
	}
	f.add(c)
	c.ValidArgsFunction = a.completeDomains(f)
	return c
}

// newPower returns the commands of a domain's life.
func newPower(a *app) []*cobra.Command {
	simple := func(use, short, done string, do func(*libvirtctl.Domain, context.Context) (libvirtctl.Change, error)) *cobra.Command {
		return a.power(powerCommand{use: use, short: short, run: func(ctx context.Context, d *libvirtctl.Domain) error {
			change, err := do(d, ctx)
			if err != nil {
				return err
			}
			return a.changed(change, "%s %s", d.Name, done)
		}})
	}
	return []*cobra.Command{
		newStart(a), newRestore(a), newShutdown(a), newReboot(a), newDestroy(a), newSave(a), newPMSuspend(a),
		simple("reset", "Press the reset button: the guest is not asked", "was reset", (*libvirtctl.Domain).Reset),
		simple("suspend", "Pause a domain: its processors stand still", "is paused", (*libvirtctl.Domain).Suspend),
		simple("resume", "Let a paused domain go on", "runs", (*libvirtctl.Domain).Resume),
		simple("pmwakeup", "Wake a guest that sleeps by its own power management", "was woken up", (*libvirtctl.Domain).PMWakeup),
		simple("save-remove", "Discard a domain's saved state: the next start boots", "has no saved state any more", (*libvirtctl.Domain).SaveRemove),
	}
}

func newStart(a *app) *cobra.Command {
	var o libvirtctl.StartOptions
	return a.power(powerCommand{
		use: "start", short: "Start a domain",
		long: `Start a domain. One that was saved goes on where it was, unless --force-boot
discards what was saved.

With --autodestroy the domain lives no longer than the connection: the command
stays, and the domain is destroyed when it is interrupted or the connection ends.`,
		example: "  saffron start -c qemu:///system work\n  saffron start --paused work",
		flags: func(s *pflag.FlagSet) {
			s.BoolVar(&o.Paused, "paused", false, "do not let it run yet: see resume")
			s.BoolVar(&o.AutoDestroy, "autodestroy", false, "destroy it when this command ends")
			s.BoolVar(&o.ForceBoot, "force-boot", false, "boot, and discard a saved state")
		},
		run: func(ctx context.Context, d *libvirtctl.Domain) error { return a.startDomain(ctx, d, o) },
	})
}

func newRestore(a *app) *cobra.Command {
	o := libvirtctl.StartOptions{Restore: true}
	return a.power(powerCommand{
		use: "restore", short: "Start a domain from its saved state",
		long:  "Start a domain from its saved state, as start does; but refuse to boot it if there is none.",
		flags: func(s *pflag.FlagSet) { s.BoolVar(&o.Paused, "paused", false, "do not let it run yet: see resume") },
		run:   func(ctx context.Context, d *libvirtctl.Domain) error { return a.startDomain(ctx, d, o) },
	})
}

func (a *app) startDomain(ctx context.Context, d *libvirtctl.Domain, o libvirtctl.StartOptions) error {
	bar := a.progress("starting " + d.Name)
	defer bar.end()
	o.Progress = bar.set
	change, err := d.Start(ctx, o)
	bar.end()
	if err != nil {
		return err
	}
	did := "runs"
	switch {
	case o.Restore:
		did = "goes on from its saved state"
	case o.Paused:
		did = "is started and paused"
	}
	if err := a.changed(change, "%s %s", d.Name, did); err != nil || !o.AutoDestroy {
		return err
	}
	return a.stay(ctx, d)
}

// stay keeps the connection that a domain lives by until it is interrupted, the
// connection ends, or the domain does.
func (a *app) stay(ctx context.Context, d *libvirtctl.Domain) error {
	fmt.Fprintln(a.out, oneLine(d.Name+" lives as long as this connection: interrupt to destroy it."))
	ended := make(chan error, 1)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { ended <- d.WaitOff(ctx) }()
	select {
	case <-d.Host.Lost():
		return &failure{exitLost, fmt.Errorf("%w, and %s is destroyed", libvirtctl.ErrLost, d.Name), ""}
	case err := <-ended:
		if ctx.Err() != nil {
			fmt.Fprintln(a.out, oneLine(d.Name+" is destroyed."))
			return nil
		}
		if err == nil {
			fmt.Fprintln(a.out, oneLine(d.Name+" is off."))
		}
		return err
	}
}

// shutdownModes are the ways to ask a guest.
var shutdownModes = map[string]libvirtctl.ShutdownMode{
	"": libvirtctl.ShutdownDefault, "acpi": libvirtctl.ShutdownACPI, "agent": libvirtctl.ShutdownAgent,
	"initctl": libvirtctl.ShutdownInitctl, "signal": libvirtctl.ShutdownSignal, "paravirt": libvirtctl.ShutdownParavirt,
}

// modeFlag is --mode.
func modeFlag(s *pflag.FlagSet, mode *string) {
	s.StringVar(mode, "mode", "", "how to ask the guest: `acpi`, agent, initctl, signal or paravirt\n(default: as the host chooses)")
}

func parseMode(mode string) (libvirtctl.ShutdownMode, error) {
	m, ok := shutdownModes[mode]
	if !ok {
		names := make([]string, 0, len(shutdownModes))
		for name := range shutdownModes {
			if name != "" {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		return 0, usageError("there is no mode %q; there are %s", mode, strings.Join(names, ", "))
	}
	return m, nil
}

func newShutdown(a *app) *cobra.Command {
	var (
		mode    string
		wait    bool
		timeout time.Duration
	)
	return a.power(powerCommand{
		use: "shutdown", short: "Ask a guest to shut down",
		long: `Ask a guest to shut down, as its power button does. It is up to the guest when it
does so, or whether: with --wait the command stays until the domain is off, and
ends with exit code 7 if it is not in time.`,
		example: "  saffron shutdown --wait --timeout 2m work || saffron destroy work",
		flags: func(s *pflag.FlagSet) {
			modeFlag(s, &mode)
			s.BoolVar(&wait, "wait", false, "wait until the domain is off")
			s.DurationVar(&timeout, "timeout", time.Minute, "how `long` to wait")
		},
		run: func(ctx context.Context, d *libvirtctl.Domain) error {
			m, err := parseMode(mode)
			if err != nil {
				return err
			}
			change, err := d.Shutdown(ctx, m)
			if err != nil {
				return err
			}
			change.Affect = 0 // nothing yet: the guest decides
			if err := a.changed(change, "%s was asked to shut down", d.Name); err != nil || !wait {
				return err
			}
			return a.waitOff(ctx, d, timeout)
		},
	})
}

func (a *app) waitOff(ctx context.Context, d *libvirtctl.Domain, timeout time.Duration) error {
	bounded, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := d.WaitOff(bounded)
	if err != nil && ctx.Err() == nil && bounded.Err() != nil {
		return &failure{exitPending, fmt.Errorf("%s is not off after %v", d.Name, timeout),
			"The guest may be busy, have no driver for the power button, or not care. saffron destroy does not ask it."}
	}
	if err != nil {
		return err
	}
	return a.changed(libvirtctl.Change{Affect: libvirtctl.AffectLive}, "%s is off", d.Name)
}

func newReboot(a *app) *cobra.Command {
	var mode string
	return a.power(powerCommand{
		use: "reboot", short: "Ask a guest to reboot",
		flags: func(s *pflag.FlagSet) { modeFlag(s, &mode) },
		run: func(ctx context.Context, d *libvirtctl.Domain) error {
			m, err := parseMode(mode)
			if err != nil {
				return err
			}
			change, err := d.Reboot(ctx, m)
			if err != nil {
				return err
			}
			change.Affect = 0
			return a.changed(change, "%s was asked to reboot", d.Name)
		},
	})
}

func newDestroy(a *app) *cobra.Command {
	var graceful bool
	return a.power(powerCommand{
		use: "destroy", short: "Pull a domain's plug: the guest is not asked",
		long: "Pull a domain's plug: the guest is not asked, and what it has not written is lost.\nThe definition and the disks stay.",
		flags: func(s *pflag.FlagSet) {
			s.BoolVar(&graceful, "graceful", false, "give up if its process does not end by itself, rather than kill it")
		},
		run: func(ctx context.Context, d *libvirtctl.Domain) error {
			change, err := d.Destroy(ctx, graceful)
			if err != nil {
				return err
			}
			return a.changed(change, "%s is off", d.Name)
		},
	})
}

func newSave(a *app) *cobra.Command {
	var o libvirtctl.SaveOptions
	return a.power(powerCommand{
		use: "save", short: "Save a domain's memory and stop it: the next start goes on from there",
		flags: func(s *pflag.FlagSet) {
			s.BoolVar(&o.BypassCache, "bypass-cache", false, "keep the file out of the host's cache")
			s.BoolVar(&o.Running, "running", false, "let it run when it is restored, whatever it does now")
			s.BoolVar(&o.Paused, "paused", false, "let it be paused when it is restored")
		},
		run: func(ctx context.Context, d *libvirtctl.Domain) error {
			bar := a.progress("saving " + d.Name)
			defer bar.end()
			o.Progress = bar.set
			change, err := d.Save(ctx, o)
			bar.end()
			if err != nil {
				return err
			}
			return a.changed(change, "%s is saved and off", d.Name)
		},
	})
}

func newPMSuspend(a *app) *cobra.Command {
	target := "mem"
	return a.power(powerCommand{
		use: "pmsuspend", short: "Ask a guest, by its agent, to go to sleep",
		flags: func(s *pflag.FlagSet) {
			s.StringVar(&target, "target", "mem", "where its memory is kept: `mem`, disk or hybrid")
		},
		run: func(ctx context.Context, d *libvirtctl.Domain) error {
			t, ok := map[string]libvirtctl.SleepTarget{"mem": libvirtctl.SleepMemory, "disk": libvirtctl.SleepDisk, "hybrid": libvirtctl.SleepHybrid}[target]
			if !ok {
				return usageError("there is no target %q; there are mem, disk, hybrid", target)
			}
			change, err := d.PMSuspend(ctx, t)
			if err != nil {
				return err
			}
			return a.changed(change, "%s was put to sleep", d.Name)
		},
	})
}
