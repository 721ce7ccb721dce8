//go:build noopus

package opus

import "errors"

// Library says which library does the work, "" for none.
const Library = ""

// Available reports whether there is Opus in this build.
func Available() bool { return false }

var errNone = errors.New("this build has no Opus")

type decoder struct{}

func (*decoder) open(rate, channels int) error                  { return errNone }
func (*decoder) decode(dst []int16, packet []byte) (int, error) { return 0, errNone }

type encoder struct{}

func (*encoder) open(rate, channels int) error               { return errNone }
func (*encoder) encode(dst []byte, pcm []int16) (int, error) { return 0, errNone }
