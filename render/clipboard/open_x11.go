//go:build linux || freebsd || netbsd

package clipboard

import (
	"cmp"
	"os"
)

// open connects to the X server, which there is even on most Wayland desktops,
// since the window needs one, or else to the desktop's own clipboard.
func open(o *Options) (backend, error) {
	if cmp.Or(o.Display, os.Getenv("DISPLAY")) != "" {
		return openX11(o)
	}
	return openSystem(o)
}
