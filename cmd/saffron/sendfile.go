package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels"
	"saffron/spice"
)

// agentTime is how long commands wait for the guest's agent, unless told
// otherwise.
const agentTime = 10 * time.Second

func newSendFile(a *app) *cobra.Command {
	f := new(connectFlags)
	var wait time.Duration
	c := &cobra.Command{
		Use:   "send-file TARGET FILE...",
		Short: "Send files to the guest",
		Long: `Send-file gives files to the agent in the guest, which puts them where its user
keeps such files: the desktop, or the folder for downloads. Of a folder all files
are sent, each for itself: guests take no folders. Nothing in the guest is replaced;
the guest finds another name.

The guest needs an agent (spice-vdagent) and somebody who is logged in. Ctrl-C
cancels; the guest then forgets what is not whole.`,
		Example: `  saffron send-file host:5900 report.pdf
  saffron send-file console.vv photos/ notes.txt`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return exactly(2, "a target and at least one file")(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			return a.sendFiles(c.Context(), args[0], args[1:], wait, f)
		},
	}
	c.Flags().DurationVar(&wait, "wait-agent", agentTime, "how long to wait for the guest's agent")
	f.add(c)
	return c
}

func (a *app) sendFiles(ctx context.Context, target string, paths []string, wait time.Duration, f *connectFlags) error {
	files, left, err := listFiles(paths)
	switch {
	case err != nil:
		return err
	case len(left) > 0:
		return left[0]
	case len(files) == 0:
		return usageError("there are no files in what is to be sent")
	}
	s, err := a.settings(ctx, target, f)
	if err != nil {
		return err
	}
	defer s.close()
	c := a.newConsole(s, nil)
	c.without(spice.ChannelDisplay, spice.ChannelCursor, spice.ChannelInputs)
	if err := c.connect(ctx); err != nil {
		return err
	}
	defer c.close()
	if err := c.awaitAgent(ctx, wait); err != nil {
		return err
	}
	line := a.progress("sending")
	sends := newSending(c.current().Agent(), files, nil)
	sends.changed = func() {
		done, total := sends.progress()
		line.set(uint64(done), uint64(total))
	}
	err = sends.run(ctx)
	line.end()
	return a.reportSending(ctx, c, sends, err)
}

// reportSending says how it went.
func (a *app) reportSending(ctx context.Context, c *console, s *sending, over error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.failed) == 0 {
		fmt.Fprintf(a.out, "%s sent, %s\n", s.what(), size(uint64(s.total)))
		return nil
	}
	if over != nil && c.hasEnded() {
		return c.wait()
	}
	if len(s.files) == 1 {
		return &failure{exitOther, errors.New(s.failed[0].String()), ""}
	}
	for _, f := range s.failed {
		a.warn("%s", f)
	}
	return &failure{exitOther, fmt.Errorf("not sent: %d of %d files", len(s.files)-s.sent, len(s.files)), ""}
}

// awaitAgent waits for the guest's agent.
func (c *console) awaitAgent(ctx context.Context, patience time.Duration) error {
	waited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := c.current().Agent().Await(waited)
	switch {
	case err == nil || ctx.Err() != nil:
		return ctx.Err()
	case c.hasEnded():
		return c.wait()
	}
	return &failure{exitPending, errNoAgent(c.current()), "It needs the package spice-vdagent, and its service has to run; see docs/agent.md."}
}

// errNoAgent says what is missing of the guest's agent.
func errNoAgent(s *channels.Session) error {
	if s.Agent().Connected() {
		return errors.New("the guest's agent does not say what it can do")
	}
	return errors.New("the guest has no agent running")
}

// hasEnded reports whether the session has ended, or is just about to.
func (c *console) hasEnded() bool {
	select {
	case <-c.current().Done():
		return true
	case <-time.After(endGrace):
		return false
	}
}
