package main

import (
	"encoding/json"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
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
