package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"saffron/libvirtctl"
)

// A checked is a domain and what it lacks.
type checked struct {
	Domain   string               `json:"domain"`
	UUID     string               `json:"uuid"`
	Findings []libvirtctl.Finding `json:"findings"`

	errors, warnings, hints int
}

func newDoctor(a *app) *cobra.Command {
	f := new(libvirtFlags)
	asJSON, apply := false, false
	c := &cobra.Command{
		Use:   "doctor [DOMAIN]",
		Short: "Say what domains lack for a good console",
		Long: `Say what a domain lacks for a good console, and the XML that mends it: an error
keeps the console shut, a warning makes it work less well or less safely, a hint
says what more is possible. Without DOMAIN all domains of the host are listed, the
worst first.

--apply does what is safe: it adds devices and settings to the stored definition
and reads them back. It removes nothing and leaves the running domain alone, which
has them from its next start on.

The exit code is 0 if there are no errors and no warnings (hints do not count),
and 1 if there are some left.`,
		Example: `  saffron doctor work
  saffron doctor work --apply
  saffron doctor -c qemu+ssh://host/system --json`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 && apply:
				return usageError("saffron doctor --apply wants one domain: it changes definitions")
			case len(args) == 0:
				return a.doctorAll(c.Context(), f, asJSON)
			}
			return a.withDomain(c.Context(), f, args[0], func(ctx context.Context, d *libvirtctl.Domain) error {
				return a.doctorOne(ctx, d, asJSON, apply)
			})
		},
	}
	f.add(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&apply, "apply", false, "add what is safe to the stored definition")
	return c
}

// checkDomain examines a domain.
func checkDomain(ctx context.Context, d *libvirtctl.Domain) (*checked, error) {
	checkup, err := d.Checkup(ctx)
	if err != nil {
		return nil, err
	}
	found, err := libvirtctl.Diagnose(checkup)
	if err != nil {
		return nil, err
	}
	c := &checked{Domain: d.Name, UUID: d.UUID.String(), Findings: found}
	for _, f := range found {
		switch f.Severity {
		case libvirtctl.Trouble:
			c.errors++
		case libvirtctl.Warning:
			c.warnings++
		default:
			c.hints++
		}
	}
	return c, nil
}

// verdict is an error if something is wrong with a domain.
func (c *checked) verdict() error {
	if c.errors+c.warnings == 0 {
		return nil
	}
	return &failure{code: exitOther, err: fmt.Errorf("%s: %s", c.Domain, c.summary())}
}

func (c *checked) summary() string {
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{c.errors, "error"}, {c.warnings, "warning"}, {c.hints, "hint"}} {
		switch {
		case p.n == 1:
			parts = append(parts, "1 "+p.what)
		case p.n > 1:
			parts = append(parts, fmt.Sprintf("%d %ss", p.n, p.what))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "nothing to mend")
}

func (a *app) doctorOne(ctx context.Context, d *libvirtctl.Domain, asJSON, apply bool) error {
	c, err := checkDomain(ctx, d)
	if err != nil {
		return err
	}
	if apply {
		if c, err = a.treat(ctx, d); err != nil {
			return err
		}
	}
	if asJSON {
		err = writeJSON(a.out, c)
	} else {
		err = c.print(a.out)
	}
	if err != nil {
		return err
	}
	return c.verdict()
}

// treat mends what is safe, says what it did, and examines the domain anew.
func (a *app) treat(ctx context.Context, d *libvirtctl.Domain) (*checked, error) {
	done, err := d.Treat(ctx)
	for _, t := range done {
		if t.Err != nil {
			a.warn("%s: %s is not mended: %v", d.Name, t.ID, t.Err)
			continue
		}
		fmt.Fprintf(a.errs, "added to the stored definition of %s (%s):\n%s", oneLine(d.Name), t.ID, indent(t.Mend, "  + "))
	}
	if err != nil {
		return nil, err
	}
	return checkDomain(ctx, d)
}

// indent puts something before each line of XML of ours.
func indent(xml, before string) string {
	var b strings.Builder
	for line := range strings.Lines(xml) {
		b.WriteString(before + strings.TrimSuffix(line, "\n") + "\n")
	}
	return b.String()
}

func (c *checked) print(out io.Writer) error {
	for _, f := range c.Findings {
		fmt.Fprintf(out, "%-7s  %s  [%s]\n", f.Severity, oneLine(f.Text), f.ID)
		if f.Stored {
			fmt.Fprintln(out, "         The stored definition has it: it takes effect at the next start.")
			continue
		}
		if f.Mend != "" {
			how := "In " + f.Where
			if f.Safe {
				how += " (--apply does it)"
			}
			fmt.Fprintf(out, "         %s:\n%s", how, indent(f.Mend, "           "))
		}
		if f.Advice != "" {
			fmt.Fprintf(out, "         %s\n", oneLine(f.Advice))
		}
	}
	if c.verdict() != nil { // says the same
		return nil
	}
	_, err := fmt.Fprintf(out, "%s: %s\n", oneLine(c.Domain), c.summary())
	return err
}

// examiners is how many domains are examined at a time.
const examiners = 8

// doctorAll examines all domains of a host.
func (a *app) doctorAll(ctx context.Context, f *libvirtFlags, asJSON bool) error {
	h, err := a.host(ctx, f)
	if err != nil {
		return err
	}
	defer h.Close()
	domains, err := h.Domains(ctx)
	if err != nil {
		return err
	}
	all, err := a.checkDomains(ctx, domains)
	if err != nil {
		return err
	}
	if asJSON {
		err = writeJSON(a.out, all)
	} else {
		err = printChecked(a.out, all)
	}
	bad := 0
	for _, c := range all {
		if c.errors+c.warnings > 0 {
			bad++
		}
	}
	if err != nil || bad == 0 {
		return err
	}
	return &failure{code: exitOther, err: fmt.Errorf("%d of %d domains have errors or warnings", bad, len(all)), hint: "saffron doctor DOMAIN tells more."}
}

// checkDomains examines domains, a few at a time, and returns the worst first.
// Those that vanish meanwhile are left out.
func (a *app) checkDomains(ctx context.Context, domains []*libvirtctl.Domain) ([]*checked, error) {
	results, errs := make([]*checked, len(domains)), make([]error, len(domains))
	next := make(chan int)
	var working sync.WaitGroup
	for range examiners {
		working.Go(func() {
			for i := range next {
				results[i], errs[i] = checkDomain(ctx, domains[i])
			}
		})
	}
	for i := range domains {
		next <- i
	}
	close(next)
	working.Wait()
	all := []*checked{}
	for i, c := range results {
		switch err := errs[i]; {
		case err == nil:
			all = append(all, c)
		case !libvirtctl.IsCode(err, libvirtctl.CodeNoDomain):
			return nil, err
		}
	}
	slices.SortStableFunc(all, func(a, b *checked) int {
		return cmp.Or(cmp.Compare(b.errors, a.errors), cmp.Compare(b.warnings, a.warnings), cmp.Compare(b.hints, a.hints), cmp.Compare(a.Domain, b.Domain))
	})
	return all, nil
}

func printChecked(out io.Writer, all []*checked) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "DOMAIN\tERRORS\tWARNINGS\tHINTS\tWORST")
	for _, c := range all {
		worst := "-"
		if len(c.Findings) > 0 {
			worst = oneLine(c.Findings[0].Text)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", oneLine(c.Domain), c.errors, c.warnings, c.hints, worst)
	}
	return w.Flush()
}
