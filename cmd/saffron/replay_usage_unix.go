//go:build unix

package main

import (
	"runtime"
	"syscall"
	"time"
)

// cpuTime returns how long processors have worked for this process.
func cpuTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// peakMemory returns the most memory that this process has had, in bytes.
func peakMemory() uint64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return rssBytes(&u)
}

// rssBytes returns the peak of memory in bytes.
func rssBytes(u *syscall.Rusage) uint64 {
	if runtime.GOOS == "darwin" { // which counts bytes, the others kilobytes
		return uint64(u.Maxrss)
	}
	return uint64(u.Maxrss) << 10
}
