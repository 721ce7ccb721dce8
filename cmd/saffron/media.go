package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

func newMedia(a *app) *cobra.Command {
	f, of := new(libvirtFlags), new(affectFlags)
	var eject, force bool
	c := &cobra.Command{
		Use:   "media DOMAIN [TARGET] FILE|--eject",
		Short: "Change the CD or floppy of a domain",
		Long: `Put a CD or floppy into a drive of a domain, or take it out with --eject. TARGET is
the drive, as in hdc; it can be left out if there is only one. FILE is on libvirt's
host.`,
		Example: "  saffron media work /srv/iso/install.iso\n  saffron media work hdc --eject --force",
		Args: func(c *cobra.Command, args []string) error {
			n := len(args)
			if !eject {
				n--
			}
			if n != 1 && n != 2 {
				return &failure{exitUsage, fmt.Errorf("%s wants a domain, perhaps a drive, and a file or --eject", c.CommandPath()), "See " + c.CommandPath() + " --help."}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			file := ""
			if !eject {
				file, args = args[len(args)-1], args[:len(args)-1]
			}
			target := ""
			if len(args) == 2 {
				target = args[1]
			}
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				return a.changeMedium(ctx, d, target, file, of.affect(), force)
			})
		},
	}
	c.Flags().BoolVar(&eject, "eject", false, "take the medium out")
	c.Flags().BoolVar(&force, "force", false, "open the drive even if the guest has locked it")
	of.add(c)
	f.add(c)
	c.ValidArgsFunction = a.completeDomainThenFile(f)
	return c
}

func (a *app) changeMedium(ctx context.Context, d *libvirtctl.Domain, target, file string, of libvirtctl.Affect, force bool) error {
	drive, u, err := d.SetMedium(ctx, target, file, of, force)
	switch {
	case err != nil:
		return err
	case file == "":
		return a.updated(d, u, "%s of %s is empty", drive.Target, d.Name)
	}
	return a.updated(d, u, "%s of %s has %s", drive.Target, d.Name, file)
}
