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
		text     string
		keep, ok bool
	}
	answers := make(chan answer, 1)
	v.say("")
	p := window.Prompt{Title: title, Says: says, Answer: func(text string, keep, ok bool) { answers <- answer{text, keep, ok} }}
	if keyringThere() && !v.console.safe.save && !v.console.settings.foreign {
		p.Keep = "Keep it in the keyring"
	}
	v.setMenu(window.NewPrompt(p))
	defer v.setMenu(nil)
	v.app.log.Info("the window asks for the password")
	select {
	case a := <-answers:
		if !a.ok {
			return "", &failure{code: exitAuth, err: errors.New("no password was given")}
		}
		v.console.safe.save = v.console.safe.save || a.keep
		v.say("Connecting …")
		return a.text, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}
