//go:build !linux

package spice

import (
	"errors"
	"net"
	"os"
)

// filesPass says that descriptors can come with messages: only Linux has memory
// of GPUs as descriptors.
const filesPass = false

func readWithFile(*net.UnixConn, []byte) (int, *os.File, error) {
	return 0, nil, errors.ErrUnsupported
}
