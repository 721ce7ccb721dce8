package window

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// softwareGL reports whether the GL of this process, which has been set up,
// draws in software. ebiten does not say. Mesa's llvmpipe names its threads, of
// which it has none on a computer with one core: there Mesa's drivers are loaded,
// and no GPU is open.
func softwareGL() bool {
	names, err := filepath.Glob("/proc/self/task/*/comm")
	if err != nil {
		return false
	}
	for _, n := range names {
		if name, err := os.ReadFile(n); err == nil && bytes.HasPrefix(name, []byte("llvmpipe-")) {
			return true
		}
	}
	return runtime.NumCPU() == 1 && loadsMesa() && !usesGPU()
}

// loadsMesa reports whether this process has loaded drivers of Mesa.
func loadsMesa() bool {
	maps, err := os.ReadFile("/proc/self/maps")
	return err == nil && (bytes.Contains(maps, []byte("/swrast_dri.so")) || bytes.Contains(maps, []byte("/libgallium")))
}

// gpuDevices is what the devices of GPUs begin with.
var gpuDevices = []string{"/dev/dri/", "/dev/nvidia", "/dev/dxg", "/dev/mali", "/dev/kgsl", "/dev/pvr"}

// usesGPU reports whether this process has a GPU open.
func usesGPU() bool {
	files, err := filepath.Glob("/proc/self/fd/*")
	if err != nil {
		return true
	}
	return slices.ContainsFunc(files, func(f string) bool {
		to, err := os.Readlink(f)
		return err == nil && slices.ContainsFunc(gpuDevices, func(d string) bool { return strings.HasPrefix(to, d) })
	})
}

// A segment is memory that is shared with the X server.
type segment struct {
	id  int
	mem []byte
}

// newSegment makes a segment, which nobody but our user may attach to.
func newSegment(n int) (segment, error) {
	id, err := unix.SysvShmGet(unix.IPC_PRIVATE, n, unix.IPC_CREAT|0o600)
	if err != nil {
		return segment{}, os.NewSyscallError("shmget", err)
	}
	mem, err := unix.SysvShmAttach(id, 0, 0)
	if err != nil {
		s := segment{id: id}
		s.remove()
		return segment{}, os.NewSyscallError("shmat", err)
	}
	return segment{id, mem}, nil
}

// remove gives up the segment's id: it goes when the last one detaches, or
// ends.
func (s segment) remove() { _, _ = unix.SysvShmCtl(s.id, unix.IPC_RMID, nil) }

func (s segment) detach() { _ = unix.SysvShmDetach(s.mem) }
