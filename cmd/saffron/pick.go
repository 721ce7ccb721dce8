package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"text/tabwriter"

	"golang.org/x/term"

	"saffron/libvirtctl"
	"saffron/render/window"
)

// A candidate is a domain that can be chosen.
type candidate struct {
	domain *libvirtctl.Domain
	state  libvirtctl.State
	err    error // why the state is not known
}

// says returns what the candidate is doing.
func (c *candidate) says() string {
	if c.err != nil {
		return "unknown"
	}
	return c.state.String()
}

// asked is how many states are asked for at once.
const asked = 16

// candidates returns the domains of a host, active ones first.
func candidates(ctx context.Context, h *libvirtctl.Host) ([]candidate, error) {
	domains, err := h.Domains(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]candidate, len(domains))
	var wait sync.WaitGroup
	turn := make(chan struct{}, asked)
	for i, d := range domains {
		turn <- struct{}{}
		wait.Go(func() {
			state, err := d.State(ctx)
			list[i] = candidate{d, state, err}
			<-turn
		})
	}
	wait.Wait()
	list = slices.DeleteFunc(list, func(c candidate) bool { // gone meanwhile
		return libvirtctl.IsCode(c.err, libvirtctl.CodeNoDomain)
	})
	slices.SortStableFunc(list, func(a, b candidate) int {
		rank := func(c candidate) int {
			switch {
			case c.state == libvirtctl.Running || c.state == libvirtctl.Blocked:
				return 0
			case c.state.Active():
				return 1
			}
			return 2
		}
		return cmp.Or(cmp.Compare(rank(a), rank(b)), strings.Compare(a.domain.Name, b.domain.Name))
	})
	return list, ctx.Err()
}

// onTerminal reports whether there is somebody at a terminal to ask.
func (a *app) onTerminal() bool {
	out, ok := a.errs.(*os.File)
	return ok && term.IsTerminal(int(a.in.Fd())) && term.IsTerminal(int(out.Fd()))
}

var errNothingChosen = errors.New("nothing was chosen")

// pick lets the user choose a domain on the terminal.
func (o *opening) pick(ctx context.Context) error {
	list, err := candidates(ctx, o.host)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return o.noDomains()
	}
	chosen, err := pickFrom(ctx, o.app.in, o.app.errs, o.host.URI(), list)
	if err == nil {
		o.found = chosen
	}
	return err
}

func (o *opening) noDomains() error {
	return &failure{exitConnect, fmt.Errorf("there are no domains on %s", o.host.URI()), "Define one with virsh define FILE, or connect to another host with -c."}
}

// pickFrom prints a list and reads answers until one names a domain.
func pickFrom(ctx context.Context, in io.Reader, out io.Writer, host string, list []candidate) (*libvirtctl.Domain, error) {
	lines := make(chan string)
	stop := make(chan struct{})
	defer close(stop)
	go func() { // reading cannot be interrupted
		defer close(lines)
		for s := bufio.NewScanner(in); s.Scan(); {
			select {
			case lines <- s.Text():
			case <-stop:
				return
			}
		}
	}()
	shown := list
	fmt.Fprintf(out, "Domains of %s:\n", oneLine(host))
	printCandidates(out, list, shown)
	for {
		fmt.Fprint(out, "Open which one? A number or a name: ")
		var line string
		var more bool
		select {
		case line, more = <-lines:
		case <-ctx.Done():
			fmt.Fprintln(out)
			return nil, ctx.Err()
		}
		line = strings.TrimSpace(line)
		switch {
		case !more:
			fmt.Fprintln(out)
			return nil, errNothingChosen
		case line == "q" || line == "quit":
			return nil, errNothingChosen
		}
		shown = matching(list, line)
		switch {
		case len(shown) == 1:
			return shown[0].domain, nil
		case len(shown) == 0:
			fmt.Fprintf(out, "There is no %s. ", oneLine(line))
		default:
			printCandidates(out, list, shown)
		}
	}
}

// matching returns the candidates that an answer means: one by its number, name
// or UUID, or those whose name has it.
func matching(list []candidate, answer string) []candidate {
	if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(list) {
		return list[n-1 : n]
	}
	var some []candidate
	for _, c := range list {
		if c.domain.Name == answer || answer != "" && c.domain.UUID.String() == answer {
			return []candidate{c}
		}
		if strings.Contains(strings.ToLower(c.domain.Name), strings.ToLower(answer)) {
			some = append(some, c)
		}
	}
	return some
}

// printCandidates prints some of a list, with their numbers in all of it.
func printCandidates(out io.Writer, list, some []candidate) {
	w := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	for i, c := range list {
		if slices.ContainsFunc(some, func(s candidate) bool { return s.domain == c.domain }) {
			fmt.Fprintf(w, "%4d  %s\t%s\n", i+1, oneLine(c.domain.Name), c.says())
		}
	}
	w.Flush()
}

// choose lets the user choose a domain in the window. The list follows what
// happens on the host.
func (v *viewer) choose(ctx context.Context) error {
	o := v.console.settings.domain
	chosen := make(chan string, 1)
	host, _, _ := strings.Cut(o.host.URI(), "?")
	menu := window.NewMenu("Machines of "+host, func(key string) { chosen <- key })
	v.setMenu(menu)
	defer v.setMenu(nil)
	byKey := map[string]*libvirtctl.Domain{}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	events, err := o.host.Events(ctx, libvirtctl.KindLifecycle)
	if err != nil {
		return err
	}
	for {
		list, err := candidates(ctx, o.host)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			menu.Say("There are no domains. One that is defined appears here.")
		} else {
			menu.SetItems(menuItems(list, byKey))
		}
		v.wake()
		select {
		case key := <-chosen:
			if key == "" {
				return errNothingChosen
			}
			o.found = byKey[key]
			return nil
		case _, more := <-events:
			if !more && ctx.Err() == nil {
				return libvirtctl.ErrLost
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func menuItems(list []candidate, byKey map[string]*libvirtctl.Domain) []window.MenuItem {
	items := make([]window.MenuItem, len(list))
	for i, c := range list {
		key := c.domain.UUID.String()
		byKey[key] = c.domain
		items[i] = window.MenuItem{Key: key, Text: c.domain.Name, Detail: c.says(),
			Lively: c.state == libvirtctl.Running || c.state == libvirtctl.Blocked}
	}
	return items
}
