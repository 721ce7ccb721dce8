package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels/inputs"
	"saffron/spice"
)

const takenHelp = `It returns when the server has said that it took the input; what the guest makes
of it is another matter.`

// maxText bounds the text that is typed, in bytes.
const maxText = 1 << 20

func newType(a *app) *cobra.Command {
	f := new(connectFlags)
	var delay time.Duration
	var layout layoutFlag
	c := &cobra.Command{
		Use:   "type TARGET TEXT",
		Short: "Type a text on the machine's keyboard",
		Long: `Type presses the keys that type TEXT on a keyboard of the layout that the guest
has, with Caps Lock off. A line break is Enter. With - the text is read from
standard input, as it is.

` + takenHelp,
		Example: `  saffron type host:5900 'root'
  printf 'echo hello\n' | saffron type host:5900 -`,
		Args: exactly(2, "a target and a text"),
		RunE: func(c *cobra.Command, args []string) error {
			return a.typeText(c.Context(), args[0], args[1], layout, delay, f)
		},
	}
	layout.add(c)
	c.Flags().DurationVar(&delay, "delay", 10*time.Millisecond, "pause after each key: guests are slow to take them")
	f.add(c)
	return c
}

func (a *app) typeText(ctx context.Context, target, text string, layout layoutFlag, delay time.Duration, f *connectFlags) error {
	if text == "-" {
		if target == "-" {
			return usageError("target and text cannot both come from standard input")
		}
		all, err := io.ReadAll(io.LimitReader(a.in, maxText+1))
		if err != nil {
			return fmt.Errorf("standard input: %w", err)
		}
		text = string(all)
	}
	if len(text) > maxText {
		return usageError("the text is longer than %d bytes", maxText)
	}
	l, err := layout.find()
	if err != nil {
		return err
	}
	strokes, err := l.Text(text)
	if err != nil {
		return inputsUsage(err)
	}
	keys := make([][]inputs.Scancode, len(strokes))
	for i, s := range strokes {
		keys[i] = s.Codes()
	}
	return a.press(ctx, target, keys, delay, f)
}

func newKey(a *app) *cobra.Command {
	f := new(connectFlags)
	var delay time.Duration
	c := &cobra.Command{
		Use:   "key TARGET KEYS...",
		Short: "Press keys and combinations of keys",
		Long: `Key presses each of KEYS, one after the other. One is a key, such as enter, f2,
esc or a, or a combination such as ctrl+alt+del, by the places of a US keyboard.

` + takenHelp,
		Example: `  saffron key host:5900 ctrl+alt+f2
  saffron key host:5900 down down enter`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 2 {
				return exactly(2, "a target and at least one key")(c, args)
			}
			return nil
		},
		RunE: func(c *cobra.Command, args []string) error {
			keys := make([][]inputs.Scancode, len(args)-1)
			for i, name := range args[1:] {
				var err error
				if keys[i], err = inputs.ParseKey(name); err != nil {
					return inputsUsage(err)
				}
			}
			return a.press(c.Context(), args[0], keys, delay, f)
		},
	}
	c.Flags().DurationVar(&delay, "delay", 50*time.Millisecond, "pause after each of them")
	f.add(c)
	return c
}

func inputsUsage(err error) error {
	return &failure{code: exitUsage, err: errors.New(strings.TrimPrefix(err.Error(), "inputs: "))}
}

// press presses combinations of keys.
func (a *app) press(ctx context.Context, target string, keys [][]inputs.Scancode, delay time.Duration, f *connectFlags) error {
	if delay < 0 {
		return usageError("--delay is negative")
	}
	s, err := a.settings(ctx, target, f)
	if err != nil {
		return err
	}
	defer s.close()
	c := a.newConsole(s, nil)
	c.without(spice.ChannelDisplay, spice.ChannelCursor)
	return c.input(ctx, func(ctx context.Context, t *taking) error {
		for i, codes := range keys {
			if i > 0 && delay > 0 {
				if err := t.pause(ctx, delay); err != nil {
					return err
				}
			}
			t.Combo(codes...)
		}
		return nil
	})
}
