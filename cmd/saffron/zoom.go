package main

import (
	"saffron/render/window"
)

// zoomStep is by how many percent zooming changes the size of the window.
const zoomStep = 10

// zoomCommands change the size of the window by that of the picture. A guest that
// takes the size of the window takes as much less of it from then on.
func (v *viewer) zoomCommands() []command {
	zoom := func(name, label string, f func(percent int) int) command {
		return command{name: name, label: label, available: v.canZoom, do: func() {
			v.withWindow(func(w *window.Window) {
				w.Zoom(func(percent int) int { return v.size.setZoom(f(percent)) })
			})()
		}}
	}
	return []command{{name: "zoom", label: "Zoom", sub: []command{
		zoom("zoom-in", "Larger", zoomIn),
		zoom("zoom-out", "Smaller", zoomOut),
		zoom("zoom-reset", "100 %", func(int) int { return 100 }),
	}}}
}

// zoomIn and zoomOut return the next step.
func zoomIn(percent int) int  { return min(percent/zoomStep*zoomStep+zoomStep, maxZoom) }
func zoomOut(percent int) int { return max((percent-1)/zoomStep*zoomStep, minZoom) }

func (v *viewer) canZoom() bool {
	w := v.shownWindow()
	return w != nil && !w.Fullscreen()
}
