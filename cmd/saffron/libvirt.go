package main

import (
	"context"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

// libvirtFlags are the flags of all commands that work with one libvirt host.
type libvirtFlags struct {
	connect   string
	readOnly  bool
	noAliases bool
}

func (f *libvirtFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVarP(&f.connect, "connect", "c", "", "libvirt host: a `URI` such as qemu+ssh://host/system,\nor an alias of libvirt.conf")
	s.BoolVar(&f.readOnly, "readonly", false, "connect read-only")
	s.BoolVar(&f.noAliases, "no-aliases", false, "take the name as a URI, even if it is an alias")
}

// host connects to the host that the flags say. The caller closes it.
func (a *app) host(ctx context.Context, f *libvirtFlags) (*libvirtctl.Host, error) {
	return libvirtctl.Connect(ctx, f.connect, &libvirtctl.Options{ReadOnly: f.readOnly, NoAliases: f.noAliases, Log: a.log})
}

// withDomain connects, finds a domain by its name, UUID or id, and works with
// it.
func (a *app) withDomain(ctx context.Context, f *libvirtFlags, which string, work func(context.Context, *libvirtctl.Domain) error) error {
	h, err := a.host(ctx, f)
	if err != nil {
		return err
	}
	defer h.Close()
	d, err := h.Domain(ctx, which)
	if err != nil {
		return err
	}
	return work(ctx, d)
}
