//go:build !linux

package window

import "errors"

// softwareGL reports whether the GL of this process draws in software, which
// cannot be told here.
func softwareGL() bool { return false }

// A segment is memory that is shared with the X server.
type segment struct {
	id  int
	mem []byte
}

func newSegment(int) (segment, error) {
	return segment{}, errors.New("no shared memory here")
}

func (s segment) remove() {}
func (s segment) detach() {}
