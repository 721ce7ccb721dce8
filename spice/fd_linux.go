package spice

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// filesPass says that descriptors can come with messages.
const filesPass = true

// readWithFile reads from a unix socket as Read does, and with it a descriptor.
// The kernel ends a read behind what a descriptor is attached to.
func readWithFile(conn *net.UnixConn, p []byte) (int, *os.File, error) {
	if len(p) == 0 {
		return 0, nil, nil
	}
	var control [64]byte // for one descriptor and some; what does not fit is not received
	n, used, _, _, err := conn.ReadMsgUnix(p, control[:])
	if errors.Is(err, io.EOF) {
		err = io.EOF // as Read says it
	}
	return max(n, 0), passed(control[:max(used, 0)]), err
}

// passed makes a file of the first descriptor in a control message and closes
// the others.
func passed(control []byte) *os.File {
	var first *os.File
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return nil
	}
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			continue
		}
		for _, fd := range fds {
			if first == nil {
				first = os.NewFile(uintptr(fd), "scanout")
				continue
			}
			syscall.Close(fd)
		}
	}
	return first
}
