package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/term"

	"saffron/libvirtctl/fleet"
)

// watchList shows what changes until it is interrupted.
func (a *app) watchList(ctx context.Context, hosts []fleet.Host, o *fleet.Options, asJSON bool) error {
	changes := fleet.Watch(ctx, hosts, o)
	file, _ := a.out.(*os.File)
	switch {
	case asJSON:
		return a.watchLines(changes, printJSONChange(a.out))
	case file != nil && term.IsTerminal(int(file.Fd())):
		return watchScreen(changes, file, hosts)
	}
	return a.watchLines(changes, printChange(a.out))
}

// A listChange is a line of list --watch --json. Its form is part of the
// interface: fields may be added.
type listChange struct {
	Time   time.Time `json:"time"`
	Host   string    `json:"host"`
	Change string    `json:"change"` // listed, changed, gone, down, back
	Domain *listRow  `json:"domain,omitempty"`
	Error  string    `json:"error,omitempty"`
	Away   float64   `json:"away,omitempty"` // seconds, of a host that is back
}

// watchLines prints each change by itself.
func (a *app) watchLines(changes <-chan fleet.Change, print func(listChange) error) error {
	for c := range changes {
		if c.Down != nil {
			a.hostFailed(c.Host.Name, c.Down)
		}
		for _, line := range changeLines(c) {
			if err := print(line); err != nil {
				return err
			}
		}
	}
	return nil
}

func changeLines(c fleet.Change) []listChange {
	line := listChange{Time: time.Now(), Host: c.Host.Name}
	var lines []listChange
	put := func(change string, r *listRow) {
		line.Change, line.Domain = change, r
		lines = append(lines, line)
	}
	if c.Down != nil {
		_, line.Error, _ = explain(c.Down)
		put("down", nil)
		return lines
	}
	if c.Gap > 0 {
		line.Away = c.Gap.Round(time.Millisecond).Seconds()
		put("back", nil)
		line.Away = 0
	}
	change := "changed"
	if c.Listed {
		change = "listed"
	}
	for _, r := range rowsOf(c.Host, c.Entries) {
		put(change, &r)
	}
	for _, d := range c.Gone {
		put("gone", &listRow{Host: c.Host.Name, Domain: d.Name, UUID: d.UUID.String(), ID: -1, State: "gone", Graphics: []listedConsole{}})
	}
	return lines
}

func printJSONChange(out io.Writer) func(listChange) error {
	e := json.NewEncoder(out)
	return func(l listChange) error { return e.Encode(l) }
}

// printChange prints rows of the table, each with the time.
func printChange(out io.Writer) func(listChange) error {
	t := newTable(out, append([]string{"TIME"}, listColumns...)...)
	return func(l listChange) error {
		now := l.Time.Format(time.TimeOnly)
		switch {
		case l.Domain != nil:
			t.add(append([]string{now}, l.Domain.columns()...)...)
		case l.Away > 0:
			t.add(now, l.Host, fmt.Sprintf("back after %v", seconds(l.Away)))
		default:
			t.add(now, l.Host, "down")
		}
		return t.flush()
	}
}

func seconds(s float64) time.Duration {
	return time.Duration(s * float64(time.Second)).Round(100 * time.Millisecond)
}

// watchScreen keeps a table on a terminal.
func watchScreen(changes <-chan fleet.Change, out *os.File, hosts []fleet.Host) error {
	s := &listScreen{rows: make(map[string]map[string]listRow), down: make(map[string]string)}
	for _, h := range hosts {
		s.hosts = append(s.hosts, h.URI)
	}
	for c := range changes {
		s.apply(c)
		var b strings.Builder
		b.WriteString("\x1b[H\x1b[J") // home, and nothing below
		s.draw(&b)
		if _, err := io.WriteString(out, b.String()); err != nil {
			return err
		}
	}
	return nil
}

// A listScreen is what is known of all hosts.
type listScreen struct {
	hosts []string                      // URIs, in order
	rows  map[string]map[string]listRow // by UUID, by URI
	down  map[string]string             // lines, by URI
}

func (s *listScreen) apply(c fleet.Change) {
	host := c.Host.URI
	if c.Listed || c.Down != nil {
		s.rows[host] = make(map[string]listRow)
	}
	delete(s.down, host)
	if c.Down != nil {
		_, reason, _ := explain(c.Down)
		s.down[host] = fmt.Sprintf("%s: %s", oneLine(c.Host.Name), reason)
	}
	for _, r := range rowsOf(c.Host, c.Entries) {
		s.rows[host][r.UUID] = r
	}
	for _, d := range c.Gone {
		delete(s.rows[host], d.UUID.String())
	}
}

func (s *listScreen) draw(out io.Writer) {
	t := newTable(out, listColumns...)
	for _, host := range s.hosts {
		rows := slices.SortedFunc(maps.Values(s.rows[host]), func(a, b listRow) int { return cmp.Compare(a.Domain, b.Domain) })
		for _, r := range rows {
			t.add(r.columns()...)
		}
	}
	_ = t.flush() // to memory
	for _, host := range s.hosts {
		if line := s.down[host]; line != "" {
			fmt.Fprintln(out, line)
		}
	}
}
