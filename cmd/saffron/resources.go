package main

import (
	"context"
	"math"
	"strconv"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

func newSetVCPUs(a *app) *cobra.Command {
	maximum := false
	return a.resource("set-vcpus DOMAIN N", "Set how many virtual processors a domain has", func(c *cobra.Command) {
		c.Flags().BoolVar(&maximum, "maximum", false, "set how many it can have at most; needs --config")
	}, func(ctx context.Context, d *libvirtctl.Domain, amount string, of libvirtctl.Affect) error {
		n, err := strconv.ParseUint(amount, 10, 16)
		if err != nil || n == 0 {
			return usageError("%q is not a number of processors", amount)
		}
		set, says := (*libvirtctl.Domain).SetVCPUs, "virtual processors of %s: %d"
		if maximum {
			set, says = (*libvirtctl.Domain).SetMaxVCPUs, "virtual processors of %s: at most %d"
		}
		change, err := set(d, ctx, int(n), of)
		if err != nil {
			return err
		}
		return a.changed(change, says, d.Name, n)
	})
}

func newSetMemory(a *app) *cobra.Command {
	return a.memory("set-memory DOMAIN SIZE", "Set how much memory a domain has", "has", (*libvirtctl.Domain).SetMemory)
}

func newSetMaxMemory(a *app) *cobra.Command {
	return a.memory("set-max-memory DOMAIN SIZE", "Set how much memory a domain can have at most", "has at most", (*libvirtctl.Domain).SetMaxMemory)
}

func (a *app) memory(use, short, has string, set func(*libvirtctl.Domain, context.Context, uint64, libvirtctl.Affect) (libvirtctl.Change, error)) *cobra.Command {
	return a.resource(use, short, func(c *cobra.Command) {
		c.Long = short + ". SIZE has a unit: 512M, 2G, 2GiB, 786432K; K, M, G and T are\npowers of 1024, KB, MB, GB and TB of 1000."
	}, func(ctx context.Context, d *libvirtctl.Domain, amount string, of libvirtctl.Affect) error {
		bytes, err := parseSize(amount)
		if err != nil {
			return err
		}
		change, err := set(d, ctx, bytes, of)
		if err != nil {
			return err
		}
		return a.changed(change, "%s %s %s of memory", d.Name, has, size(bytes))
	})
}

// resource makes a command that sets an amount of something.
func (a *app) resource(use, short string, more func(*cobra.Command), run func(context.Context, *libvirtctl.Domain, string, libvirtctl.Affect) error) *cobra.Command {
	f, of := new(libvirtFlags), new(affectFlags)
	c := &cobra.Command{
		Use: use, Short: short, Args: exactly(2, "a domain and an amount"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				return run(ctx, d, args[1], of.affect())
			})
		},
	}
	more(c)
	of.add(c)
	f.add(c)
	c.ValidArgsFunction = a.completeDomains(f)
	return c
}

// units are those of sizes.
var units = map[string]uint64{
	"b": 1, "k": 1 << 10, "kib": 1 << 10, "m": 1 << 20, "mib": 1 << 20, "g": 1 << 30, "gib": 1 << 30, "t": 1 << 40, "tib": 1 << 40,
	"kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12,
}

// parseSize reads a size with its unit: without one everybody means another.
func parseSize(s string) (uint64, error) {
	i := strings.IndexFunc(s, func(r rune) bool { return !unicode.IsDigit(r) && r != '.' })
	if i < 0 {
		return 0, usageError("%q has no unit: say %sM or %sK", s, s, s)
	}
	unit, ok := units[strings.ToLower(strings.TrimSpace(s[i:]))]
	v, err := strconv.ParseFloat(s[:i], 64)
	if !ok || err != nil || v <= 0 || v*float64(unit) >= math.MaxInt64 {
		return 0, usageError("%q is not a size such as 512M, 2G or 786432K", s)
	}
	return uint64(v * float64(unit)), nil
}
