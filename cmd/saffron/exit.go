package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"saffron/channels"
	"saffron/libvirtctl"
	"saffron/render/window"
	"saffron/spice"
)

// Exit codes. They are part of the interface and do not change.
const (
	exitOK       = 0
	exitOther    = 1 // anything else: a file, no display, an interrupt
	exitUsage    = 2 // the command line
	exitConnect  = 3 // the server cannot be reached: name, connection, TLS, link
	exitAuth     = 4 // the server does not accept the password
	exitProtocol = 5 // the server sent something that cannot be right
	exitLost     = 6 // the connection ended after it was established
	exitPending  = 7 // what was asked of a guest has not happened in time
)

// exitHelp documents them.
const exitHelp = `Exit codes:
  0  success
  1  any other failure
  2  wrong usage
  3  cannot connect: name, connection, TLS or SPICE link
  4  authentication failed
  5  the server sent broken data
  6  the connection was lost after it was established
  7  what was asked of the guest has not happened in time`

// A failure is an error with all that the user is told about it.
type failure struct {
	code int
	err  error
	hint string // what to do about it, or ""
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError returns a failure of the command line.
func usageError(format string, args ...any) error {
	return &failure{code: exitUsage, err: fmt.Errorf(format, args...)}
}

// An endedError is the end of a session that was established.
type endedError struct{ err error }

func (e *endedError) Error() string { return e.err.Error() }
func (e *endedError) Unwrap() error { return e.err }

// explain says in one line what went wrong, what to do about it, if anything,
// and with which code the program ends.
func explain(err error) (code int, message, hint string) {
	code, message, hint = judge(err)
	return code, oneLine(message), oneLine(hint)
}

func judge(err error) (code int, message, hint string) {
	var (
		failed    *failure
		link      *spice.LinkError
		protocol  *spice.ProtocolError
		moved     *channels.MovedError
		ended     *endedError
		noDisplay *window.NoDisplayError
		refusal   *libvirtctl.Refusal
		host      *libvirtctl.ConnectError
		refused   *libvirtctl.Error
	)
	switch {
	case errors.As(err, &failed):
		return failed.code, failed.Error(), failed.hint
	case errors.Is(err, context.Canceled):
		return exitOther, "interrupted", ""
	case errors.As(err, &noDisplay):
		return exitOther, "there is no display to open a window on: " + noDisplay.Err.Error(),
			"Run it in a desktop session, or use saffron screenshot, type and click, which need none."
	case errors.As(err, &refusal):
		return exitOther, strings.TrimPrefix(refusal.Error(), "libvirtctl: "), refusal.Instead
	case errors.As(err, &host):
		return hostExit(host), plainWords(host.Error()), host.Hint
	case errors.Is(err, libvirtctl.ErrLost):
		return exitLost, strings.TrimPrefix(err.Error(), "libvirtctl: "), ""
	case errors.As(err, &refused):
		return exitOther, "libvirt: " + strings.TrimPrefix(err.Error(), "libvirtctl: "), refusedHint(refused)
	case errors.As(err, &protocol):
		return exitProtocol, protocolMessage(protocol), ""
	case errors.As(err, &moved):
		return exitLost, "the machine has moved to " + moved.Host, "Connect there."
	case errors.As(err, &link):
		return linkExit(link), linkMessage(link), link.Hint
	case errors.Is(err, spice.ErrServerClosed):
		return exitLost, "the server closed the connection", ""
	case errors.Is(err, spice.ErrLost):
		return exitLost, strings.TrimPrefix(err.Error(), "spice: "), ""
	case errors.As(err, &ended): // a channel's handler refused what it was fed
		return exitProtocol, "the server sent broken data: " + ended.Error(), ""
	}
	return exitOther, strings.TrimPrefix(strings.TrimPrefix(err.Error(), "libvirtctl: "), "spice: "), ""
}

// packages are those whose names begin parts of a host's errors.
var packages = strings.NewReplacer("libvirtctl: ", "", "tunnel: ", "", "uri: ", "", "rpc: ", "", "auth: ", "")

// plainWords leaves the names of packages out of an error.
func plainWords(s string) string { return packages.Replace(s) }

// hostExit is the code of a libvirt host that cannot be used.
func hostExit(e *libvirtctl.ConnectError) int {
	switch e.Stage {
	case libvirtctl.StageResolve: // the name is wrong, or a file about names
		return exitUsage
	case libvirtctl.StageAuth:
		return exitAuth
	}
	return exitConnect
}

func refusedHint(e *libvirtctl.Error) string {
	if e.Code == libvirtctl.CodeOperationDenied {
		return "The connection is read-only: leave out --readonly."
	}
	return ""
}

func linkExit(e *spice.LinkError) int {
	if e.Stage == spice.StageAuthenticate || e.Code == spice.LinkPermissionDenied {
		return exitAuth
	}
	return exitConnect
}

func linkMessage(e *spice.LinkError) string {
	what := "connect to"
	switch e.Stage {
	case spice.StageResolve:
		what = "find"
	case spice.StageAuthenticate:
		what = "log in to"
	}
	channel := ""
	if t := e.Channel.Type; t != 0 && t != spice.ChannelMain {
		channel = fmt.Sprintf(" (%s channel)", e.Channel)
	}
	if e.Stage == spice.StageTLS {
		channel += ": TLS"
	}
	cause := strings.TrimPrefix(e.Err.Error(), "spice: ")
	if errors.Is(e.Err, spice.ErrServerClosed) {
		cause += " before the session began"
	}
	return fmt.Sprintf("cannot %s %s%s: %s", what, e.Value, channel, cause)
}

func protocolMessage(e *spice.ProtocolError) string {
	if e.Type == 0 {
		return fmt.Sprintf("the server sent broken data on the %s channel: %v", e.Channel, e.Err)
	}
	return fmt.Sprintf("the server sent broken data on the %s channel: message %d: %v", e.Channel, e.Type, e.Err)
}

// oneLine makes a text that may come from a server fit for a terminal.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsPrint(r):
			return r
		}
		return '\uFFFD'
	}, s)
	const most = 600
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + " …"
	}
	return s
}
