package display

import (
	"errors"
	"image"
	"testing"

	"saffron/render"
	"saffron/spice/wire"
)

// TestLongLists sends lists that are long for real.
func TestLongLists(t *testing.T) {
	box := image.Rect(0, 0, 9, 9)
	for name, tc := range map[string]struct {
		message wire.Message
		want    error
	}{
		"longest clip": {&CopyBits{Base: Base{Box: box, Clipped: true, Clip: make([]image.Rectangle, maxClip)}}, nil},
		"longer clip":  {&CopyBits{Base: Base{Box: box, Clipped: true, Clip: make([]image.Rectangle, maxClip+1)}}, errTooMany},
		"longest path": {&DrawStroke{Path: make(Path, maxSegments)}, nil},
		"longer path":  {&DrawStroke{Path: make(Path, maxSegments+1)}, errTooMany},
	} {
		if err := wire.Unmarshal(wire.Marshal(tc.message), tc.message); !errors.Is(err, tc.want) {
			t.Errorf("%s: %v, want %v", name, err, tc.want)
		}
	}
}

// TestLongPalette caches no more of a palette than indices can reach.
func TestLongPalette(t *testing.T) {
	var c paletteCache
	img := &Image{PaletteFlags: FlagPaletteCacheMe, Palette: Palette{ID: 1, Present: true, Entries: make([]uint32, 65535)}}
	if p, err := c.resolve(img, render.FormatXRGB); err != nil || len(p) != maxPaletteEntries {
		t.Fatal(len(p), err)
	}
	if n := cap(c.entries[1]); n > 2*maxPaletteEntries {
		t.Errorf("the cache holds on to %d entries", n)
	}
}
