package main

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
	"saffron/libvirtctl/fleet"
)

type listFlags struct {
	fleetFlags
	all    bool
	states []string
	watch  bool
}

func newList(a *app) *cobra.Command {
	f := new(listFlags)
	c := &cobra.Command{
		Use:   "list",
		Short: "List the domains of libvirt hosts and where their consoles are",
		Long: `List asks libvirt hosts for their domains, all hosts at once, and prints each
host's domains when it answers. Hosts come from -c, from groups of the
configuration file, or are the default. Without --all and --state, only domains
that run are listed. A host that fails is told of on standard error, and the exit
code says so.

With --watch it goes on: the hosts' events say what changes. On a terminal it is
one table that changes; else, each change is a line. Hosts that go away are
listed again when they are back.

The configuration file is saffron/config.toml in $XDG_CONFIG_HOME or ~/.config:

  default = "lab"                  # a host or a group
  [hosts.desk]
  uri = "qemu:///system"
  [hosts.rack]
  uri = "qemu+ssh://rack/system"
  [groups]
  lab = ["desk", "rack"]`,
		Example: `  saffron list -c qemu:///system --all
  saffron list -c desk -c qemu+ssh://rack/system
  saffron list --group lab --state running,paused --json
  saffron list --group all --watch`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, _ []string) error { return a.list(c.Context(), f) },
	}
	s := c.Flags()
	f.add(c)
	s.BoolVar(&f.all, "all", false, "also domains that do not run")
	s.StringSliceVar(&f.states, "state", nil, "only domains in these `states`, such as running,paused")
	s.BoolVarP(&f.watch, "watch", "w", false, "go on and show what changes")
	return c
}

func (a *app) list(ctx context.Context, f *listFlags) error {
	hosts, err := f.hosts()
	if err != nil {
		return err
	}
	o := f.options(a)
	if o.Want, err = f.want(); err != nil {
		return err
	}
	if f.watch {
		return a.watchList(ctx, hosts, o, f.json)
	}
	answers := fleet.List(ctx, hosts, o)
	if f.json {
		return a.listJSON(answers, hosts)
	}
	return a.listTable(answers, hosts)
}

// want returns which domains the flags choose.
func (f *listFlags) want() (func(*libvirtctl.Domain, libvirtctl.State) bool, error) {
	var states []libvirtctl.State
	for _, name := range f.states {
		s, err := parseState(name)
		if err != nil {
			return nil, err
		}
		states = append(states, s)
	}
	return func(_ *libvirtctl.Domain, s libvirtctl.State) bool {
		return len(states) > 0 && slices.Contains(states, s) || len(states) == 0 && (f.all || s.Active())
	}, nil
}

// gatherTime is how long the table waits for more hosts, so that it has their
// columns and their order right.
const gatherTime = 100 * time.Millisecond

// listTable prints the domains of hosts in their order, but does not wait for
// those that take longer than others.
func (a *app) listTable(answers <-chan fleet.Answer, hosts []fleet.Host) error {
	t := newTable(a.out, listColumns...)
	var failed []error
	var some []fleet.Answer
	for more := true; more; {
		some, more = gatherAnswers(answers, hosts)
		for _, answer := range some {
			for _, r := range rowsOf(answer.Host, answer.Entries) {
				t.add(r.columns()...)
			}
		}
		if err := t.flush(); err != nil {
			return err
		}
		for _, answer := range some {
			if answer.Err != nil {
				a.hostFailed(answer.Host.Name, answer.Err)
				failed = append(failed, answer.Err)
			}
		}
	}
	return hostsFailed(len(hosts), failed)
}

// gatherAnswers returns answers that come together, in the order of the hosts.
func gatherAnswers(answers <-chan fleet.Answer, hosts []fleet.Host) (some []fleet.Answer, more bool) {
	order := func(a fleet.Answer) int {
		return slices.IndexFunc(hosts, func(h fleet.Host) bool { return h.URI == a.Host.URI })
	}
	defer func() {
		slices.SortStableFunc(some, func(a, b fleet.Answer) int { return cmp.Compare(order(a), order(b)) })
	}()
	first, more := <-answers
	if !more {
		return nil, false
	}
	some = append(some, first)
	for enough := time.After(gatherTime); ; {
		select {
		case a, more := <-answers:
			if !more {
				return some, false
			}
			some = append(some, a)
		case <-enough:
			return some, true
		}
	}
}

// A listing is what list prints as JSON. Its form is part of the interface:
// fields may be added.
type listing struct {
	Domains []listRow    `json:"domains"`
	Failed  []failedHost `json:"failed"`
}

type failedHost struct {
	Host  string `json:"host"`
	Error string `json:"error"`
}

func (a *app) listJSON(answers <-chan fleet.Answer, hosts []fleet.Host) error {
	l := listing{Domains: []listRow{}, Failed: []failedHost{}}
	var failed []error
	some, more := []fleet.Answer(nil), true
	var all []fleet.Answer
	for more {
		some, more = gatherAnswers(answers, hosts)
		all = append(all, some...)
	}
	for _, answer := range all {
		l.Domains = append(l.Domains, rowsOf(answer.Host, answer.Entries)...)
		if answer.Err != nil {
			_, message, _ := explain(answer.Err)
			l.Failed = append(l.Failed, failedHost{answer.Host.Name, message})
			a.hostFailed(answer.Host.Name, answer.Err)
			failed = append(failed, answer.Err)
		}
	}
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	if err := e.Encode(l); err != nil {
		return err
	}
	return hostsFailed(len(hosts), failed)
}
