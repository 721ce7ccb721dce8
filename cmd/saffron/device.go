package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

func newDevice(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "device",
		Short: "List, attach, detach and update the devices of a domain",
		Args: func(c *cobra.Command, args []string) error {
			return &failure{exitUsage, fmt.Errorf("device wants to know what to do: list, attach, detach or update"), "See saffron device --help."}
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	c.AddCommand(newDeviceList(a), newDeviceAttach(a), newDeviceDetach(a), newDeviceUpdate(a))
	return c
}

// completeDomainThenFile completes the name of a domain, then files.
func (a *app) completeDomainThenFile(f *libvirtFlags) completer {
	return func(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return a.completeDomains(f)(c, args, begun)
	}
}

func newDeviceList(a *app) *cobra.Command {
	f, of := new(libvirtFlags), new(affectFlags)
	var asJSON, asXML, all bool
	c := &cobra.Command{
		Use:   "list DOMAIN",
		Short: "List the devices of a domain",
		Long: `List the devices of a domain: those of the running domain and those of its stored
definition, and where each is. --live and --config list one of them.`,
		Args: exactly(1, "one domain"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				which := of.affect()
				if which == libvirtctl.AffectCurrent && !of.current {
					which = libvirtctl.AffectBoth
				}
				devices, err := d.Devices(ctx, which)
				if err != nil {
					return err
				}
				if !all && !asXML && !asJSON {
					devices = withoutPlumbing(devices)
				}
				switch {
				case asJSON:
					return printJSON(a.out, append([]*libvirtctl.Device{}, devices...))
				case asXML:
					for _, v := range devices {
						fmt.Fprint(a.out, printable(v.XML))
					}
					return nil
				}
				return printDevices(a.out, devices)
			})
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&asXML, "xml", false, "print the devices' XML, as attach, detach and update take it")
	c.Flags().BoolVar(&all, "all", false, "list controllers and other parts of the machine, too")
	of.add(c)
	f.add(c)
	c.ValidArgsFunction = a.completeDomains(f)
	return c
}

// withoutPlumbing leaves out what no one asks for.
func withoutPlumbing(devices []*libvirtctl.Device) []*libvirtctl.Device {
	var some []*libvirtctl.Device
	for _, d := range devices {
		switch {
		case d.Kind == "controller", d.Kind == "memballoon", d.Kind == "hub", d.Kind == "audio", d.Kind == "input" && d.Model == "ps2":
		default:
			some = append(some, d)
		}
	}
	return some
}

// printable makes XML of a server fit for a terminal, line by line.
func printable(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		indent := len(line) - len(strings.TrimLeft(line, " "))
		b.WriteString(line[:indent] + oneLine(strings.TrimSpace(line)) + "\n")
	}
	return b.String()
}

func printDevices(out io.Writer, devices []*libvirtctl.Device) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tTYPE\tNAME\tALIAS\tMODEL\tIN\tSOURCE")
	for _, d := range devices {
		in := "both"
		switch {
		case !d.Config:
			in = "running"
		case !d.Live:
			in = "stored"
		}
		cells := []string{d.Kind, d.Type, cmp.Or(d.MAC, d.Target), d.Alias, d.Model, in, d.Source}
		for i, s := range cells {
			cells[i] = cmp.Or(oneLine(s), "-")
		}
		fmt.Fprintln(w, strings.Join(cells, "\t"))
	}
	return w.Flush()
}

