package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"saffron/channels/agent"
)

func TestListFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(name), 0o600)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := func(to, name string) string {
		path := filepath.Join(dir, name)
		if err := os.Symlink(to, path); err != nil {
			t.Skip(err)
		}
		return path
	}
	single, inside, deep := write("single"), write("folder/inside"), write("folder/deep/er")
	outside := link("/etc/passwd", "folder/outside")
	itself := link("folder", "link")
	files, left, err := listFiles([]string{single, filepath.Join(dir, "folder"), "/dev/null", filepath.Join(dir, "missing"), itself})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, f.path)
		if f.size != int64(len(f.path)-len(dir)-1) {
			t.Errorf("%s has %d bytes", f.path, f.size)
		}
	}
	// A link is followed if it was named itself, but not in a folder.
	want := []string{single, deep, inside, deep, inside}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if len(left) != 4 || !strings.HasPrefix(left[0].Error(), outside) || !errors.Is(left[2], fs.ErrNotExist) {
		t.Errorf("left out: %v", left)
	}
}

// TestSendingEnds tells in words how it went.
func TestSendingEnds(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	if err := os.WriteFile(path, []byte("content"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := agent.New(agent.Options{})
	defer a.Close()
	files, _, err := listFiles([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	s := newSending(a, append(files, files...), nil)
	if err := s.run(context.Background()); !errors.Is(err, agent.ErrNoAgent) {
		t.Errorf("ended with %v", err)
	}
	if got := s.outcome(nil); !strings.HasPrefix(got, "Not sent: 2 of 2 files\nfile was not sent: the guest has no agent running") {
		t.Errorf("said %q", got)
	}
	if got := sendingNote([]*sending{s}); !strings.HasPrefix(got, "Sending 2 files to the guest: ") {
		t.Errorf("noted %q", got)
	}
	if got := sendingNote([]*sending{s, newSending(a, files, nil)}); !strings.HasPrefix(got, "Sending 3 files to the guest: ") {
		t.Errorf("noted %q", got)
	}
	if got := sendingNote(nil); got != "" {
		t.Errorf("noted %q", got)
	}
	gone := newSending(a, []sentFile{{filepath.Join(dir, "gone"), 5}}, nil)
	if err := gone.run(context.Background()); err != nil || gone.outcome(nil) != "gone was not sent: no such file or directory" {
		t.Errorf("%v: %s", err, gone.outcome(nil))
	}
	if got := abridged(strings.Repeat("x", 100) + "\x1b.iso"); len([]rune(got)) != 40 || !strings.HasSuffix(got, "\uFFFD.iso") {
		t.Errorf("abridged to %q", got)
	}
}
