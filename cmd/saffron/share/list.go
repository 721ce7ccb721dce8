package share

import (
	"cmp"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
)

var listing = template.Must(template.New("list").Parse(`<!DOCTYPE html>
<html><head><meta charset="utf-8"><title>{{.Title}}</title>
<style>body{font:16px sans-serif;margin:2em}td{padding:.2em 2em .2em 0}td+td{text-align:right;color:#555}</style></head>
<body><h1>{{.Title}}</h1><table>
{{range .Entries}}<tr><td><a href="{{.Ref}}">{{.Name}}</a></td><td>{{.Size}}</td><td>{{.Changed}}</td></tr>
{{end}}</table></body></html>
`))

type listEntry struct {
	Name, Size, Changed string
	Ref                 string
}

// list answers with a page of what is in a folder.
func (f *Folder) list(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "" || r.URL.Path[len(r.URL.Path)-1] != '/' {
		http.Redirect(w, r, (&url.URL{Path: path.Clean("/"+r.URL.Path) + "/"}).EscapedPath(), http.StatusMovedPermanently)
		return
	}
	dir, err := f.files.OpenFile(r.Context(), f.name(r), os.O_RDONLY, 0)
	if err != nil {
		http.Error(w, "It cannot be read.", http.StatusNotFound)
		return
	}
	defer dir.Close()
	infos, err := dir.Readdir(-1)
	if err != nil {
		http.Error(w, "It cannot be read.", http.StatusNotFound)
		return
	}
	slices.SortFunc(infos, func(a, b fs.FileInfo) int { return cmp.Compare(a.Name(), b.Name()) })
	page := struct {
		Title   string
		Entries []listEntry
	}{Title: path.Clean(r.URL.Path)}
	if page.Title != "/" {
		page.Entries = append(page.Entries, listEntry{Name: "..", Ref: "../"})
	}
	for _, i := range infos {
		page.Entries = append(page.Entries, entryOf(i))
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	if r.Method == http.MethodHead {
		return
	}
	if err := listing.Execute(w, page); err != nil {
		f.log.Debug("listing a folder", "err", err)
	}
}

func entryOf(i fs.FileInfo) listEntry {
	e := listEntry{Name: i.Name(), Changed: i.ModTime().Format("2006-01-02 15:04")}
	ref := url.URL{Path: "./" + i.Name()} // else a colon would make it a scheme
	if i.IsDir() {
		e.Name += "/"
		ref.Path += "/"
	} else {
		e.Size = size(i.Size())
	}
	e.Ref = ref.EscapedPath()
	return e
}
