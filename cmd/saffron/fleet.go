package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
	"saffron/libvirtctl/fleet"
)

// fleetFlags are the flags of the commands that work with many hosts.
type fleetFlags struct {
	how     libvirtFlags // without its host
	connect []string
	groups  []string
	timeout time.Duration
	json    bool
}

func (f *fleetFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringArrayVarP(&f.connect, "connect", "c", nil, "libvirt host: a `URI`, a configured host, or an alias\nof libvirt.conf; may be given more than once")
	s.StringArrayVar(&f.groups, "group", nil, "hosts of a group of the configuration file;\n\"all\" is all of its hosts")
	s.DurationVar(&f.timeout, "timeout", 15*time.Second, "how long a host may take to answer")
	s.BoolVar(&f.json, "json", false, "print JSON")
	f.how.addHow(c)
	completeFlag(c, "connect", completeHosts)
	completeFlag(c, "group", completeGroups)
}

// hosts returns the hosts that the flags say.
func (f *fleetFlags) hosts() ([]fleet.Host, error) {
	if f.timeout <= 0 {
		return nil, usageError("--timeout must be more than nothing")
	}
	c, err := loadConfig(configPath())
	if err != nil {
		return nil, err
	}
	return c.fleet(f.connect, f.groups)
}

func (f *fleetFlags) options(a *app) *fleet.Options {
	o := &fleet.Options{Timeout: f.timeout, Connect: *a.hostOptions(&f.how)}
	if ask := o.Connect.Ask; ask != nil {
		var asking sync.Mutex // one question at a time
		o.Connect.Ask = func(ctx context.Context, q libvirtctl.Question) (string, error) {
			asking.Lock()
			defer asking.Unlock()
			return ask(ctx, q)
		}
	}
	return o
}

// hostFailed tells of a host that is not there.
func (a *app) hostFailed(host string, err error) {
	_, message, hint := explain(err)
	fmt.Fprintf(a.errs, "saffron: %s: %s\n", oneLine(host), message)
	if hint != "" {
		fmt.Fprintln(a.errs, hint)
	}
}

// hostsFailed is the end of a command some of whose hosts have failed; nil if
// none has. The reason of each has been told.
func hostsFailed(total int, errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	code := 0
	for _, err := range errs {
		c, _, _ := explain(err)
		if c == exitOther {
			c = exitConnect
		}
		if code != 0 && c != code {
			c = exitConnect
		}
		code = c
	}
	return &failure{code: code, err: fmt.Errorf("%d of %d hosts could not be asked", len(errs), total)}
}

// parseState finds a state by its name, however its words are joined.
func parseState(name string) (libvirtctl.State, error) {
	plain := func(s string) string {
		return strings.NewReplacer(" ", "", "-", "", "_", "").Replace(strings.ToLower(s))
	}
	var known []string
	for s := libvirtctl.NoState; s <= libvirtctl.PMSuspended; s++ {
		if plain(s.String()) == plain(name) {
			return s, nil
		}
		known = append(known, s.String())
	}
	return 0, usageError("there is no state %q; there are %s", name, strings.Join(known, ", "))
}

// parseKinds finds kinds of events by their names.
func parseKinds(names []string) ([]libvirtctl.EventKind, error) {
	var kinds []libvirtctl.EventKind
	known := libvirtctl.EventKinds()
	for _, name := range names {
		kind := libvirtctl.EventKind(strings.ToLower(name))
		found := false
		for _, k := range known {
			found = found || k == kind
		}
		if !found {
			return nil, &failure{exitUsage, fmt.Errorf("there are no %q events", name), "There are " + joinKinds(known) + "."}
		}
		kinds = append(kinds, kind)
	}
	return kinds, nil
}

func joinKinds(kinds []libvirtctl.EventKind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, ", ")
}
