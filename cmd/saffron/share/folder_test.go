package share

import (
	"encoding/xml"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/net/webdav"
)

// A bench is a shared folder beside a secret, and a client that writes what it
// likes onto the line.
type bench struct {
	*Folder
	dir, outside string
	copies       Copies
	server       *httptest.Server
}

func newBench(t *testing.T, readOnly bool) *bench {
	t.Helper()
	base := t.TempDir()
	b := &bench{dir: filepath.Join(base, "shared"), outside: filepath.Join(base, "outside")}
	for path, text := range map[string]string{
		"shared/hello.txt": "hello", "shared/sub/deep/x": "x", "shared/sub/y.html": "<b>y</b>",
		"outside/secret": "the secret", "shared-too/secret": "the secret",
	} {
		path = filepath.Join(base, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var err error
	if b.Folder, err = Open(b.dir, Options{ReadOnly: readOnly}); err != nil {
		t.Fatal(err)
	}
	b.server = httptest.NewServer(&Server{Folder: b.Folder, Copies: &b.copies, Log: slog.New(slog.DiscardHandler)})
	t.Cleanup(func() {
		b.server.Close()
		b.Close()
		if got, err := os.ReadFile(filepath.Join(b.outside, "secret")); err != nil || string(got) != "the secret" {
			t.Errorf("what lies outside is now %q, %v", got, err)
		}
		if list, _ := os.ReadDir(b.outside); len(list) != 1 {
			t.Errorf("outside there is now more: %v", list)
		}
	})
	return b
}

// ask sends a request whose path is written as it is.
func (b *bench) ask(t *testing.T, method, path, body string, headers ...string) (status int, answer string) {
	t.Helper()
	conn, err := net.Dial("tcp", b.server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(30 * time.Second))
	fmt.Fprintf(conn, "%s %s HTTP/1.0\r\nHost: localhost\r\nContent-Length: %d\r\n%s\r\n%s",
		method, path, len(body), lines(headers), body)
	all, err := io.ReadAll(conn)
	if err != nil && len(all) == 0 { // a server that has said no need not read on
		t.Fatal(err)
	}
	head, answer, _ := strings.Cut(string(all), "\r\n\r\n")
	if _, err := fmt.Sscanf(head, "HTTP/1.0 %d", &status); err != nil {
		t.Fatalf("%q: %v", all, err)
	}
	return status, head + "\r\n\r\n" + answer
}

func lines(headers []string) (all string) {
	for _, h := range headers {
		all += h + "\r\n"
	}
	return all
}

func (b *bench) link(t *testing.T, target, name string) {
	t.Helper()
	if err := os.Symlink(target, filepath.Join(b.dir, name)); err != nil {
		t.Skip(err)
	}
}

// TestServe does what clients do in the course of a day.
func TestServe(t *testing.T) {
	b := newBench(t, false)
	for _, step := range []struct {
		method, path, body string
		headers            []string
		status             int
		holds              string
	}{
		{"OPTIONS", "/", "", nil, 200, "Ms-Author-Via: DAV"},
		{"OPTIONS", "/", "", nil, 200, "Dav: 1, 2"},
		{"GET", "/hello.txt", "", nil, 200, "\r\n\r\nhello"},
		{"GET", "/hello.txt", "", []string{"Range: bytes=1-2"}, 206, "\r\n\r\nel"},
		{"HEAD", "/hello.txt", "", nil, 200, "Content-Length: 5"},
		{"GET", "/", "", nil, 200, `<a href="./hello.txt">hello.txt</a>`},
		{"GET", "/sub", "", nil, 301, "Location: /sub/"},
		{"GET", "/sub/", "", nil, 200, `<a href="../">`},
		{"GET", "/none", "", nil, 404, ""},
		{"PROPFIND", "/", "", []string{"Depth: 1"}, 207, "<D:href>/hello.txt</D:href>"},
		{"PROPFIND", "/", "", nil, 207, "<D:href>/sub/</D:href>"},
		{"PROPFIND", "/", "", []string{"Depth: 0"}, 207, "<D:href>/</D:href>"},
		{"PROPFIND", "/", "", []string{"Depth: infinity"}, 403, "propfind-finite-depth"},
		{"MKCOL", "/new", "", nil, 201, ""},
		{"MKCOL", "/new", "", nil, 405, ""},
		{"MKCOL", "/no/way", "", nil, 409, ""},
		{"PUT", "/new/file", "some text", nil, 201, ""},
		{"PUT", "/no/file", "some text", nil, 409, ""},
		{"PUT", "/new", "a folder", nil, 409, ""},
		{"COPY", "/new/file", "", []string{"Destination: /new/copy"}, 201, ""},
		{"COPY", "/new", "", []string{"Destination: http://localhost/tree"}, 201, ""},
		{"GET", "/tree/copy", "", nil, 200, "some text"},
		{"MOVE", "/new/file", "", []string{"Destination: /new/copy", "Overwrite: F"}, 412, ""},
		{"MOVE", "/new/file", "", []string{"Destination: /new/copy"}, 204, ""},
		{"GET", "/new/file", "", nil, 404, ""},
		{"LOCK", "/hello.txt", lockBody, []string{"Depth: 0"}, 200, "Lock-Token: <"},
		{"PUT", "/hello.txt", "changed", nil, 423, ""},
		{"PROPPATCH", "/new/copy", patchBody("Sun, 06 Nov 1994 08:49:37 GMT"), nil, 207, "HTTP/1.1 200 OK"},
		{"PROPPATCH", "/new", patchBody("Sun, 06 Nov 1994 08:49:37 GMT"), nil, 207, "HTTP/1.1 200 OK"},
		{"PROPPATCH", "/new", patchBody("yesterday"), nil, 207, "HTTP/1.1 403 Forbidden"}, // of the other property
		{"DELETE", "/tree", "", nil, 204, ""},
		{"DELETE", "/tree", "", nil, 404, ""},
		{"TRACE", "/", "", nil, 400, ""},
	} {
		status, answer := b.ask(t, step.method, step.path, step.body, step.headers...)
		if status != step.status || !strings.Contains(answer, step.holds) {
			t.Errorf("%s %s %v: %s", step.method, step.path, step.headers, answer)
		}
	}
	if i, err := os.Stat(filepath.Join(b.dir, "new", "copy")); err != nil || i.ModTime().Year() != 1994 {
		t.Errorf("the time of change: %v, %v", i.ModTime(), err)
	}
}

const lockBody = `<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope>` +
	`<D:locktype><D:write/></D:locktype><D:owner>me</D:owner></D:lockinfo>`

func patchBody(when string) string {
	return `<?xml version="1.0"?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>` +
		`<Z:Win32LastModifiedTime>` + when + `</Z:Win32LastModifiedTime><D:mine>x</D:mine></D:prop></D:set></D:propertyupdate>`
}

// TestReadOnly changes nothing.
func TestReadOnly(t *testing.T) {
	b := newBench(t, true)
	if !b.ReadOnly() || b.Path() != b.dir {
		t.Error(b.Path())
	}
	before := tree(t, b.dir)
	for method := range changes {
		if status, answer := b.ask(t, method, "/hello.txt", "x", "Destination: /other", "Lock-Token: <x>"); status != 403 {
			t.Errorf("%s: %s", method, answer)
		}
	}
	ctx := t.Context()
	if _, err := b.files.OpenFile(ctx, "/hello.txt", os.O_RDWR, 0); err == nil {
		t.Error("a file can be opened to be written")
	}
	if b.files.Mkdir(ctx, "/d", 0o755) == nil || b.files.RemoveAll(ctx, "/sub") == nil || b.files.Rename(ctx, "/sub", "/b") == nil {
		t.Error("the files can be changed")
	}
	if status, answer := b.ask(t, "OPTIONS", "/", ""); status != 200 || strings.Contains(answer, "PUT") {
		t.Error(answer)
	}
	if status, _ := b.ask(t, "GET", "/hello.txt", ""); status != 200 {
		t.Error("nor read")
	}
	if after := tree(t, b.dir); !slices.Equal(before, after) {
		t.Errorf("got %q, want %q", after, before)
	}
}

// tree lists all that is in a folder.
func tree(t *testing.T, dir string) (list []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			text, _ := os.ReadFile(path)
			path += "=" + string(text)
		}
		list = append(list, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// escapes are ways to write what lies outside.
var escapes = []string{
	"/../outside/secret", "/../../outside/secret", "/sub/../../outside/secret", "/%2e%2e/outside/secret",
	"/%2E%2E%2Foutside%2Fsecret", "/..%2foutside%2fsecret", "/sub/%2e%2e/%2e%2e/outside/secret", "/..%5coutside%5csecret",
	"/....//outside/secret", "/%252e%252e/outside/secret", "//../outside/secret", "/./.././outside/secret",
	"/../shared-too/secret", "/%c0%ae%c0%ae/outside/secret", "/..;/outside/secret", "/hello.txt/../../outside/secret",
	"/sub\\..\\..\\outside\\secret", "/%00/../outside/secret", "/hello.txt%00", "/C:/outside/secret", "/~/secret", "/etc/passwd",
	"/out/secret", "/out", "/out/", "/file", "/abs", "/chain", "/sub/up/outside/secret", "/root/etc/passwd", "/proc/cwd", "/loop", "/loop/x",
}

// TestEscape tries to get at what lies outside, in every way and by every
// method.
func TestEscape(t *testing.T) {
	b := newBench(t, false)
	b.link(t, "../outside", "out")
	b.link(t, "../outside/secret", "file")
	b.link(t, filepath.Join(b.outside, "secret"), "abs")
	b.link(t, "file", "chain")
	b.link(t, "../..", "sub/up")
	b.link(t, "/", "root")
	b.link(t, "/proc/self", "proc")
	b.link(t, "loop", "loop")
	if _, answer := b.ask(t, "PROPFIND", "/", "", "Depth: 1"); strings.Contains(answer, "/root") || strings.Contains(answer, "/file<") {
		t.Errorf("links that lead out are shown: %s", answer)
	}
	for _, path := range append(escapes, "http://localhost/../outside/secret", "/"+b.outside+"/secret") {
		for _, method := range []string{"GET", "HEAD", "PROPFIND", "DELETE", "PUT", "MKCOL", "PROPPATCH", "LOCK", "COPY", "MOVE"} {
			body := map[string]string{"PUT": "overwritten", "LOCK": lockBody, "PROPPATCH": patchBody("Sun, 06 Nov 1994 08:49:37 GMT")}[method]
			if method == "DELETE" && !strings.Contains(path, "secret") {
				continue // links may be removed
			}
			_, answer := b.ask(t, method, path, body, "Destination: /taken/"+method, "Depth: 0")
			if strings.Contains(answer, "the secret") || strings.Contains(answer, "root:") {
				t.Errorf("%s %s: %s", method, path, answer)
			}
		}
		for _, method := range []string{"COPY", "MOVE"} {
			b.ask(t, "PUT", "/mine", "overwritten")
			b.ask(t, method, "/mine", "", "Destination: "+path) // newBench looks at what lies outside
		}
	}
	for _, line := range tree(t, b.dir) {
		if strings.Contains(line, "the secret") {
			t.Errorf("it was copied: %s", line)
		}
	}
}

// TestLinksInside follows what stays inside.
func TestLinksInside(t *testing.T) {
	b := newBench(t, false)
	b.link(t, "sub", "door")
	b.link(t, "sub/deep/x", "x")
	for _, path := range []string{"/door/deep/x", "/x"} {
		if status, answer := b.ask(t, "GET", path, ""); status != 200 || !strings.HasSuffix(answer, "\n\r\nx") {
			t.Errorf("%s: %s", path, answer)
		}
	}
	if _, answer := b.ask(t, "PROPFIND", "/", ""); !strings.Contains(answer, "/door/<") {
		t.Error(answer)
	}
	b.ask(t, "DELETE", "/door", "")
	if _, err := os.Stat(filepath.Join(b.dir, "sub/deep/x")); err != nil {
		t.Errorf("removing a link removed what it leads to: %v", err)
	}
}

// TestIntoItself copies and moves a folder into itself and onto what holds it.
func TestIntoItself(t *testing.T) {
	b := newBench(t, false)
	b.link(t, "sub", "door")
	before := tree(t, b.dir)
	for _, pair := range [][2]string{
		{"/sub", "/sub/inner"}, {"/sub/deep", "/sub"}, {"/", "/sub/all"}, {"/sub", "/"}, {"/sub", "/sub"}, {"/sub", "/./sub/"},
		{"/sub", "/door"}, {"/hello.txt", "/"}, {"/sub", "/%73ub/inner"},
	} {
		for _, method := range []string{"COPY", "MOVE"} {
			if status, answer := b.ask(t, method, pair[0], "", "Destination: "+pair[1]); status < 400 {
				t.Errorf("%s %v: %s", method, pair, answer)
			}
		}
	}
	for _, dst := range []string{"", "http://[", "http://elsewhere/x", "%zz"} {
		if status, answer := b.ask(t, "MOVE", "/sub", "", "Destination: "+dst); status < 400 {
			t.Errorf("to %q: %s", dst, answer)
		}
	}
	if status, answer := b.ask(t, "DELETE", "/", ""); status < 400 {
		t.Error(answer)
	}
	if after := tree(t, b.dir); !slices.Equal(before, after) {
		t.Errorf("got %q, want %q", after, before)
	}
	b.ask(t, "COPY", "/sub", "", "Destination: /door/inner") // by the back door: it comes to an end
	if list := tree(t, b.dir); len(list) > 3*maxElements {
		t.Errorf("%d files", len(list))
	}
}

// TestSpecial leaves alone what would block, or is a device.
func TestSpecial(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no pipes among files")
	}
	b := newBench(t, false)
	makePipe(t, filepath.Join(b.dir, "pipe"))
	l, err := net.Listen("unix", filepath.Join(b.dir, "socket"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, name := range []string{"/pipe", "/socket"} {
		for _, method := range []string{"GET", "PUT", "PROPFIND", "COPY", "LOCK"} {
			status, answer := b.ask(t, method, name, lockBody, "Destination: /copy", "Depth: 0")
			if status < 400 {
				t.Errorf("%s %s: %s", method, name, answer)
			}
		}
	}
	if _, answer := b.ask(t, "PROPFIND", "/", ""); strings.Contains(answer, "pipe") || strings.Contains(answer, "socket") {
		t.Error(answer)
	}
}

// TestPage keeps pages of other sites away, and shows names that are not nice.
func TestPage(t *testing.T) {
	b := newBench(t, false)
	for _, site := range []string{"cross-site", "same-site"} {
		if status, _ := b.ask(t, "GET", "/hello.txt", "", "Sec-Fetch-Site: "+site); status != 403 {
			t.Errorf("%s: %d", site, status)
		}
	}
	for host, want := range map[string]bool{
		"": true, "localhost:9843": true, "127.0.0.1:9843": true, "[::1]:9843": true, "::1": true, "vm": true, "vm.local:9843": true, "vm.local.": true,
		"evil.example:9843": false, "127.0.0.1.evil.example": false, "evil.example.": false, "local.example": false,
	} {
		if got := nearby(host); got != want {
			t.Errorf("%q is nearby: %v", host, got)
		}
	}
	if status, _ := b.ask(t, "GET", "http://evil.example/hello.txt", ""); status != 403 {
		t.Errorf("the name of another site: %d", status)
	}
	if status, _ := b.ask(t, "GET", "/hello.txt", "", "Sec-Fetch-Site: same-origin"); status != 200 {
		t.Errorf("the same site: %d", status)
	}
	if runtime.GOOS == "windows" {
		return
	}
	for _, name := range []string{"<script>alert(1)<", "javascript:alert(1)", "a b#c?d%e&f", "\xff\xfe", `"'`} {
		if err := os.WriteFile(filepath.Join(b.dir, name), []byte("odd"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, page := b.ask(t, "GET", "/", "")
	if strings.Contains(page, "<script>") || strings.Contains(page, `href="javascript`) {
		t.Error(page)
	}
	if status, answer := b.ask(t, "GET", "/a%20b%23c%3Fd%25e&f", ""); status != 200 {
		t.Error(answer)
	}
	if _, answer := b.ask(t, "PROPFIND", "/", ""); xml.Unmarshal([]byte(answer[strings.Index(answer, "<?xml"):]), new(struct{})) != nil {
		t.Errorf("names spoil the list: %s", answer)
	}
}

// TestLarge sends what would fill the memory.
func TestLarge(t *testing.T) {
	b := newBench(t, false)
	for _, method := range []string{"PROPFIND", "PROPPATCH", "LOCK"} {
		body := `<?xml version="1.0"?><D:propfind xmlns:D="DAV:"><D:prop>` + strings.Repeat("<D:x/>", 20_000)
		if status, answer := b.ask(t, method, "/hello.txt", body, "Depth: 1"); status < 400 {
			t.Errorf("%s: %.300s", method, answer)
		}
	}
	if status, _ := b.ask(t, "GET", "/"+strings.Repeat("a/", 8_000), ""); status < 400 {
		t.Errorf("a long path: %d", status)
	}
	if status, answer := b.ask(t, "MKCOL", "/"+strings.Repeat("a/", maxElements+1), ""); status < 400 {
		t.Error(answer)
	}
	if status, answer := b.ask(t, "GET", "/"+strings.Repeat("a", 5000), ""); status != 404 {
		t.Error(answer)
	}
	big := strings.Repeat("0123456789abcdef", 1<<18)
	if status, answer := b.ask(t, "PUT", "/big", big); status != 201 {
		t.Error(answer)
	}
	if _, answer := b.ask(t, "GET", "/big", ""); !strings.HasSuffix(answer, big) {
		t.Error("it comes back otherwise")
	}
}

// TestPause takes the folder away and gives it back.
func TestPause(t *testing.T) {
	b := newBench(t, false)
	b.Pause(true)
	if status, _ := b.ask(t, "GET", "/hello.txt", ""); status != 403 || !b.Paused() {
		t.Errorf("%d", status)
	}
	b.Pause(false)
	if status, _ := b.ask(t, "GET", "/hello.txt", ""); status != 200 {
		t.Errorf("%d", status)
	}
}

// TestParallel lets many clients work at once.
func TestParallel(t *testing.T) {
	b := newBench(t, false)
	var all sync.WaitGroup
	for n := range 30 {
		all.Go(func() {
			for i := range 5 {
				name, text := fmt.Sprintf("/f%d-%d", n, i), strings.Repeat(fmt.Sprint(n), 10_000)
				r, _ := http.NewRequest("PUT", b.server.URL+name, strings.NewReader(text))
				if answer, err := http.DefaultClient.Do(r); err != nil || answer.StatusCode != 201 {
					t.Errorf("PUT: %v, %v", answer, err)
					return
				}
				answer, err := http.Get(b.server.URL + name)
				if err != nil {
					t.Error(err)
					return
				}
				if got, _ := io.ReadAll(answer.Body); string(got) != text {
					t.Errorf("%s has %d bytes", name, len(got))
				}
				answer.Body.Close()
			}
		})
	}
	all.Wait()
}

func TestLocks(t *testing.T) {
	l, now := newLocks(), time.Now()
	var tokens []string
	for i := range maxLocks {
		token, err := l.Create(now, webdav.LockDetails{Root: fmt.Sprintf("/%d", i), Duration: -1, ZeroDepth: true})
		if err != nil {
			t.Fatal(err)
		}
		tokens = append(tokens, token)
	}
	more := webdav.LockDetails{Root: "/more", Duration: time.Minute, ZeroDepth: true}
	if _, err := l.Create(now, more); err == nil {
		t.Error("one too many")
	}
	if err := l.Unlock(now, tokens[0]); err != nil {
		t.Error(err)
	}
	if _, err := l.Create(now, more); err != nil {
		t.Error(err)
	}
	if d, err := l.Refresh(now, tokens[1], -1); err != nil || d.Duration != lockTime {
		t.Error(d, err)
	}
	later := now.Add(lockTime + time.Second)
	if _, err := l.Create(later, webdav.LockDetails{Root: "/later", Duration: time.Minute}); err != nil || len(l.held) > 2 {
		t.Errorf("%d are held: %v", len(l.held), err)
	}
}

func TestOpenNothing(t *testing.T) {
	for _, dir := range []string{filepath.Join(t.TempDir(), "none"), "folder_test.go"} {
		if f, err := Open(dir, Options{}); err == nil {
			f.Close()
			t.Errorf("%s is shared", dir)
		}
	}
}

// FuzzNames looks for names that lead out of the folder.
func FuzzNames(f *testing.F) {
	for _, name := range escapes {
		f.Add(name)
	}
	base := f.TempDir()
	os.MkdirAll(filepath.Join(base, "shared", "sub"), 0o755)
	os.WriteFile(filepath.Join(base, "secret"), []byte("the secret"), 0o600)
	os.Symlink("../secret", filepath.Join(base, "shared", "link"))
	folder, err := Open(filepath.Join(base, "shared"), Options{ReadOnly: true})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, name string) {
		file, err := folder.files.OpenFile(t.Context(), name, os.O_RDONLY, 0)
		if err != nil {
			return
		}
		defer file.Close()
		if i, err := file.Stat(); err != nil || !i.IsDir() { // there are no files
			text, _ := io.ReadAll(file)
			t.Fatalf("%q leads to %q", name, text)
		}
	})
}
