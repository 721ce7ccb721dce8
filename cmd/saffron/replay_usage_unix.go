//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// terminate asks a process to end.
var terminate os.Signal = syscall.SIGTERM

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
	if n := peakMemoryOf(os.Getpid()); n > 0 {
		return n
	}
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return rssBytes(&u)
}

// peakMemoryIn returns the most memory that an ended process has had, in bytes.
func peakMemoryIn(s *os.ProcessState) uint64 {
	if u, ok := s.SysUsage().(*syscall.Rusage); ok {
		return rssBytes(u)
	}
	return 0
}

func rssBytes(u *syscall.Rusage) uint64 {
	if runtime.GOOS == "darwin" { // which counts bytes, the others kilobytes
		return uint64(u.Maxrss)
	}
	return uint64(u.Maxrss) << 10
}

// peakMemoryOf returns the most memory that a running process has had since it
// began its program, in bytes, or 0 if that is not known.
func peakMemoryOf(pid int) uint64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := bytes.Cut(status, []byte("\nVmHWM:"))
	fields := bytes.Fields(rest)
	if len(fields) == 0 {
		return 0
	}
	n, _ := strconv.ParseUint(string(fields[0]), 10, 64)
	return n << 10
}
