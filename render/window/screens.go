package window

import (
	"errors"
	"image"
	"time"

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

// A berth sees to it that the window is on the monitor that it is to be on:
// window managers place it where they like while it opens.
type berth struct {
	at     image.Rectangle // empty: nothing is to be done
	covers bool            // it is to cover all of that, not on the full screen
	tries  int
	next   time.Time
}

// Tries to get to a monitor, and the pause between them.
const (
	berthTries = 8
	berthPause = 250 * time.Millisecond
)

// newBerth returns the berth of a monitor, "" for none.
func newBerth(name string) berth {
	if name == "" {
		return berth{}
	}
	screens, err := Screens()
	if err != nil {
		return berth{}
	}
	for _, s := range screens {
		if s.Name == name {
			return berth{at: s.Rect}
		}
	}
	return berth{}
}

// step is called in each frame of the open window.
func (b *berth) step(g *game) {
	if b.at.Empty() || g.side == nil || time.Now().Before(b.next) {
		return
	}
	at, ok := g.side.origin()
	if b.tries++; b.tries > berthTries || !ok || ebiten.IsFullscreen() == b.covers {
		b.at = image.Rectangle{}
		return
	}
	if !at.In(b.at) || b.covers && (at != b.at.Min || g.outside != b.at.Size()) {
		g.side.move(b.at) // ebiten believes that it is there
	}
	b.next = time.Now().Add(berthPause)
	time.AfterFunc(berthPause, g.w.Wake)
}
