package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
	"saffron/libvirtctl/snapshot"
)

func newSnapshotList(a *app) *cobra.Command {
	f, asJSON := new(libvirtFlags), false
	c := &cobra.Command{
		Use:     "list DOMAIN",
		Short:   "List the snapshots of a domain as a tree",
		Long:    "List the snapshots of a domain, each below its parent. The domain goes on from the one marked *.",
		Example: `  saffron snapshot list work`,
		Args:    exactly(1, "one domain"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				all, err := d.Snapshots(ctx)
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(a.out, all)
				}
				return printTree(a.out, all)
			})
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// writeJSON writes a value for programs.
func writeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// printTree prints snapshots, each below its parent.
func printTree(out io.Writer, all []*snapshot.Snapshot) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "SNAPSHOT\tCREATED\tSTATE\tKIND\tDESCRIPTION")
	names := make(map[string]bool)
	for _, s := range all {
		names[s.Name] = true
	}
	var below func(parent string, depth int)
	below = func(parent string, depth int) {
		for _, s := range all {
			if s.Parent != parent && (depth > 0 || names[s.Parent]) {
				continue
			}
			mark := ""
			if s.Current {
				mark = " *"
			}
			fmt.Fprintf(w, "%s%s%s\t%s\t%s\t%s\t%s\n", strings.Repeat("  ", min(depth, maxIndent)), oneLine(s.Name), mark,
				s.Created.Local().Format(time.DateTime), oneLine(s.State), s.Kind, cmp.Or(oneLine(s.Description), "-"))
			if depth < len(all) { // deeper than there are snapshots: a circle
				below(s.Name, depth+1)
			}
		}
	}
	below("", 0)
	return w.Flush()
}

// maxIndent bounds how far a long line of snapshots moves to the right.
const maxIndent = 20

func newSnapshotInfo(a *app) *cobra.Command {
	f, asJSON := new(libvirtFlags), false
	c := &cobra.Command{
		Use:   "info DOMAIN [NAME]",
		Short: "Describe a snapshot, with its backing chain",
		Long: `Describe a snapshot, by default the current one. For a disk with an external
snapshot it shows the overlay that the domain went on in, and below it the image
that has the contents of the snapshot, and what that lies on, as far as libvirt
tells.`,
		Example: `  saffron snapshot info work before-update`,
		Args:    oneOrTwo("a domain and perhaps a snapshot"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				s, err := findSnapshot(ctx, d, args[1:])
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(a.out, s)
				}
				return printSnapshot(a.out, s)
			})
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// findSnapshot finds the snapshot that is named, or the current one.
func findSnapshot(ctx context.Context, d *libvirtctl.Domain, name []string) (*snapshot.Snapshot, error) {
	if len(name) == 0 {
		current, err := d.CurrentSnapshot(ctx)
		if err != nil {
			return nil, err
		}
		if current == "" {
			return nil, &failure{code: exitOther, err: fmt.Errorf("%s has no current snapshot", d.Name), hint: "Name one: saffron snapshot list shows them."}
		}
		name = []string{current}
	}
	s, err := d.Snapshot(ctx, name[0])
	if libvirtctl.IsCode(err, libvirtctl.CodeNoSnapshot) {
		return nil, &failure{code: exitOther, err: fmt.Errorf("%s has no snapshot %s", d.Name, name[0]), hint: "saffron snapshot list shows those that there are."}
	}
	return s, err
}

func printSnapshot(out io.Writer, s *snapshot.Snapshot) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	line := func(what, text string) { fmt.Fprintf(w, "%s\t%s\n", what, cmp.Or(oneLine(text), "-")) }
	line("Name", s.Name)
	line("Description", s.Description)
	line("Created", s.Created.Local().Format(time.DateTime))
	line("Kind", s.Kind)
	line("State", s.State)
	line("Parent", s.Parent)
	line("Current", yesNo(s.Current))
	line("Memory", cmp.Or(s.MemoryFile, string(s.Memory)))
	for _, d := range s.Disks {
		line("Disk "+oneLine(d.Target), string(d.Place))
		if d.Overlay != "" {
			line("  overlay", d.Overlay)
		}
		for i, image := range d.Chain {
			what := "  on"
			if i == 0 {
				what = "  snapshot in"
			}
			line(what, fmt.Sprintf("%s (%s)", image.File, cmp.Or(image.Format, "format unknown")))
		}
	}
	return w.Flush()
}
