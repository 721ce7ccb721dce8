//go:build lab

package main_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"image"
	"testing"
	"time"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/render"
	"saffron/spice"
)

// How long a run of the differential tests is; docs/conformance.md says more.
var (
	qxlSeeds = flag.Int("qxl.seeds", 5, "scripts to play in each mode")
	qxlFirst = flag.Int("qxl.first", 1, "seed of the first script")
	qxlCount = flag.Int("qxl.count", 400, "commands of each script")
	qxlOps   = flag.String("qxl.ops", "", "operations to play, by commas; all by default")
)

// A qxlMode is a way of server and client, and what must come of it.
type qxlMode struct {
	name   string
	server []string
	prefer display.Compression // what the client asks for
	types  []display.ImageType // images that must come
}

var qxlModes = []qxlMode{
	{name: "off", server: []string{"--compression=off"}, types: []display.ImageType{display.ImageBitmap}},
	{name: "quic", server: []string{"--compression=quic"}, types: []display.ImageType{display.ImageQUIC}},
	{name: "lz", server: []string{"--compression=lz"}, types: []display.ImageType{display.ImageLZRGB, display.ImageLZPalette}},
	{name: "glz", server: []string{"--compression=glz"}, types: []display.ImageType{display.ImageGLZRGB, display.ImageLZPalette}},
	{name: "auto_glz", server: []string{"--compression=auto_glz"}, types: []display.ImageType{display.ImageGLZRGB, display.ImageQUIC}},
	{name: "auto_lz", server: []string{"--compression=auto_lz"}, types: []display.ImageType{display.ImageLZRGB, display.ImageQUIC}},
	{name: "lz4", server: []string{"--compression=lz"}, prefer: display.CompressionLZ4, types: []display.ImageType{display.ImageLZ4}},
	{name: "zlib_glz", server: []string{"--compression=glz", "--zlib=always"}, types: []display.ImageType{display.ImageZlibGLZRGB}},
}

// A qxlRun is one script and the circumstances in which it is played. They
// follow from the seed.
type qxlRun struct {
	qxlMode
	seed, count int
	displays    int
	late        int // commands before the client connects
	options     channels.Options
}

func newQXLRun(m qxlMode, seed, depth int) qxlRun {
	r := qxlRun{qxlMode: m, seed: seed, count: *qxlCount, displays: 1}
	r.options.Prefer.Compression = m.prefer
	r.options.Workers = []int{1, 2, 4}[seed%3]
	if seed%2 == 0 {
		r.options.CachePixels, r.options.WindowPixels = 30000, 60000 // so that much is evicted
	}
	size := "320x240"
	switch {
	case seed%5 == 3:
		size = "2100x90" // QUIC has segments of 2048 pixels
	case seed%5 == 4:
		r.displays = 2 // which share their caches
	case seed%5 == 0:
		r.late = r.count / 2
	}
	r.server = append([]string{
		fmt.Sprintf("--seed=%d", seed), fmt.Sprintf("--format=%d", depth), fmt.Sprintf("--displays=%d", r.displays),
		fmt.Sprintf("--fresh=%d", r.late), "--size=" + size, "--ops=" + *qxlOps,
	}, m.server...)
	return r
}

// TestLabQXL plays random scripts of drawing commands through the server
// library, and compares each surface with what the server itself drew.
func TestLabQXL(t *testing.T) {
	for _, m := range qxlModes {
		for _, depth := range []int{32, 16} {
			t.Run(fmt.Sprintf("%s/%d", m.name, depth), func(t *testing.T) {
				t.Parallel()
				for seed := *qxlFirst; seed < *qxlFirst+*qxlSeeds && !t.Failed(); seed++ {
					newQXLRun(m, seed, depth).play(t)
				}
			})
		}
	}
}

// play plays the script and compares in the end. If that fails, it plays the
// script again step by step, to tell which command it is.
func (r qxlRun) play(t *testing.T) {
	t.Helper()
	stats, err := r.try(t)
	if err == nil {
		if *qxlOps == "" && r.count >= 400 {
			checkTypes(t, stats, setting{types: r.types})
		}
		return
	}
	t.Errorf("seed %d: %v", r.seed, err)
	if n, err := r.step(t); err != nil {
		t.Errorf("seed %d, command %d: %v", r.seed, n, err)
		return
	}
	if n, err := r.bisect(t); err != nil {
		t.Errorf("seed %d: no difference step by step, but after %d commands at once: %v", r.seed, n, err)
	}
}

