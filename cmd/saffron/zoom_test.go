package main

import "testing"

func TestZoomSteps(t *testing.T) {
	for _, c := range []struct{ at, in, out int }{
		{100, 110, 90}, {104, 110, 100}, {99, 100, 90}, {10, 20, 10}, {5, 10, 10}, {400, 400, 390}, {1000, 400, 990},
	} {
		if in, out := zoomIn(c.at), zoomOut(c.at); in != c.in || out != c.out {
			t.Errorf("from %d %%: %d and %d, want %d and %d", c.at, in, out, c.in, c.out)
		}
	}
}
