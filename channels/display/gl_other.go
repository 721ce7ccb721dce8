//go:build !linux

package display

import (
	"errors"
	"os"
)

// A sharedMemory is a picture in memory of another program: only Linux has such.
type sharedMemory struct{}

func openShared(file *os.File, _ int64) (*sharedMemory, error) {
	file.Close()
	return nil, errors.ErrUnsupported
}

func (m *sharedMemory) read(func(pix []byte)) error { return errors.ErrUnsupported }
func (m *sharedMemory) close()                      {}
