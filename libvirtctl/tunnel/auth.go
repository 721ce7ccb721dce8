package tunnel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// maxTries is how often a person is asked for a password.
const maxTries = 3

// An authenticator proves to one server who the user is.
type authenticator struct {
	ctx      context.Context
	config   Config
	settings *settings
	agent    net.Conn
	tried    []string // for the message when nothing helped
}

func (a *authenticator) close() {
	if a.agent != nil {
		a.agent.Close()
	}
}

// methods are what ssh is to try, in order. All keys are one method.
func (a *authenticator) methods() ([]ssh.AuthMethod, error) {
	wanted := a.config.Methods
	if wanted == nil {
		wanted = AllMethods
	}
	var (
		methods []ssh.AuthMethod
		keys    []ssh.Signer
	)
	for _, name := range wanted {
		switch name {
		case MethodAgent:
			keys = append(keys, a.agentKeys()...)
		case MethodKey:
			keys = append(keys, a.fileKeys()...)
		case MethodPassword:
			if a.config.Ask != nil {
				methods = append(methods, ssh.RetryableAuthMethod(ssh.PasswordCallback(a.password), maxTries))
			}
		case MethodInteractive:
			if a.config.Ask != nil {
				methods = append(methods, ssh.RetryableAuthMethod(ssh.KeyboardInteractive(a.interactive), maxTries))
			}
		default:
			return nil, fmt.Errorf("tunnel: ssh authentication %q is not one of %s", name, strings.Join(AllMethods, ", "))
		}
	}
	if len(keys) > 0 {
		methods = slices.Insert(methods, 0, ssh.PublicKeys(keys...))
	}
	return methods, nil
}

// failed explains why the login failed.
func (a *authenticator) failed(err error) error {
	var key *HostKeyError
	switch {
	case errors.As(err, &key):
		return key
	case strings.Contains(err.Error(), "unable to authenticate"):
		keys := "no keys"
		if len(a.tried) > 0 {
			keys = strings.Join(a.tried, ", ")
		}
		return &AuthError{
			Err:  fmt.Errorf("the ssh server of %s does not let %s in (tried: %s)", a.settings.alias, a.settings.user, keys),
			Hint: "Add a key that it knows to the agent with ssh-add, name one with keyfile= in the URI or IdentityFile in ~/.ssh/config, or run saffron on a terminal to be asked for a password.",
		}
	}
	return fmt.Errorf("tunnel: ssh to %s: %w", a.settings.alias, err)
}

// agentKeys asks the agent for its keys.
func (a *authenticator) agentKeys() []ssh.Signer {
	if a.settings.agent == "" {
		return nil
	}
	var (
		d   net.Dialer
		err error
	)
	if a.agent, err = d.DialContext(a.ctx, "unix", a.settings.agent); err != nil {
		a.tried = append(a.tried, "agent (not there)")
		return nil
	}
	keys, err := agent.NewClient(a.agent).Signers()
	if err != nil {
		a.tried = append(a.tried, "agent (no answer)")
		return nil
	}
	if a.settings.only {
		keys = slices.DeleteFunc(keys, func(k ssh.Signer) bool { return !a.named(k.PublicKey()) })
	}
	a.tried = append(a.tried, fmt.Sprintf("agent with %d keys", len(keys)))
	return keys
}

// named reports whether one of the key files is for the key.
func (a *authenticator) named(key ssh.PublicKey) bool {
	return slices.ContainsFunc(a.settings.keys, func(name string) bool {
		public := publicKey(name)
		return public != nil && bytes.Equal(public.Marshal(), key.Marshal())
	})
}

// publicKey reads the public half beside a private key file, or returns nil.
func publicKey(name string) ssh.PublicKey {
	text, err := os.ReadFile(name + ".pub")
	if err != nil {
		return nil
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return nil
	}
	return key
}

// fileKeys reads the key files. One that is locked is opened when the server
// has accepted its public half.
func (a *authenticator) fileKeys() []ssh.Signer {
	var keys []ssh.Signer
	for _, name := range a.settings.keys {
		text, err := os.ReadFile(name)
		if err != nil {
			if a.config.KeyFile != "" {
				a.tried = append(a.tried, err.Error())
			}
			continue
		}
		key, err := ssh.ParsePrivateKey(text)
		var locked *ssh.PassphraseMissingError
		if errors.As(err, &locked) {
			key, err = a.lockedKey(name, text, locked.PublicKey)
		}
		if err != nil {
			a.tried = append(a.tried, fmt.Sprintf("%s (%v)", name, err))
			continue
		}
		a.tried = append(a.tried, name)
		keys = append(keys, key)
	}
	return keys
}

func (a *authenticator) lockedKey(name string, text []byte, public ssh.PublicKey) (ssh.Signer, error) {
	if public == nil {
		public = publicKey(name)
	}
	if a.config.Ask == nil || public == nil {
		return nil, errors.New("it has a passphrase: add it to the agent with ssh-add")
	}
	return &lockedKey{public: public, open: sync.OnceValues(func() (ssh.AlgorithmSigner, error) {
		return a.unlock(name, text)
	})}, nil
}

// unlock asks for a passphrase until it fits.
func (a *authenticator) unlock(name string, text []byte) (ssh.AlgorithmSigner, error) {
	prompt := fmt.Sprintf("Passphrase of %s: ", name)
	for try := 1; ; try++ {
		phrase, err := a.config.Ask(a.ctx, prompt, true)
		if err != nil {
			return nil, err
		}
		key, err := ssh.ParsePrivateKeyWithPassphrase(text, []byte(phrase))
		if signer, ok := key.(ssh.AlgorithmSigner); err == nil && ok {
			return signer, nil
		}
		if try == maxTries {
			return nil, fmt.Errorf("%s: the passphrase does not fit", name)
		}
		prompt = fmt.Sprintf("That does not fit. Passphrase of %s: ", name)
	}
}

// A lockedKey is a private key whose passphrase is asked for when it is needed.
type lockedKey struct {
	public ssh.PublicKey
	open   func() (ssh.AlgorithmSigner, error)
}

func (k *lockedKey) PublicKey() ssh.PublicKey { return k.public }

func (k *lockedKey) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return k.SignWithAlgorithm(rand, data, "")
}

func (k *lockedKey) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	key, err := k.open()
	if err != nil {
		return nil, err
	}
	return key.SignWithAlgorithm(rand, data, algorithm)
}

func (a *authenticator) password() (string, error) {
	return a.config.Ask(a.ctx, fmt.Sprintf("Password of %s on %s: ", a.settings.user, a.settings.alias), true)
}

func (a *authenticator) interactive(_, instruction string, questions []string, echos []bool) ([]string, error) {
	answers := make([]string, len(questions))
	for i, q := range questions {
		var err error
		if answers[i], err = a.config.Ask(a.ctx, fmt.Sprintf("%s: %s", a.settings.alias, strings.TrimSpace(instruction+" "+q)+" "), !echos[i]); err != nil {
			return nil, err
		}
	}
	return answers, nil
}
