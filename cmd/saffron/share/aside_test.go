package share

import (
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestMoveFails loses nothing: neither to a source that is gone, as when a client
// asks again, nor to one that cannot be moved.
func TestMoveFails(t *testing.T) {
	b := newBench(t, false)
	kept := func(name, want string) {
		t.Helper()
		if got, err := os.ReadFile(filepath.Join(b.dir, name)); err != nil || string(got) != want {
			t.Errorf("%s is now %q, %v", name, got, err)
		}
	}
	to := func(path string) string { return "Destination: http://localhost" + path }
	if status, _ := b.ask(t, "MOVE", "/gone", "", to("/hello.txt")); status < 400 {
		t.Errorf("moving what is not there: %d", status)
	}
	kept("hello.txt", "hello")
	if status, _ := b.ask(t, "MOVE", "/gone", "", to("/sub")); status < 400 {
		t.Errorf("moving what is not there: %d", status)
	}
	kept("sub/deep/x", "x")

	if err := os.WriteFile(filepath.Join(b.dir, "new"), []byte("new"), 0o644); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time is one again
		b.ask(t, "MOVE", "/new", "", to("/hello.txt"))
		kept("hello.txt", "new")
	}
	list, err := os.ReadDir(b.dir)
	if err != nil || len(list) != 2 {
		t.Errorf("left are %v, %v", list, err)
	}
}

// TestUploadBreaks keeps what was there when a connection ends in the middle of a
// file, and takes the rights of what it replaces when it does not.
func TestUploadBreaks(t *testing.T) {
	b := newBench(t, false)
	path := filepath.Join(b.dir, "hello.txt")
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"hello.txt", "new"} {
		conn, err := net.Dial("tcp", b.server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		conn.SetDeadline(time.Now().Add(30 * time.Second))
		fmt.Fprintf(conn, "PUT /%s HTTP/1.0\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nthe first words", name)
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn) // until it has been dealt with
		conn.Close()
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "hello" {
		t.Errorf("it is now %q, %v", got, err)
	}
	if list, err := os.ReadDir(b.dir); err != nil || len(list) != 2 {
		t.Errorf("left are %v, %v", list, err)
	}
	if status, answer := b.ask(t, "PUT", "/hello.txt", "whole"); status != 201 {
		t.Error(answer)
	}
	if i, err := os.Stat(path); err != nil || i.Mode().Perm() != 0o640 || i.Size() != 5 {
		t.Errorf("%v, %v", i, err)
	}
	if os.Chmod(path, 0o400) == nil && os.Getuid() != 0 {
		if status, _ := b.ask(t, "PUT", "/hello.txt", "not mine"); status < 400 {
			t.Error("what cannot be written is replaced")
		}
	}
	if err := os.Symlink("sub/y.html", filepath.Join(b.dir, "link")); err != nil {
		t.Skip(err)
	}
	b.ask(t, "PUT", "/link", "through the link")
	if got, err := os.ReadFile(filepath.Join(b.dir, "sub/y.html")); err != nil || string(got) != "through the link" {
		t.Errorf("through a link: %q, %v", got, err)
	}
}
