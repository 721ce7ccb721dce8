//go:build linux

package share

import (
	"os"
	"strings"
	"syscall"
	"testing"
)

// TestNoSpace fills a small file system.
func TestNoSpace(t *testing.T) {
	b := newBench(t, false)
	if err := syscall.Mount("none", b.dir+"/sub", "tmpfs", 0, "size=64k"); err != nil {
		t.Skip("mounting: ", err)
	}
	defer syscall.Unmount(b.dir+"/sub", syscall.MNT_DETACH)
	if status, answer := b.ask(t, "PUT", "/sub/small", "fits"); status != 201 {
		t.Error(answer)
	}
	if status, answer := b.ask(t, "PUT", "/sub/big", strings.Repeat("x", 200_000)); status != 507 {
		t.Error(answer)
	}
	for _, method := range []string{"PUT", "COPY"} {
		body, path, to := "", "/large", "Destination: http://localhost/sub/small"
		if method == "PUT" {
			body, path = strings.Repeat("x", 200_000), "/sub/small"
		} else if err := os.WriteFile(b.dir+"/large", make([]byte, 200_000), 0o644); err != nil {
			t.Fatal(err)
		}
		if status, _ := b.ask(t, method, path, body, to); status < 400 {
			t.Errorf("%s: %d", method, status)
		}
		if got, err := os.ReadFile(b.dir + "/sub/small"); err != nil || string(got) != "fits" {
			t.Errorf("%s: what was there is %q, %v", method, got, err)
		}
	}
	if list, err := os.ReadDir(b.dir + "/sub"); err != nil || len(list) != 1 {
		t.Errorf("left are %v, %v", list, err)
	}
	if status, answer := b.ask(t, "PUT", "/no/way", "x"); status != 409 {
		t.Error(answer)
	}
}
