//go:build lab

package main_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saffron/channels"
	"saffron/channels/agent"
)

// randomFile writes a file of so many bytes and returns its path.
func randomFile(t *testing.T, dir, name string, size int) string {
	t.Helper()
	b := make([]byte, size)
	r := rand.NewChaCha8([32]byte{byte(size)})
	r.Read(b)
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// sameFile compares two files by their hashes.
func sameFile(a, b string) error {
	one, err := os.ReadFile(a)
	if err != nil {
		return err
	}
	two, err := os.ReadFile(b)
	if err != nil {
		return err
	}
	if sha256.Sum256(one) != sha256.Sum256(two) {
		return fmt.Errorf("%s has %d bytes, %s has %d, and they differ", a, len(one), b, len(two))
	}
	return nil
}

// TestLabSendFile sends files to the real agent, by the command and by the
// session.
func TestLabSendFile(t *testing.T) {
	t.Parallel()
	x, g := startXspiceAgent(t, nil)
	dir := t.TempDir()
	paths := []string{
		randomFile(t, dir, "one.bin", 3<<20+17), randomFile(t, dir, "größe \\ 2.bin", 70_001),
		randomFile(t, dir, "empty", 0), randomFile(t, dir, "folder/deep/three.bin", 300_000),
	}
	eventually(t, "sending files", func() error { // at first nobody is logged in
		r := saffron(t, "send-file", x.uri, paths[0], paths[1], paths[2], filepath.Join(dir, "folder"))
		if r.code != 0 {
			return fmt.Errorf("code %d\n%s", r.code, r.stderr)
		}
		if !strings.HasPrefix(r.stdout, "4 files sent, 3.") {
			t.Errorf("said %q", r.stdout)
		}
		return nil
	})
	for _, path := range paths {
		if err := sameFile(path, filepath.Join(g.saves, filepath.Base(path))); err != nil {
			t.Error(err)
		}
	}
	if r := saffron(t, "send-file", x.uri, paths[2]); r.code != 0 {
		t.Errorf("again: %+v", r)
	}
	if _, err := os.Stat(filepath.Join(g.saves, "empty (1)")); err != nil {
		t.Error(err)
	}

	s := connectAgent(t, x, channels.Options{})
	var refused *agent.FileRefusedError
	err := s.Agent().SendFile(t.Context(), "huge", 1<<60, bytes.NewReader(nil), nil)
	if !errors.As(err, &refused) || refused.Result != agent.FileNoSpace || refused.Free == 0 ||
		!strings.HasPrefix(err.Error(), "there is not enough space in the guest: ") {
		t.Errorf("too large: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	endless := &endlessFile{after: 1 << 20, cancel: cancel}
	if err := s.Agent().SendFile(ctx, "cancelled", 1<<30, endless, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	eventually(t, "forgetting the file that was cancelled", func() error {
		if _, err := os.Stat(filepath.Join(g.saves, "cancelled")); err == nil {
			return errors.New("it is there")
		}
		return nil
	})

	interrupted(t, x, g, randomFile(t, dir, "interrupted", 60<<20))

	g.stop()
	r := saffron(t, "send-file", "--wait-agent", "300ms", x.uri, paths[0])
	if r.code != 7 || !strings.Contains(r.stderr, "the guest has no agent running") {
		t.Errorf("without an agent: %+v", r)
	}
}

// interrupted sends a file and interrupts that: the guest keeps nothing of it.
func interrupted(t *testing.T, x *xserver, g *guestAgent, file string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(path, "send-file", x.uri, file)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	there := filepath.Join(g.saves, filepath.Base(file))
	eventually(t, "beginning with the file", func() error { _, err := os.Stat(there); return err })
	cmd.Process.Signal(os.Interrupt)
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 1 || stderr.String() != "saffron: interrupted\n" {
		t.Errorf("interrupted: %v\n%s", err, &stderr)
	}
	eventually(t, "forgetting the file that was interrupted", func() error {
		if _, err := os.Stat(there); err == nil {
			return errors.New("it is there")
		}
		return nil
	})
}

// An endlessFile has as many bytes as one likes, and cancels something when some
// have been read.
type endlessFile struct {
	after  int
	cancel func()
}

func (f *endlessFile) Read(b []byte) (int, error) {
	if f.after -= len(b); f.after < 0 {
		f.cancel()
		time.Sleep(time.Millisecond)
	}
	clear(b)
	return len(b), nil
}
