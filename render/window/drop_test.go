package window

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// A dropTree is what ebiten gives for a drop of files from several folders: of
// the system are the nodes in real, by their names in the tree; all others lead
// to them.
type dropTree struct {
	root string
	real []string
}

func (d dropTree) Open(name string) (fs.File, error) {
	f, err := os.Open(filepath.Join(d.root, name))
	if err != nil || slices.Contains(d.real, name) {
		return f, err
	}
	return struct{ fs.ReadDirFile }{f}, nil
}

func (d dropTree) ReadDir(name string) ([]fs.DirEntry, error) {
	list, err := os.ReadDir(filepath.Join(d.root, name))
	for i := range list {
		list[i] = dropEntry{list[i], filepath.Join(d.root, name, list[i].Name())}
	}
	return list, err
}

type dropEntry struct {
	fs.DirEntry
	path string
}

func (e dropEntry) AbsPath() string { return e.path }

// TestDroppedPaths: what was dropped is told, neither what only leads to it nor
// what is in it.
func TestDroppedPaths(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a/one", "a/folder/inside", "b/deep/two"} {
		file := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := droppedPaths(dropTree{root, []string{"a/one", "a/folder", "b/deep/two"}})
	want := []string{"a/folder", "a/one", "b/deep/two"}
	for i := range want {
		want[i] = filepath.Join(root, want[i])
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
