//go:build lab

package main_test

import (
	"fmt"
	"image"
	"runtime"
	"runtime/debug"
	"testing"
	"time"

	"saffron/channels/display"
)

// TestLabLargeMode sends a picture of 16 MB in one message.
func TestLabLargeMode(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{spice: "image-compression=off," + exact})
	truth := func() *image.RGBA { return m.screen(t) }
	live := connect(t, m.uri, sessionConfig{})
	m.guest.graphics(t, 2560, 1600)
	m.guest.scene(t, 5)
	agree(t, "2560x1600", live.screen, truth)
	m.guest.boxes(t, 6)
	agree(t, "2560x1600, moving boxes", live.screen, truth)
	live.sound(t)
	live.Close()

	again := connect(t, m.uri, sessionConfig{})
	agree(t, "2560x1600, connected later", again.screen, truth)
	bitmaps := again.stats().Images[display.ImageBitmap.String()]
	if bitmaps.Count == 0 || bitmaps.Bytes/bitmaps.Count < 16_000_000 {
		t.Errorf("the picture came as %+v, want one bitmap of 16 MB", bitmaps)
	}
	again.sound(t)
	again.Close()
	agree(t, "2560x1600, screenshot", func() *image.RGBA { return screenshot(t, m.uri) }, truth)
}

// TestLabFiftyModeChanges changes the resolution while the client is behind with
// drawing, and looks whether memory comes back.
func TestLabFiftyModeChanges(t *testing.T) {
	for name, c := range map[string]struct {
		compression string
		slack       uint64 // bytes that may come to be in use
	}{
		"std": {"auto_lz", 4 << 20},
		"qxl": {"auto_glz", 68 << 20}, // the dictionary fills up
	} {
		t.Run(name, func(t *testing.T) {
			m := startMachine(t, machineConfig{vga: devices[name], spice: exact + ",image-compression=" + c.compression})
			live := connect(t, m.uri, sessionConfig{slow: 200 * time.Microsecond})
			var early uint64
			for i := range 50 {
				changeMode(t, m, live, i)
				if i == 9 {
					early = inUse()
				}
			}
			late := inUse()
			t.Logf("memory in use after 10 changes %d KB, after 50 %d KB", early>>10, late>>10)
			if late > early+c.slack {
				t.Errorf("memory in use grew from %d KB after 10 changes to %d KB after 50", early>>10, late>>10)
			}
			live.sound(t)
			if n := live.stats().Messages["surface_create"]; n < 40 {
				t.Errorf("only %d surfaces were made: the changes did not arrive one by one", n)
			}
		})
	}
}

// changeMode makes the i-th change. Some follow each other at once, others in
// the middle of drawing; every fifth picture is compared.
func changeMode(t *testing.T, m *machine, live *session, i int) {
	t.Helper()
	sizes := []image.Point{{800, 600}, {640, 480}, {1024, 768}, {1280, 1024}, {720, 576}}
	size := sizes[i%len(sizes)]
	if i%10 == 7 {
		m.guest.text(t, false)
	} else {
		m.guest.graphics(t, size.X, size.Y)
		m.guest.scene(t, uint32(i))
	}
	eventually(t, fmt.Sprintf("change %d", i), func() error {
		want := m.screen(t)
		if got := live.screen(); got == nil || got.Rect != want.Rect {
			return fmt.Errorf("the session shows %v, the machine %v", bounds(got), want.Rect)
		}
		return nil
	})
	if i%5 == 4 {
		agree(t, fmt.Sprintf("change %d", i), live.screen, func() *image.RGBA { return m.screen(t) })
	}
}

func bounds(img *image.RGBA) image.Rectangle {
	if img == nil {
		return image.Rectangle{}
	}
	return img.Rect
}

// inUse returns the bytes of the heap that are reachable.
func inUse() uint64 {
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
