package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels/playback"
	"saffron/spice"
	"saffron/spice/capture"
)

type recordFlags struct {
	connectFlags
	output  string
	force   bool
	length  time.Duration
	agent   bool
	devices bool
}

func newRecord(a *app) *cobra.Command {
	f := new(recordFlags)
	c := &cobra.Command{
		Use:   "record TARGET -o FILE",
		Short: "Record what the server sends, for replay",
		Long: `Record connects and writes all that the server sends to a file, until the time is
up, the server ends, or Ctrl-C. Nothing that goes to the server is written, so
neither passwords nor typed keys are in FILE; what the guest's agent and devices
send is left out. The pictures are all there: FILE shows what was on the screen.

An interrupted recording can be replayed as far as it got.`,
		Example: `  saffron record host:5900 -o session.capture --for 10s
  saffron replay session.capture`,
		Args: exactly(1, "one target"),
		RunE: func(c *cobra.Command, args []string) error { return a.record(c.Context(), args[0], f) },
	}
	s := c.Flags()
	s.StringVarP(&f.output, "output", "o", "", "`FILE` to write (required)")
	s.BoolVar(&f.force, "force", false, "replace FILE if it exists")
	s.DurationVar(&f.length, "for", 0, "how long to record (default until Ctrl-C)")
	s.BoolVar(&f.agent, "with-agent", false, "keep what the guest's agent sends: clipboard, file names")
	s.BoolVar(&f.devices, "with-devices", false, "keep what USB, ports, shared folders and smartcards send")
	f.prefer.add(c)
	f.add(c)
	return c
}

func (a *app) record(ctx context.Context, target string, f *recordFlags) error {
	switch {
	case f.output == "":
		return &failure{exitUsage, errors.New("where to? Give a file with -o"), "See saffron record --help."}
	case f.length < 0:
		return usageError("--for must not be negative")
	}
	r, err := newRecording(f.output, f.force, capture.Options{Agent: f.agent, Devices: f.devices})
	if err != nil {
		return err
	}
	s, err := a.settings(ctx, target, &f.connectFlags)
	if err != nil {
		return err
	}
	defer s.close()
	c := a.newConsole(s, nil)
	c.without(spice.ChannelInputs)
	c.options.Link.Tap = r
	c.options.Sinks.Playback = func(uint8) playback.Sink { return nil } // heard by whoever plays the recording
	if err := c.connect(ctx); err != nil {
		return err
	}
	cause := c.endsWithin(ctx, f.length, r.Failed())
	c.close()
	if err := r.finish(a); err != nil {
		return err
	}
	if errors.Is(cause, spice.ErrServerClosed) {
		a.log.Info("the server closed the connection")
		return nil
	}
	return cause
}

// endsWithin returns why the session ended, or nil when the time is up, ctx
// ends or stop is closed before. No time is all the time.
func (c *console) endsWithin(ctx context.Context, length time.Duration, stop <-chan struct{}) error {
	var up <-chan time.Time
	if length > 0 {
		up = time.After(length)
	}
	select {
	case <-up:
	case <-ctx.Done():
	case <-stop:
	case <-c.current().Done():
		return c.wait()
	}
	return nil
}

// A recording is a capture that is being made. Its file is opened, or replaced,
// when there is something to write: not before the server has let us in.
type recording struct {
	*capture.Recorder
	path  string
	force bool
	begun time.Time
	file  *os.File // written by the Recorder alone until finish
}

// newRecording fails if there is a file already.
func newRecording(path string, force bool, o capture.Options) (*recording, error) {
	r := &recording{path: path, force: force, begun: time.Now()}
	if _, err := os.Stat(path); err == nil && !force {
		return nil, r.exists()
	}
	r.Recorder = capture.NewRecorder(r, o)
	return r, nil
}

func (r *recording) exists() error {
	return &failure{exitOther, fmt.Errorf("%s exists already", r.path), "Choose another name, or replace it with saffron record --force."}
}

// Write takes what the Recorder writes.
func (r *recording) Write(p []byte) (int, error) {
	if r.file == nil {
		flag := os.O_WRONLY | os.O_CREATE | os.O_EXCL
		if r.force {
			flag = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		}
		file, err := os.OpenFile(r.path, flag, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return 0, r.exists()
		}
		if err != nil {
			return 0, err
		}
		r.file = file
	}
	return r.file.Write(p)
}

// finish completes the file and says what is in it. It is called when nothing
// is received any more.
func (r *recording) finish(a *app) error {
	err := r.Close()
	if r.file != nil {
		err = errors.Join(err, r.file.Close())
	}
	if err != nil {
		return err
	}
	t := r.Totals()
	fmt.Fprintf(a.out, "%s: %d messages, %.1f MB, %.1f s\n", r.path, t.Messages, float64(t.Bytes)/1e6, time.Since(r.begun).Seconds())
	return nil
}
