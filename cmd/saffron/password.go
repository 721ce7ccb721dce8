package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"saffron/spice"
)

// passwordVariable is the environment variable for the password.
const passwordVariable = "SAFFRON_PASSWORD"

// maxAsked is how often a password is asked for.
const maxAsked = 3

// A prompter asks a person for a password. It returns errNoTerminal if there
// is nobody to ask.
type prompter interface {
	ask(ctx context.Context, prompt string) (string, error)
}

// A terminal asks on a terminal, without echo.
type terminal struct {
	in  *os.File
	out io.Writer
}

func (t terminal) ask(ctx context.Context, prompt string) (string, error) {
	fd := int(t.in.Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return "", errNoTerminal
	}
	type answer struct {
		text []byte
		err  error
	}
	answers := make(chan answer, 1)
	fmt.Fprint(t.out, prompt)
	defer fmt.Fprintln(t.out)
	go func() { // it cannot be interrupted, but outlive us
		text, err := term.ReadPassword(fd)
		answers <- answer{text, err}
	}()
	select {
	case a := <-answers:
		return string(a.text), a.err
	case <-ctx.Done():
		_ = term.Restore(fd, before) // nothing could be done
		return "", ctx.Err()
	}
}

// wrongPassword begins a prompt for another one.
const wrongPassword = "Wrong password. "

// A passwords is the password of one program run: given, or asked for when the
// server refuses to do without.
type passwords struct {
	given  string
	asked  int
	target string // for the prompt
	ask    prompter
	saved  func(context.Context) string // returns a saved password, once; nil never
}

// again gets another password after the server refused the last one. It
// returns refused itself if that makes no sense.
func (p *passwords) again(ctx context.Context, refused error) (string, error) {
	if !isDenied(refused) ||
		p.given != "" && p.asked == 0 || p.asked == maxAsked {
		return "", refused
	}
	if p.saved != nil && p.asked == 0 {
		if text := p.saved(ctx); text != "" {
			return text, nil
		}
	}
	prompt := fmt.Sprintf("Password for %s: ", oneLine(p.target))
	if p.asked > 0 {
		prompt = wrongPassword + prompt
	}
	text, err := p.ask.ask(ctx, prompt)
	switch {
	case errors.Is(err, errNoTerminal) && p.given == "":
		return "", &failure{exitAuth, fmt.Errorf("%s wants a password", p.target),
			"Give it with --password-file or in " + passwordVariable + ", or run saffron on a terminal."}
	case err != nil:
		return "", err
	}
	p.asked++
	p.given = text
	return text, nil
}

// forget makes the next refusal ask anew if err says that the last password was
// refused: who wants to connect again does not want to be refused again.
func (p *passwords) forget(err error) {
	if isDenied(err) {
		p.given, p.asked = "", 0
	}
}

// isDenied reports whether a server refused a password.
func isDenied(err error) bool {
	var link *spice.LinkError
	return errors.As(err, &link) && link.Code == spice.LinkPermissionDenied
}

// maxPasswordFile bounds a password file in bytes.
const maxPasswordFile = 4096

// readPasswordFile returns the first line of a file.
func readPasswordFile(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxPasswordFile))
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSuffix(line, "\r"), nil
}
