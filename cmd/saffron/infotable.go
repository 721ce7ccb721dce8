package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// print writes a report for people.
func (r *report) print(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	r.printMachine(w)
	fmt.Fprintf(w, "\nCHANNEL\tENCRYPTED\tRECEIVED\t\tSENT\t\tCAPABILITIES\n")
	for _, c := range r.Channels {
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%d\t%s\t%s\n", c.Name, yesNo(c.Secure), c.Received, size(c.ReceivedBytes),
			c.Sent, size(c.SentBytes), strings.Join(slices.Concat(c.CommonCaps, c.Caps), " "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if err := r.printDrawing(out); err != nil {
		return err
	}
	return r.printSound(out)
}

func (r *report) printMachine(w io.Writer) {
	fmt.Fprintf(w, "Address\t%s\n", r.Address)
	fmt.Fprintf(w, "Name\t%s\n", cmp.Or(oneLine(r.Name), "-"))
	fmt.Fprintf(w, "UUID\t%s\n", cmp.Or(r.UUID, "-"))
	fmt.Fprintf(w, "Encrypted\t%s\n", yesNo(r.Secure))
	fmt.Fprintf(w, "Mouse\t%s mode (possible: %s)\n", r.MouseMode, strings.Join(r.MouseModes, ", "))
	fmt.Fprintf(w, "Guest agent\t%s\n", r.agent())
	fmt.Fprintf(w, "Video memory\t%s\n", size(uint64(r.VideoRAM)))
	fmt.Fprintf(w, "Channels\t%s\n", strings.Join(r.Offered, ", "))
	for _, p := range r.Ports {
		fmt.Fprintf(w, "Port\t%s\t(%s)\n", oneLine(p.Name), map[bool]string{true: "open in the guest", false: "not open in the guest"}[p.Opened])
	}
	for i, h := range r.Heads {
		fmt.Fprintf(w, "Monitor %d\t%dx%d at %d,%d of display %d\n", i, h.Width, h.Height, h.X, h.Y, h.Channel)
	}
}

// agent says whether the guest has an agent, and what that can do.
func (r *report) agent() string {
	switch {
	case !r.Agent:
		return "no"
	case len(r.AgentCaps) == 0:
		return "yes, but it has not said what it can do"
	}
	return "yes: " + strings.Join(r.AgentCaps, " ")
}

// printDrawing lists what each display channel was sent.
func (r *report) printDrawing(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range r.Channels {
		if len(c.Messages) == 0 {
			continue
		}
		fmt.Fprintf(w, "\n%s messages\t%s\n", c.Name, strings.Join(countsOf(c.Messages), ", "))
		for _, name := range slices.Sorted(maps.Keys(c.Images)) {
			i := c.Images[name]
			fmt.Fprintf(w, "%s images, %s\t%d, %s for %d pixels\n", c.Name, name, i.Count, size(i.Bytes), i.Pixels)
		}
		for _, name := range slices.Sorted(maps.Keys(c.Videos)) {
			v := c.Videos[name]
			fmt.Fprintf(w, "%s videos, %s\t%d, %s for %d frames, %d shown, %d late\n", c.Name, name, v.Count, size(v.Bytes), v.Frames, v.Shown, v.Late)
		}
		if len(c.Undrawn) > 0 {
			fmt.Fprintf(w, "%s not drawn\t%s\n", c.Name, strings.Join(countsOf(c.Undrawn), ", "))
		}
		if c.Failed > 0 {
			fmt.Fprintf(w, "%s failed\t%d\n", c.Name, c.Failed)
		}
	}
	return w.Flush()
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// size returns a number of bytes for people.
func size(n uint64) string {
	units := []string{"B", "KiB", "MiB", "GiB"}
	v, u := float64(n), 0
	for v >= 1024 && u < len(units)-1 {
		v, u = v/1024, u+1
	}
	if u == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", v, units[u])
}
