package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"net"
	"time"

	"github.com/spf13/cobra"

	"saffron/cmd/saffron/demo"
	"saffron/render/window"
	"saffron/spice"
)

type demoFlags struct {
	serve      string
	output     string
	screenshot string
	after      time.Duration
}

// demoPicture is where the picture goes if there is no display.
const demoPicture = "demo.png"

func newDemo(a *app) *cobra.Command {
	f := new(demoFlags)
	c := &cobra.Command{
		Use:   "demo",
		Short: "Show a desktop that needs no machine",
		Long: `Demo shows a small live desktop that the program draws itself, over SPICE like any
other: a server inside the program sends each tile with another encoding of the
protocol. The terminal shows what is typed and what the mouse does; F9 changes the
resolution.

Without a display to open a window on, it runs for a moment and saves the picture
as ` + demoPicture + `. With --serve it waits for viewers, one at a time, without a
password.`,
		Example: `  saffron demo
  saffron demo -o picture.png
  saffron demo --serve 127.0.0.1:5930`,
		Args: exactly(0, "no arguments"),
		RunE: func(c *cobra.Command, args []string) error { return a.demo(c.Context(), f) },
	}
	s := c.Flags()
	s.StringVar(&f.serve, "serve", "", "wait for viewers on `ADDRESS`, such as 127.0.0.1:5930")
	s.StringVarP(&f.output, "output", "o", "", "open no window, save the picture as PNG `FILE`, - for\nstandard output")
	s.StringVar(&f.screenshot, "screenshot", "", "save what the window shows as PNG `FILE`, and exit")
	s.DurationVar(&f.after, "after", 2*time.Second, "how long the demo runs before it is saved")
	s.SortFlags = false
	return c
}

func (f *demoFlags) check() error {
	purposes := 0
	for _, given := range []string{f.serve, f.output, f.screenshot} {
		if given != "" {
			purposes++
		}
	}
	switch {
	case purposes > 1:
		return usageError("--serve, --output and --screenshot exclude each other")
	case f.after < 0:
		return usageError("--after must not be negative")
	}
	return nil
}

// demo runs the desktop and whatever the flags want with it.
func (a *app) demo(ctx context.Context, f *demoFlags) error {
	if err := f.check(); err != nil {
		return err
	}
	d := demo.New(demo.Options{Log: a.log})
	defer d.Close()
	ctx, cancel := context.WithCancel(ctx)
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		_ = d.Run(ctx) // ends with ctx
	}()
	defer func() {
		cancel()
		<-ran
	}()
	switch {
	case f.serve != "":
		return a.serveDemo(ctx, d, f.serve)
	case f.output != "":
		return a.saveDemo(ctx, d, f.output, f.after)
	}
	err := a.showDemo(ctx, d, f)
	var none *window.NoDisplayError
	if !errors.As(err, &none) || f.screenshot != "" {
		return err
	}
	if err := a.saveDemo(ctx, d, demoPicture, f.after); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "There is no display to open a window on. The picture is in %s.\n", demoPicture)
	return nil
}

// demoSettings are those of a connection within the program.
func (a *app) demoSettings(d *demo.Desktop) *settings {
	return &settings{link: spice.Options{
		Dial: d.Server().DialContext, Target: spice.Target{Host: "demo", Port: 5900}, Log: a.log,
	}}
}

// showDemo opens a window of the desktop's size.
func (a *app) showDemo(ctx context.Context, d *demo.Desktop, f *demoFlags) error {
	v := newViewer(a, a.demoSettings(d), &openFlags{title: "Saffron demo", zoom: 100, mouse: "auto"})
	ctx, cancel := context.WithCancel(ctx)
	served := make(chan struct{})
	go func() {
		defer close(served)
		v.serve(ctx)
	}()
	shot := make(chan error, 1)
	go func() {
		shot <- v.shootWindow(ctx, f)
		if f.screenshot != "" {
			cancel()
		}
	}()
	err := v.show(ctx, false, "")
	cancel()
	<-served
	err = errors.Join(err, <-shot)
	if err != nil {
		return err
	}
	return v.failure()
}

// shootWindow saves what the window shows, if that is asked for.
func (v *viewer) shootWindow(ctx context.Context, f *demoFlags) error {
	if f.screenshot == "" {
		return nil
	}
	w := v.awaitWindow(ctx)
	select {
	case <-time.After(f.after):
	case <-ctx.Done():
	}
	if w == nil || ctx.Err() != nil {
		return nil // show knows why
	}
	img, err := w.Screenshot(ctx)
	if err != nil {
		return err
	}
	return v.app.writePNG(f.screenshot, img)
}

// awaitWindow returns the window when it is open, or nil when ctx ends.
func (v *viewer) awaitWindow(ctx context.Context) *window.Window {
	for {
		v.mu.Lock()
		w := v.window
		v.mu.Unlock()
		if w != nil {
			return w
		}
		select {
		case <-v.changes:
		case <-ctx.Done():
			return nil
		}
	}
}

// saveDemo lets the desktop run for a while, watched by a session without a
// window, and saves what that has.
func (a *app) saveDemo(ctx context.Context, d *demo.Desktop, path string, after time.Duration) error {
	if err := (&screenshotFlags{output: path}).check(a.out); err != nil {
		return err
	}
	signal, changes := signals()
	c := a.newConsole(a.demoSettings(d), signal)
	if err := c.connect(ctx); err != nil {
		return err
	}
	defer c.close()
	select {
	case <-time.After(after):
	case <-ctx.Done():
		return ctx.Err()
	}
	d.Pause()
	defer d.Resume()
	img, err := c.awaitDemo(ctx, d, changes)
	if err != nil {
		return err
	}
	if err := a.writePNG(path, img); err != nil {
		return err
	}
	return c.brokenPictures()
}

// demoTimeout bounds the time to draw what a paused desktop has sent.
const demoTimeout = 30 * time.Second

// awaitDemo returns the picture when it is the one that the desktop means.
func (c *console) awaitDemo(ctx context.Context, d *demo.Desktop, changes <-chan struct{}) (*image.RGBA, error) {
	late := time.After(demoTimeout)
	for {
		c.damaged() // so that the next change is told
		img, want := c.screen(0).desktop.Snapshot(0), d.Snapshot()
		if img != nil && img.Rect == want.Rect && bytes.Equal(img.Pix, want.Pix) {
			return img, nil
		}
		select {
		case <-changes:
		case <-late:
			return nil, fmt.Errorf("the picture of the demo is not complete after %s", demoTimeout)
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// serveDemo waits for viewers until the program is interrupted.
func (a *app) serveDemo(ctx context.Context, d *demo.Desktop, address string) error {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, "The demo is served. Connect with: saffron %s\n", l.Addr())
	defer context.AfterFunc(ctx, d.Close)()
	return d.Server().Serve(l)
}
