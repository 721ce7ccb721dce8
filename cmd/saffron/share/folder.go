package share

import (
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync/atomic"

	"golang.org/x/net/webdav"
)

// Options are the choices of Open.
type Options struct {
	ReadOnly bool
	Log      *slog.Logger // nil is silent
}

// A Folder is one that is shared. Any goroutine may call its methods.
type Folder struct {
	path   string
	prefix string // of its names in requests
	files  *files
	dav    webdav.Handler
	log    *slog.Logger
	paused atomic.Bool
}

// Open shares a folder. The caller closes it when nothing serves it any more.
func Open(dir string, o Options) (*Folder, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(abs)
	if err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return newFolder(abs, "", &files{root: root, readOnly: o.ReadOnly}, o.Log), nil
}

func newFolder(path, prefix string, files *files, log *slog.Logger) *Folder {
	f := &Folder{path: path, prefix: prefix, files: files, log: log}
	f.dav = webdav.Handler{Prefix: prefix, FileSystem: files, LockSystem: newLocks(), Logger: f.note}
	return f
}

// Path returns where the folder is.
func (f *Folder) Path() string { return f.path }

// ReadOnly reports whether the guest cannot change anything.
func (f *Folder) ReadOnly() bool { return f.files.readOnly }

// Pause makes the folder one that cannot be reached, or can be again.
func (f *Folder) Pause(on bool) { f.paused.Store(on) }

// Paused reports whether it cannot be reached.
func (f *Folder) Paused() bool { return f.paused.Load() }

// Close lets go of the folder.
func (f *Folder) Close() error { return f.files.root.Close() }

// note logs a request and what came of it.
func (f *Folder) note(r *http.Request, err error) {
	f.log.Debug("shared folder", "method", r.Method, "path", r.URL.Path, "err", err)
}

// maxBody bounds bodies that are not files, in bytes.
const maxBody = 64 << 10

// changes are the methods that change something, or make ready to.
var changes = map[string]bool{"PUT": true, "DELETE": true, "MKCOL": true, "COPY": true, "MOVE": true,
	"PROPPATCH": true, "LOCK": true, "UNLOCK": true}

// ServeHTTP implements http.Handler.
func (f *Folder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case f.paused.Load():
		http.Error(w, "Nothing is shared now.", http.StatusForbidden)
		return
	case f.files.readOnly && changes[r.Method]:
		http.Error(w, "This folder is shared for reading only.", http.StatusForbidden)
		return
	}
	if r.Method != http.MethodPut {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	}
	switch r.Method {
	case "OPTIONS":
		f.options(w, r)
	case http.MethodGet, http.MethodHead:
		f.get(w, r)
	case http.MethodPut:
		f.put(w, r)
	case "PROPFIND":
		f.propfind(w, r)
	case "COPY", "MOVE":
		f.transfer(w, r)
	default:
		f.dav.ServeHTTP(w, r)
	}
}

// options says what can be done; clients of Microsoft look for one header.
func (f *Folder) options(w http.ResponseWriter, r *http.Request) {
	if f.files.readOnly {
		optionsToRead(w)
		return
	}
	f.dav.ServeHTTP(w, r)
}

// optionsToRead is options for what can only be read.
func optionsToRead(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Allow", "OPTIONS, GET, HEAD, PROPFIND")
	h.Set("DAV", "1, 2")
	h.Set("MS-Author-Via", "DAV")
}

// name returns the name of what is asked for, within the folder.
func (f *Folder) name(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, f.prefix) }

// get serves files, and lists of what is in folders for people with a browser.
func (f *Folder) get(w http.ResponseWriter, r *http.Request) {
	i, err := f.files.Stat(r.Context(), f.name(r))
	if err == nil && i.IsDir() {
		f.list(w, r)
		return
	}
	f.dav.ServeHTTP(w, r)
}

// propfind refuses to go through the whole tree at once.
func (f *Folder) propfind(w http.ResponseWriter, r *http.Request) {
	if finite(w, r) {
		f.dav.ServeHTTP(w, r)
	}
}

// transfer copies and moves, but not to where the source would be lost or have
// no end.
func (f *Folder) transfer(w http.ResponseWriter, r *http.Request) {
	u, err := url.Parse(r.Header.Get("Destination"))
	if err != nil {
		http.Error(w, "The destination is no address.", http.StatusBadRequest)
		return
	}
	from, to := path.Clean("/"+r.URL.Path), path.Clean("/"+u.Path)
	if within(from, to) || within(to, from) || f.sameFile(r, from, to) {
		http.Error(w, "One of the two lies within the other.", http.StatusForbidden)
		return
	}
	if r.Header.Get("Overwrite") == "" {
		r.Header.Set("Overwrite", "T") // as the standard says
	}
	f.replace(w, r)
}

// within reports whether path a is b or below it.
func within(a, b string) bool {
	return a == b || strings.HasPrefix(a, strings.TrimSuffix(b, "/")+"/")
}

// sameFile reports whether two names are one file, by a link or because the
// system takes their letters for the same.
func (f *Folder) sameFile(r *http.Request, a, b string) bool {
	i, err := f.lookup(r, a)
	if err != nil {
		return false
	}
	j, err := f.lookup(r, b)
	return err == nil && os.SameFile(i, j)
}

func (f *Folder) lookup(r *http.Request, name string) (os.FileInfo, error) {
	i, err := f.files.Stat(r.Context(), name)
	if err != nil {
		return nil, err
	}
	return i.(info).FileInfo, nil
}
