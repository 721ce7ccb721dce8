//go:build lab

package main_test

import (
	"encoding/json"
	"fmt"
	"image"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLabRecordQEMU records a machine and plays the recording in each way: all
// must end with what was on the machine's screen.
func TestLabRecordQEMU(t *testing.T) {
	for _, compression := range []string{"auto_glz", "quic", "off"} {
		t.Run(compression, func(t *testing.T) {
			t.Parallel()
			m := startMachine(t, machineConfig{vga: devices["qxl"], spice: "image-compression=" + compression + "," + exact})
			r := startRecording(t, m.uri)
			for i, size := range []image.Point{{640, 480}, {1024, 768}} {
				m.guest.graphics(t, size.X, size.Y)
				m.guest.scene(t, uint32(i+1))
				m.guest.boxes(t, 6)
			}
			r.check(t, func() *image.RGBA { return m.screen(t) })
		})
	}
}

// TestLabRecordXspice does so with an X server, which draws in more ways.
func TestLabRecordXspice(t *testing.T) {
	for _, compression := range []string{"auto_glz", "off"} {
		t.Run(compression, func(t *testing.T) {
			t.Parallel()
			x := startXspice(t, nil, "--image-compression", compression, "--streaming-video", "off",
				"--jpeg-wan-compression", "never", "--zlib-glz-wan-compression", "never")
			r := startRecording(t, x.uri)
			x.scrolling(t)
			x.moving(t)
			r.check(t, func() *image.RGBA { return x.screen(t) })
		})
	}
}

// TestLabRecordSpicy: the reference client shows a recording as it was. It
// looks once, at the first picture, so there is only that.
func TestLabRecordSpicy(t *testing.T) {
	t.Parallel()
	need(t, "spicy-screenshot")
	m := startMachine(t, machineConfig{vga: devices["qxl"], spice: "image-compression=auto_glz," + exact})
	m.guest.graphics(t, 800, 600)
	m.guest.scene(t, 3)
	truth := m.screen(t)
	path := filepath.Join(m.dir, "still.capture")
	succeed(t, "record", m.uri, "-o", path, "--for", "2s")
	if err := difference(played(path), truth); err != nil {
		t.Fatal(err)
	}
	ppm := filepath.Join(m.dir, "spicy.ppm")
	saffron(t, "replay", path, "--serve", "127.0.0.1:0", "--", "spicy-screenshot", "--uri", "spice://127.0.0.1:{PORT}", "-o", ppm)
	data, err := os.ReadFile(ppm)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodePPM(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := difference(got, truth); err != nil {
		t.Error(err)
	}
}

// A labRecording is being made by the program.
type labRecording struct {
	path string
	cmd  *exec.Cmd
	err  chan error
}

// startRecording starts the program and waits until it records.
func startRecording(t *testing.T, uri string) *labRecording {
	t.Helper()
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	r := &labRecording{path: filepath.Join(t.TempDir(), "session.capture"), err: make(chan error, 1)}
	r.cmd = exec.Command(program, "record", uri, "-o", r.path)
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.err <- r.cmd.Wait() }()
	t.Cleanup(func() { r.cmd.Process.Kill() })
	eventually(t, "recording", func() error {
		_, err := os.Stat(r.path)
		return err
	})
	return r
}

// check compares what the recording shows with the truth: while it is made,
// when it is finished, and as a server.
func (r *labRecording) check(t *testing.T, truth func() *image.RGBA) {
	t.Helper()
	agree(t, "the unfinished recording", func() *image.RGBA { return played(r.path) }, truth)
	want := truth()
	if n := colours(want); n < 8 {
		t.Errorf("the picture has only %d colours: the comparison proves little", n)
	}
	r.cmd.Process.Signal(os.Interrupt)
	if err := <-r.err; err != nil {
		t.Fatalf("record: %v", err)
	}
	if err := difference(played(r.path), want); err != nil {
		t.Errorf("the recording: %v", err)
	}
	r.bench(t)
	r.serve(t, want)
}

// played returns the last picture of a recording, or nil.
func played(path string) *image.RGBA {
	out := path + ".png"
	program, err := program()
	if err != nil {
		return nil
	}
	if exec.Command(program, "replay", path, "--headless", "-o", out).Run() != nil {
		return nil
	}
	f, err := os.Open(out)
	if err != nil {
		return nil
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		return nil
	}
	rgba := image.NewRGBA(img.Bounds())
	draw.Draw(rgba, rgba.Rect, img, img.Bounds().Min, draw.Src)
	return rgba
}

// bench measures, and nothing may fail.
func (r *labRecording) bench(t *testing.T) {
	t.Helper()
	var b struct {
		Complete bool
		Failed   int
		Messages int
		Wall     float64
	}
	if err := json.Unmarshal([]byte(succeed(t, "replay", r.path, "--bench", "--json").stdout), &b); err != nil {
		t.Fatal(err)
	}
	if !b.Complete || b.Failed > 0 || b.Messages < 20 || b.Wall <= 0 {
		t.Errorf("bench: %+v", b)
	}
}

// serve plays the recording to our client, which must show the same, and to the
// reference client, which must take it in.
func (r *labRecording) serve(t *testing.T, want *image.RGBA) {
	t.Helper()
	need(t, "spicy-stats")
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	address := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	p := start(t, nil, program, "replay", r.path, "--serve", address)
	listening(t, p, "tcp", address)
	agree(t, "the recording, served", func() *image.RGBA { return screenshot(t, address) }, func() *image.RGBA { return want })
	p.stop()
	for _, speed := range []string{"--recorded-speed=false", "--recorded-speed"} {
		out := succeed(t, "replay", r.path, "--serve", "127.0.0.1:0", "--json", speed, "--timeout", "50s", "--",
			"spicy-stats", "--uri", "spice://127.0.0.1:{PORT}").stdout
		var s struct {
			Ready, Consumed, ServerCPU *float64
			User, System, Wall         float64
			PeakMemory                 int `json:"peak_memory"`
		}
		if err := json.Unmarshal([]byte(out), &s); err != nil {
			t.Fatal(err)
		}
		if s.Consumed == nil || *s.Consumed < *s.Ready || s.User+s.System <= 0 || s.PeakMemory < 1<<20 {
			t.Errorf("spicy-stats: %s", out)
		}
	}
}

// TestLabWindowReplay goes to and fro in a recording of two pictures.
func TestLabWindowReplay(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{vga: devices["qxl"], spice: exact})
	m.guest.graphics(t, 640, 480)
	m.guest.scene(t, 1)
	first := m.screen(t)
	r := startRecording(t, m.uri)
	time.Sleep(4 * time.Second)
	m.guest.scene(t, 2)
	last := m.screen(t)
	agree(t, "the recording", func() *image.RGBA { return played(r.path) }, func() *image.RGBA { return last })
	r.cmd.Process.Signal(os.Interrupt)
	if err := <-r.err; err != nil {
		t.Fatal(err)
	}
	d := startDesk(t, 0)
	v := d.open(t, "replay", r.path)
	shows := func(what string, want *image.RGBA) {
		t.Helper()
		agree(t, what, func() *image.RGBA { return v.pixels(t) }, func() *image.RGBA { return want })
	}
	eventually(t, "going to the end", func() error { // before the window is open keys are nobody's
		d.client(t, "xdotool", "key", "--window", v.id, "End")
		time.Sleep(200 * time.Millisecond)
		if title := d.client(t, "xdotool", "getwindowname", v.id); !strings.Contains(title, "the end") {
			return fmt.Errorf("the title is %q", title)
		}
		return nil
	})
	titled := func(key, want string) {
		t.Helper()
		d.client(t, "xdotool", "key", "--window", v.id, key)
		eventually(t, key, func() error {
			if title := d.client(t, "xdotool", "getwindowname", v.id); !strings.Contains(title, want) {
				return fmt.Errorf("the title is %q, want %q", title, want)
			}
			return nil
		})
	}
	shows("the end", last)
	titled("Home", "0:0")
	shows("the beginning", first) // once the note has gone
	shows("the end, played to", last)
	titled("Left", "0:0")
	titled("space", "paused")
	titled("plus", "paused, 2x")
	titled("minus", "paused - ")
	titled("End", "the end")
	shows("the end again", last)
}

// TestLabWindowRecord records what a window shows.
func TestLabWindowRecord(t *testing.T) {
	t.Parallel()
	m := startMachine(t, machineConfig{vga: devices["qxl"], spice: exact})
	m.guest.graphics(t, 640, 480)
	m.guest.scene(t, 4)
	want := m.screen(t)
	path := filepath.Join(m.dir, "window.capture")
	d := startDesk(t, 0)
	v := d.open(t, m.uri, "--record", path)
	agree(t, "the window", func() *image.RGBA { return v.pixels(t) }, func() *image.RGBA { return want })
	d.client(t, "xdotool", "key", "--window", v.id, "a")
	v.stop()
	if err := difference(played(path), want); err != nil {
		t.Error(err)
	}
	if out := succeed(t, "replay", path, "--headless", "-o", path+".png"); out.stderr != "" {
		t.Error(out.stderr)
	}
}
