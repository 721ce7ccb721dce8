package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
	"saffron/libvirtctl/fleet"
)

type eventsFlags struct {
	fleetFlags
	kinds []string
	span  time.Duration
}

func newEvents(a *app) *cobra.Command {
	f := new(eventsFlags)
	c := &cobra.Command{
		Use:   "events [DOMAIN...]",
		Short: "Tell what happens to domains",
		Long: `Events prints what happens to the domains of libvirt hosts, as it happens, until
it is interrupted or the time is over: lines of words, or of JSON. Without
DOMAINs, which are names, UUIDs or ids, it is about all domains. A host that goes
away is told of, and followed again when it is back; what happened between the
two nobody knows.

The kinds are ` + joinKinds(libvirtctl.EventKinds()) + `.`,
		Example: `  saffron events -c qemu:///system
  saffron events --group lab --kind lifecycle,graphics
  saffron events -c qemu:///system work --json --for 1h | jq .what`,
		RunE: func(c *cobra.Command, args []string) error { return a.events(c.Context(), args, f) },
	}
	f.add(c)
	s := c.Flags()
	s.StringSliceVar(&f.kinds, "kind", nil, "only events of these `kinds`")
	s.DurationVar(&f.span, "for", 0, "how long to watch")
	c.ValidArgsFunction = completeEvents(f)
	completeFlag(c, "kind", completeKinds)
	return c
}

func completeEvents(f *eventsFlags) completer {
	return func(c *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
		one := f.how
		if len(f.connect) > 0 {
			one.connect = f.connect[0]
		}
		return domainNames(c.Context(), &one, begun), cobra.ShellCompDirectiveNoFileComp
	}
}

// An eventLine is a line of events --json: an event, or what became of a host.
// Its form is part of the interface: fields may be added.
type eventLine struct {
	Host string `json:"host"`
	*libvirtctl.Event
	// Of a host: "watching", "down" or "back".
	Status string     `json:"status,omitempty"`
	At     *time.Time `json:"at,omitempty"`
	Error  string     `json:"error,omitempty"`
	Away   float64    `json:"away,omitempty"` // seconds
}

func (a *app) events(ctx context.Context, domains []string, f *eventsFlags) error {
	if f.span < 0 {
		return usageError("--for is negative")
	}
	kinds, err := parseKinds(f.kinds)
	if err != nil {
		return err
	}
	hosts, err := f.hosts()
	if err != nil {
		return err
	}
	within, cancel := context.WithCancel(ctx)
	defer cancel()
	if f.span > 0 {
		within, cancel = context.WithTimeout(ctx, f.span)
		defer cancel()
	}
	failed := make(map[string]error) // hosts that have not been there
	for c := range fleet.Events(within, hosts, f.options(a), kinds...) {
		if c.Down == nil {
			failed[c.Host.URI] = nil
		} else if _, seen := failed[c.Host.URI]; !seen {
			failed[c.Host.URI] = c.Down
		}
		if c.Event != nil && len(domains) > 0 && !isOneOf(c.Event, domains) {
			continue
		}
		if err := a.printEvent(c, f.json); err != nil {
			return err
		}
	}
	var errs []error
	for _, err := range failed {
		if err != nil {
			errs = append(errs, err)
		}
	}
	return hostsFailed(len(hosts), errs)
}

// isOneOf reports whether an event is about one of some domains, or about all.
func isOneOf(e *libvirtctl.Event, domains []string) bool {
	return e.Kind == libvirtctl.KindMissed || slices.ContainsFunc(domains, func(d string) bool {
		u, err := libvirtctl.ParseUUID(d)
		return d == e.Domain || err == nil && u == e.UUID || e.ID >= 0 && d == strconv.Itoa(e.ID)
	})
}

// printEvent prints a line: events on standard output, and what becomes of
// hosts, unless it is JSON, on standard error.
func (a *app) printEvent(c fleet.Change, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(a.out).Encode(lineOfEvent(c))
	}
	now := time.Now().Format(time.TimeOnly)
	switch {
	case c.Event != nil:
		_, err := fmt.Fprintf(a.out, "%s %s %s\n", c.Event.Time.Format(time.TimeOnly), oneLine(c.Host.Name), oneLine(c.Event.String()))
		return err
	case c.Down != nil:
		a.hostFailed(c.Host.Name, c.Down)
	case c.Gap > 0:
		fmt.Fprintf(a.errs, "%s %s is back after %v; what happened meanwhile is not known\n", now, oneLine(c.Host.Name), c.Gap.Round(100*time.Millisecond))
	default:
		a.log.Info("watching", "host", c.Host.Name)
	}
	return nil
}

func lineOfEvent(c fleet.Change) eventLine {
	line := eventLine{Host: c.Host.Name, Event: c.Event}
	if c.Event != nil {
		return line
	}
	now := time.Now()
	line.At, line.Status = &now, "watching"
	switch {
	case c.Down != nil:
		line.Status = "down"
		_, line.Error, _ = explain(c.Down)
	case c.Gap > 0:
		line.Status, line.Away = "back", c.Gap.Round(time.Millisecond).Seconds()
	}
	return line
}
