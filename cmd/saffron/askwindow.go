package main

import (
	"context"
	"errors"
	"strings"

	"saffron/render/window"
)

// canAsk reports whether the window opens without knowing what the server has,
// so that it can ask for a password.
func (v *viewer) canAsk() bool { return v.flags.display == 0 && v.flags.zoom == 100 }

// askInWindow asks for a password in the window.
func (v *viewer) askInWindow(ctx context.Context, prompt string) (string, error) {
	title, says := strings.TrimSuffix(prompt, ": "), ""
	if rest, ok := strings.CutPrefix(title, wrongPassword); ok {
		title, says = rest, "The server did not accept that one."
	}
	type answer struct {
		text string
		ok   bool
	}
	answers := make(chan answer, 1)
	v.say("")
	v.setMenu(window.NewPrompt(title, says, func(text string, ok bool) { answers <- answer{text, ok} }))
	defer v.setMenu(nil)
	v.app.log.Info("the window asks for the password")
	select {
	case a := <-answers:
		if !a.ok {
			return "", &failure{code: exitAuth, err: errors.New("no password was given")}
		}
		v.say("Connecting …")
		return a.text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
