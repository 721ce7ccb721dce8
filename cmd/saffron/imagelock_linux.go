package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// lockImage keeps others from an image: all that write it, and from one that is
// written here all that read it. The locks are of the kind that QEMU uses, which
// it thus respects, too. They go with the file.
func lockImage(f *os.File, readOnly bool) error {
	lock := unix.Flock_t{Type: unix.F_WRLCK}
	if readOnly {
		lock.Type = unix.F_RDLCK
	}
	return unix.FcntlFlock(f.Fd(), unix.F_OFD_SETLK, &lock)
}