func newDeviceAttach(a *app) *cobra.Command {
	f, of := new(libvirtFlags), new(affectFlags)
	s := new(attachFlags)
	c := &cobra.Command{
		Use:   "attach DOMAIN [FILE.xml]",
		Short: "Give a domain a device",
		Long: `Give a domain a device: described by XML in a file or with - on standard input, or
by a flag.

A change of the running domain only outlives a reset of the guest and vanishes at
shutdown. --live --config changes both.`,
		Example: `  saffron device attach work --disk /var/lib/libvirt/images/data.qcow2 --live --config
  saffron device attach work --nic default --config
  saffron device attach work --usb 046d:c52b
  saffron device attach work sound.xml --config`,
		Args: func(c *cobra.Command, args []string) error { return s.check(c, args) },
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				description, err := a.deviceToAttach(ctx, d, s, args[1:])
				if err != nil {
					return err
				}
				done, err := d.Attach(ctx, description, of.affect())
				if err != nil {
					return err
				}
				if done.Device == nil {
					return fmt.Errorf("libvirt reported success, but %s has no new device", d.Name)
				}
				return a.changed(done.Change, "%s has the %s", d.Name, called(done.Device))
			})
		},
	}
	s.add(c)
	of.add(c)
	f.add(c)
	c.ValidArgsFunction = a.completeDomainThenFile(f)
	return c
}

// called names a device in a sentence.
func called(d *libvirtctl.Device) string {
	s := d.Kind
	if d.Kind == "disk" && d.Type != "disk" {
		s = d.Type
	}
	if d.Name() != d.Kind {
		s += " " + d.Name()
	}
	if d.Alias != "" && d.Alias != d.Name() {
		s += " (" + d.Alias + ")"
	}
	return s
}

// attachFlags describe a device without XML.
type attachFlags struct {
	disk, target, bus, format string
	readOnly                  bool
	nic, model                string
	usb                       string
}

func (s *attachFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.disk, "disk", "", "a disk: an image `file` or a block device of the host")
	f.StringVar(&s.target, "target", "", "what the disk is called, as in `vdb` (default: the next that is free)")
	f.StringVar(&s.bus, "bus", "", "what the disk is on: `virtio`, scsi, usb, sata or ide")
	f.StringVar(&s.format, "format", "", "the image's format, `qcow2` or raw (default: as its name says)")
	f.BoolVar(&s.readOnly, "read-only", false, "the guest cannot write to the disk")
	f.StringVar(&s.nic, "nic", "", "a network card in a libvirt `network`")
	f.StringVar(&s.model, "model", "", "the network card's model (default `virtio`)")
	f.StringVar(&s.usb, "usb", "", "a USB device of the host, by `vendor:product` as in 046d:c52b")
	c.MarkFlagsMutuallyExclusive("disk", "nic", "usb")
}

// check wants a domain, and either a file or a flag.
func (s *attachFlags) check(c *cobra.Command, args []string) error {
	given := len(nonEmpty(s.disk, s.nic, s.usb))
	if len(args) == 0 || len(args)+given != 2 {
		return &failure{exitUsage, fmt.Errorf("%s wants a domain, and a file with XML or one of --disk, --nic and --usb", c.CommandPath()), "See " + c.CommandPath() + " --help."}
	}
	return nil
}

func (a *app) deviceToAttach(ctx context.Context, d *libvirtctl.Domain, s *attachFlags, file []string) (string, error) {
	switch {
	case len(file) > 0:
		return a.readDescription(file[0])
	case s.nic != "":
		return libvirtctl.NICXML(s.nic, s.model), nil
	case s.usb != "":
		description, err := libvirtctl.USBXML(s.usb)
		return description, asUsage(err, "")
	}
	devices, err := d.Devices(ctx, libvirtctl.AffectBoth)
	if err != nil {
		return "", err
	}
	description, err := libvirtctl.DiskXML(libvirtctl.DiskSpec{Source: s.disk, Target: s.target, Bus: s.bus, Format: s.format, ReadOnly: s.readOnly}, devices)
	return description, asUsage(err, "Say it with --format, or --target.")
}

// asUsage makes an error one of the command line.
func asUsage(err error, hint string) error {
	if err == nil {
		return nil
	}
	return &failure{exitUsage, fmt.Errorf("%s", strings.TrimPrefix(err.Error(), "libvirtctl: ")), hint}
}

