package pane

import (
	"errors"
	"fmt"
	"image"
	"io"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// Supported says whether this system has panes.
const Supported = true

// A conn is one end of the socket between the processes.
type conn struct{ *net.UnixConn }

// newConns returns both ends: one to use, and one for the other process. The
// processes do not inherit the wrong one, or neither would see the other end.
func newConns() (conn, *os.File, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return conn{}, nil, os.NewSyscallError("socketpair", err)
	}
	theirs := os.NewFile(uintptr(fds[1]), "pane")
	c, err := openConn(os.NewFile(uintptr(fds[0]), "pane"))
	if err != nil {
		theirs.Close()
		return conn{}, nil, err
	}
	return c, theirs, nil
}

// openConn makes an end of a descriptor, which it closes.
func openConn(f *os.File) (conn, error) {
	defer f.Close()
	c, err := net.FileConn(f)
	if err != nil {
		return conn{}, err
	}
	u, ok := c.(*net.UnixConn)
	if !ok {
		c.Close()
		return conn{}, errors.New("the descriptor is no socket of this system")
	}
	return conn{u}, nil
}

// send sends a message and, if it is not nil, a file with it.
func (c conn) send(v any, file *os.File) error {
	body, err := encode(v)
	if err != nil {
		return err
	}
	var rights []byte
	if file != nil {
		rights = unix.UnixRights(int(file.Fd()))
	}
	_, _, err = c.WriteMsgUnix(body, rights, nil)
	return err
}

// receive waits for a message. The file, nil for none, is the caller's. At the
// end it fails with io.EOF.
func (c conn) receive(buf []byte) (packet []byte, file *os.File, err error) {
	var rights [64]byte
	n, m, flags, _, err := c.ReadMsgUnix(buf, rights[:])
	if errors.Is(err, unix.ECONNRESET) {
		// It ended without taking all: told once, before its own last messages.
		n, m, flags, _, err = c.ReadMsgUnix(buf, rights[:])
	}
	if err != nil {
		return nil, nil, err
	}
	file = received(rights[:m])
	if flags&(unix.MSG_TRUNC|unix.MSG_CTRUNC) != 0 {
		closeFile(file)
		return nil, nil, errors.New("a message that is too large")
	}
	if n == 0 {
		closeFile(file)
		return nil, nil, io.EOF
	}
	return buf[:n], file, nil
}

// received returns the first file that came along and closes others.
func received(rights []byte) *os.File {
	var first *os.File
	messages, _ := unix.ParseSocketControlMessage(rights)
	for _, m := range messages {
		fds, _ := unix.ParseUnixRights(&m)
		for _, fd := range fds {
			if first == nil {
				first = os.NewFile(uintptr(fd), "memory")
			} else {
				_ = unix.Close(fd)
			}
		}
	}
	return first
}

// newMemory makes shared memory, whose size cannot change any more.
func newMemory(size image.Point) (mem []byte, file *os.File, err error) {
	fd, err := unix.MemfdCreate("saffron-pane", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, nil, os.NewSyscallError("memfd_create", err)
	}
	file = os.NewFile(uintptr(fd), "memory")
	n := 4 * size.X * size.Y
	if err = file.Truncate(int64(n)); err == nil {
		_, err = unix.FcntlInt(uintptr(fd), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	}
	if err == nil {
		mem, err = unix.Mmap(fd, 0, n, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	}
	if err != nil {
		file.Close()
		return nil, nil, fmt.Errorf("shared memory: %w", err)
	}
	return mem, file, nil
}

// openMemory maps memory of the other process for reading. It must be large
// enough and unable to shrink, or reading it could end this process.
func openMemory(file *os.File, size image.Point) ([]byte, error) {
	if file == nil {
		return nil, errors.New("memory without a descriptor")
	}
	defer file.Close()
	n := 4 * size.X * size.Y
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_SHRINK == 0 || info.Size() < int64(n) {
		return nil, fmt.Errorf("memory of %d bytes for %v", info.Size(), size)
	}
	return unix.Mmap(int(file.Fd()), 0, n, unix.PROT_READ, unix.MAP_SHARED)
}

func freeMemory(mem []byte) {
	if mem != nil {
		_ = unix.Munmap(mem)
	}
}
