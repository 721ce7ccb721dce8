package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"saffron/channels/inputs"
	"saffron/render/clipboard"
)

// A layoutFlag is the name of a layout of the guest's keyboard, "" for the
// first.
type layoutFlag string

func (f *layoutFlag) add(c *cobra.Command) {
	names := inputs.LayoutNames()
	c.Flags().StringVar((*string)(f), "guest-layout", names[0], "the `LAYOUT` that the guest's keyboard has:\n"+strings.Join(names, ", "))
	_ = c.RegisterFlagCompletionFunc("guest-layout", cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}

func (f layoutFlag) find() (*inputs.Layout, error) {
	names := inputs.LayoutNames()
	if f == "" {
		f = layoutFlag(names[0])
	}
	l, ok := inputs.FindLayout(string(f))
	if !ok {
		return nil, usageError("--guest-layout is one of %s, not %q", strings.Join(names, ", "), string(f))
	}
	return l, nil
}

const (
	// maxTyped bounds what is typed of a clipboard, in characters: a guest
	// takes some hundred a second.
	maxTyped = 10000
	// typingPause is between two keys. Guests lose those that come faster.
	typingPause = 10 * time.Millisecond
	// typingRead bounds how long the clipboard may take to be read.
	typingRead = 5 * time.Second
)

// typeClipboard types what the desktop's clipboard holds, for guests that share
// none. A key that is pressed meanwhile lies among them, so it can be ended, by
// asking for it again.
func (v *viewer) typeClipboard() {
	if stop := v.clip.typing.Swap(nil); stop != nil {
		(*stop)()
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	v.clip.typing.Store(&cancel)
	defer v.clip.typing.CompareAndSwap(&cancel, nil)
	if err := v.typeHeld(ctx); err != nil {
		v.toast(upperFirst(strings.TrimPrefix(plain(err), "inputs: ")))
	}
}

// typeHeld types it until ctx ends.
func (v *viewer) typeHeld(ctx context.Context) error {
	text, err := v.heldText(ctx)
	if err != nil {
		return err
	}
	layout, err := v.flags.layout.find()
	if err != nil {
		return err
	}
	strokes, err := layout.Text(text)
	if err != nil {
		return fmt.Errorf("the clipboard was not typed: %w", errors.New(strings.TrimPrefix(err.Error(), "inputs: ")))
	}
	if len(strokes) > 200 {
		v.toast("Typing the clipboard.\nThe menu ends it.")
	}
	if in := v.console.inputs(); in != nil {
		in.ReleaseAll() // what is held is the hotkey, not part of the text
	}
	for _, s := range strokes {
		in := v.console.inputs()
		if in == nil {
			return errors.New("the guest takes no keys now")
		}
		in.Combo(s.Codes()...)
		select {
		case <-time.After(typingPause):
		case <-ctx.Done():
			return errors.New("typing was ended")
		}
	}
	return nil
}

// heldText returns the text that the desktop's clipboard holds.
func (v *viewer) heldText(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, typingRead)
	defer cancel()
	data, err := v.clip.board.ReadSecret(ctx, clipboard.Clipboard, clipboard.Text)
	switch {
	case errors.Is(err, clipboard.ErrNothing):
		return "", errors.New("this computer's clipboard holds no text to type")
	case err != nil:
		return "", fmt.Errorf("the clipboard cannot be read: %w", err)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	if n := len([]rune(text)); n > maxTyped {
		return "", fmt.Errorf("the clipboard holds %d characters; no more than %d are typed", n, maxTyped)
	}
	return text, nil
}

// canType reports whether there is somebody to type for, and it is allowed.
func (v *viewer) canType() bool {
	p := v.console.settings.policy
	return !v.flags.viewOnly && v.hasInput() && p.clipboardDirection("to-guest") == "to-guest" && p.clipboardType("text")
}
