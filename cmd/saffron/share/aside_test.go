package share

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMoveFails loses nothing: neither to a source that is gone, as when a client
// asks again, nor to one that cannot be moved.
func TestMoveFails(t *testing.T) {
	b := newBench(t, false)
	kept := func(name, want string) {
		t.Helper()
		if got, err := os.ReadFile(filepath.Join(b.dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is now %q, %v", name, got, err)
		}
	}
	to := func(path string) string { return "Destination: http://localhost" + path }
	if status, _ := b.ask(t, "MOVE", "/gone", "", to("/hello.txt")); status < 400 {
		t.Errorf("moving what is not there: %d", status)
	}
	kept("hello.txt", "hello")
	if status, _ := b.ask(t, "MOVE", "/gone", "", to("/sub")); status < 400 {
		t.Errorf("moving what is not there: %d", status)
	}
	kept("sub/deep/x", "x")

	if err := os.WriteFile(filepath.Join(b.dir, "new"), []byte("new"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time is one again
		b.ask(t, "MOVE", "/new", "", to("/hello.txt"))
		kept("hello.txt", "new")
	}
	list, err := os.ReadDir(b.dir)
	if err != nil || len(list) != 2 {
		t.Errorf("left are %v, %v", list, err)
	}
}
