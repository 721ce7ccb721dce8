//go:build !(linux || freebsd || netbsd || windows || darwin)

package clipboard

import "errors"

// open is an error: this system has no clipboard that is known here.
func open(*Options) (backend, error) {
	return nil, errors.New("there is none on this system")
}
