package window

import (
	"errors"
	"image"

	"github.com/hajimehoshi/ebiten/v2"
)

// A Screen is a monitor of this computer.
type Screen struct {
	Name string          // as the desktop calls it, such as DP-1
	Rect image.Rectangle // on the desktop, in device pixels
}

var errNoScreens = errors.New("window: the monitors cannot be told apart here")

// openOn makes a monitor the one that the window opens on, if there is one of
// that name. It comes before the window is on the full screen.
func openOn(name string) {
	if name == "" {
		return
	}
	for _, m := range ebiten.AppendMonitors(nil) {
		if m.Name() == name {
			ebiten.SetMonitor(m)
			return
		}
	}
}
