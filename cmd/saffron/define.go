package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"saffron/libvirtctl"
)

// maxDescription is more than any description of a domain has.
const maxDescription = 4 << 20

// readDescription reads XML from a file, or with "-" from standard input.
func (a *app) readDescription(name string) (string, error) {
	file := a.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		file = f
	}
	data, err := io.ReadAll(io.LimitReader(file, maxDescription+1))
	if err == nil && len(data) > maxDescription {
		err = fmt.Errorf("%s: more than %d bytes", name, maxDescription)
	}
	return string(data), err
}

func newDefine(a *app) *cobra.Command {
	f := new(libvirtFlags)
	noValidate := false
	c := &cobra.Command{
		Use:     "define FILE",
		Short:   "Store a domain's description (XML), or replace it",
		Long:    "Store a domain's description, XML in a file or with - on standard input. It is\nheld against libvirt's schema first. A running domain is not changed.",
		Example: "  saffron define -c qemu:///system work.xml",
		Args:    exactly(1, "one file"),
		RunE: func(c *cobra.Command, args []string) error {
			description, err := a.readDescription(args[0])
			if err != nil {
				return err
			}
			h, err := a.host(c.Context(), f)
			if err != nil {
				return err
			}
			defer h.Close()
			d, existed, err := h.Define(c.Context(), description, !noValidate)
			if libvirtctl.IsCode(err, libvirtctl.CodeXMLInvalid) {
				return &failure{exitOther, err, "With --no-validate libvirt takes what it understands and ignores the rest."}
			}
			if libvirtctl.IsCode(err, libvirtctl.CodeOperationFailed) && strings.Contains(err.Error(), "already exists") {
				return &failure{exitOther, err, "To define that domain anew, put its UUID into the file; or undefine it first."}
			}
			if err != nil {
				return err
			}
			did := "is defined"
			if existed {
				did = "is defined anew"
			}
			change := libvirtctl.Change{Affect: libvirtctl.AffectConfig}
			if state, err := d.State(c.Context()); err == nil && state.Active() {
				change.Lasting = "it counts from the next start"
			}
			return a.changed(change, "%s %s", d.Name, did)
		},
	}
	c.Flags().BoolVar(&noValidate, "no-validate", false, "do not hold it against the schema")
	f.add(c)
	return c
}

func newUndefine(a *app) *cobra.Command {
	var o libvirtctl.UndefineOptions
	return a.power(powerCommand{
		use: "undefine", short: "Remove a domain's stored definition",
		long: `Remove a domain's stored definition. A running domain runs on without, and
vanishes when it stops. Disks stay.

What libvirt has stored beside the definition is not given up without a word: if
there is a saved state, a snapshot or a firmware's variables, a flag must say so.`,
		flags: func(s *pflag.FlagSet) {
			s.BoolVar(&o.ManagedSave, "managed-save", false, "remove the saved state, too")
			s.BoolVar(&o.Snapshots, "snapshots-metadata", false, "forget snapshots and checkpoints; what disks have of them stays")
			s.BoolVar(&o.NVRAM, "nvram", false, "remove the firmware's variables, too")
			s.BoolVar(&o.KeepNVRAM, "keep-nvram", false, "keep the firmware's variables")
			s.BoolVar(&o.TPM, "tpm", false, "remove the TPM's state, too")
			s.BoolVar(&o.KeepTPM, "keep-tpm", false, "keep the TPM's state")
		},
		run: func(ctx context.Context, d *libvirtctl.Domain) error {
			change, err := d.Undefine(ctx, o)
			if err != nil {
				return err
			}
			return a.changed(change, "%s is not defined any more", d.Name)
		},
	})
}

func newAutostart(a *app) *cobra.Command {
	f := new(libvirtFlags)
	c := &cobra.Command{
		Use:   "autostart DOMAIN [on|off]",
		Short: "Say, or set, whether a domain is started with its host",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 2 && args[1] != "on" && args[1] != "off" || len(args) < 1 || len(args) > 2 {
				return &failure{exitUsage, fmt.Errorf("%s wants one domain, and on or off", c.CommandPath()), "See " + c.CommandPath() + " --help."}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				if len(args) == 1 {
					on, err := d.Autostart(ctx)
					if err == nil {
						_, err = fmt.Fprintln(a.out, map[bool]string{true: "on", false: "off"}[on])
					}
					return err
				}
				change, err := d.SetAutostart(ctx, args[1] == "on")
				if err != nil {
					return err
				}
				return a.changed(change, "autostart of %s is %s", d.Name, args[1])
			})
		},
	}
	f.add(c)
	c.ValidArgsFunction = a.completeDomains(f)
	return c
}
