package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
	"saffron/libvirtctl/snapshot"
)

func newSnapshotRevert(a *app) *cobra.Command {
	f, r, dryRun := new(libvirtFlags), new(snapshot.Revert), false
	c := &cobra.Command{
		Use:   "revert DOMAIN NAME",
		Short: "Go back to a snapshot",
		Long: `Take a domain back to a snapshot: its disks, its memory if the snapshot has any,
and its definition. What the domain did since then is lost: it says what, and with
--dry-run does no more than that.
The snapshot stays, and so do all others.

libvirt refuses to go back where a running QEMU would have to be replaced by
another, because the consoles and the guest's devices go with it. --force does it.`,
		Example: `  saffron snapshot revert work before-update --dry-run
  saffron snapshot revert work before-update --paused`,
		Args: exactly(2, "a domain and a snapshot"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				return a.revertSnapshot(ctx, d, args[1], r, dryRun)
			})
		},
	}
	f.add(c)
	s := c.Flags()
	s.BoolVar(&r.Running, "running", false, "run afterwards, whatever the snapshot says")
	s.BoolVar(&r.Paused, "paused", false, "be paused afterwards")
	s.BoolVar(&r.Force, "force", false, "go back even if QEMU has to be replaced")
	s.BoolVar(&r.ResetNVRAM, "reset-nvram", false, "forget the variables of the firmware")
	s.BoolVar(&dryRun, "dry-run", false, "say what would be lost, and do nothing")
	return c
}

func (a *app) revertSnapshot(ctx context.Context, d *libvirtctl.Domain, name string, r *snapshot.Revert, dryRun bool) error {
	s, err := findSnapshot(ctx, d, []string{name})
	if err != nil {
		return err
	}
	facts, err := d.SnapshotFacts(ctx)
	if err != nil {
		return err
	}
	all, err := d.Snapshots(ctx)
	if err != nil {
		return err
	}
	if dryRun {
		fmt.Fprintf(a.out, "going back to %s of %s loses:\n", oneLine(s.Name), oneLine(d.Name))
		for _, loss := range r.Losses(s, all, facts) {
			fmt.Fprintf(a.out, "  %s\n", oneLine(loss))
		}
	}
	if refusal := r.Refuse(s, facts); refusal != nil {
		return refusalError(fmt.Sprintf("going back to %s of %s", s.Name, d.Name), refusal)
	}
	if dryRun {
		return nil
	}
	for _, loss := range r.Losses(s, all, facts) {
		a.warn("going back loses: %s", loss)
	}
	p := a.progress("going back to " + s.Name)
	err = d.RevertSnapshot(ctx, name, r, p.set)
	p.end()
	if libvirtctl.IsCode(err, libvirtctl.CodeSnapshotRevertRisky) {
		return &failure{code: exitOther, err: err,
			hint: "Add --force if the consoles may be cut off and QEMU may begin anew: the guest goes on as the snapshot has it."}
	}
	if err != nil {
		return err
	}
	state, err := d.State(ctx)
	if err == nil {
		_, err = fmt.Fprintf(a.out, "%s is as it was in %s (%s)\n", oneLine(d.Name), oneLine(s.Name), state)
	}
	return err
}

func newSnapshotDelete(a *app) *cobra.Command {
	f, del := new(libvirtFlags), new(snapshot.Delete)
	c := &cobra.Command{
		Use:   "delete DOMAIN NAME",
		Short: "Delete a snapshot; the domain stays as it is",
		Long: `Delete a snapshot. What it kept is gone, the domain goes on as it is. Deleting an
external one merges its overlay into the image below, which takes its time.`,
		Example: `  saffron snapshot delete work before-update
  saffron snapshot delete work before-update --children`,
		Args: exactly(2, "a domain and a snapshot"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				return a.deleteSnapshot(ctx, d, args[1], del)
			})
		},
	}
	f.add(c)
	s := c.Flags()
	s.BoolVar(&del.Children, "children", false, "and all below it")
	s.BoolVar(&del.ChildrenOnly, "children-only", false, "only those below it")
	s.BoolVar(&del.Metadata, "metadata", false, "let libvirt forget it, and leave images and files as they are")
	return c
}

func (a *app) deleteSnapshot(ctx context.Context, d *libvirtctl.Domain, name string, del *snapshot.Delete) error {
	s, err := findSnapshot(ctx, d, []string{name})
	if err != nil {
		return err
	}
	all, err := d.Snapshots(ctx)
	if err != nil {
		return err
	}
	facts, err := d.SnapshotFacts(ctx)
	if err != nil {
		return err
	}
	if refusal := del.Refuse(s, all, facts); refusal != nil {
		return refusalError(fmt.Sprintf("deleting %s of %s", s.Name, d.Name), refusal)
	}
	p := a.progress("deleting " + s.Name)
	err = d.DeleteSnapshot(ctx, name, del, p.set)
	p.end()
	if err != nil {
		return err
	}
	if file := s.MemoryFile; file != "" && facts.Stat != nil && !del.ChildrenOnly {
		if left, known := facts.Stat(file); known && left.Exists {
			fmt.Fprintf(a.errs, "libvirt left the file of its memory: %s\n", oneLine(file))
		}
	}
	for _, gone := range del.Gone(s, all) {
		if _, err := fmt.Fprintf(a.out, "snapshot %s of %s deleted\n", oneLine(gone), oneLine(d.Name)); err != nil {
			return err
		}
	}
	return nil
}
