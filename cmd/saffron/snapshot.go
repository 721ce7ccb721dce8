package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
	"saffron/libvirtctl/snapshot"
)

func newSnapshot(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "snapshot",
		Short: "Take snapshots of a domain, and go back to them",
		Long: `Snapshots keep the disks of a domain, and its memory if it runs, as they are.

An internal snapshot lies inside the qcow2 images. An external one leaves the
images as they are, and the domain goes on in new files, the overlays. Which are
possible depends on the domain: what libvirt would refuse is refused before it is
asked, with the reason and a way that works (docs/libvirt.md has the table).`,
		Args: func(c *cobra.Command, args []string) error {
			return usageError("saffron snapshot wants create, list, info, revert or delete")
		},
		RunE: func(*cobra.Command, []string) error { return nil },
	}
	c.AddCommand(newSnapshotCreate(a), newSnapshotList(a), newSnapshotInfo(a), newSnapshotRevert(a), newSnapshotDelete(a))
	return c
}

// A createFlags is the command line of snapshot create.
type createFlags struct {
	libvirtFlags
	external, diskOnly bool
	memory             string
	disks              []string
	request            snapshot.Request
	dryRun             bool
}

func newSnapshotCreate(a *app) *cobra.Command {
	f := new(createFlags)
	c := &cobra.Command{
		Use:   "create DOMAIN [NAME]",
		Short: "Take a snapshot",
		Long: `Take a snapshot of a domain: by default an internal one, with the memory of a
domain that runs. Read-only disks and empty drives are left out. Without NAME,
libvirt names it by the time in seconds.`,
		Example: `  saffron snapshot create work before-update
  saffron snapshot create work --disk-only --dry-run
  saffron snapshot create work s1 --external --memory /var/lib/libvirt/images/work.s1.memory --live
  saffron snapshot create work s2 --disk-only --disk vda=external:/fast/work.s2 --disk vdb=no`,
		Args: oneOrTwo("a domain and perhaps a name"),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 1 {
				f.request.Name = args[1]
			}
			if err := f.settle(); err != nil {
				return err
			}
			return a.withDomain(c.Context(), &f.libvirtFlags, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				return a.createSnapshot(ctx, d, f)
			})
		},
	}
	f.add(c)
	s := c.Flags()
	s.BoolVar(&f.external, "external", false, "leave the images as they are and go on in overlays;\na domain that runs needs --memory, too")
	s.BoolVar(&f.diskOnly, "disk-only", false, "without memory, in overlays")
	s.StringVar(&f.memory, "memory", "", "write the memory to a `FILE` of the host (an absolute path);\nor internal or no")
	s.StringArrayVar(&f.disks, "disk", nil, "what becomes of a disk: `TARGET=internal`, TARGET=external,\nTARGET=external:FILE or TARGET=no; may be repeated")
	s.StringVar(&f.request.Description, "description", "", "keep a `TEXT` with it")
	s.BoolVar(&f.request.Quiesce, "quiesce", false, "let the QEMU guest agent freeze the file systems")
	s.BoolVar(&f.request.Live, "live", false, "let the guest run on while its memory is written")
	s.BoolVar(&f.request.Halt, "halt", false, "end the domain afterwards")
	s.BoolVar(&f.request.Overwrite, "overwrite", false, "write the memory over a file that exists")
	s.BoolVar(&f.request.ReuseExternal, "reuse-external", false, "the overlays exist already")
	s.BoolVar(&f.request.NoMetadata, "no-metadata", false, "let libvirt forget it at once")
	s.BoolVar(&f.dryRun, "dry-run", false, "print what would be done, and the XML")
	return c
}

// oneOrTwo checks the number of arguments.
func oneOrTwo(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == 1 || len(args) == 2 {
			return nil
		}
		return exactly(1, what)(c, args)
	}
}

// settle makes the request of the flags.
func (f *createFlags) settle() error {
	r := &f.request
	switch {
	case f.external && f.diskOnly:
		return usageError("--external and --disk-only exclude each other: --disk-only is external, without memory")
	case f.external:
		r.Kind = snapshot.External
	case f.diskOnly:
		r.Kind = snapshot.DiskOnly
	}
	switch f.memory {
	case "":
	case "internal", "no":
		r.Memory = snapshot.Place(f.memory)
	default:
		r.Memory, r.MemoryFile = snapshot.InOverlay, f.memory
	}
	r.Disks = make(map[string]snapshot.Disk)
	for _, text := range f.disks {
		target, disk, err := parseDisk(text)
		if err != nil {
			return err
		}
		r.Disks[target] = disk
	}
	return nil
}

// parseDisk reads TARGET=PLACE[:FILE].
func parseDisk(text string) (target string, disk snapshot.Disk, err error) {
	target, place, found := strings.Cut(text, "=")
	place, file, named := strings.Cut(place, ":")
	disk = snapshot.Disk{Place: snapshot.Place(place), File: file}
	switch {
	case target == "" || !found:
	case disk.Place == snapshot.InOverlay && named == (file != ""), (disk.Place == snapshot.InImage || disk.Place == snapshot.LeftOut) && !named:
		return target, disk, nil
	}
	return "", disk, usageError("--disk %s: want TARGET=internal, TARGET=external[:FILE] or TARGET=no", text)
}

func (a *app) createSnapshot(ctx context.Context, d *libvirtctl.Domain, f *createFlags) error {
	facts, err := d.SnapshotFacts(ctx)
	if err != nil {
		return err
	}
	plan, refusal := snapshot.Make(&f.request, facts)
	if f.dryRun {
		err = printPlan(a.out, plan)
	}
	if refusal != nil {
		return refusalError("snapshot of "+d.Name, refusal)
	}
	if f.dryRun || err != nil {
		return err
	}
	p := a.progress("snapshot of " + d.Name)
	name, err := d.CreateSnapshot(ctx, plan, p.set)
	p.end()
	if err != nil {
		return err
	}
	for _, note := range plan.Notes {
		fmt.Fprintln(a.errs, oneLine(note))
	}
	_, err = fmt.Fprintf(a.out, "snapshot %s of %s taken (%s)\n", oneLine(name), oneLine(d.Name), plan.Kind())
	return err
}

// refusalError makes a refusal an error of the command line's.
func refusalError(what string, r *snapshot.Refusal) error {
	return &failure{code: exitOther, err: fmt.Errorf("%s: %w", what, r), hint: r.Instead}
}

func printPlan(out io.Writer, p *snapshot.Plan) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "Kind\t%s\n", p.Kind())
	fmt.Fprintf(w, "Recorded as\t%s\n", p.Recorded)
	fmt.Fprintf(w, "Memory\t%s\n", cmp.Or(p.MemoryFile, string(p.Memory)))
	for _, c := range p.Disks {
		where := string(c.Place)
		if c.Place == snapshot.InOverlay {
			where += ", goes on in " + cmp.Or(c.File, "a file that libvirt names")
		}
		fmt.Fprintf(w, "Disk %s\t%s\n", oneLine(c.Target), oneLine(where))
	}
	fmt.Fprintf(w, "Flags\t%s\n", p.Flags)
	if err := w.Flush(); err != nil {
		return err
	}
	for _, note := range p.Notes {
		fmt.Fprintln(out, oneLine(note))
	}
	_, err := fmt.Fprintf(out, "\n%s", p.XML)
	return err
}
