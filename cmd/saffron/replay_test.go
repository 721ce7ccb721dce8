package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"saffron/spice"
	"saffron/spice/capture"
)

// cut takes bytes off the end of a file.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	data := ts.ReadFile(args[0])
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(data[:max(0, len(data)-n)]), 0o600))
}

// benchSchema fails when a field that others may rely on is gone or new.
func benchSchema(ts *testscript.TestScript, neg bool, args []string) {
	type images map[string]struct {
		Count, Bytes, Pixels uint64
		Seconds              float64
	}
	var r struct {
		File            string
		Complete        bool
		Recorded        float64
		Messages, Bytes uint64
		Pixels          uint64
		Runs            []struct{ Wall, CPU float64 }
		Wall, CPU       float64
		PeakMemory      uint64  `json:"peak_memory"`
		PixelsPerS      float64 `json:"pixels_per_second"`
		Images, Videos  images
		Operations      map[string]uint64
		Failed          uint64
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.DisallowUnknownFields()
	ts.Check(d.Decode(&r))
	// Two displays of 64x48 pixels.
	if !r.Complete || r.Recorded <= 0 || r.Messages < 10 || r.Pixels != 2*64*48 || len(r.Runs) != 1 || r.Wall <= 0 ||
		r.Images["bitmap"].Count != 2 || r.Operations["draw_copy"] != 2 || r.Failed != 0 {
		ts.Fatalf("%+v", r)
	}
}

// serveSchema fails when a field that others may rely on is gone or new.
func serveSchema(ts *testscript.TestScript, neg bool, args []string) {
	var r struct {
		File                       string
		Command                    []string
		Messages, Bytes            uint64
		Connected, Ready, Consumed *float64
		Wall, User, System         float64
		PeakMemory                 uint64 `json:"peak_memory"`
		Exit                       string
		ServerCPU                  float64 `json:"server_cpu"`
	}
	d := json.NewDecoder(strings.NewReader(ts.ReadFile(args[0])))
	d.DisallowUnknownFields()
	ts.Check(d.Decode(&r))
	if len(r.Command) != 5 || r.Messages < 10 || r.Bytes == 0 || r.Connected == nil || r.Ready == nil || r.Consumed == nil ||
		*r.Connected > *r.Ready || *r.Ready > *r.Consumed || *r.Consumed > r.Wall || r.User+r.System <= 0 || r.Exit != "exit status 0" {
		ts.Fatalf("%+v", r)
	}
}

// TestReplayServeOnce serves two recordings by hand: one to a client that takes
// it in, one to nobody.
func TestReplayServeOnce(t *testing.T) {
	m := newMachine(nil)
	path := filepath.Join(t.TempDir(), "a.capture")
	tape, err := newRecording(path, false, capture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	signal, changes := signals()
	c := testApp().newConsole(&settings{link: spice.Options{
		Dial: m.server.DialContext, Target: spice.Target{Host: "vm", Port: 5900}, Tap: tape,
	}}, signal)
	if err := c.connect(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := c.picture(t.Context(), 0, 50*time.Millisecond, changes); err != nil {
		t.Fatal(err)
	}
	c.close()
	m.server.Close()
	if err := tape.finish(c.app); err != nil {
		t.Fatal(err)
	}
	for _, linger := range []time.Duration{0, 10 * time.Millisecond} {
		said, says := io.Pipe()
		a := testApp()
		a.out = says
		done := make(chan error, 1)
		go func() {
			done <- a.replayServe(t.Context(), path, &replayFlags{serve: "127.0.0.1:0", once: true, linger: linger}, nil)
			says.Close()
		}()
		lines := make(chan string, 10)
		go func() {
			for s := bufio.NewScanner(said); s.Scan(); {
				lines <- s.Text()
			}
		}()
		_, address, _ := strings.Cut(<-lines, "saffron ")
		target, err := spice.ParseTarget(address)
		if err != nil {
			t.Fatal(err)
		}
		client := testApp().newConsole(&settings{link: spice.Options{Target: target}}, signal)
		if err := client.connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		if linger > 0 { // the server goes
			client.wait()
		} else if _, err := client.picture(t.Context(), 0, 50*time.Millisecond, changes); err != nil {
			t.Fatal(err)
		}
		client.close()
		if line := <-lines; !strings.HasPrefix(line, "The client took in the recording in ") {
			t.Error(line)
		}
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := testApp().replayServe(ctx, path, &replayFlags{serve: "127.0.0.1:0"}, nil); err != nil {
		t.Error(err)
	}
}

func TestClockText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0:00", 59*time.Second + 999*time.Millisecond: "0:59", 61 * time.Second: "1:01",
		3600 * time.Second: "1:00:00", 100*time.Hour + 62*time.Second: "100:01:02",
	} {
		if got := clockText(d); got != want {
			t.Errorf("%v is %s, want %s", d, got, want)
		}
	}
}

func TestNextSpeed(t *testing.T) {
	for _, tc := range []struct{ now, up, down float64 }{
		{1, 2, 0.5}, {3, 4, 2}, {32, 32, 16}, {0.125, 0.25, 0.125}, {100, 100, 32}, {0.1, 0.125, 0.1},
	} {
		if up, down := nextSpeed(tc.now, 1), nextSpeed(tc.now, -1); up != tc.up || down != tc.down {
			t.Errorf("%g: %g and %g, want %g and %g", tc.now, up, down, tc.up, tc.down)
		}
	}
}
