package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/spf13/cobra"
)

// An app is what all commands share: the streams and the log. Its fields are
// set before a command runs, or as its first act, and not changed after.
type app struct {
	in       *os.File
	out      io.Writer
	errs     io.Writer
	log      *slog.Logger
	verbose  bool
	debug    bool
	password prompter
	like     string // the viewer that this program stands in for, or ""

	unattended bool // there is nobody at the terminal, even if there is one
}

// run runs a command line and returns the exit code. It is called on the main
// goroutine, which the window needs.
func run(args []string) int {
	a := &app{in: os.Stdin, out: os.Stdout, errs: os.Stderr}
	a.password = terminal{in: a.in, out: a.errs}
	if len(args) > 0 && slices.Contains(otherNames, args[0]) {
		a.like = args[0]
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, func() { time.AfterFunc(secondSignal, stop) })
	root := newRoot(a)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	return a.exitAs(a.report(err))
}

// secondSignal is after how long a second signal ends the program at once. Until
// then it is taken for the first again: timeout(1), service managers and others
// send one to the program and to its group, and a recording is to be whole.
const secondSignal = time.Second

// report tells the user about an error and returns the exit code.
func (a *app) report(err error) int {
	code, message, hint := explain(err)
	fmt.Fprintf(a.errs, "saffron: %s\n", message)
	if hint != "" {
		fmt.Fprintln(a.errs, hint)
	}
	return code
}

// warn tells the user about something that is not worth failing for.
func (a *app) warn(format string, args ...any) {
	fmt.Fprintf(a.errs, "saffron: warning: %s\n", oneLine(fmt.Sprintf(format, args...)))
}

const rootHelp = `Saffron shows the screen of a virtual machine over SPICE, and works with it from
the command line.

TARGET says where the machine's server is:
  host:5900                               a plain TCP port
  spice://host:5900                       the same
  spice://host?port=5900&tls-port=5901    a plain and a TLS port
  spice+tls://host:5901                   a TLS port
  spice+unix:///run/vm.sock               a unix socket
  console.vv                              a connection file
  -                                       a connection file on standard input
  work                                    a domain of libvirt, by name, UUID or id

With -c URI, TARGET is always a domain, of that libvirt host. Without it TARGET is
a domain, of the usual libvirt host, if it has no colon and is no file. Without
TARGET saffron shows the domains to choose from.

The password comes from --password-file, else from the connection file or the
address, else from SAFFRON_PASSWORD. If the server wants one and there is none,
it is asked for on the terminal, or else in the window. The command line wins over
a connection file.

` + exitHelp

const rootExample = `  saffron spice://host:5900
  saffron --full-screen console.vv
  saffron -c qemu+ssh://host/system work
  saffron screenshot host:5900 -o screen.png
  saffron type host:5900 'root' && saffron key host:5900 enter
  saffron info host:5900 --json
  saffron record host:5900 -o session.capture && saffron replay session.capture`

func newRoot(a *app) *cobra.Command {
	root := newOpen(a)
	root.Use = "saffron [flags] [TARGET]"
	root.Short = "Show the screen of a virtual machine over SPICE"
	root.Long, root.Example = rootHelp, rootExample
	root.Version = builtFrom()
	root.SetVersionTemplate("saffron {{.Version}}\n")
	root.SilenceErrors, root.SilenceUsage = true, true
	root.SetOut(a.out)
	root.SetErr(a.errs)
	root.Flags().BoolP("version", "V", false, "print the version")
	root.Flags().SortFlags = false
	shared := root.PersistentFlags()
	shared.BoolVarP(&a.verbose, "verbose", "v", false, "log milestones on standard error")
	shared.BoolVar(&a.debug, "debug", false, "log everything on standard error")
	root.PersistentPreRun = func(*cobra.Command, []string) { a.startLog() }
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return &failure{exitUsage, err, "See " + c.CommandPath() + " --help."}
	})
	root.AddCommand(newOpen(a), newScreenshot(a), newType(a), newKey(a), newClick(a), newClipboard(a), newSendFile(a), newInfo(a), newPort(a), newRecord(a), newReplay(a), newDemo(a))
	root.AddCommand(newRecordAudio(a))
	root.AddCommand(newPower(a)...)
	root.AddCommand(newDefine(a), newUndefine(a), newAutostart(a), newSetVCPUs(a), newSetMemory(a), newSetMaxMemory(a))
	root.AddCommand(newDominfo(a), newDevice(a), newMedia(a), newBlockjob(a))
	root.AddCommand(newSnapshot(a))
	root.AddCommand(newDoctor(a))
	for _, name := range otherNames {
		root.AddCommand(newCompat(a, name))
	}
	root.AddCommand(newPaneWindow(a), newList(a), newEvents(a), newRecent(a), newUSBList(a))
	return root
}

func (a *app) startLog() {
	level := slog.LevelWarn
	switch {
	case a.debug:
		level = slog.LevelDebug
	case a.verbose:
		level = slog.LevelInfo
	}
	a.log = slog.New(slog.NewTextHandler(a.errs, &slog.HandlerOptions{Level: level}))
}

// exactly is cobra.ExactArgs with a message that names what is wanted.
func exactly(n int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) == n {
			return nil
		}
		err := fmt.Errorf("%s wants %s", c.CommandPath(), what)
		if len(args) > n {
			err = fmt.Errorf("too many arguments: %w", err)
		}
		return &failure{exitUsage, err, "See " + c.CommandPath() + " --help."}
	}
}

// version is what the program was built from, by -ldflags -X; make says it so.
var version string

// builtFrom returns the version that the program was built from.
func builtFrom() string {
	if version != "" {
		return version
	}
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown version)"
	}
	return info.Main.Version
}

var errNoTerminal = errors.New("there is no terminal to ask on")