// try plays the script without a stop.
func (r qxlRun) try(t *testing.T) (display.Stats, error) {
	t.Helper()
	g := startScript(t, r.server...)
	defer g.stop()
	if r.late > 0 {
		if _, err := g.play(r.late); err != nil {
			return display.Stats{}, err
		}
	}
	live := r.connect(t, g)
	defer live.Close()
	want, err := g.play(r.count)
	if err == nil {
		err = live.agree(want)
	}
	if err != nil {
		return live.stats(), err
	}
	live.sound(t)
	return live.stats(), nil
}

// step compares after every command, and returns the number of the first that
// makes a difference.
func (r qxlRun) step(t *testing.T) (int, error) {
	t.Helper()
	g := startScript(t, r.server...)
	defer g.stop()
	if r.late > 0 {
		if _, err := g.play(r.late); err != nil {
			return 0, err
		}
	}
	live := r.connect(t, g)
	defer live.Close()
	for n := r.late + 1; n <= r.count; n++ {
		want, err := g.play(n)
		if err == nil {
			err = live.agree(want)
		}
		if err != nil {
			return n, fmt.Errorf("%w\n%s", err, g.lastCommands(n))
		}
	}
	return 0, nil
}

// bisect returns the length of the shortest beginning of the script that makes
// a difference.
func (r qxlRun) bisect(t *testing.T) (n int, err error) {
	t.Helper()
	good, bad := r.late, r.count
	for bad-good > 1 {
		r.count = (good + bad) / 2
		if _, e := r.try(t); e != nil {
			bad, err = r.count, e
		} else {
			good = r.count
		}
	}
	return bad, err
}

// A qxlSession is a client with a screen for each display.
type qxlSession struct {
	*session
	desks []*render.Desktop
}

// connect opens a session and waits for its first pictures.
func (r qxlRun) connect(t *testing.T, g *scriptGuest) *qxlSession {
	t.Helper()
	q := &qxlSession{}
	q.open(t, r, g)
	eventually(t, "the first pictures", func() error {
		for _, d := range q.desks {
			if d.SurfaceSnapshot(0) == nil {
				return errors.New("there is none")
			}
		}
		return nil
	})
	return q
}

func (q *qxlSession) open(t *testing.T, r qxlRun, g *scriptGuest) {
	t.Helper()
	for range r.displays {
		q.desks = append(q.desks, render.NewDesktop(render.DesktopOptions{}))
	}
	q.session = &session{desk: q.desks[0]}
	target, err := spice.ParseTarget(g.uri)
	if err != nil {
		t.Fatal(err)
	}
	o := r.options
	o.Link.Target = target
	o.Sinks.Canvas = func(display uint8) display.Canvas { return q.desks[display] }
	o.OnEvent = q.event
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if q.Session, err = channels.Connect(ctx, &o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
}

// agree waits until all surfaces are what they should be, or nothing more
// happens.
func (q *qxlSession) agree(want []truth) error {
	var err error
	seen, since := uint64(0), time.Now()
	for time.Since(since) < time.Second {
		if err = q.compare(want); err == nil {
			return nil
		}
		if n := q.messages(); n != seen {
			seen, since = n, time.Now()
		}
		time.Sleep(2 * time.Millisecond)
	}
	return err
}

// messages counts what has come on all displays.
func (q *qxlSession) messages() uint64 {
	n := uint64(0)
	for _, ch := range q.Info().Channels {
		if ch.Display != nil {
			for _, c := range ch.Display.Messages {
				n += c
			}
		}
	}
	return n
}

func (q *qxlSession) compare(want []truth) error {
	for i := range want {
		w := &want[i]
		got := q.desks[w.display].SurfaceSnapshot(w.surface)
		if got == nil && !w.drawn {
			continue // the server tells of surfaces when they are used
		}
		if err := w.difference(got); err != nil {
			return fmt.Errorf("%v: %w", w, err)
		}
	}
	return nil
}

// difference compares the bytes that are defined.
func (s *truth) difference(got *image.RGBA) error {
	if err := difference(got, s.image); err != nil || s.loose || !s.format.HasAlpha() {
		return err
	}
	for i := 3; i < len(got.Pix); i += 4 {
		if got.Pix[i] != s.image.Pix[i] {
			x, y := i/4%got.Rect.Dx(), i/4/got.Rect.Dx()
			return fmt.Errorf("alpha of (%d,%d) is %d, should be %d", x, y, got.Pix[i], s.image.Pix[i])
		}
	}
	return nil
}
