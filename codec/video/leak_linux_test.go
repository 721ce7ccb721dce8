package video

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

// Decoders leave no memory behind, nor do frames that fail.
func TestLeak(t *testing.T) {
	frames, _ := stream(t, "h264-720p")
	rounds := func(n int) {
		for range n {
			d := decoder(t, H264)
			for i, f := range frames {
				if _, err := d.Decode(f); err != nil {
					t.Fatal(err)
				}
				if _, err := d.Decode(f[:len(f)/(i+1)%20]); err == nil && i == 0 {
					t.Fatal("a broken frame is no error")
				}
			}
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	rounds(5)
	before := resident(t)
	rounds(40)
	if more := resident(t) - before; more > 48<<20 {
		t.Errorf("40 decoders of 1280x720 pixels leave %d MiB behind", more>>20)
	}
}

// resident returns how many bytes of memory the process has.
func resident(t *testing.T) int {
	t.Helper()
	b, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.Atoi(strings.Fields(string(b))[1])
	if err != nil {
		t.Fatal(err)
	}
	return pages * os.Getpagesize()
}
