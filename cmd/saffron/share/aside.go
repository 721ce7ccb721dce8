package share

import (
	"context"
	"crypto/rand"
	"net/http"
	"path/filepath"
)

// asideKey is where the context of a MOVE or COPY has an *aside.
type asideKey struct{}

// An aside is what a MOVE or COPY replaces. Package webdav removes that before it
// does anything else; here it is only put aside until what comes in its place is
// there: the source may be gone, since clients ask again when no answer has come,
// it may not be moved, or there may be no space.
type aside struct{ name, kept string } // "": nothing is

// replace moves or copies a file or a folder.
func (f *Folder) replace(w http.ResponseWriter, r *http.Request) {
	a := new(aside)
	defer a.end(f.files, true)
	w = &endWriter{w, func(status int) { a.end(f.files, status >= 400) }}
	f.dav.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), asideKey{}, a)))
}

// An endWriter tells how a request has ended before its client learns it.
type endWriter struct {
	http.ResponseWriter
	ended func(status int)
}

// WriteHeader implements http.ResponseWriter.
func (w *endWriter) WriteHeader(status int) {
	w.ended(status)
	w.ResponseWriter.WriteHeader(status)
}

// put puts what is replaced aside, beside where it is.
func (a *aside) put(f *files, name string) error {
	if a.kept != "" {
		return f.root.RemoveAll(name) // of what has just been made
	}
	kept := beside(name, "replaced")
	if err := f.root.Rename(name, kept); err != nil {
		return err
	}
	a.name, a.kept = name, kept
	return nil
}

// end removes what was put aside, or puts it back if that in its place is not
// whole.
func (a *aside) end(f *files, failed bool) {
	if a.kept == "" {
		return
	}
	remove := a.kept
	if failed {
		remove = a.name
	}
	err := f.root.RemoveAll(remove)
	if failed && err == nil {
		_ = f.root.Rename(a.kept, a.name) // or it stays where it is
	}
	a.kept = ""
}

// beside returns a name that nobody has, in the folder of another.
func beside(name, what string) string {
	return filepath.Join(filepath.Dir(name), "."+what+"-"+rand.Text())
}
