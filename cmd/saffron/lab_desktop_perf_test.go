//go:build lab

package main_test

import (
	"flag"
	"image"
	"os/exec"
	"regexp"
	"slices"
	"syscall"
	"testing"
	"time"
)

// everyTest makes the lab run all of x11perf, with each setting. That takes
// minutes.
var everyTest = flag.Bool("everytest", false, "run every test of x11perf with each setting, not a choice")

// perfTests are tests of x11perf of every kind: fills with colours, stipples and
// tiles, lines, arcs, polygons, text of the core and of Render, scrolling,
// copies, images, composites and windows.
var perfTests = []string{
	"-dot", "-rect10", "-rect500", "-srect100", "-osrect100", "-tilerect100", "-bigtilerect500", "-eschertilerect100",
	"-seg100c2", "-dseg100", "-wvseg100", "-line100", "-ddline100", "-wline100", "-wddline100", "-worect100",
	"-circle100", "-wdcircle100", "-fcircle100", "-fspcircle100", "-pellipse100", "-trap100", "-oddtiletrap100",
	"-aatrap100", "-addaatrapezoid100", "-64poly100complex", "-f14text16", "-tr24itext", "-aa24text", "-rgb10text", "-crgb24text",
	"-scroll100", "-scroll500", "-copywinwin100", "-copypixwin500", "-copywinpix100", "-copyplane100",
	"-putimage100", "-putimagexy100", "-shmput500", "-compwinwin100", "-comppixwin500", "-magpixwin100", "-popup", "-move",
}

// tests are those of x11perf for the setting of a number. Each is chosen for one
// setting in three.
func tests(t *testing.T, setting int) []string {
	t.Helper()
	if *everyTest {
		return allPerfTests(t)
	}
	var some []string
	for i, name := range perfTests {
		if i%3 == setting%3 {
			some = append(some, name)
		}
	}
	return some
}

// allPerfTests are what x11perf itself says that there is.
func allPerfTests(t *testing.T) []string {
	t.Helper()
	need(t, "x11perf")
	usage, _ := exec.Command("x11perf").CombinedOutput() // it fails, for want of arguments
	var all []string
	for _, m := range regexp.MustCompile(`(?m)^ +(-\S+) {2,}\S`).FindAllStringSubmatch(string(usage), -1) {
		all = append(all, m[1])
	}
	first := slices.Index(all, "-dot")
	if first < 0 {
		t.Fatalf("x11perf says\n%s", usage)
	}
	return all[first:]
}

// perform stops x11perf in the middle of one of its tests for a look.
func (x *xserver) perform(t *testing.T, c *xclient, test string, look func()) {
	t.Helper()
	windows := c.windows(t)
	// In step with the server: otherwise that would go on with what is queued
	// when x11perf is stopped.
	p := start(t, x.env, "x11perf", "-sync", "-repeat", "1", "-reps", "1000000", test)
	var crashed error
	eventually(t, "starting x11perf "+test, func() error {
		if crashed = p.running(); crashed != nil || c.windows(t) > windows {
			return nil
		}
		return errNoWindow
	})
	if crashed != nil {
		// Some tests of some versions of x11perf do not survive their own start.
		if !*everyTest {
			t.Fatal(crashed)
		}
		t.Logf("x11perf cannot run %s: %v", test, p.err)
		return
	}
	time.Sleep(100 * time.Millisecond)
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGSTOP)
	for range 4 { // many tests draw everything, wipe it out, and so on
		if img := c.picture(); img == nil || !empty(img) {
			break
		}
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGCONT)
		time.Sleep(15 * time.Millisecond)
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGSTOP)
	}
	look()
	syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
	<-p.done
	eventually(t, "the end of x11perf "+test, func() error {
		if c.windows(t) > windows {
			return errWindow
		}
		return nil
	})
}

// empty reports whether the window of x11perf, in the corner of the screen, has
// one colour.
func empty(img *image.RGBA) bool {
	first := img.RGBAAt(5, 5)
	for y := 5; y < 590; y++ {
		for x := 5; x < 590; x++ {
			if img.RGBAAt(x, y) != first {
				return false
			}
		}
	}
	return true
}
