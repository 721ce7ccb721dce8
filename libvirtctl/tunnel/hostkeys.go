package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"
)

// HostKeys says what to do with a host whose key is not known.
type HostKeys int

// What to do with unknown hosts. A key that has changed is refused by all but
// HostKeysIgnore.
const (
	HostKeysUsual  HostKeys = iota // as StrictHostKeyChecking says: ask, if anybody is there
	HostKeysStrict                 // refuse
	HostKeysAccept                 // store the key and go on
	HostKeysIgnore                 // go on, whatever the key
)

// A HostKeyError is a host that is not, or may not be, the one it should be.
type HostKeyError struct {
	Host    string
	Key     string // type and fingerprint
	Changed string // file and line of another key for the host, or ""
	Revoked bool
}

func (e *HostKeyError) Error() string {
	switch {
	case e.Revoked:
		return fmt.Sprintf("the key of %s, %s, has been revoked", e.Host, e.Key)
	case e.Changed != "":
		return fmt.Sprintf("the key of %s has changed: it has %s, and %s says otherwise", e.Host, e.Key, e.Changed)
	}
	return fmt.Sprintf("the key of %s is not known: it has %s", e.Host, e.Key)
}

// Hint says what to do about it.
func (e *HostKeyError) Hint() string {
	switch {
	case e.Revoked:
		return "Do not connect before its operator says which key is right."
	case e.Changed != "":
		return "Somebody may be listening in. If its operator confirms the new key, forget the old one with: ssh-keygen -R " + quoteHost(e.Host)
	}
	return "If the key is right, connect once with ssh, which stores it, or run saffron on a terminal to be asked. no_verify=1 in the URI takes any key."
}

func quoteHost(host string) string {
	if strings.ContainsAny(host, "[]") {
		return "'" + host + "'"
	}
	return host
}

// hostKeys checks the keys of one host.
type hostKeys struct {
	ctx      context.Context
	config   Config
	settings *settings
	known    ssh.HostKeyCallback
}

func newHostKeys(ctx context.Context, c Config, s *settings) (*hostKeys, error) {
	k := &hostKeys{ctx: ctx, config: c, settings: s}
	var there []string
	for _, name := range s.known {
		if _, err := os.Stat(name); err == nil {
			there = append(there, name)
		}
	}
	var err error
	if k.known, err = knownhosts.New(there...); err != nil {
		return nil, fmt.Errorf("tunnel: keys of hosts: %w", err)
	}
	return k, nil
}

// nowhere stands for the peer's address, which does not count.
var nowhere = &net.TCPAddr{IP: net.IPv4zero}

// algorithms asks the server first for keys of the kinds that are known.
func (k *hostKeys) algorithms() []string {
	var unknown *knownhosts.KeyError
	if !errors.As(k.known(k.settings.knownAs, nowhere, noKey{}), &unknown) {
		return nil
	}
	all := ssh.SupportedAlgorithms().HostKeys
	var first, rest []string
	for _, algorithm := range all {
		wanted := false
		for _, w := range unknown.Want {
			kind := w.Key.Type()
			wanted = wanted || kind == algorithm || kind == ssh.KeyAlgoRSA && strings.HasPrefix(algorithm, "rsa-sha2-")
		}
		if wanted {
			first = append(first, algorithm)
		} else {
			rest = append(rest, algorithm)
		}
	}
	return append(first, rest...)
}

// noKey is a key that no host has.
type noKey struct{}

func (noKey) Type() string                        { return "none" }
func (noKey) Marshal() []byte                     { return nil }
func (noKey) Verify([]byte, *ssh.Signature) error { return errors.New("tunnel: not a key") }

// check is told the server's key.
func (k *hostKeys) check(_ string, _ net.Addr, key ssh.PublicKey) error {
	policy := k.policy()
	if policy == HostKeysIgnore {
		return nil
	}
	err := k.known(k.settings.knownAs, nowhere, key)
	var (
		unknown *knownhosts.KeyError
		revoked *knownhosts.RevokedError
	)
	bad := &HostKeyError{Host: knownhosts.Normalize(k.settings.knownAs), Key: key.Type() + " " + ssh.FingerprintSHA256(key)}
	switch {
	case errors.As(err, &revoked):
		bad.Revoked = true
		return bad
	case !errors.As(err, &unknown):
		return err // nil, or a certificate that is not good
	case len(unknown.Want) > 0:
		w := unknown.Want[0]
		bad.Changed = fmt.Sprintf("%s:%d", w.Filename, w.Line)
		return bad
	}
	if policy == HostKeysAccept || policy == HostKeysUsual && k.confirmed(bad) {
		return k.store(key)
	}
	return bad
}

// policy is the caller's, or the configuration's.
func (k *hostKeys) policy() HostKeys {
	if k.config.HostKeys != HostKeysUsual {
		return k.config.HostKeys
	}
	switch k.settings.newHosts {
	case "no", "off":
		return HostKeysAccept // a changed key is refused nevertheless
	case "accept-new":
		return HostKeysAccept
	case "ask":
		return HostKeysUsual
	}
	return HostKeysStrict
}

// confirmed asks a person.
func (k *hostKeys) confirmed(bad *HostKeyError) bool {
	if k.config.Ask == nil {
		return false
	}
	answer, err := k.config.Ask(k.ctx, fmt.Sprintf("The key of %s is not known: %s. Connect and remember it? (yes/no) ", bad.Host, bad.Key), false)
	return err == nil && strings.EqualFold(strings.TrimSpace(answer), "yes")
}

// storing keeps lines whole when several hosts are connected to at once.
var storing sync.Mutex

// store adds the key to the first file.
func (k *hostKeys) store(key ssh.PublicKey) error {
	storing.Lock()
	defer storing.Unlock()
	name := k.settings.known[0]
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("tunnel: store the key: %w", err)
	}
	f, err := os.OpenFile(name, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("tunnel: store the key: %w", err)
	}
	_, err = fmt.Fprintln(f, knownhosts.Line([]string{k.settings.knownAs}, key))
	return errors.Join(err, f.Close())
}
