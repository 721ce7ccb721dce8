package monitors

import "image"

// A Monitor is one that the guest is asked for. The zero value is one that is
// switched off.
type Monitor struct {
	Rect    image.Rectangle
	Enabled bool
}

// line places monitors side by side from (0, 0) on, from left to right.
func line(m []Monitor) {
	x := 0
	for i := range m {
		if m[i].Enabled {
			m[i].Rect = image.Rectangle{Max: m[i].Rect.Size()}.Add(image.Pt(x, 0))
			x = m[i].Rect.Max.X
		}
	}
}

// fits reports whether monitors overlap nowhere.
func fits(m []Monitor) bool {
	for i := range m {
		for _, other := range m[:i] {
			if m[i].Enabled && other.Enabled && m[i].Rect.Overlaps(other.Rect) {
				return false
			}
		}
	}
	return true
}

// normal moves monitors so that the top-left corner of all is (0, 0).
func normal(m []Monitor) {
	var all image.Rectangle
	for _, one := range m {
		if one.Enabled {
			all = all.Union(one.Rect)
		}
	}
	for i := range m {
		if m[i].Enabled {
			m[i].Rect = m[i].Rect.Sub(all.Min)
		}
	}
}

// Arrange moves monitors so that they do not overlap and begin at (0, 0): as they
// are if they have places and overlap nowhere, otherwise in a row.
func Arrange(m []Monitor, placed bool) {
	if !placed || !fits(m) {
		line(m)
	}
	normal(m)
}