func newDeviceDetach(a *app) *cobra.Command {
	f, of := new(libvirtFlags), new(affectFlags)
	var s libvirtctl.DetachSpec
	c := &cobra.Command{
		Use:   "detach DOMAIN DEVICE|FILE.xml",
		Short: "Take a device away from a domain",
		Long: `Take a device away from a domain. DEVICE is its target (vdb), MAC or alias, see
device list; FILE.xml describes it.

A running guest has to let go of a device. The command waits for that, and tells
apart what is gone from what was only requested: then it ends with exit code 7,
and the device goes when the guest lets go of it, or never.`,
		Example: "  saffron device detach work vdb --live --config\n  saffron device detach work 52:54:00:12:34:56 --timeout 30s",
		Args:    exactly(2, "a domain and a device"),
		RunE: func(c *cobra.Command, args []string) error {
			s.Affect, s.Which = of.affect(), args[1]
			if strings.HasSuffix(args[1], ".xml") || args[1] == "-" {
				description, err := a.readDescription(args[1])
				if err != nil {
					return err
				}
				s.Which, s.XML = "", description
			}
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				done, err := d.Detach(ctx, s)
				if err != nil {
					return err
				}
				return a.detached(d, done, s.Timeout)
			})
		},
	}
	c.Flags().DurationVar(&s.Timeout, "timeout", 10*time.Second, "how `long` to wait for the guest")
	c.Flags().BoolVar(&s.AbortJob, "abort-job", false, "give up a block job of the disk first")
	of.add(c)
	f.add(c)
	c.ValidArgsFunction = a.completeDomains(f)
	return c
}

func (a *app) detached(d *libvirtctl.Domain, done libvirtctl.Detached, timeout time.Duration) error {
	if done.Gone {
		return a.changed(done.Change, "The %s of %s is gone", called(done.Device), d.Name)
	}
	done.Affect, done.Lasting = done.Affect&^libvirtctl.AffectLive, ""
	if err := a.changed(done.Change, "The %s of %s was requested from the guest", called(done.Device), d.Name); err != nil {
		return err
	}
	return &failure{exitPending, fmt.Errorf("the %s of %s is requested, but not gone after %v", called(done.Device), d.Name, max(timeout, 5*time.Second)),
		"The guest lets go of it when it hears the request: not while it boots, sleeps or has no driver for it (ACPI hot-plug). Ask again later, or detach it with --config from the next start."}
}

func newDeviceUpdate(a *app) *cobra.Command {
	f, of := new(libvirtFlags), new(affectFlags)
	force := false
	c := &cobra.Command{
		Use:   "update DOMAIN FILE.xml",
		Short: "Change a device of a domain",
		Long: `Change a device of a domain to what the XML in a file, or with - on standard
input, describes. libvirt changes the media of drives, links, sources and filters
of interfaces, and passwords of graphics; it may report success for what it has
ignored, so the device is read back and compared.`,
		Args: exactly(2, "a domain and a file"),
		RunE: func(c *cobra.Command, args []string) error {
			description, err := a.readDescription(args[1])
			if err != nil {
				return err
			}
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				u, err := d.Update(ctx, description, of.affect(), force)
				if err != nil {
					return err
				}
				return a.updated(d, u, "the device of %s is changed", d.Name)
			})
		},
	}
	c.Flags().BoolVar(&force, "force", false, "open a drive that the guest has locked")
	of.add(c)
	f.add(c)
	c.ValidArgsFunction = a.completeDomainThenFile(f)
	return c
}

// updated tells what came of an update.
func (a *app) updated(d *libvirtctl.Domain, u libvirtctl.Updated, format string, args ...any) error {
	if len(u.Ignored) > 0 {
		return &failure{exitOther, fmt.Errorf("libvirt reported success, but %s is not as asked: %s", d.Name, strings.Join(u.Ignored, ", ")),
			"libvirt ignores what it cannot change in a device. Detach it and attach the changed one, or define the domain anew."}
	}
	return a.changed(u.Change, format, args...)
}
