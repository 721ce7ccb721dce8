//go:build (windows || darwin) && !(malgo && cgo)

package device

import "context"

// canListen reports whether this build can use a microphone.
const canListen = false

func listen(context.Context, int, int, *Options, func([]int16), func(State)) error {
	return ErrNoMicrophone
}
