package share

import (
	"crypto/rand"
	"log/slog"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// copiesRoot is where copied files are, by a convention of guests' agents: the
// WebDAV server of another client has them there.
const copiesRoot = "/.spice-clipboard"

// maxSets is how many lists of copied files are kept. A guest may still be at
// one when something else is copied.
const maxSets = 4

// Copies are files and folders of this computer that were copied to be pasted in
// the guest, which can read them. The zero value has none. Any goroutine may call
// its methods.
type Copies struct {
	mu   sync.Mutex
	sets []copySet // guarded by mu; the latest last
}

// A copySet is what was copied at once.
type copySet struct {
	id    string
	paths []string // on this computer; absolute, without links
}

// Add lets the guest read files and folders, by their paths on this computer, and
// returns what they are called on the server, in that order. What cannot be
// looked at is left out. What was added before goes after a while.
func (c *Copies) Add(paths []string) []string {
	set := copySet{}
	for _, p := range paths {
		if real, err := filepath.EvalSymlinks(p); err == nil {
			set.paths = append(set.paths, real)
		}
	}
	if len(set.paths) == 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	same := func(s copySet) bool { return slices.Equal(s.paths, set.paths) }
	if i := slices.IndexFunc(c.sets, same); i >= 0 {
		set.id = c.sets[i].id
		c.sets = slices.Delete(c.sets, i, i+1)
	} else {
		set.id = rand.Text()
	}
	c.sets = append(c.sets[max(0, len(c.sets)+1-maxSets):], set)
	return set.names()
}

// Clear takes all away from the guest. It may be called on nil.
func (c *Copies) Clear() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sets = nil
}

// names returns what the files are called on the server.
func (s *copySet) names() []string {
	var names []string
	for i, p := range s.paths {
		names = append(names, path.Join(copiesRoot, s.place(i), filepath.Base(p)))
	}
	return names
}

// place is the name of the folder that file number i is alone in.
func (s *copySet) place(i int) string { return s.id + "-" + strconv.Itoa(i) }

// find returns the path on this computer of what is alone in a place.
func (c *Copies) find(place string) (string, bool) {
	id, number, _ := strings.Cut(place, "-")
	n, err := strconv.Atoi(number)
	if err != nil {
		return "", false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := range c.sets {
		s := &c.sets[i]
		if s.id == id && 0 <= n && n < len(s.paths) && s.place(n) == place {
			return s.paths[n], true
		}
	}
	return "", false
}

// serve serves what is below copiesRoot.
func (c *Copies) serve(w http.ResponseWriter, r *http.Request, log *slog.Logger) {
	f, err := c.open(r.URL.Path, log)
	if err != nil {
		http.Error(w, "That was not copied, or is not to be had any more.", http.StatusNotFound)
		return
	}
	defer f.Close()
	f.ServeHTTP(w, r)
}

// open opens the folder that a name on the server leads into.
func (c *Copies) open(name string, log *slog.Logger) (*Folder, error) {
	rest, ok := strings.CutPrefix(name, copiesRoot+"/")
	if clean := path.Clean(name); !ok || clean != strings.TrimSuffix(name, "/") {
		return nil, os.ErrNotExist
	}
	place, rest, _ := strings.Cut(rest, "/")
	real, ok := c.find(place)
	if !ok {
		return nil, os.ErrNotExist
	}
	base := filepath.Base(real)
	prefix := path.Join(copiesRoot, place)
	dir, only := filepath.Dir(real), base
	if rest == base || strings.HasPrefix(rest, base+"/") {
		if i, err := os.Lstat(real); err == nil && i.IsDir() {
			// Links in it must not lead out of it, not even to what is beside it.
			dir, only, prefix = real, "", path.Join(prefix, base)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return newFolder(dir, prefix, &files{root: root, readOnly: true, only: only}, log), nil
}
