package share

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// copied adds files of the bench by their names beside the shared folder.
func (b *bench) copied(t *testing.T, names ...string) []string {
	t.Helper()
	var paths []string
	for _, n := range names {
		paths = append(paths, filepath.Join(filepath.Dir(b.dir), n))
	}
	return b.copies.Add(paths)
}

// TestCopies reads a file and a folder that were copied, as a guest that pastes
// them does.
func TestCopies(t *testing.T) {
	b := newBench(t, false)
	names := b.copied(t, "outside/secret", "shared/sub")
	if len(names) != 2 || path.Base(names[0]) != "secret" || path.Base(names[1]) != "sub" {
		t.Fatalf("they are called %q", names)
	}
	file, dir := names[0], names[1]
	for _, step := range []struct {
		method, path string
		status       int
		holds        string
	}{
		{"OPTIONS", file, 200, "Allow: OPTIONS, GET, HEAD, PROPFIND\r\n"},
		{"PROPFIND", file, 207, "<D:getcontentlength>10</D:getcontentlength>"},
		{"GET", file, 200, "the secret"},
		{"PROPFIND", path.Dir(file), 207, "<D:href>" + file + "</D:href>"},
		{"PROPFIND", dir, 207, "<D:href>" + dir + "/deep/</D:href>"},
		{"PROPFIND", dir + "/", 207, "<D:href>" + dir + "/y.html</D:href>"},
		{"PROPFIND", dir + "/deep", 207, "<D:href>" + dir + "/deep/x</D:href>"},
		{"GET", dir + "/deep/x", 200, "x"},
		{"GET", dir + "/", 200, "y.html"},
		{"GET", dir, 301, dir + "/"},
		{"GET", "/hello.txt", 200, "hello"},
	} {
		status, answer := b.ask(t, step.method, step.path, "")
		if status != step.status || !strings.Contains(answer, step.holds) {
			t.Errorf("%s %s: %s", step.method, step.path, answer)
		}
	}
}

// TestCopiesConfined asks for what was not copied, and wants to change what was.
func TestCopiesConfined(t *testing.T) {
	b := newBench(t, false)
	b.link(t, "../outside/secret", "sub/out")
	b.link(t, "../hello.txt", "sub/beside") // within the shared folder, but not within what is copied
	b.link(t, "y.html", "sub/in")
	names := b.copied(t, "shared/sub", "shared/hello.txt", "shared-too/secret")
	dir, file := names[0], names[1]
	if status, answer := b.ask(t, "GET", dir+"/in", ""); status != 200 || !strings.HasSuffix(answer, "<b>y</b>") {
		t.Errorf("a link that stays inside: %s", answer)
	}
	for _, name := range []string{
		dir + "/out", dir + "/beside", dir + "/../hello.txt", dir + "/..%2fhello.txt", dir + "/%2e%2e/hello.txt",
		dir + "/../../../../outside/secret", path.Dir(dir) + "/hello.txt", path.Dir(dir) + "/sub2",
		path.Dir(file) + "/sub/y.html", path.Dir(file) + "/sub", file + "/x", file + "%00",
		"/.spice-clipboard", "/.spice-clipboard/", "/.spice-clipboard/x/hello.txt", "/.spice-clipboard//hello.txt",
		strings.Replace(file, "-1/", "-7/", 1), strings.Replace(file, "-1/", "--1/", 1), strings.Replace(file, "-1/", "-01/", 1),
		strings.Replace(file, "-1/", "/", 1), "/./.spice-clipboard/../outside/secret",
	} {
		status, answer := b.ask(t, "GET", name, "")
		if status != 404 && status != 400 || strings.Contains(answer, "the secret") {
			t.Errorf("GET %s: %s", name, answer)
		}
	}
	_, listing := b.ask(t, "PROPFIND", path.Dir(file), "")
	if strings.Contains(listing, "sub") {
		t.Errorf("what lies beside is listed: %s", listing)
	}
	for _, method := range []string{"PUT", "DELETE", "MKCOL", "COPY", "MOVE", "PROPPATCH", "LOCK", "UNLOCK"} {
		for _, name := range []string{file, dir + "/y.html", dir + "/new", path.Dir(file) + "/new"} {
			if status, _ := b.ask(t, method, name, "", "Destination: http://localhost/stolen"); status != 403 {
				t.Errorf("%s %s: %d", method, name, status)
			}
		}
	}
	for _, method := range []string{"COPY", "MOVE"} { // into the shared folder, from or to what was copied
		if status, _ := b.ask(t, method, "/hello.txt", "", "Destination: http://localhost"+dir+"/new"); status < 400 {
			t.Errorf("%s into what was copied: %d", method, status)
		}
	}
	if got := tree(t, filepath.Join(b.dir, "sub")); len(got) != 7 {
		t.Errorf("there is now %q", got)
	}
}

// TestCopiesKept keeps the latest lists, and one list once.
func TestCopiesKept(t *testing.T) {
	b := newBench(t, false)
	first := b.copied(t, "shared/hello.txt")
	if again := b.copied(t, "shared/hello.txt"); !slices.Equal(first, again) {
		t.Errorf("the same file is now %q, was %q", again, first)
	}
	if got := b.copied(t, "nowhere"); got != nil {
		t.Errorf("what is not there is called %q", got)
	}
	for i := range maxSets - 1 {
		name := filepath.Join(b.dir, fmt.Sprint(i))
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		b.copies.Add([]string{name})
	}
	if status, _ := b.ask(t, "GET", first[0], ""); status != 200 {
		t.Errorf("it is gone: %d", status)
	}
	b.copied(t, "shared/sub")
	if status, _ := b.ask(t, "GET", first[0], ""); status != 404 {
		t.Errorf("it is still there: %d", status)
	}
	last := b.copied(t, "shared/sub")
	b.copies.Clear()
	if status, _ := b.ask(t, "PROPFIND", last[0], ""); status != 404 {
		t.Errorf("after all was taken away: %d", status)
	}
}

// TestNothing serves no folder, which clients see as an empty one.
func TestNothing(t *testing.T) {
	server := httptest.NewServer(&Server{Log: slog.New(slog.DiscardHandler)})
	defer server.Close()
	for _, step := range []struct {
		method, path, depth string
		status              int
	}{
		{"OPTIONS", "/", "", 200}, {"PROPFIND", "/", "1", 207}, {"PROPFIND", "/", "", 207}, {"PROPFIND", "/", "infinity", 403},
		{"PROPFIND", "/x", "0", 404}, {"GET", "/", "", 403}, {"GET", "/.spice-clipboard/x-0/y", "", 403},
		{"PUT", "/x", "", 403}, {"MKCOL", "/x", "", 403}, {"LOCK", "/x", "", 403}, {"COPY", "/", "", 403},
	} {
		r, _ := http.NewRequest(step.method, server.URL+step.path, nil)
		if step.depth != "" {
			r.Header.Set("Depth", step.depth)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != step.status {
			t.Errorf("%s %s, depth %q: %s", step.method, step.path, step.depth, answer.Status)
		}
	}
}
