//go:build linux

package share

import (
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
	if status, answer := b.ask(t, "PUT", "/no/way", "x"); status != 409 {
		t.Error(answer)
	}
}
