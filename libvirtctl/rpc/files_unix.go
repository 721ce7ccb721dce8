//go:build unix

package rpc

import (
	"errors"
	"net"
	"os"
	"syscall"
)

const filesSupported = true

// receiveFile takes one descriptor, which comes with one byte.
func receiveFile(conn *net.UnixConn) (*os.File, error) {
	data, control := make([]byte, 1), make([]byte, syscall.CmsgSpace(4*maxFiles))
	n, size, _, _, err := conn.ReadMsgUnix(data, control)
	if err != nil {
		return nil, truncated(err)
	}
	messages, err := syscall.ParseSocketControlMessage(control[:size])
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for i := range messages {
		fds, err := syscall.ParseUnixRights(&messages[i])
		if err != nil {
			continue // something else that a socket can say
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "passed by libvirt"))
		}
	}
	if n != 1 || len(files) != 1 {
		closeAll(files)
		return nil, errors.New("it did not come")
	}
	return files[0], nil
}
