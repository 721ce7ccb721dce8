package channels_test

import (
	"bytes"
	"fmt"
	"image/png"
	"io/fs"
	"strings"
	"testing"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/render"
	"saffron/testdata"
)

// TestCaptures plays recordings of QEMU and Xspice to their end, whatever the
// number of workers: the picture is the one that the machine had then, in every
// pixel.
func TestCaptures(t *testing.T) {
	files, err := fs.Glob(testdata.FS, "sessions/servers/*.capture")
	if err != nil || len(files) < 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := testdata.FS.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		golden, err := testdata.FS.ReadFile(strings.TrimSuffix(file, "capture") + "png")
		if err != nil {
			t.Fatal(err)
		}
		for _, workers := range []int{1, 2, 4} {
			t.Run(fmt.Sprint(file, workers), func(t *testing.T) {
				t.Parallel()
				playToEnd(t, data, golden, workers)
			})
		}
	}
}

func playToEnd(t *testing.T, data, golden []byte, workers int) {
	desk := render.NewDesktop(render.DesktopOptions{})
	p, err := channels.Play(bytes.NewReader(data), &channels.PlayOptions{
		FullSpeed: true,
		Session:   channels.Options{Workers: workers, Sinks: channels.Sinks{Canvas: func(uint8) display.Canvas { return desk }}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, ch := range p.Info().Channels {
		if d := ch.Display; d != nil && (d.Failed > 0 || len(d.Undrawn) > 0) {
			t.Errorf("%d failed, not drawn: %v", d.Failed, d.Undrawn)
		}
	}
	want, err := png.Decode(bytes.NewReader(golden))
	if err != nil {
		t.Fatal(err)
	}
	got := desk.Snapshot(0)
	if got == nil || got.Rect != want.Bounds() {
		t.Fatalf("the picture is %v, want %v", got, want.Bounds())
	}
	wrong := 0
	for y := range got.Rect.Dy() {
		for x := range got.Rect.Dx() {
			g := got.RGBAAt(x, y)
			if r, gr, b, _ := want.At(x, y).RGBA(); uint32(g.R) != r>>8 || uint32(g.G) != gr>>8 || uint32(g.B) != b>>8 {
				wrong++
			}
		}
	}
	if wrong > 0 {
		t.Errorf("%d pixels are wrong", wrong)
	}
}
