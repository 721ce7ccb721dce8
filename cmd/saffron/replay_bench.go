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
	"text/tabwriter"
	"time"

	"saffron/channels"
)

// A benchReport is what replay --bench prints. Its JSON form is part of the
// interface: fields may be added.
type benchReport struct {
	File       string                `json:"file"`
	Complete   bool                  `json:"complete"` // the recording has an end
	Recorded   float64               `json:"recorded"` // seconds that the recording lasts
	Messages   uint64                `json:"messages"`
	Bytes      uint64                `json:"bytes"`  // of messages
	Pixels     uint64                `json:"pixels"` // decoded, those of images and videos
	Runs       []benchRun            `json:"runs"`
	Wall       float64               `json:"wall"`        // seconds, the median of all runs
	CPU        float64               `json:"cpu"`         // seconds, that of the same run; 0 if not known
	PeakMemory uint64                `json:"peak_memory"` // bytes, of the whole process; 0 if not known
	PixelsPerS float64               `json:"pixels_per_second"`
	Images     map[string]benchImage `json:"images"`     // by type, of the last run
	Videos     map[string]benchImage `json:"videos"`     // by codec
	Operations map[string]uint64     `json:"operations"` // display messages by name
	Failed     uint64                `json:"failed"`     // what could not be shown
}

type benchRun struct {
	Wall float64 `json:"wall"`
	CPU  float64 `json:"cpu"`
}

type benchImage struct {
	Count   uint64  `json:"count"`
	Bytes   uint64  `json:"bytes"`
	Pixels  uint64  `json:"pixels"`
	Seconds float64 `json:"seconds"` // of decoding, on all cores; 0 if not known
}

// replayBench plays a recording as fast as it goes, and says how fast that was.
func (a *app) replayBench(ctx context.Context, file *os.File, f *replayFlags) error {
	r := benchReport{File: file.Name()}
	var c *console
	for range f.repeat {
		c = a.newConsole(&settings{}, nil)
		c.options.Workers = f.workers
		if err := r.run(ctx, c, file); err != nil {
			return err
		}
	}
	sorted := slices.SortedFunc(slices.Values(r.Runs), func(x, y benchRun) int { return cmp.Compare(x.Wall, y.Wall) })
	median := sorted[len(sorted)/2]
	r.Wall, r.CPU, r.PeakMemory = median.Wall, median.CPU, peakMemory()
	r.PixelsPerS = float64(r.Pixels) / r.Wall
	if f.json {
		e := json.NewEncoder(a.out)
		e.SetIndent("", "  ")
		return e.Encode(&r)
	}
	r.print(a.out)
	return c.brokenPictures()
}

// run measures once, from opening the recording to its last pixel.
func (r *benchReport) run(ctx context.Context, c *console, file io.ReadSeeker) error {
	cpu, begin := cpuTime(), time.Now()
	p, err := c.newPlayer(file, channels.PlayOptions{FullSpeed: true, Timed: true})
	if err != nil {
		return err
	}
	defer p.Close()
	if err := c.playedTo(ctx, p); err != nil {
		return err
	}
	r.Runs = append(r.Runs, benchRun{time.Since(begin).Seconds(), (cpuTime() - cpu).Seconds()})
	s := p.Summary()
	r.Complete, r.Recorded, r.Messages, r.Bytes = s.Complete, s.Duration.Seconds(), s.Messages, s.Bytes
	r.count(p.Info())
	return nil
}

// count takes the statistics of the displays.
func (r *benchReport) count(info channels.Info) {
	r.Images, r.Videos, r.Operations = map[string]benchImage{}, map[string]benchImage{}, map[string]uint64{}
	r.Pixels, r.Failed = 0, 0
	for _, ch := range info.Channels {
		if ch.Display == nil {
			continue
		}
		for name, s := range ch.Display.Images {
			i := r.Images[name]
			r.Images[name] = benchImage{i.Count + s.Count, i.Bytes + s.Bytes, i.Pixels + s.Pixels, i.Seconds + s.Time.Seconds()}
			if s.Bytes > 0 { // not out of a cache
				r.Pixels += s.Pixels
			}
		}
		for name, s := range ch.Display.Videos {
			i := r.Videos[name]
			r.Videos[name] = benchImage{i.Count + s.Frames, i.Bytes + s.Bytes, i.Pixels + s.Pixels, i.Seconds + s.Time.Seconds()}
			r.Pixels += s.Pixels
		}
		for name, n := range ch.Display.Messages {
			r.Operations[name] += n
		}
		r.Failed += ch.Display.Failed
	}
}

// print writes the report for people.
func (r *benchReport) print(out io.Writer) {
	const mega = 1e6
	fmt.Fprintf(out, "%s: %.1f s, %d messages, %.1f MB\n\n", r.File, r.Recorded, r.Messages, float64(r.Bytes)/mega)
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	best := slices.MinFunc(r.Runs, func(x, y benchRun) int { return cmp.Compare(x.Wall, y.Wall) })
	fmt.Fprintf(t, "time\t%.3f s", r.Wall)
	if len(r.Runs) > 1 {
		fmt.Fprintf(t, ", the median of %d; the best %.3f s", len(r.Runs), best.Wall)
	}
	fmt.Fprintf(t, "\nspeed\t%.1f times as fast as it was\n", r.Recorded/r.Wall)
	fmt.Fprintf(t, "processor\t%.3f s, %.1f cores\n", r.CPU, r.CPU/r.Wall)
	fmt.Fprintf(t, "memory\t%.0f MB at most\n", float64(r.PeakMemory)/mega)
	fmt.Fprintf(t, "pixels\t%.1f million, %.0f million/s\n", float64(r.Pixels)/mega, r.PixelsPerS/mega)
	fmt.Fprintf(t, "data\t%.0f MB/s, %.0f messages/s\n", float64(r.Bytes)/mega/r.Wall, float64(r.Messages)/r.Wall)
	t.Flush()
	r.printImages(out)
	t = tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\ncount\t  operation\n")
	for _, name := range byCount(r.Operations) {
		fmt.Fprintf(t, "%d\t  %s\n", r.Operations[name], name)
	}
	t.Flush()
}

func (r *benchReport) printImages(out io.Writer) {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprint(t, "\nimages\tMB\tmillion pixels\tms to decode\tmillion pixels/s\t  type\n")
	for _, name := range slices.Sorted(maps.Keys(r.Images)) {
		r.Images[name].print(t, name)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Videos)) {
		r.Videos[name].print(t, "video in "+name)
	}
	t.Flush()
}

func (i benchImage) print(t io.Writer, name string) {
	const mega = 1e6
	rate := "-"
	if i.Seconds > 0 {
		rate = fmt.Sprintf("%.0f", float64(i.Pixels)/mega/i.Seconds)
	}
	fmt.Fprintf(t, "%d\t%.2f\t%.2f\t%.1f\t%s\t  %s\n", i.Count, float64(i.Bytes)/mega, float64(i.Pixels)/mega, 1000*i.Seconds, rate, name)
}

// byCount returns the names of counts, the largest first.
func byCount(counts map[string]uint64) []string {
	return slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
}
