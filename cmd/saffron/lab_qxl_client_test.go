//go:build lab

package main_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestLabQXLReferenceClient compares our screen with a screenshot of the
// reference client, which connects when all is drawn.
func TestLabQXLReferenceClient(t *testing.T) {
	need(t, "spicy-screenshot")
	for _, m := range qxlModes {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			r := newQXLRun(m, *qxlFirst, 32)
			g := startScript(t, r.server...)
			defer g.stop()
			live := r.connect(t, g)
			want, err := g.play(r.count)
			if err == nil {
				err = live.agree(want)
			}
			if err != nil {
				t.Fatal(err)
			}
			live.Close()
			path := filepath.Join(t.TempDir(), "screen.ppm")
			port := g.uri[strings.LastIndexByte(g.uri, ':')+1:]
			cmd := exec.CommandContext(t.Context(), "timeout", "30", "spicy-screenshot", "-h", "127.0.0.1", "-p", port, "-o", path)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("spicy-screenshot: %v\n%s", err, out)
			}
			ppm, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			img, err := decodePPM(ppm)
			if err == nil {
				err = difference(live.desks[0].SurfaceSnapshot(0), img)
			}
			if err != nil {
				t.Error(fmt.Errorf("with the reference client: %w", err))
			}
		})
	}
}
