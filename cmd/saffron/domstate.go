package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

func newDomstate(a *app) *cobra.Command {
	f := new(libvirtFlags)
	c := &cobra.Command{
		Use:     "domstate DOMAIN",
		Short:   "Say what a domain is doing",
		Example: `  saffron domstate -c qemu:///system work`,
		Args:    exactly(1, "one domain"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				state, err := d.State(ctx)
				if err == nil {
					_, err = fmt.Fprintln(a.out, state)
				}
				return err
			})
		},
	}
	f.add(c)
	return c
}
