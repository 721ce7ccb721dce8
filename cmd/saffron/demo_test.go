package main

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"io"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func demoApp(out io.Writer) *app {
	return &app{out: out, errs: io.Discard, log: slog.New(slog.DiscardHandler)}
}

// demoPNG reads a picture of the demo, which may not be complete.
func demoPNG(t *testing.T, r io.Reader) image.Image {
	t.Helper()
	img, err := png.Decode(r)
	if err != nil {
		t.Fatal(err)
	}
	if size := img.Bounds().Size(); size != image.Pt(1024, 640) {
		t.Errorf("a picture of %v", size)
	}
	return img
}

func wantDemoPicture(t *testing.T, r io.Reader) {
	t.Helper()
	img := demoPNG(t, r)
	colours := map[any]bool{}
	for x := range 1024 {
		colours[img.At(x, 100)] = true
	}
	if len(colours) < 100 {
		t.Errorf("only %d colours in a row of the picture", len(colours))
	}
}

func TestDemoToFile(t *testing.T) {
	var out bytes.Buffer
	if err := demoApp(&out).demo(t.Context(), &demoFlags{output: "-", after: 100 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	wantDemoPicture(t, &out)
}

func TestDemoWithoutDisplay(t *testing.T) {
	t.Setenv("DISPLAY", "")
	t.Chdir(t.TempDir())
	var out bytes.Buffer
	if err := demoApp(&out).demo(t.Context(), &demoFlags{after: 100 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "The picture is in "+demoPicture) {
		t.Errorf("it says %q", out.String())
	}
	f, err := os.Open(demoPicture)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	wantDemoPicture(t, f)
}

// TestDemoServes takes a picture of a demo that is served.
func TestDemoServes(t *testing.T) {
	said, say := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- demoApp(say).demo(ctx, &demoFlags{serve: "127.0.0.1:0"}) }()
	line := make([]byte, 200)
	n, err := said.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	_, address, _ := strings.Cut(strings.TrimSpace(string(line[:n])), "saffron ")
	if _, _, err := net.SplitHostPort(address); err != nil {
		t.Fatalf("it says %q", line[:n])
	}
	var out bytes.Buffer
	f := &screenshotFlags{output: "-", settle: 5 * time.Millisecond, timeout: 20 * time.Second}
	if err := demoApp(&out).screenshot(t.Context(), address, f); err != nil {
		t.Fatal(err)
	}
	demoPNG(t, &out)
	cancel()
	if err := <-served; err != nil {
		t.Errorf("after an interrupt: %v", err)
	}
}

func TestDemoRefuses(t *testing.T) {
	for _, f := range []*demoFlags{{serve: "x", output: "y"}, {output: "y", screenshot: "z"}, {after: -1}} {
		var failed *failure
		if err := demoApp(io.Discard).demo(t.Context(), f); !errors.As(err, &failed) || failed.code != exitUsage {
			t.Errorf("%+v: %v", f, err)
		}
	}
	if err := demoApp(io.Discard).demo(t.Context(), &demoFlags{serve: "127.0.0.1:99999"}); err == nil {
		t.Error("it serves on an impossible port")
	}
}
