package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"saffron/channels"
	"saffron/codec/pngwriter"
	"saffron/spice"
)

type screenshotFlags struct {
	connectFlags
	output  string
	head    int
	settle  time.Duration
	timeout time.Duration
}

func newScreenshot(a *app) *cobra.Command {
	f := new(screenshotFlags)
	c := &cobra.Command{
		Use:   "screenshot TARGET -o FILE",
		Short: "Save the screen as a PNG picture",
		Long: `Screenshot connects, waits until the picture is complete, and saves it as PNG.

The picture counts as complete when nothing but a blinking text cursor has
changed for the time --settle. If the guest never rests, it is taken as it is
after --timeout. FILE is only replaced by a finished picture.

If the server sent images that cannot be decoded, the picture is saved all the
same, and the exit code is 5.`,
		Example: `  saffron screenshot host:5900 -o screen.png
  saffron screenshot console.vv --head 1 -o second.png
  saffron screenshot spice+unix:///run/vm.sock -o - | display
  saffron screenshot -c qemu:///system work -o work.png`,
		Args: exactly(1, "one target"),
		RunE: func(c *cobra.Command, args []string) error { return a.screenshot(c.Context(), args[0], f) },
	}
	s := c.Flags()
	s.StringVarP(&f.output, "output", "o", "", "`FILE` to write, - for standard output (required)")
	s.IntVar(&f.head, "head", 0, "which monitor, counted from `0`")
	s.DurationVar(&f.settle, "settle", 300*time.Millisecond, "how long the picture must be at rest")
	s.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long to wait for that")
	f.prefer.add(c)
	f.add(c)
	return c
}

func (f *screenshotFlags) check(out io.Writer) error {
	file, _ := out.(*os.File)
	switch {
	case f.output == "":
		return &failure{exitUsage, errors.New("where to? Give a file with -o"), "See saffron screenshot --help."}
	case f.output == "-" && file != nil && term.IsTerminal(int(file.Fd())):
		return usageError("a picture is not written to a terminal: give a file with -o, or redirect the output")
	case f.head < 0 || f.settle < 0 || f.timeout < 0:
		return usageError("--head, --settle and --timeout must not be negative")
	}
	return nil
}

func (a *app) screenshot(ctx context.Context, target string, f *screenshotFlags) error {
	if err := f.check(a.out); err != nil {
		return err
	}
	s, err := a.settings(ctx, target, &f.connectFlags)
	if err != nil {
		return err
	}
	defer s.close()
	signal, changes := signals()
	c := a.newConsole(s, signal)
	c.without(spice.ChannelInputs, spice.ChannelCursor)
	if err := c.connect(ctx); err != nil {
		return err
	}
	defer c.close()
	img, err := c.shoot(ctx, f, changes)
	if err != nil {
		return err
	}
	if err := a.writePNG(f.output, img); err != nil {
		return err
	}
	c.warnUndrawn(c.current().Info())
	return c.brokenPictures()
}

// shoot waits for the picture and copies it.
func (c *console) shoot(ctx context.Context, f *screenshotFlags, changes <-chan struct{}) (*image.RGBA, error) {
	wait, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	h, err := c.picture(wait, f.head, f.settle, changes)
	switch {
	case errors.Is(err, errRestless):
		c.app.warn("the picture did not come to rest within %s and is taken as it is", f.timeout)
	case errors.Is(err, errNoPicture):
		return nil, noPicture(c, f)
	case err != nil:
		return nil, err
	}
	img := h.screen.desktop.Snapshot(h.index)
	if img == nil { // the heads have just changed
		return nil, errNoHead(f.head, len(c.heads()))
	}
	return img, nil
}

func noPicture(c *console, f *screenshotFlags) error {
	if n := len(c.heads()); n > 0 {
		return errNoHead(f.head, n)
	}
	if reason, hint := c.hiddenPicture(0); reason != "" {
		return &failure{exitOther, errors.New(reason), hint}
	}
	return &failure{exitOther, fmt.Errorf("the server sent no picture within %s", f.timeout),
		"Is the machine's screen switched off? A longer --timeout may help."}
}

func errNoHead(n, have int) error {
	return fmt.Errorf("there is no monitor %d: the machine shows %d, counted from 0", n, have)
}

// warnUndrawn tells of drawing that the picture lacks because it is not
// implemented.
func (c *console) warnUndrawn(info channels.Info) {
	for _, ch := range info.Channels {
		if ch.Display == nil || len(ch.Display.Undrawn) == 0 {
			continue
		}
		c.app.warn("the %s channel used operations that are not drawn: %s", ch.ID, strings.Join(countsOf(ch.Display.Undrawn), ", "))
	}
}

// writePNG writes a picture to a file, or to standard output for "-".
func (a *app) writePNG(path string, img *image.RGBA) error {
	encode := func(w io.Writer) error { return pngwriter.Encode(w, img) }
	if path == "-" {
		return encode(a.out)
	}
	return writeFile(path, encode)
}
