package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels/inputs"
	"saffron/spice"
)

type clickFlags struct {
	connectFlags
	button  string
	count   int
	display int
	timeout time.Duration
}

func newClick(a *app) *cobra.Command {
	f := new(clickFlags)
	c := &cobra.Command{
		Use:   "click TARGET X Y",
		Short: "Click at a place of the screen",
		Long: `Click moves the pointer to the pixel X, Y, counted from the top left corner of the
monitor, and clicks there.

A guest without a tablet or agent takes only motion, not positions. The pointer
is then pushed into the top left corner and moved by X and Y from there, which
leads elsewhere if the guest accelerates the mouse; a warning says so.

` + takenHelp,
		Example: `  saffron click host:5900 400 300
  saffron click host:5900 400 300 --count 2
  saffron click host:5900 10 10 --button right --display 1`,
		Args: exactly(3, "a target, X and Y"),
		RunE: func(c *cobra.Command, args []string) error {
			p, err := parsePoint(args[1], args[2])
			if err != nil {
				return err
			}
			return a.click(c.Context(), args[0], p, f)
		},
	}
	s := c.Flags()
	s.StringVar(&f.button, "button", "left", "left, middle or right `BUTTON`")
	s.IntVar(&f.count, "count", 1, "how many clicks, 2 for a double click")
	s.IntVar(&f.display, "display", 0, "which monitor, counted from `0`")
	s.DurationVar(&f.timeout, "timeout", 10*time.Second, "how long to wait for the monitor's picture")
	f.add(c)
	return c
}

func parsePoint(x, y string) (p image.Point, err error) {
	if p.X, err = parsePixels(x); err == nil {
		p.Y, err = parsePixels(y)
	}
	return p, err
}

func parsePixels(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0, usageError("%q is not a number of pixels", s)
	}
	return n, nil
}

var buttons = map[string]inputs.Button{"left": inputs.Left, "middle": inputs.Middle, "right": inputs.Right}

const maxClicks = 100

func (a *app) click(ctx context.Context, target string, p image.Point, f *clickFlags) error {
	button := buttons[f.button]
	switch {
	case button == 0:
		return usageError("there is no button %q: it is left, middle or right", f.button)
	case f.count < 1 || f.count > maxClicks:
		return usageError("--count must be from 1 to %d", maxClicks)
	case f.display < 0 || f.timeout < 0:
		return usageError("--display and --timeout must not be negative")
	}
	s, err := a.settings(ctx, target, &f.connectFlags)
	if err != nil {
		return err
	}
	defer s.close()
	signal, changes := signals()
	c := a.newConsole(s, signal)
	c.without(spice.ChannelCursor)
	return c.input(ctx, func(ctx context.Context, t *taking) error {
		h, err := c.placeable(ctx, p, f, changes)
		if err == nil {
			err = c.moveTo(ctx, t, h, p)
		}
		if err != nil {
			return err
		}
		return t.clicks(ctx, button, f.count)
	})
}

// placeable waits for the head and checks that p is on it.
func (c *console) placeable(ctx context.Context, p image.Point, f *clickFlags, changes <-chan struct{}) (head, error) {
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	h, err := c.picture(ctx, f.display, 50*time.Millisecond, changes)
	switch {
	case errors.Is(err, errNoPicture):
		return h, fmt.Errorf("the server sent no picture within %s, so there is no place to click at", f.timeout)
	case err != nil && !errors.Is(err, errRestless):
		return h, err
	case !p.In(image.Rectangle{Max: h.rect.Size()}):
		return h, usageError("%d, %d is outside of the monitor, which has %dx%d pixels", p.X, p.Y, h.rect.Dx(), h.rect.Dy())
	}
	return h, nil
}

const (
	farAway      = 20000                  // counts that lead into the corner from anywhere
	guestPause   = 200 * time.Millisecond // for the guest to take motion
	clickPause   = 60 * time.Millisecond  // between the clicks of a double click
	modeTimeout  = time.Second            // for the server to take positions
	clientMouse  = 2                      // bit of Info.MouseModes
	modePollTime = 20 * time.Millisecond
)

// moveTo moves the pointer to p of h.
func (c *console) moveTo(ctx context.Context, t *taking, h head, p image.Point) error {
	if !c.staysServerMouse(ctx) {
		t.Position(h.pointerID(), p)
		return nil
	}
	c.app.warn("the guest takes no positions: the pointer is moved from the corner, and may miss if the guest accelerates it")
	for _, d := range []image.Point{{X: -farAway, Y: -farAway}, p.Add(h.rect.Min)} {
		t.Motion(d.X, d.Y)
		if err := t.Flush(ctx); err != nil { // or the two would add up
			return err
		}
		if err := t.pause(ctx, guestPause); err != nil {
			return err
		}
	}
	return nil
}

// staysServerMouse reports whether the server draws the pointer, and does not
// stop to on our request.
func (c *console) staysServerMouse(ctx context.Context) bool {
	limit := time.After(modeTimeout)
	for {
		info := c.current().Info()
		if !info.ServerMouse || info.MouseModes&clientMouse == 0 {
			return info.ServerMouse
		}
		select {
		case <-time.After(modePollTime):
		case <-limit:
			return true
		case <-ctx.Done():
			return true
		}
	}
}

// clicks presses and releases a button.
func (t *taking) clicks(ctx context.Context, b inputs.Button, count int) error {
	for i := range count {
		if i > 0 {
			if err := t.pause(ctx, clickPause); err != nil {
				return err
			}
		}
		t.Button(b, true)
		t.Button(b, false)
	}
	return nil
}
