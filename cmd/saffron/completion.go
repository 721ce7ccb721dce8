package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

// completePatience is how long a shell's user waits for names.
const completePatience = 2 * time.Second

type completer = func(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective)

// completeFlag completes the values of a flag.
func completeFlag(c *cobra.Command, flag string, f completer) {
	if err := c.RegisterFlagCompletionFunc(flag, f); err != nil {
		panic(err) // the flag does not exist
	}
}

// completeDomains is domainCompleter, for commands that have their own order of
// arguments.
func (a *app) completeDomains(f *libvirtFlags) completer { return domainCompleter(f) }

// domainCompleter completes a command's first argument as the name of a domain,
// by asking the host that the flags say. It never asks for a password. What
// comes after may be a file.
func domainCompleter(f *libvirtFlags) completer {
	return func(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return domainNames(c.Context(), f, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// domainNames returns the names of a host's domains that begin as given; none
// if it does not answer soon.
func domainNames(ctx context.Context, f *libvirtFlags, begun string) []cobra.Completion {
	ctx, cancel := context.WithTimeout(ctx, completePatience)
	defer cancel()
	conf, err := loadConfig(configPath())
	if err != nil {
		return nil
	}
	h, err := libvirtctl.Connect(ctx, conf.uri(f.connect), &libvirtctl.Options{
		ReadOnly: f.readOnly, NoAliases: f.noAliases, AuthFile: f.authFile, SSHConfig: f.sshConfig,
	})
	if err != nil {
		return nil
	}
	defer h.Close()
	domains, err := h.Domains(ctx)
	if err != nil {
		return nil
	}
	var names []cobra.Completion
	for _, d := range domains {
		if name := oneLine(d.Name); strings.HasPrefix(name, begun) && name == d.Name {
			names = append(names, describeDomain(d))
		}
	}
	return names
}

func describeDomain(d *libvirtctl.Domain) cobra.Completion {
	if d.ID < 0 {
		return cobra.CompletionWithDesc(d.Name, "not running")
	}
	return cobra.CompletionWithDesc(d.Name, fmt.Sprintf("running, id %d", d.ID))
}

// completeHosts completes the names of configured hosts.
func completeHosts(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	conf, err := loadConfig(configPath())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, name := range slices.Sorted(maps.Keys(conf.Hosts)) {
		if strings.HasPrefix(name, begun) {
			names = append(names, cobra.CompletionWithDesc(name, publicName(conf.Hosts[name].URI)))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeGroups completes the names of groups.
func completeGroups(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	conf, err := loadConfig(configPath())
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.DeleteFunc(conf.groupNames(), func(name string) bool { return !strings.HasPrefix(name, begun) }), cobra.ShellCompDirectiveNoFileComp
}

// completeKinds completes the names of kinds of events.
func completeKinds(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var names []cobra.Completion
	for _, k := range libvirtctl.EventKinds() {
		if strings.HasPrefix(string(k), begun) {
			names = append(names, string(k))
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
