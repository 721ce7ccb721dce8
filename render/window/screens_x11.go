//go:build linux || freebsd || netbsd

package window

import (
	"fmt"
	"image"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/randr"
	"github.com/jezek/xgb/xproto"
)

// maxScreens bounds the monitors of a server that says how many it has.
const maxScreens = 64

// Screens returns the monitors of this computer, in the order in which the
// desktop counts them. It needs no window.
func Screens() ([]Screen, error) {
	x, err := xgb.NewConn()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoScreens, err)
	}
	defer x.Close()
	// Not randr.Init: that writes maps of xgb that other connections read.
	const name = "RANDR"
	ext, err := xproto.QueryExtension(x, uint16(len(name)), name).Reply()
	if err != nil || !ext.Present {
		return nil, errNoScreens
	}
	x.ExtLock.Lock()
	x.Extensions[name] = ext.MajorOpcode
	x.ExtLock.Unlock()
	if v, err := randr.QueryVersion(x, 1, 5).Reply(); err != nil || v.MajorVersion == 1 && v.MinorVersion < 5 {
		return nil, errNoScreens
	}
	root := xproto.Setup(x).DefaultScreen(x).Root
	got, err := randr.GetMonitors(x, root, true).Reply()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoScreens, err)
	}
	var screens []Screen
	for _, m := range got.Monitors[:min(len(got.Monitors), maxScreens)] {
		s := Screen{Rect: image.Rect(0, 0, int(m.Width), int(m.Height)).Add(image.Pt(int(m.X), int(m.Y)))}
		if name, err := xproto.GetAtomName(x, m.Name).Reply(); err == nil {
			s.Name = name.Name
		}
		screens = append(screens, s)
	}
	return screens, nil
}
