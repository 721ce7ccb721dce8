//go:build lab

package main_test

import (
	"image"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"saffron/channels"
	"saffron/channels/display"
	"saffron/render"
	"saffron/spice/capture"
)

// referenceProgram builds testdata/lab/reference once.
var referenceProgram = sync.OnceValues(func() (string, error) { return buildC("reference", "spice-client-glib-2.0") })

// A qxlTape is what the server sends in a run.
type qxlTape struct {
	*capture.Recorder
	path string
	file *os.File
	run  *qxlRun
}

// record makes the run's client record.
func (r *qxlRun) record(t *testing.T) *qxlTape {
	t.Helper()
	path := filepath.Join(t.TempDir(), "session.capture")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	tape := &qxlTape{capture.NewRecorder(file, capture.Options{}), path, file, r}
	r.options.Link.Tap = tape
	return tape
}

// finish is called when the client has left.
func (p *qxlTape) finish(t *testing.T) {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if err := p.file.Close(); err != nil {
		t.Fatal(err)
	}
}

// played returns the screens that the recording ends with.
func (p *qxlTape) played(t *testing.T, workers int) []*render.Desktop {
	t.Helper()
	file, err := os.Open(p.path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var desks []*render.Desktop
	for range p.run.displays {
		desks = append(desks, render.NewDesktop(render.DesktopOptions{}))
	}
	o := channels.PlayOptions{Session: p.run.options, FullSpeed: true}
	o.Session.Workers = workers
	o.Session.Sinks.Canvas = func(display uint8) display.Canvas { return desks[display] }
	player, err := channels.Play(file, &o)
	if err != nil {
		t.Fatal(err)
	}
	defer player.Close()
	if err := player.Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	return desks
}

// byReference returns the screen of the first display that the reference client
// ends with.
func (p *qxlTape) byReference(t *testing.T) *image.RGBA {
	t.Helper()
	reference, err := referenceProgram()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "screen.ppm")
	succeed(t, "replay", p.path, "--serve", "127.0.0.1:0", "--timeout", "50s", "--", reference, "spice://127.0.0.1:{PORT}", path)
	ppm, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	img, err := decodePPM(ppm)
	if err != nil {
		t.Fatal(err)
	}
	return img
}
