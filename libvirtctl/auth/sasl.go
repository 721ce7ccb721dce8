package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/xdg-go/scram"
)

// Credentials are a user's.
type Credentials struct{ User, Password string }

// Mechanisms are those known here, the best first.
var Mechanisms = []string{"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"}

// ErrNoMechanism is a daemon with which no login is possible.
var ErrNoMechanism = errors.New("no login is possible")

// Choose returns the name of the best mechanism offered. secret says whether
// the transport keeps what is sent from others; only then a password is sent
// as it is. only, if set, is the one mechanism wanted.
func Choose(offered []string, secret bool, only string) (string, error) {
	for _, name := range Mechanisms {
		switch {
		case !slices.Contains(offered, name) || only != "" && !strings.EqualFold(only, name):
		case name == "PLAIN" && !secret:
			return "", fmt.Errorf("%w: the daemon wants the password unprotected over an unprotected connection: use tls or ssh", ErrNoMechanism)
		default:
			return name, nil
		}
	}
	if only != "" {
		return "", fmt.Errorf("%w: the daemon offers %s, and not %s", ErrNoMechanism, strings.Join(offered, ", "), only)
	}
	hint := ""
	if !secret {
		hint = ": over tcp daemons offer only mechanisms that encrypt: use tls or ssh"
	}
	return "", fmt.Errorf("%w: the daemon offers %s, and known here are %s%s", ErrNoMechanism, strings.Join(offered, ", "), strings.Join(Mechanisms, ", "), hint)
}

// A Mechanism is one login.
type Mechanism struct {
	name     string
	step     func(challenge []byte) ([]byte, error)
	complete func() bool
}

// Name is the mechanism's, as Choose gave it.
func (m *Mechanism) Name() string { return m.name }

// Step answers the server's data. The first step gets nil.
func (m *Mechanism) Step(challenge []byte) ([]byte, error) { return m.step(challenge) }

// Complete reports whether the server has proved all that it has to.
func (m *Mechanism) Complete() bool { return m.complete() }

// New begins a login by a mechanism that Choose gave.
func New(name string, c Credentials) (*Mechanism, error) {
	var hash scram.HashGeneratorFcn
	switch name {
	case "SCRAM-SHA-512":
		hash = scram.SHA512
	case "SCRAM-SHA-256":
		hash = scram.SHA256
	case "SCRAM-SHA-1":
		hash = scram.SHA1
	case "PLAIN":
		return plain(c)
	default:
		return nil, fmt.Errorf("auth: %q is not known", name)
	}
	client, err := hash.NewClient(c.User, c.Password, "")
	if err != nil {
		return nil, errors.New("auth: the user name or the password has characters that SCRAM does not allow")
	}
	talk := client.NewConversation()
	return &Mechanism{
		name:     name,
		complete: func() bool { return talk.Done() && talk.Valid() },
		step: func(challenge []byte) ([]byte, error) {
			answer, err := talk.Step(string(challenge))
			if err != nil {
				return nil, fmt.Errorf("auth: %s: %w", name, err)
			}
			if answer == "" {
				return nil, nil
			}
			return []byte(answer), nil
		},
	}, nil
}

// plain sends everything in one step, which may be asked for once more.
func plain(c Credentials) (*Mechanism, error) {
	if strings.ContainsRune(c.User+c.Password, 0) {
		return nil, errors.New("auth: a user name or a password with a zero byte")
	}
	return &Mechanism{
		name:     "PLAIN",
		complete: func() bool { return true }, // the server proves nothing
		step:     func([]byte) ([]byte, error) { return []byte("\x00" + c.User + "\x00" + c.Password), nil },
	}, nil
}
