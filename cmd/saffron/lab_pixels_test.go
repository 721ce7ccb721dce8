//go:build lab

package main_test

import (
	"errors"
	"image"
	"maps"
	"slices"
	"testing"

	"saffron/channels/display"
)

// A setting is a way for a server to encode images.
type setting struct {
	name   string
	spice  string              // options of QEMU, or the compression of Xspice
	env    []string            // more environment of Xspice
	jpeg   bool                // Xspice encodes photos with a loss
	zlib   bool                // Xspice deflates GLZ
	prefer display.Compression // what the client asks for
	types  []display.ImageType // images that must come
	only   bool                // and no others may
}

// lossless are all settings that leave the picture as it was.
var lossless = []setting{
	{name: "off", spice: "image-compression=off," + exact, types: []display.ImageType{display.ImageBitmap}, only: true},
	{name: "quic", spice: "image-compression=quic," + exact, types: []display.ImageType{display.ImageQUIC}},
	{name: "lz", spice: "image-compression=lz," + exact, types: []display.ImageType{display.ImageLZRGB}},
	{name: "glz", spice: "image-compression=glz," + exact, types: []display.ImageType{display.ImageGLZRGB, display.ImageLZRGB}},
	{name: "auto_glz", spice: "image-compression=auto_glz," + exact, types: []display.ImageType{display.ImageGLZRGB, display.ImageQUIC}},
	{name: "auto_lz", spice: "image-compression=auto_lz," + exact, types: []display.ImageType{display.ImageLZRGB, display.ImageQUIC}},
	{
		name:  "zlib_glz",
		spice: "image-compression=glz,streaming-video=off,jpeg-wan-compression=never,zlib-glz-wan-compression=always",
		types: []display.ImageType{display.ImageZlibGLZRGB},
	},
	{name: "lz4", spice: "image-compression=off," + exact, prefer: display.CompressionLZ4, types: []display.ImageType{display.ImageLZ4}},
}

// devices are the display devices of QEMU that the boot sector can drive.
var devices = map[string]string{"std": "VGA,vgamem_mb=64", "qxl": "qxl-vga,vgamem_mb=64,ram_size_mb=128"}

func TestLabQEMUPixelExact(t *testing.T) {
	for _, s := range lossless {
		for _, device := range slices.Sorted(maps.Keys(devices)) {
			t.Run(s.name+"/"+device, func(t *testing.T) {
				t.Parallel()
				m := startMachine(t, machineConfig{vga: devices[device], spice: s.spice})
				testPixels(t, m, s)
			})
		}
	}
}

// testPixels compares in text and graphics modes: first as a program that
// connects, looks and leaves, then as a session that sees the screen change.
func testPixels(t *testing.T, m *machine, s setting) {
	truth := func() *image.RGBA { return m.screen(t) }
	fresh := func() *image.RGBA { return screenshot(t, m.uri) }
	blinking(t, m)
	m.guest.text(t, false)
	agree(t, "text, screenshot", fresh, truth)

	live := connect(t, m.uri, sessionConfig{prefer: s.prefer})
	agree(t, "text", live.screen, truth)
	for i, size := range []image.Point{{640, 480}, {1024, 768}, {800, 600}} {
		m.guest.graphics(t, size.X, size.Y)
		m.guest.scene(t, uint32(i+1))
		agree(t, "graphics", live.screen, truth)
		m.guest.boxes(t, 12)
		agree(t, "moving boxes", live.screen, truth)
	}
	if n := colours(live.screen()); n < 1000 {
		t.Errorf("the picture has only %d colours: the comparison proves little", n)
	}
	live.sound(t)
	checkTypes(t, live.stats(), s)
	live.Close()

	agree(t, "graphics, screenshot", fresh, truth)
	m.guest.text(t, false)
	agree(t, "text again, screenshot", fresh, truth)
}

// blinking compares a text screen whose cursor is sometimes there.
func blinking(t *testing.T, m *machine) {
	t.Helper()
	m.guest.text(t, true)
	with := m.screen(t)
	var without *image.RGBA
	eventually(t, "waiting for the cursor to blink", func() error {
		if without = m.screen(t); difference(without, with) == nil {
			return errors.New("it does not")
		}
		return nil
	})
	got := screenshot(t, "--settle", "100ms", m.uri)
	if err := difference(got, with); err != nil && difference(got, without) != nil {
		t.Errorf("text with a blinking cursor, screenshot: %v", err)
	}
}

// checkTypes proves that the images came in the encodings that were meant.
func checkTypes(t *testing.T, stats display.Stats, s setting) {
	t.Helper()
	names := map[string]bool{}
	for _, typ := range s.types {
		names[typ.String()] = true
		if stats.Images[typ.String()].Count == 0 {
			t.Errorf("no image of type %s came: %v", typ, stats.Images)
		}
	}
	for name := range stats.Images {
		if s.only && !names[name] {
			t.Errorf("an image of type %s came, want only %v", name, s.types)
		}
	}
}

// TestLabJPEG compares pictures that lose a little on the way.
func TestLabJPEG(t *testing.T) {
	t.Parallel()
	for _, compression := range []string{"quic", "auto_glz"} {
		t.Run(compression, func(t *testing.T) {
			t.Parallel()
			m := startMachine(t, machineConfig{
				spice: "streaming-video=off,zlib-glz-wan-compression=never,jpeg-wan-compression=always,image-compression=" + compression,
			})
			live := connect(t, m.uri, sessionConfig{})
			m.guest.graphics(t, 800, 600)
			m.guest.paint(t, image.Rect(0, 0, 800, 600), gradient, 0)
			eventually(t, "JPEG", func() error { return similar(live.screen(), m.screen(t), 4) })
			live.sound(t)
			checkTypes(t, live.stats(), setting{types: []display.ImageType{display.ImageJPEG}})
			live.Close()
			eventually(t, "JPEG, screenshot", func() error { return similar(screenshot(t, m.uri), m.screen(t), 4) })
		})
	}
}
