//go:build lab

package main_test

import (
	"errors"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestLabWindowMenu uses the menu with keys and mouse: it sends keys that a desktop
// keeps for itself, saves a picture, shows figures, connects again and quits.
func TestLabWindowMenu(t *testing.T) {
	t.Parallel()
	x := startXspice(t, nil)
	xev := x.watch(t)
	d := startDesk(t, 0)
	pictures := filepath.Join(d.dir, "pictures")
	d.env = append(d.env, "XDG_PICTURES_DIR="+pictures, "XDG_STATE_HOME="+d.dir, "XDG_DATA_HOME="+d.dir)
	v := d.open(t, "--verbose", x.uri)
	shown, truth := func() *image.RGBA { return v.pixels(t) }, func() *image.RGBA { return x.screen(t) }
	agree(t, "the window", shown, truth)
	v.move(t, image.Pt(300, 300))
	calm := v.pixels(t)
	v.choose(t, calm, "send", "ctrl+alt+del") // after the Shift of Shift+F9
	sees(t, xev, xevKey, 2, "Press Control_L", "Press Alt_L", "Press Delete", "Release Delete", "Release Alt_L", "Release Control_L")

	// By mouse: the tab comes when the pointer rests at the edge.
	middle := calm.Rect.Dx() / 2
	v.move(t, image.Pt(middle, 1))
	v.shows(t, "the tab", calm, func(r image.Rectangle) bool { return r == image.Rect(middle-48, 0, middle+48, 20) })
	v.move(t, image.Pt(middle, 8))
	d.client(t, "xdotool", "click", "1")
	v.shows(t, "the menu", calm, func(r image.Rectangle) bool { return r.Dx() > 200 && r.Dy() > 200 })
	keep(t, "menu.png", v.pixels(t))
	d.client(t, "xdotool", "key", "Escape")
	v.move(t, image.Pt(300, 300))
	v.shows(t, "no menu", calm, image.Rectangle.Empty)
	if n := len(seen(xev, xevButton)); n != 0 {
		t.Errorf("the guest got %d clicks that were for the menu", n)
	}

	v.choose(t, calm, "save")
	var saved []string
	eventually(t, "saving a picture", func() error {
		saved, _ = filepath.Glob(filepath.Join(pictures, "*.png"))
		if len(saved) != 1 {
			return fmt.Errorf("there are %q", saved)
		}
		info, err := os.Stat(saved[0])
		if err == nil && info.Size() == 0 {
			err = errors.New("it is empty")
		}
		return err
	})
	v.shows(t, "a toast", calm, func(r image.Rectangle) bool { return r.Max.Y == calm.Rect.Max.Y-24 && r.Dx() > 200 })
	keep(t, "toast.png", v.pixels(t))
	if err := difference(readPicture(t, saved[0]), calm); err != nil {
		t.Error("the picture that was saved:", err)
	}

	v.choose(t, calm, "stat")
	v.shows(t, "figures", calm, func(r image.Rectangle) bool { return r.Max.X == calm.Rect.Max.X-12 && r.Min.Y == 12 })
	time.Sleep(time.Second)
	keep(t, "figures.png", v.pixels(t))
	v.choose(t, nil, "stat")
	v.shows(t, "no figures", calm, image.Rectangle.Empty)

	v.choose(t, calm, "reconnect")
	eventually(t, "connecting again", func() error {
		if log := v.tail(); strings.Count(log, "msg=connected") < 2 {
			return errors.New("it has not")
		}
		return nil
	})
	agree(t, "after connecting again", shown, truth)
	v.choose(t, nil, "quit")
	select {
	case <-v.done:
	case <-time.After(patience):
		t.Fatal("the window does not close")
	}
	if code := v.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d", code)
	}
}

// choose opens the menu by its keys and chooses an entry by its first letters,
// and what is first in a submenu, if it leads there. calm is the window without the
// menu, nil if that does not hold still.
func (v *view) choose(t *testing.T, calm *image.RGBA, first string, rest ...string) {
	t.Helper()
	v.desk.client(t, "xdotool", "key", "shift+F9")
	if calm != nil {
		v.shows(t, "the menu", calm, func(r image.Rectangle) bool { return r.Dy() > 200 })
	}
	v.desk.client(t, "xdotool", "type", "--delay", "20", first)
	v.desk.client(t, "xdotool", "key", "Return")
	for range rest {
		v.desk.client(t, "xdotool", "key", "Return")
	}
}

// shows waits until the window differs from a picture where it is said to.
func (v *view) shows(t *testing.T, what string, from *image.RGBA, want func(image.Rectangle) bool) {
	t.Helper()
	eventually(t, what, func() error {
		if err := v.running(); err != nil {
			return &neverError{err}
		}
		got := v.pixels(t)
		var r image.Rectangle
		for y := range from.Rect.Dy() {
			for x := range from.Rect.Dx() {
				if got.RGBAAt(x, y) != from.RGBAAt(x, y) {
					r = r.Union(image.Rect(x, y, x+1, y+1))
				}
			}
		}
		if !want(r) {
			return fmt.Errorf("the window shows something else in %v", r)
		}
		return nil
	})
}
