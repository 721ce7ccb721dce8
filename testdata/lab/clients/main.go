// Clients compares SPICE clients on recordings, which one after the other are
// played to each of them as fast as it takes them:
//
//	testdata/lab/corpus.sh /tmp/corpus
//	go run ./testdata/lab/clients [-n 5] /tmp/corpus/*.capture
//	.ci/xvfb go run ./testdata/lab/clients -window [-recorded] /tmp/corpus/*.capture
//
// It prints medians, and ours divided by theirs. bin/saffron must have been
// built; spicy-stats and spicy are Debian's spice-client-gtk, remote-viewer is
// virt-viewer.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

// A client is a program that is played to. {PORT} in its arguments stands for
// the port.
type client struct {
	name string
	args []string
}

var headless = []client{
	{"saffron", []string{"bin/saffron", "info", "127.0.0.1:{PORT}", "--follow"}},
	{"spicy-stats", []string{"spicy-stats", "-h", "127.0.0.1", "-p", "{PORT}"}},
}

var windowed = []client{
	{"saffron", []string{"bin/saffron", "open", "--full-screen", "127.0.0.1:{PORT}"}},
	{"spicy", []string{"spicy", "-f", "-h", "127.0.0.1", "-p", "{PORT}"}},
	{"remote-viewer", []string{"remote-viewer", "-f", "spice://127.0.0.1:{PORT}"}},
}

// A run is what one playing cost, by `saffron replay --serve --json`.
type run struct {
	Ready    *float64 `json:"ready"`    // seconds
	Consumed *float64 `json:"consumed"` // seconds
	User     float64  `json:"user"`
	System   float64  `json:"system"`
	Memory   float64  `json:"peak_memory"` // bytes
}

// figures are what is compared, by name.
var figures = []struct {
	name string
	of   func(*run) float64
}{
	{"ready ms", func(r *run) float64 { return 1000 * *r.Ready }},
	{"consumed ms", func(r *run) float64 { return 1000 * *r.Consumed }},
	{"processor ms", func(r *run) float64 { return 1000 * (r.User + r.System) }},
	{"memory MB", func(r *run) float64 { return r.Memory / 1e6 }},
}

func main() {
	log.SetFlags(0)
	n := flag.Int("n", 5, "how often each client is played to")
	window := flag.Bool("window", false, "compare windows, on this display")
	recorded := flag.Bool("recorded", false, "play at the speed at which it was recorded")
	flag.Parse()
	clients := headless
	if *window {
		clients = windowed
	}
	clients = slices.DeleteFunc(clients, func(c client) bool {
		_, err := exec.LookPath(c.args[0])
		return err != nil
	})
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	head := "capture\tfigure\t"
	for i, c := range clients {
		head += c.name + "\t"
		if i > 0 {
			head += "ours/theirs\t"
		}
	}
	fmt.Fprintln(w, head)
	for _, file := range flag.Args() {
		runs := make([][]*run, len(clients))
		for range *n {
			for i, c := range clients { // interleaved: the machine's moods are for all alike
				r, err := play(file, c, *recorded)
				if err != nil {
					log.Fatalf("%s: %s: %v", file, c.name, err)
				}
				runs[i] = append(runs[i], r)
			}
		}
		name := strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
		for _, f := range figures {
			line := name + "\t" + f.name + "\t"
			ours := median(runs[0], f.of)
			for i := range clients {
				m := median(runs[i], f.of)
				line += fmt.Sprintf("%.0f\t", m)
				if i > 0 {
					line += fmt.Sprintf("%.2f\t", ours/m)
				}
			}
			fmt.Fprintln(w, line)
		}
		w.Flush()
	}
}

// play plays a capture to a client.
func play(file string, c client, recorded bool) (*run, error) {
	args := []string{"replay", "--serve", "127.0.0.1:0", "--json", fmt.Sprintf("--recorded-speed=%t", recorded), file, "--"}
	args = append(args, c.args...)
	cmd := exec.Command("bin/saffron", args...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, errs.String())
	}
	r := new(run)
	// The client's own words may stand before.
	if i := strings.LastIndex(string(out), "\n{"); i >= 0 {
		out = out[i+1:]
	}
	if err := json.Unmarshal(out, r); err != nil {
		return nil, err
	}
	if r.Ready == nil || r.Consumed == nil {
		return nil, fmt.Errorf("it did not take in all\n%s", errs.String())
	}
	return r, nil
}

func median(runs []*run, of func(*run) float64) float64 {
	var list []float64
	for _, r := range runs {
		list = append(list, of(r))
	}
	slices.Sort(list)
	return list[len(list)/2]
}
