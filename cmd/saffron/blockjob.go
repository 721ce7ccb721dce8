package main

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

func newBlockjob(a *app) *cobra.Command {
	f := new(libvirtFlags)
	var abort, pivot, watch, asJSON bool
	c := &cobra.Command{
		Use:   "blockjob DOMAIN [DISK]",
		Short: "List, watch and end the block jobs of a domain's disks",
		Long: `List the block jobs of a domain's disks: pulls, copies and commits. --watch stays
until they have ended, or wait for a pivot. A copy or an active commit that is
ready ends with --pivot, which goes over to what it has made, or with --abort.`,
		Example: "  saffron blockjob work\n  saffron blockjob work vda --watch && saffron blockjob work vda --pivot",
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 || (abort || pivot) && len(args) != 2 {
				return &failure{exitUsage, fmt.Errorf("%s wants a domain, and a disk for --abort and --pivot", c.CommandPath()), "See " + c.CommandPath() + " --help."}
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			disk := ""
			if len(args) == 2 {
				disk = args[1]
			}
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				if watch {
					if err := a.watchBlockJobs(ctx, d, disk); err != nil {
						return err
					}
				}
				if abort || pivot {
					return a.endBlockJob(ctx, d, disk, pivot)
				}
				jobs, err := d.BlockJobs(ctx, disk)
				if err != nil {
					return err
				}
				if asJSON {
					return printJSON(a.out, append([]libvirtctl.BlockJob{}, jobs...))
				}
				return printBlockJobs(a.out, jobs)
			})
		},
	}
	s := c.Flags()
	s.BoolVar(&abort, "abort", false, "give the job up")
	s.BoolVar(&pivot, "pivot", false, "end the job, and go over to what it has made")
	s.BoolVar(&watch, "watch", false, "wait until the jobs have ended or are ready")
	s.BoolVar(&asJSON, "json", false, "print JSON")
	c.MarkFlagsMutuallyExclusive("abort", "pivot")
	f.add(c)
	c.ValidArgsFunction = a.completeDomains(f)
	return c
}

func (a *app) endBlockJob(ctx context.Context, d *libvirtctl.Domain, disk string, pivot bool) error {
	if err := d.EndBlockJob(ctx, disk, pivot); err != nil {
		return err
	}
	did := "is given up"
	if pivot {
		did = "is done: the disk has gone over to what it made"
	}
	return a.changed(libvirtctl.Change{Affect: libvirtctl.AffectLive}, "The block job of %s of %s %s", disk, d.Name, did)
}

// watchBlockJobs returns when no job goes on.
func (a *app) watchBlockJobs(ctx context.Context, d *libvirtctl.Domain, disk string) error {
	bar := a.progress("block jobs of " + d.Name)
	defer bar.end()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		jobs, err := d.BlockJobs(ctx, disk)
		if err != nil {
			return err
		}
		var done, total uint64
		goesOn := false
		for _, j := range jobs {
			done, total = done+j.Done, total+j.Total
			goesOn = goesOn || !j.Ready
		}
		if !goesOn {
			return nil
		}
		bar.set(done, total)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
}

func printBlockJobs(out io.Writer, jobs []libvirtctl.BlockJob) error {
	if len(jobs) == 0 {
		_, err := fmt.Fprintln(out, "No block jobs.")
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DISK\tJOB\tDONE\tOF\tREADY")
	for _, j := range jobs {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", oneLine(j.Disk), j.Kind, size(j.Done), size(j.Total), yesNo(j.Ready))
	}
	return w.Flush()
}
