package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels/agent"
	"saffron/spice"
)

func newClipboard(a *app) *cobra.Command {
	c := &cobra.Command{
		Use:   "clipboard",
		Short: "Get and set the text in the guest's clipboard",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	c.AddCommand(newClipboardGet(a), newClipboardSet(a))
	return c
}

func newClipboardGet(a *app) *cobra.Command {
	f := new(connectFlags)
	var wait, copied time.Duration
	c := &cobra.Command{
		Use:   "get TARGET",
		Short: "Print the text that is copied in the guest",
		Long: `Get waits until a text is copied in the guest, and prints it as it is. What was
copied before it connected cannot be had: agents do not tell.

The guest needs an agent (spice-vdagent) and somebody who is logged in.`,
		Example: `  saffron clipboard get host:5900
  saffron clipboard get --timeout 1h console.vv >copied.txt`,
		Args: exactly(1, "one target"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.clipboardGet(c.Context(), args[0], wait, copied, f)
		},
	}
	c.Flags().DurationVar(&wait, "wait-agent", agentTime, "how long to wait for the guest's agent")
	c.Flags().DurationVar(&copied, "timeout", time.Minute, "how long to wait for something to be copied")
	f.add(c)
	return c
}

func newClipboardSet(a *app) *cobra.Command {
	f := new(connectFlags)
	var wait time.Duration
	var once bool
	c := &cobra.Command{
		Use:   "set TARGET",
		Short: "Hold a text from standard input in the guest's clipboard",
		Long: `Set reads a text from standard input and holds it in the guest's clipboard until
something else is copied there, or Ctrl-C. Programs of the guest get it when they
paste. With --once it ends when one has.

The guest needs an agent (spice-vdagent) and somebody who is logged in.`,
		Example: `  saffron clipboard set host:5900 <notes.txt
  pass show work | saffron clipboard set --once console.vv`,
		Args: exactly(1, "one target"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.clipboardSet(c.Context(), args[0], wait, once, f)
		},
	}
	c.Flags().DurationVar(&wait, "wait-agent", agentTime, "how long to wait for the guest's agent")
	c.Flags().BoolVar(&once, "once", false, "end when it has been pasted")
	f.add(c)
	return c
}

// A headlessClipboard is the clipboard of a command, which has no desktop.
type headlessClipboard struct {
	text    []byte        // that it holds
	offered chan struct{} // the guest holds a text
	lost    chan struct{} // the guest holds anything
	given   chan struct{} // text was asked for
}

func newHeadlessClipboard(text []byte) *headlessClipboard {
	h := &headlessClipboard{text: text}
	for _, c := range []*chan struct{}{&h.offered, &h.lost, &h.given} {
		*c = make(chan struct{}, 1)
	}
	return h
}

// Offered implements agent.Local.
func (h *headlessClipboard) Offered(sel agent.Selection, formats []agent.Format) {
	if sel != agent.Clipboard {
		return
	}
	note := func(c chan struct{}) {
		select {
		case c <- struct{}{}:
		default:
		}
	}
	note(h.lost)
	if slices.Contains(formats, agent.Text) {
		note(h.offered)
	}
}

// Withdrawn implements agent.Local.
func (h *headlessClipboard) Withdrawn(agent.Selection) {}

// Wanted implements agent.Local.
func (h *headlessClipboard) Wanted(_ agent.Selection, _ agent.Format, answer func([]byte, error)) {
	answer(h.text, nil)
	select {
	case h.given <- struct{}{}:
	default:
	}
}

// withClipboard connects, waits for the agent and does work.
func (a *app) withClipboard(ctx context.Context, target string, h *headlessClipboard, wait time.Duration, f *connectFlags,
	work func(context.Context, *console, *agent.Agent) error) error {
	s, err := a.settings(ctx, target, f)
	if err != nil {
		return err
	}
	defer s.close()
	c := a.newConsole(s, nil)
	c.without(spice.ChannelDisplay, spice.ChannelCursor, spice.ChannelInputs)
	c.options.Sinks.Clipboard = h
	if err := c.connect(ctx); err != nil {
		return err
	}
	defer c.close()
	if err := c.awaitAgent(ctx, wait); err != nil {
		return err
	}
	return work(ctx, c, c.current().Agent())
}

func (a *app) clipboardGet(ctx context.Context, target string, waitAgent, wait time.Duration, f *connectFlags) error {
	h := newHeadlessClipboard(nil)
	return a.withClipboard(ctx, target, h, waitAgent, f, func(ctx context.Context, c *console, g *agent.Agent) error {
		late := time.After(wait)
		for {
			select {
			case <-h.offered:
			case <-late:
				return &failure{code: exitPending, err: errors.New("no text was copied in the guest")}
			case <-c.current().Done():
				return c.wait()
			case <-ctx.Done():
				return ctx.Err()
			}
			text, err := g.Request(ctx, agent.Clipboard, agent.Text)
			if errors.Is(err, agent.ErrNotHeld) { // it was copied anew meanwhile
				continue
			}
			if err != nil {
				return fmt.Errorf("the guest's clipboard: %w", err)
			}
			_, err = a.out.Write(text)
			return err
		}
	})
}

func (a *app) clipboardSet(ctx context.Context, target string, wait time.Duration, once bool, f *connectFlags) error {
	if target == "-" {
		return usageError("target and text cannot both come from standard input")
	}
	text, err := io.ReadAll(io.LimitReader(a.in, agent.DefaultMaxClipboard+1))
	switch {
	case err != nil:
		return fmt.Errorf("standard input: %w", err)
	case len(text) == 0:
		return usageError("there is no text on standard input")
	case len(text) > agent.DefaultMaxClipboard:
		return usageError("the text is larger than %s", size(agent.DefaultMaxClipboard))
	}
	h := newHeadlessClipboard(text)
	return a.withClipboard(ctx, target, h, wait, f, func(ctx context.Context, c *console, g *agent.Agent) error {
		if err := g.Grab(agent.Clipboard, []agent.Format{agent.Text}); err != nil {
			return fmt.Errorf("the guest's clipboard: %w", err)
		}
		for {
			select {
			case <-h.given:
				if once {
					return sentAll(ctx, g)
				}
			case <-h.lost:
				return nil
			case <-c.current().Done():
				return c.wait()
			case <-ctx.Done():
				return nil
			}
		}
	})
}

// lingering is how long a connection stays open after the last message: what is
// on its way when it is closed may be lost.
const lingering = 300 * time.Millisecond

// sentAll returns when the agent's queue is empty and has arrived.
func sentAll(ctx context.Context, g *agent.Agent) error {
	for idle := false; ; {
		pause := 20 * time.Millisecond
		if idle = g.Idle(); idle {
			pause = lingering
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		if idle && g.Idle() {
			return nil
		}
	}
}
