//go:build !((linux && !android) || darwin) || !(amd64 || arm64)

package video

import "errors"

// errAgain is the library's AVERROR(EAGAIN).
const errAgain = -11

var errSystem = errors.New("libavcodec cannot be loaded on this system")

func installed() bool { return false }

func open(string, int) (uintptr, error) { return 0, errSystem }

func bind(any, uintptr, string) error { return errSystem }
