package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"
)

// keyringService is what passwords are called in the system's keyring. The name
// of each is the machine's address.
const keyringService = "saffron"

// keyringTime is how long the keyring may take: it may ask its user to unlock
// it.
const keyringTime = time.Minute

// keyringThere reports whether it makes sense to offer the keyring: without a
// session bus there is no Secret Service.
func keyringThere() bool {
	switch runtime.GOOS {
	case "windows", "darwin":
		return true
	}
	if os.Getenv("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(os.Getenv("XDG_RUNTIME_DIR"), "bus"))
	return os.Getenv("XDG_RUNTIME_DIR") != "" && err == nil
}

// savedPassword returns the password of a machine, "" if there is none.
func savedPassword(ctx context.Context, address string) (string, error) {
	var password string
	err := withKeyring(ctx, func() (err error) {
		password, err = keyring.Get(keyringService, address)
		return err
	})
	if errors.Is(err, keyring.ErrNotFound) {
		return "", nil
	}
	return password, err
}

// savePassword puts the password of a machine into the keyring, or "" takes it
// out.
func savePassword(ctx context.Context, address, password string) error {
	return withKeyring(ctx, func() error {
		if password != "" {
			return keyring.Set(keyringService, address, password)
		}
		if err := keyring.Delete(keyringService, address); !errors.Is(err, keyring.ErrNotFound) {
			return err
		}
		return nil
	})
}

// withKeyring works with the keyring, but not for ever: what it does not answer
// in time is left to itself.
func withKeyring(ctx context.Context, work func() error) error {
	ctx, cancel := context.WithTimeout(ctx, keyringTime)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		if err != nil && !errors.Is(err, keyring.ErrNotFound) {
			return fmt.Errorf("the keyring: %w", err)
		}
		return err
	case <-ctx.Done():
		return errors.New("the keyring does not answer")
	}
}

// A safe keeps the password of the machine that a console opens. The goroutine
// that connects uses it.
type safe struct {
	console *console
	save    bool   // a password that is accepted is to be saved
	tried   bool   // the saved one has been asked for
	stored  string // what the keyring has, as far as is known
}

// prefSaved is the setting that says of a machine whose password is saved, or of
// all that they are to be.
const prefSaved = "save-password"

// open returns the saved password, "" if there is none or it was refused
// already. The keyring is asked only for machines of which a password was saved,
// and not for connection files with a trust or a proxy of their own: whoever has
// made such a file would get the password of any machine whose address it has.
func (s *safe) open(ctx context.Context) string {
	m := s.console.machineID()
	if s.tried || s.console.settings.foreign || s.console.settings.prefs.get(m, prefSaved) != "true" {
		return ""
	}
	s.tried = true
	password, err := savedPassword(ctx, m.address)
	if err != nil {
		s.console.app.warn("%v", err)
	}
	s.stored = password
	return password
}

// accepted saves a password that the server has accepted, if that is wanted. It
// does not wait for the keyring, which may ask its user something.
func (s *safe) accepted(ctx context.Context, password string) {
	c, m := s.console, s.console.machineID()
	s.tried = false
	if c.settings.foreign {
		if s.save && password != "" && password != s.stored {
			s.stored = password // said once
			c.app.warn("the password is not saved: the connection file says by itself whom to trust, or has a proxy")
		}
		return
	}
	if password == "" || password == s.stored || !s.save && (c.settings.given(password) || c.settings.prefs.get(m, prefSaved) != "true") {
		return
	}
	s.stored = password
	go func() {
		err := savePassword(ctx, m.address, password)
		if err == nil {
			err = c.settings.prefs.set(m, prefSaved, "true")
		}
		if err != nil {
			c.app.warn("the password is not saved: %v", err)
		}
	}()
}

// given reports whether a password need not be saved, since what led here has
// it, and maybe for one use only.
func (s *settings) given(password string) bool {
	return password == s.password || s.domain != nil && password == s.domain.console.Password
}
