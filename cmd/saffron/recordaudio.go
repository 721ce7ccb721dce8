package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"saffron/channels/record"
	"saffron/spice"
)

type recordAudioFlags struct {
	connectFlags
	output  string
	force   bool
	length  time.Duration
	micFile string
}

func newRecordAudio(a *app) *cobra.Command {
	f := new(recordAudioFlags)
	c := &cobra.Command{
		Use:   "record-audio TARGET -o FILE",
		Short: "Record what the machine plays as a WAV file",
		Long: `Record-audio connects and writes what the guest plays to a WAV file of 16-bit
samples, until the time is up, the server ends, or Ctrl-C. While the guest plays
nothing, silence is written: the file is as long as the time. Its rate and
channels are those of the first sound. What is louder or muted in the guest is so
in FILE.

With --mic-file the guest hears a WAV file as its microphone, from its beginning
each time that it begins to record.`,
		Example: `  saffron record-audio host:5900 -o sound.wav --for 5s
  saffron record-audio host:5900 -o - | aplay
  saffron record-audio host:5900 -o answer.wav --for 10s --mic-file question.wav`,
		Args: exactly(1, "one target"),
		RunE: func(c *cobra.Command, args []string) error { return a.recordAudio(c.Context(), args[0], f) },
	}
	s := c.Flags()
	s.StringVarP(&f.output, "output", "o", "", "`FILE` to write, - for standard output (required)")
	s.BoolVar(&f.force, "force", false, "replace FILE if it exists")
	s.DurationVar(&f.length, "for", 0, "how long to record (default until Ctrl-C)")
	s.StringVar(&f.micFile, "mic-file", "", "let the guest hear the WAV `FILE` as its microphone")
	f.add(c)
	return c
}

// playback0 is the channel that a machine with sound has.
var playback0 = spice.ChannelID{Type: spice.ChannelPlayback}

func (a *app) recordAudio(ctx context.Context, target string, f *recordAudioFlags) error {
	switch {
	case f.output == "":
		return &failure{exitUsage, errors.New("where to? Give a file with -o"), "See saffron record-audio --help."}
	case f.length < 0:
		return usageError("--for must not be negative")
	}
	if file, _ := a.out.(*os.File); f.output == "-" && file != nil && term.IsTerminal(int(file.Fd())) {
		return usageError("sound does not go to a terminal; give a file with -o, or a pipe")
	}
	if _, err := os.Stat(f.output); err == nil && !f.force && f.output != "-" {
		return soundFileExists(f.output)
	}
	s, err := a.settings(ctx, target, &f.connectFlags)
	if err != nil {
		return err
	}
	defer s.close()
	c := a.newConsole(s, nil)
	c.without(spice.ChannelInputs, spice.ChannelDisplay, spice.ChannelCursor)
	out := &lateFile{path: f.output, force: f.force, stdout: a.out}
	tape := newAudioTape(out.writer(), f.length)
	c.options.Sinks.Playback = tape.channel
	if f.micFile != "" {
		mic, err := openMicFile(f.micFile)
		if err != nil {
			return err
		}
		defer mic.close()
		c.options.Sinks.Record = func(uint8) record.Source { return mic }
	}
	if err := c.connect(ctx); err != nil {
		return err
	}
	cause := c.listen(ctx, tape)
	c.close()
	return errors.Join(cause, out.finish(a, tape))
}

// listen fills the tape until its time is up, ctx ends or the session does.
func (c *console) listen(ctx context.Context, tape *audioTape) error {
	if err := c.current().Await(ctx, playback0); err != nil {
		select {
		case <-c.current().Done():
			return c.wait()
		default:
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return &failure{exitOther, errors.New("the machine has no sound over SPICE"),
			"Give it a sound device whose backend is SPICE: <audio id='1' type='spice'/> in libvirt, -audiodev spice in QEMU."}
	}
	tape.rewind()
	stop := make(chan struct{})
	flushed := make(chan struct{})
	go func() {
		defer close(flushed)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				tape.flush()
			case <-stop:
				return
			}
		}
	}()
	cause := c.endsWithin(ctx, tape.length, tape.failed)
	close(stop)
	<-flushed
	if errors.Is(cause, spice.ErrServerClosed) {
		c.app.log.Info("the server closed the connection")
		return nil
	}
	return cause
}

func soundFileExists(path string) error {
	return &failure{exitOther, fmt.Errorf("%s exists already", path), "Choose another name, or replace it with --force."}
}

// A lateFile is a file that is made when there is something to write: not
// before the server has let us in.
type lateFile struct {
	path   string
	force  bool
	stdout io.Writer
	file   *os.File // nil before; of whoever writes
}

// writer returns what to write to; what it returns can be gone back in if it is
// a file.
func (l *lateFile) writer() io.Writer {
	if l.path == "-" {
		return struct{ io.Writer }{l.stdout} // that cannot be gone back in
	}
	return l
}

func (l *lateFile) Write(p []byte) (int, error) {
	if l.file == nil {
		flag := os.O_WRONLY | os.O_CREATE | os.O_EXCL
		if l.force {
			flag = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		}
		file, err := os.OpenFile(l.path, flag, 0o600)
		if errors.Is(err, fs.ErrExist) {
			return 0, soundFileExists(l.path)
		}
		if err != nil {
			return 0, err
		}
		l.file = file
	}
	return l.file.Write(p)
}

// WriteAt goes back in the file, unless that is a pipe.
func (l *lateFile) WriteAt(p []byte, off int64) (int, error) {
	if info, err := l.file.Stat(); err != nil || !info.Mode().IsRegular() {
		return len(p), err
	}
	return l.file.WriteAt(p, off)
}

// finish completes the tape and says what is on it.
func (l *lateFile) finish(a *app, tape *audioTape) error {
	if !tape.running() {
		return nil
	}
	f, length, loudest, err := tape.finish()
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	if err != nil || l.path == "-" {
		return err
	}
	sound := fmt.Sprintf("loudest %.1f dB", loudest)
	if math.IsInf(loudest, -1) {
		sound = "silence"
	}
	fmt.Fprintf(a.out, "%s: %.1f s, %d Hz, %s, %s\n", l.path, length.Seconds(), f.Rate, channelsText(f.Channels), sound)
	return nil
}

func channelsText(n int) string {
	if n == 1 {
		return "mono"
	}
	return "stereo"
}
