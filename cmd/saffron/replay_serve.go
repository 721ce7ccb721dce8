package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"saffron/cmd/saffron/replayserver"
)

// portMark stands for the server's port in a command's arguments.
const portMark = "{PORT}"

// A served recording and what happened to it.
type served struct {
	app    *app
	flags  *replayFlags
	server *replayserver.Server
	port   int

	mu    sync.Mutex
	first [replayserver.Left + 1]time.Time // guarded by mu; when each event came first
	come  map[replayserver.Event]chan struct{}
}

// replayServe plays a recording to clients: those that come, or a command.
func (a *app) replayServe(ctx context.Context, path string, f *replayFlags, command []string) error {
	data, err := os.ReadFile(path) // once: clients shall wait for nothing
	if err != nil {
		return err
	}
	password := ""
	if f.passwordFile != "" {
		if password, err = readPasswordFile(f.passwordFile); err != nil {
			return usageError("--password-file: %w", err)
		}
	}
	s := &served{app: a, flags: f, come: map[replayserver.Event]chan struct{}{}}
	for e := range replayserver.Left + 1 {
		s.come[e] = make(chan struct{})
	}
	s.server, err = replayserver.New(data, replayserver.Options{
		Password: password, RecordedSpeed: f.recordedSpeed, Event: s.event, Log: a.log,
	})
	if err != nil {
		return captureFailure(err)
	}
	if s.server.Broken() != nil {
		a.warn("the recording was cut off")
	}
	l, err := net.Listen("tcp", f.serve)
	if err != nil {
		return err
	}
	s.port = l.Addr().(*net.TCPAddr).Port
	accepting := make(chan error, 1)
	go func() { accepting <- s.server.Serve(l) }()
	if len(command) > 0 {
		err = s.runCommand(ctx, path, command)
	} else {
		fmt.Fprintf(a.out, "The recording is served. Connect with: saffron %s\n", l.Addr())
		err = s.runOpen(ctx)
	}
	s.server.Close()
	return errors.Join(err, <-accepting)
}

// event takes the time of what happens for the first time.
func (s *served) event(e replayserver.Event, at time.Time) {
	s.app.log.Info("client", "event", e.String())
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.first[e].IsZero() {
		s.first[e] = at
		close(s.come[e])
	}
}

// runOpen serves until the program is interrupted, or with --once until the
// first client has left or was sent away.
func (s *served) runOpen(ctx context.Context) error {
	var left, consumed <-chan struct{}
	if s.flags.once {
		left = s.come[replayserver.Left]
		if s.flags.linger > 0 {
			consumed = s.come[replayserver.Consumed]
		}
	}
	select {
	case <-ctx.Done():
		return nil
	case <-left:
	case <-consumed:
		rest(ctx, s.flags.linger)
	}
	s.mu.Lock()
	ready, done := s.first[replayserver.Ready], s.first[replayserver.Consumed]
	s.mu.Unlock()
	if done.IsZero() {
		return errors.New("the client left before it had taken in the recording")
	}
	fmt.Fprintf(s.app.out, "The client took in the recording in %.3f s.\n", done.Sub(ready).Seconds())
	return nil
}

// rest waits.
func rest(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// A serveReport is what replay --serve prints of a command. Its JSON form is
// part of the interface: fields may be added. Times are in seconds from the
// start of the command, null for what did not happen.
type serveReport struct {
	File      string   `json:"file"`
	Command   []string `json:"command"`
	Messages  uint64   `json:"messages"`
	Bytes     uint64   `json:"bytes"`     // of messages
	Connected *float64 `json:"connected"` // to the port
	Ready     *float64 `json:"ready"`     // the first display began
	Consumed  *float64 `json:"consumed"`  // all was taken in
	Wall      float64  `json:"wall"`      // until the end of the command
	User      float64  `json:"user"`      // of the command's processor time
	System    float64  `json:"system"`
	Memory    uint64   `json:"peak_memory"` // bytes; 0 if not known
	Exit      string   `json:"exit"`        // how the command ended, as the system says
	ServerCPU float64  `json:"server_cpu"`  // what this server cost; 0 if not known
}

// endGrace and killGrace are how long a command may take to end when its server
// is gone, and when it was told to.
const (
	quitGrace = 500 * time.Millisecond
	killGrace = 3 * time.Second
)

// runCommand runs a client until it has taken in everything.
func (s *served) runCommand(ctx context.Context, path string, command []string) error {
	for i := range command {
		command[i] = strings.ReplaceAll(command[i], portMark, strconv.Itoa(s.port))
	}
	r := serveReport{File: path, Command: command}
	r.Messages, r.Bytes = s.server.Totals()
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Stdout, cmd.Stderr = s.app.errs, s.app.errs
	cpu, begin := cpuTime(), time.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	c := &child{cmd: cmd, ended: make(chan struct{})}
	go c.wait()
	go c.watch()
	failed := s.untilConsumed(ctx, c)
	c.end(s.server.Close)
	r.Wall, r.ServerCPU = time.Since(begin).Seconds(), (cpuTime() - cpu).Seconds()
	r.User, r.System = cmd.ProcessState.UserTime().Seconds(), cmd.ProcessState.SystemTime().Seconds()
	r.Memory, r.Exit = c.peak(), cmd.ProcessState.String()
	s.mu.Lock()
	for e, to := range map[replayserver.Event]**float64{
		replayserver.Connected: &r.Connected, replayserver.Ready: &r.Ready, replayserver.Consumed: &r.Consumed,
	} {
		if at := s.first[e]; !at.IsZero() {
			seconds := at.Sub(begin).Seconds()
			*to = &seconds
		}
	}
	s.mu.Unlock()
	if s.flags.json {
		e := json.NewEncoder(s.app.out)
		e.SetIndent("", "  ")
		return errors.Join(failed, e.Encode(&r))
	}
	r.print(s.app)
	return failed
}

// untilConsumed waits until the command has taken in everything, and lingers.
func (s *served) untilConsumed(ctx context.Context, c *child) error {
	late := time.NewTimer(s.flags.timeout)
	defer late.Stop()
	select {
	case <-s.come[replayserver.Consumed]:
	case <-c.ended:
		return fmt.Errorf("the command ended before it had taken in the recording: %s", c.cmd.ProcessState)
	case <-late.C:
		return fmt.Errorf("the command has not taken in the recording within %s", s.flags.timeout)
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-time.After(s.flags.linger):
	case <-c.ended:
	case <-ctx.Done():
	}
	return nil
}

func (r *serveReport) print(a *app) {
	after := func(at *float64) string {
		if at == nil {
			return "never"
		}
		return fmt.Sprintf("%.3f s", *at)
	}
	fmt.Fprintf(a.out, "%s: %d messages, %.1f MB\n", strings.Join(r.Command, " "), r.Messages, float64(r.Bytes)/1e6)
	fmt.Fprintf(a.out, "  connected  %s\n  ready      %s\n  consumed   %s", after(r.Connected), after(r.Ready), after(r.Consumed))
	if r.Ready != nil && r.Consumed != nil {
		fmt.Fprintf(a.out, ", in %.3f s", *r.Consumed-*r.Ready)
	}
	fmt.Fprintf(a.out, "\n  processor  %.3f s (user %.3f s, system %.3f s)\n  memory     %.0f MB at most\n  server     %.3f s of processor time\n",
		r.User+r.System, r.User, r.System, float64(r.Memory)/1e6, r.ServerCPU)
}
