// Compare times Saffron's codecs on a corpus against the reference decoders,
// whose figures on another machine are in the corpus's manifest: it measures
// libjpeg-turbo and liblz4 in the same run, and takes what they need here, over
// what they needed there, as the machine's factor. All pixels are checked first.
//
//	go run ./testdata/lab/codecs/compare [-n RUNS] [-run PATTERN] CORPUS
package main

import (
	"flag"
	"fmt"
	"image"
	"os"
	"regexp"
	"runtime"
	"slices"
	"time"
)

// A result is what was measured of an item, a value a run.
type result struct {
	*item
	remark string
	decode func() error
	again  int       // decodes a run, for images too small to be timed alone
	ours   []float64 // ns per pixel
	theirs []float64 // ns per pixel, if the reference is here
}

func main() {
	runs := flag.Int("n", 9, "runs of each item")
	pattern := flag.String("run", "", "time only items that match")
	flag.Parse()
	if flag.NArg() != 1 || *runs < 1 {
		fmt.Fprintln(os.Stderr, "usage: compare [-n RUNS] [-run PATTERN] CORPUS")
		os.Exit(2)
	}
	if err := compare(flag.Arg(0), *runs, *pattern); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func compare(folder string, runs int, pattern string) error {
	re, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	items, err := load(folder)
	if err != nil {
		return err
	}
	ref, err := startReference(folder)
	if err != nil {
		return err
	}
	defer ref.close()
	runtime.LockOSThread() // see threadTime
	var list []*result
	memory := map[image.Point]*image.RGBA{} // one for each size, as a client has
	for _, it := range items {
		if !re.MatchString(it.Name) && (it.kind() == "" || it.Reference == 0) {
			continue // what the reference decodes here gives the factor
		}
		size := image.Pt(it.Width, it.Height)
		if memory[size] == nil {
			memory[size] = image.NewRGBA(image.Rectangle{Max: size})
		}
		r, err := prepare(it, ref, memory[size])
		if err != nil {
			return fmt.Errorf("%s: %w", it.Name, err)
		}
		list = append(list, r)
	}
	for range runs {
		for _, r := range list {
			if err := r.run(ref); err != nil {
				return fmt.Errorf("%s: %w", r.Name, err)
			}
		}
	}
	report(list, re)
	return nil
}

// kind returns how the reference decodes it, or "" if it is not here.
func (it *item) kind() string {
	switch {
	case it.planes:
		return "planes"
	case it.Codec == "jpeg":
		return "rgb"
	case it.Codec == "lz4":
		return "lz4"
	}
	return ""
}

// prepare checks the pixels of it, which will be decoded into dst.
func prepare(it *item, ref *reference, dst *image.RGBA) (*result, error) {
	remark, err := it.check(ref, dst)
	if err != nil {
		return nil, err
	}
	decode, err := it.decoder(dst)
	if err != nil {
		return nil, err
	}
	const enough = 1 << 20 // pixels a run
	r := &result{item: it, remark: remark, again: max(1, enough/it.pixels())}
	r.decode = func() error { return decode(nil) }
	return r, nil
}

// run adds a value to each list of r. What is timed comes right after the same
// untimed, with the reference too, so that both find the same in the caches.
func (r *result) run(ref *reference) error {
	if kind := r.kind(); kind != "" {
		ns, err := ref.time(r.Files[0].File, kind)
		if err != nil {
			return err
		}
		r.theirs = append(r.theirs, ns)
	}
	if err := r.decode(); err != nil {
		return err
	}
	start := threadTime()
	for range r.again {
		if err := r.decode(); err != nil {
			return err
		}
	}
	ns := float64(threadTime()-start) / float64(time.Nanosecond)
	r.ours = append(r.ours, ns/float64(r.again*r.pixels()))
	return nil
}

func median(v []float64) float64 {
	v = slices.Sorted(slices.Values(v))
	return v[len(v)/2]
}
