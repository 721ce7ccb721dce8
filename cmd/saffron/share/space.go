package share

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync/atomic"
	"syscall"

	"golang.org/x/net/webdav"
)

// fullKey is where the context of a request has an atomic.Bool: whether there was
// no space for what it wrote.
type fullKey struct{}

// put takes a file. If there is no space for it, it says so: clients show that to
// their users.
func (f *Folder) put(w http.ResponseWriter, r *http.Request) {
	full := new(atomic.Bool)
	f.dav.ServeHTTP(&spaceWriter{w, full}, r.WithContext(context.WithValue(r.Context(), fullKey{}, full)))
}

// A spaceWriter answers that there is no space where there was none.
type spaceWriter struct {
	http.ResponseWriter
	full *atomic.Bool
}

// WriteHeader implements http.ResponseWriter.
func (w *spaceWriter) WriteHeader(status int) {
	if status >= 400 && w.full.Load() {
		status = webdav.StatusInsufficientStorage
	}
	w.ResponseWriter.WriteHeader(status)
}

// note notes an error of writing.
func (f *file) note(err error) {
	f.broken = f.broken || err != nil
	f.noteSpace(err)
}

// noteSpace notes whether an error is that there is no space.
func (f *file) noteSpace(err error) {
	if f.full != nil && (errors.Is(err, syscall.ENOSPC) || errors.Is(err, errQuota)) {
		f.full.Store(true)
	}
}

// Write implements webdav.File.
func (f *file) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.note(err)
	return n, err
}

// ReadFrom implements io.ReaderFrom, which copies use.
func (f *file) ReadFrom(r io.Reader) (int64, error) {
	n, err := f.File.ReadFrom(r)
	f.note(err)
	return n, err
}
