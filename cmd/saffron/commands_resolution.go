package main

import (
	"fmt"
	"image"

	"saffron/render/monitors"
)

// fixedSizes are resolutions that the menu offers.
var fixedSizes = []image.Point{{1024, 768}, {1280, 720}, {1280, 1024}, {1920, 1080}, {1920, 1200}, {2560, 1440}, {3840, 2160}}

// resolutionCommands choose what gives way when picture and window differ.
func (v *viewer) resolutionCommands() []command {
	mode := v.size.mode()
	list := []command{
		chosen("resolution-scale", "Scale the picture", monitors.Scale, mode, v.size.set),
		chosen("resolution-resize", "Resize the guest", monitors.Resize, mode, v.size.set),
		separator,
	}
	known := false
	for _, size := range fixedSizes {
		m := monitors.Mode{Fixed: size}
		known = known || m == mode
		list = append(list, fixedCommand(m, mode, v.size.set))
	}
	if mode.Fixed != (image.Point{}) && !known {
		list = append(list, fixedCommand(mode, mode, v.size.set))
	}
	return []command{{name: "resolution", label: "Resolution", sub: list}}
}

func fixedCommand(m, now monitors.Mode, set func(monitors.Mode)) command {
	size := fmt.Sprintf("%dx%d", m.Fixed.X, m.Fixed.Y)
	return chosen("resolution-"+size, fmt.Sprintf("%d × %d", m.Fixed.X, m.Fixed.Y), m, now, set)
}
