package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels"
	"saffron/spice/capture"
)

type replayFlags struct {
	speed     float64
	fullSpeed bool
	start     time.Duration
	display   int
	silent    bool

	headless bool
	output   string
	at       time.Duration

	bench   bool
	workers int
	repeat  int
	json    bool

	serve         string
	recordedSpeed bool
	once          bool
	linger        time.Duration
	timeout       time.Duration
	passwordFile  string
}

func newReplay(a *app) *cobra.Command {
	f := new(replayFlags)
	c := &cobra.Command{
		Use:   "replay FILE",
		Short: "Show what record has recorded",
		Long: `Replay shows a recording in a window, as the machine's screen was, with its sound
while it runs at the speed of then:

  Space          pauses and goes on
  Left, Right    5 seconds back and forward
  Home, End      to the beginning and the end
  +, -           faster and slower
  F11            full screen and back

With --headless it saves the picture of one moment as PNG, without a window. With
--bench it decodes and draws the recording as fast as it goes, and says how fast
that was.

With --serve it is a server that sends the recording to any client, as fast as
the client takes it. A COMMAND is run with ` + portMark + ` replaced by the server's port, and
ended when it has taken in everything; what it needed for that is printed.`,
		Example: `  saffron record host:5900 -o session.capture
  saffron replay session.capture --speed 2
  saffron replay session.capture --headless -o last.png
  saffron replay session.capture --headless --at 12s -o moment.png
  saffron replay session.capture --bench --repeat 5
  saffron replay session.capture --serve 127.0.0.1:5930
  saffron replay session.capture --serve 127.0.0.1:0 -- remote-viewer spice://127.0.0.1:{PORT}`,
		Args: func(c *cobra.Command, args []string) error {
			args, _ = cutCommand(c, args)
			return exactly(1, "one recording")(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error {
			args, command := cutCommand(c, args)
			if err := f.check(a, c.Flags().Changed, command); err != nil {
				return err
			}
			if f.serve != "" {
				return a.replayServe(c.Context(), args[0], f, command)
			}
			return a.replay(c.Context(), args[0], f, c.Flags().Changed("at"))
		},
	}
	s := c.Flags()
	s.Float64Var(&f.speed, "speed", 1, "how many times as fast as it was")
	s.BoolVar(&f.fullSpeed, "full-speed", false, "as fast as it can be drawn")
	s.DurationVar(&f.start, "start", 0, "begin at a later moment")
	s.IntVar(&f.display, "display", 0, "which monitor to show, counted from `0`")
	s.BoolVar(&f.silent, "no-audio", false, "play no sound")
	s.BoolVar(&f.headless, "headless", false, "open no window, save a picture")
	s.StringVarP(&f.output, "output", "o", "", "`FILE` for the picture, - for standard output")
	s.DurationVar(&f.at, "at", 0, "the moment of the picture (default the end)")
	s.BoolVar(&f.bench, "bench", false, "open no window, measure decoding and drawing")
	s.IntVar(&f.workers, "workers", 0, "how many goroutines decode (default one a core, at most 4)")
	s.IntVar(&f.repeat, "repeat", 1, "how often to measure")
	s.BoolVar(&f.json, "json", false, "print what was measured as JSON")
	s.StringVar(&f.serve, "serve", "", "be a server on `ADDRESS`, such as 127.0.0.1:5930")
	s.BoolVar(&f.recordedSpeed, "recorded-speed", false, "send everything at the time at which it was recorded")
	s.BoolVar(&f.once, "once", false, "end when the first client has left")
	s.DurationVar(&f.linger, "linger", 0, "keep a client that has taken in everything for so long")
	s.DurationVar(&f.timeout, "timeout", 5*time.Minute, "how long COMMAND may take")
	s.StringVar(&f.passwordFile, "password-file", "", "want the password in the first line of `FILE`")
	s.SortFlags = false
	return c
}

// cutCommand divides the arguments at "--".
func cutCommand(c *cobra.Command, args []string) (before, command []string) {
	if n := c.ArgsLenAtDash(); n >= 0 {
		return args[:n], args[n:]
	}
	return args, nil
}

// check judges the flags; given tells which are on the command line.
func (f *replayFlags) check(a *app, given func(string) bool, command []string) error {
	of := map[string][]string{ // which flags belong to which purposes
		"headless":   {"output", "at", "display"},
		"bench":      {"workers", "repeat", "json"},
		"serve":      {"recorded-speed", "once", "linger", "timeout", "password-file", "json"},
		"the window": {"speed", "full-speed", "start", "display", "no-audio"},
	}
	purpose := "the window"
	for name, chosen := range map[string]bool{"headless": f.headless, "bench": f.bench, "serve": f.serve != ""} {
		if chosen && purpose != "the window" {
			return usageError("--headless, --bench and --serve exclude each other")
		}
		if chosen {
			purpose = name
		}
	}
	for _, flags := range of {
		for _, name := range flags {
			if given(name) && !slices.Contains(of[purpose], name) {
				return usageError("--%s does not go with %s", name, flagName(purpose))
			}
		}
	}
	if err := f.checkServe(command); err != nil {
		return err
	}
	switch {
	case f.speed <= 0 || f.speed > 1000:
		return usageError("--speed is from above 0 to 1000")
	case f.start < 0 || f.at < 0 || f.display < 0:
		return usageError("--start, --at and --display must not be negative")
	case f.workers < 0 || f.workers > 256 || f.repeat < 1:
		return usageError("--workers is at most 256, --repeat at least 1")
	case f.headless:
		return (&screenshotFlags{output: f.output}).check(a.out)
	}
	return nil
}

func flagName(purpose string) string {
	if purpose == "the window" {
		return purpose
	}
	return "--" + purpose
}

func (f *replayFlags) checkServe(command []string) error {
	switch {
	case f.linger < 0 || f.timeout <= 0:
		return usageError("--linger must not be negative, --timeout must be positive")
	case len(command) > 0 && f.serve == "":
		return usageError("a command goes with --serve only")
	case len(command) > 0 && f.once:
		return usageError("--once does not go with a command: it is the only client")
	case len(command) > 0 && !slices.ContainsFunc(command, func(arg string) bool { return strings.Contains(arg, portMark) }):
		return usageError("the command has no %s, where the server's port is to go", portMark)
	case len(command) == 0 && f.json && f.serve != "":
		return usageError("--json goes with a command only: there is nothing to measure")
	}
	return nil
}

func (a *app) replay(ctx context.Context, path string, f *replayFlags, atGiven bool) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	switch {
	case f.bench:
		return a.replayBench(ctx, file, f)
	case f.headless:
		return a.replayHeadless(ctx, file, f, atGiven)
	}
	return a.replayWindow(ctx, file, f)
}

// newPlayer plays a recording on the screens of c. o holds everything else.
func (c *console) newPlayer(file io.ReadSeeker, o channels.PlayOptions) (*channels.Player, error) {
	o.Session = c.options
	p, err := channels.Play(file, &o)
	if err != nil {
		return nil, captureFailure(err)
	}
	if s := p.Summary(); !s.Complete {
		c.app.warn("the recording was cut off after %.1f s", s.Duration.Seconds())
	}
	return p, nil
}

// captureFailure makes an error of a recording one for people.
func captureFailure(err error) error {
	switch {
	case errors.Is(err, capture.ErrNotCapture):
		return &failure{exitOther, errors.New("the file is no recording of a SPICE session"), "Make one with saffron record."}
	case errors.Is(err, capture.ErrTruncated):
		return &failure{exitOther, errors.New("the recording is cut off before its beginning"), ""}
	}
	return err
}

// playedTo waits until the player is where it is to go.
func (c *console) playedTo(ctx context.Context, p *channels.Player) error {
	if err := p.Await(ctx); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &endedError{err}
	}
	if err := p.Broken(); err != nil && !errors.Is(err, capture.ErrTruncated) {
		c.app.warn("the recording is damaged: %s", strings.TrimPrefix(err.Error(), "capture: "))
	}
	return nil
}

// replayHeadless saves one picture.
func (a *app) replayHeadless(ctx context.Context, file io.ReadSeeker, f *replayFlags, atGiven bool) error {
	c := a.newConsole(&settings{}, nil)
	p, err := c.newPlayer(file, channels.PlayOptions{FullSpeed: !atGiven, Paused: atGiven})
	if err != nil {
		return err
	}
	defer p.Close()
	if d := p.Summary().Duration; atGiven && f.at > d {
		return &failure{exitOther, fmt.Errorf("the recording lasts only %s", d.Round(time.Millisecond)), ""}
	}
	if atGiven {
		p.Seek(f.at)
	}
	if err := c.playedTo(ctx, p); err != nil {
		return err
	}
	heads := c.heads()
	if len(heads) == 0 {
		return &failure{exitOther, errors.New("there is no picture yet at this moment of the recording"), ""}
	}
	if f.display >= len(heads) {
		return errNoHead(f.display, len(heads))
	}
	h := heads[f.display]
	if err := a.writePNG(f.output, h.screen.desktop.Snapshot(h.index)); err != nil {
		return err
	}
	c.warnUndrawn(p.Info())
	return c.brokenPictures()
}
