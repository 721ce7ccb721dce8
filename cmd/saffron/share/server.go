package share

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"path"
	"strings"
	"time"

	"golang.org/x/net/webdav"
)

// A Server is all that a guest can reach. Its fields do not change while it
// serves.
type Server struct {
	Folder *Folder // nil: no folder is shared, which is like an empty one
	Copies *Copies // nil: there are none
	Log    *slog.Logger
}

// Serve serves the connections of l until that is closed.
func (s *Server) Serve(l net.Listener) {
	server := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       5 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		ErrorLog:          slog.NewLogLogger(s.Log.Handler(), slog.LevelDebug),
	}
	if err := server.Serve(l); !errors.Is(err, net.ErrClosed) {
		s.Log.Warn("the shared folder is served no more", "err", err)
	}
}

// ServeHTTP implements http.Handler.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-cache")
	if foreign(r) {
		http.Error(w, "This folder is not for pages of other sites.", http.StatusForbidden)
		return
	}
	switch {
	case s.Copies != nil && within(path.Clean(r.URL.Path), copiesRoot):
		s.Copies.serve(w, r, s.Log)
	case s.Folder != nil:
		s.Folder.ServeHTTP(w, r)
	default:
		nothing(w, r)
	}
}

// foreign reports whether another site's page in a browser of the guest may be
// behind a request: the browser says so, or the page's site has made its own name
// lead to the guest.
func foreign(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return site == "cross-site" || site == "same-site" || !nearby(r.Host)
}

// nearby reports whether a host is an address, or has a name that is not of the
// world.
func nearby(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.TrimSuffix(strings.Trim(host, "[]"), ".")
	if _, err := netip.ParseAddr(host); err == nil {
		return true
	}
	return !strings.Contains(host, ".") || strings.HasSuffix(host, ".local") || strings.HasSuffix(host, ".localdomain")
}

// empty is a folder without anything in it.
var empty = webdav.Handler{FileSystem: webdav.NewMemFS(), LockSystem: newLocks()}

// nothing serves an empty folder: clients want to see the root before they ask
// for what they know to be there.
func nothing(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	switch r.Method {
	case http.MethodOptions:
		optionsToRead(w)
	case "PROPFIND":
		if finite(w, r) {
			empty.ServeHTTP(w, r)
		}
	default:
		http.Error(w, "No folder is shared.", http.StatusForbidden)
	}
}

const finiteDepth = `<?xml version="1.0" encoding="utf-8"?><D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>`

// finite reports whether properties are asked for of one level or of one thing, and
// otherwise refuses. Clients that do not say how deep get one level.
func finite(w http.ResponseWriter, r *http.Request) bool {
	switch strings.ToLower(r.Header.Get("Depth")) {
	case "":
		r.Header.Set("Depth", "1")
	case "infinity":
		w.Header().Set("Content-Type", "application/xml; charset=utf-8")
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, finiteDepth)
		return false
	}
	return true
}
