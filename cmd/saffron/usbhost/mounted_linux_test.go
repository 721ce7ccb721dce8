package usbhost

import (
	"os"
	"path/filepath"
	"testing"
)

// TestMounted finds out which devices have mounted file systems: on a disk, on a
// part of one, on an encrypted part, and by name.
func TestMounted(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const disk = ":1.0/host4/target4:0:0/4:0:0:0/block/"
	write("1-1/1-1"+disk+"sda/dev", "8:0\n")
	write("1-2/1-2"+disk+"sdb/dev", "8:16\n")
	write("1-2/1-2"+disk+"sdb/sdb1/dev", "8:17\n")
	write("1-3/1-3"+disk+"sdc/dev", "8:32\n")
	write("1-3/1-3"+disk+"sdc/sdc2/dev", "8:34\n")
	write("1-3/1-3"+disk+"sdc/sdc2/holders/dm-0/dev", "253:0\n")
	write("1-3/1-3"+disk+"sdc/sdc2/holders/dm-0/holders/dm-1/dev", "253:1\n")
	write("1-4/1-4"+disk+"sdd/sdd1/dev", "8:49\n")
	write("1-5/1-5"+disk+"sde/dev", "8:64\n")
	write("1-6/product", "a mouse\n")
	write("mounts", `22 1 253:1 / / rw,relatime - ext4 /dev/mapper/vg-root rw
23 22 0:5 / /dev rw - devtmpfs udev rw
24 22 8:17 / /media/my\040stick rw shared:1 - vfat /dev/sdb1 rw
25 22 0:40 / /data rw - btrfs /dev/sdd1 rw
26 22 8:0 / /whole rw - ext4 /dev/sda rw
nonsense
`)
	for port, want := range map[string]string{
		"1-1": "/whole", "1-2": "/media/my stick", "1-3": "/", "1-4": "/data", "1-5": "", "1-6": "", "1-7": "",
	} {
		if got := mounted(dir, filepath.Join(dir, "mounts"), port); got != want {
			t.Errorf("%s: %q, want %q", port, got, want)
		}
	}
	if got := mounted(dir, filepath.Join(dir, "none"), "1-1"); got != "" {
		t.Errorf("without a table: %q", got)
	}
}
