package window

import (
	"io/fs"
	"path"

	"github.com/hajimehoshi/ebiten/v2"
)

// maxDropped bounds what is taken of one drop: files and folders that were
// dropped, not what is in them. It is more than anybody sends at once, so that
// nothing is left out in silence.
const maxDropped = 10_001

// takeDropped tells of files that were dropped onto the window, by a goroutine of
// its own: to find out which they are opens them.
func (w *Window) takeDropped() {
	if w.o.Dropped == nil {
		return
	}
	files := ebiten.DroppedFiles()
	if files == nil {
		return
	}
	go func() {
		if paths := droppedPaths(files); len(paths) > 0 {
			w.o.Dropped(paths)
		}
	}()
}

// droppedPaths returns the paths of what was dropped. ebiten gives a tree of
// which only some nodes were: those are real files or folders, the others just
// lead to them.
func droppedPaths(files fs.FS) []string {
	var paths []string
	var walk func(dir string)
	walk = func(dir string) {
		entries, err := fs.ReadDir(files, dir)
		if err != nil {
			return
		}
		for _, e := range entries {
			name := path.Join(dir, e.Name())
			where, ok := e.(ebiten.AbsPather)
			switch {
			case !ok || len(paths) == maxDropped:
			case !e.IsDir() || isReal(files, name):
				paths = append(paths, where.AbsPath())
			default:
				walk(name)
			}
		}
	}
	walk(".")
	return paths
}

// isReal reports whether a node is a folder of the system. What cannot be opened
// is one, too: its error is for who reads it.
func isReal(files fs.FS, name string) bool {
	f, err := files.Open(name)
	if err != nil {
		return true
	}
	defer f.Close()
	_, real := f.(interface{ Fd() uintptr })
	return real
}
