package share

import (
	"context"
	"crypto/rand"
	"net/http"
	"path/filepath"
)

// asideKey is where the context of a MOVE has an *aside.
type asideKey struct{}

// An aside is what a MOVE replaces. Package webdav removes that before it moves
// anything; here it is only put aside until what comes in its place is there: the
// source may be gone, since clients ask again when no answer has come, or may not
// be moved.
type aside struct{ name, kept string } // "": nothing was

// move moves a file or a folder.
func (f *Folder) move(w http.ResponseWriter, r *http.Request) {
	f.dav.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), asideKey{}, new(aside))))
}

// put puts what is replaced aside, beside where it is.
func (a *aside) put(f *files, name string) error {
	kept := filepath.Join(filepath.Dir(name), ".replaced-"+rand.Text())
	if err := f.root.Rename(name, kept); err != nil {
		return err
	}
	a.name, a.kept = name, kept
	return nil
}

// end removes what was put aside, or puts it back if nothing has come in its
// place.
func (a *aside) end(f *files, failed error) {
	switch {
	case a.kept == "":
	case failed != nil:
		_ = f.root.Rename(a.kept, a.name) // or it stays where it is
	default:
		_ = f.root.RemoveAll(a.kept) // likewise
	}
}
