package display

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"unsafe"
)

// A sharedMemory is a picture in memory that another program writes: a dma-buf,
// or a file of memory. One goroutine uses it.
type sharedMemory struct {
	file *os.File
	pix  []byte // changes while it is read, and may vanish
	sync bool   // the kernel is to be told of reading
}

// openShared maps size bytes of file, which it owns from now on.
func openShared(file *os.File, size int64) (_ *sharedMemory, err error) {
	defer func() {
		if err != nil {
			file.Close()
		}
	}()
	sync, err := readable(file)
	if err != nil {
		return nil, err
	}
	have, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if have < size {
		return nil, fmt.Errorf("its memory has %d bytes, the picture takes %d", have, size)
	}
	pix, err := syscall.Mmap(int(file.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &sharedMemory{file, pix, sync}, nil
}

// dmabufFS is the type of the file system of dma-bufs (DMA_BUF_MAGIC).
const dmabufFS = 0x444d4142

// linear are the exporters of dma-bufs whose memory is row after row. The
// others are drivers of GPUs, where it may be in tiles of any kind: the message
// does not say.
var linear = []string{"udmabuf", "system"}

// readable finds out whether a file holds pixels that can be read row after
// row, and whether it is a dma-buf.
func readable(file *os.File) (dmabuf bool, err error) {
	var fs syscall.Statfs_t
	if err := syscall.Fstatfs(int(file.Fd()), &fs); err != nil {
		return false, os.NewSyscallError("fstatfs", err)
	}
	if uint32(fs.Type) == dmabufFS {
		if name := exporter(file); !slices.Contains(linear, name) {
			return true, fmt.Errorf("its memory belongs to %q", name)
		}
		return true, nil
	}
	info, err := file.Stat()
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("its descriptor is of another kind: %v", info.Mode())
	}
	return false, nil
}

// exporter returns the kernel's name of what a dma-buf belongs to, or "".
func exporter(file *os.File) string {
	info, err := os.Open(fmt.Sprintf("/proc/self/fdinfo/%d", file.Fd()))
	if err != nil {
		return ""
	}
	defer info.Close()
	for lines := bufio.NewScanner(info); lines.Scan(); {
		if name, ok := strings.CutPrefix(lines.Text(), "exp_name:"); ok {
			return strings.TrimSpace(name)
		}
	}
	return ""
}

var errVanished = errors.New("its memory is no longer there")

// read calls f with the memory. What f reads of it may be gone, if the other
// program cut it off: that ends f and is an error.
func (m *sharedMemory) read(f func(pix []byte)) (err error) {
	if m.sync {
		if err := m.access(syncRead); err != nil {
			return err
		}
		defer func() { _ = m.access(syncRead | syncEnd) }() // nothing could be done about it
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if _, fault := r.(interface{ Addr() uintptr }); !fault {
			panic(r)
		}
		err = errVanished
	}()
	f(m.pix)
	return nil
}

// Flags of dma_buf_sync.
const (
	syncRead = 1
	syncEnd  = 4
)

// access tells the kernel that reading begins or ends (DMA_BUF_IOCTL_SYNC).
func (m *sharedMemory) access(flags uint64) error {
	const request = 0x40086200
	for {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, m.file.Fd(), request, uintptr(unsafe.Pointer(&flags)))
		switch errno {
		case 0:
			return nil
		case syscall.EINTR, syscall.EAGAIN:
			continue
		}
		return os.NewSyscallError("DMA_BUF_IOCTL_SYNC", errno)
	}
}

func (m *sharedMemory) close() {
	_ = syscall.Munmap(m.pix) // it was mapped as it is
	m.file.Close()
}
