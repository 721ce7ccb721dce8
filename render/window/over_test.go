//go:build window

package window_test

import (
	"fmt"
	"image"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"saffron/render/window"
)

// changed returns the rectangle in which the window shows something else than
// the picture.
func (b *bench) changed() (r image.Rectangle) {
	b.t.Helper()
	got, picture := b.screenshot(), b.desktop.Snapshot(0)
	for y := range picture.Rect.Dy() {
		for x := range picture.Rect.Dx() {
			if got.RGBAAt(x, y) != picture.RGBAAt(x, y) {
				r = r.Union(image.Rect(x, y, x+1, y+1))
			}
		}
	}
	return r
}

// wait waits until the window shows something else than the picture where it is
// said to.
func (b *bench) wait(what string, want func(image.Rectangle) bool) {
	b.t.Helper()
	var r image.Rectangle
	for begun := time.Now(); time.Since(begun) < 15*time.Second; time.Sleep(20 * time.Millisecond) {
		if r = b.changed(); want(r) {
			return
		}
	}
	b.t.Fatalf("%s: %v", what, r)
}

func nothing(r image.Rectangle) bool { return r.Empty() }

// TestBar opens the menu with the mouse and with keys. What is chosen happens, the
// guest gets nothing of that, and afterwards the picture is as it was.
func TestBar(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		chosen := make(chan string, 10)
		do := func(name string) func() { return func() { chosen <- name } }
		asked := atomic.Int32{}
		chord, err := window.ParseChord("shift+f9")
		if err != nil {
			t.Fatal(err)
		}
		b := open(t, image.Pt(640, 480), func(o *window.Options) {
			o.Hotkeys = []window.Hotkey{{Chord: chord, Action: window.ToggleMenu}}
			o.Commands = func() []window.Entry {
				asked.Add(1)
				return []window.Entry{
					{Label: "More", Sub: []window.Entry{{Label: "Inner", Do: do("inner")}}},
					{Separator: true},
					{Label: "Last", Do: do("last"), Checked: true},
				}
			}
		})
		b.moveTo(image.Pt(300, 200))
		b.wait("at first", nothing)
		if asked.Load() != 0 {
			t.Error("the menu is asked for although it is hidden")
		}
		b.moveTo(image.Pt(320, 0))
		b.wait("the tab", func(r image.Rectangle) bool { return r == image.Rect(272, 0, 368, 20) })
		b.moveTo(image.Pt(300, 200))
		b.wait("without the tab", nothing)
		b.moveTo(image.Pt(320, 1))
		b.wait("the tab again", func(r image.Rectangle) bool { return r.Max.Y == 20 })
		b.heard.take()
		b.moveTo(image.Pt(320, 10))
		b.xdotool("click", "1")
		b.wait("the menu", func(r image.Rectangle) bool { return r.Min.Y == 0 && r.Max.Y > 80 && r.Dx() >= 250 })
		b.moveTo(image.Pt(320, 22))
		b.xdotool("click", "1")
		b.xdotool("key", "--delay", "30", "Return")
		expectChoice(t, chosen, "inner")
		b.wait("after the choice", nothing)

		b.xdotool("key", "--delay", "30", "shift+F9", "l", "Return")
		expectChoice(t, chosen, "last")
		b.xdotool("key", "--delay", "30", "shift+F9", "Down", "Escape", "a")
		b.wait("after escape", nothing)
		got := slices.DeleteFunc(b.heard.take(), func(e string) bool {
			return e == "release all" || e == "key 42 true" || e == "key 42 false" || e[:8] == "position"
		})
		if !slices.Equal(got, []string{"key 30 true", "key 30 false"}) {
			t.Errorf("the guest gets %v", got)
		}
	})
}

func expectChoice(t *testing.T, chosen chan string, want string) {
	t.Helper()
	select {
	case got := <-chosen:
		if got != want {
			t.Errorf("chosen: %s, want %s", got, want)
		}
	case <-time.After(15 * time.Second):
		t.Fatalf("nothing is chosen, want %s", want)
	}
}

// TestToasts shows more toasts than there is room for, and waits until they have
// gone.
func TestToasts(t *testing.T) {
	in(t, lab{dpi: 144}, func(t *testing.T) {
		b := open(t, image.Pt(640, 480), nil)
		b.wait("at first", nothing)
		b.Toast("one")
		at := func(low, high int) func(r image.Rectangle) bool {
			return func(r image.Rectangle) bool {
				return r.Max.Y == 480-36 && r.Dy() >= low && r.Dy() <= high && abs((r.Min.X+r.Max.X)/2-320) <= 1
			}
		}
		b.wait("a toast", at(60, 80))
		b.Toast("one")
		b.wait("the same again", at(60, 80))
		for i := range 4 {
			b.Toast(fmt.Sprint("number ", i))
		}
		b.wait("three toasts", at(200, 240))
		b.wait("none", nothing)
	})
}

// TestStatistics shows figures, which are asked for while they are to be seen and
// not otherwise.
func TestStatistics(t *testing.T) {
	in(t, lab{}, func(t *testing.T) {
		asked := atomic.Int32{}
		b := open(t, image.Pt(640, 480), func(o *window.Options) {
			o.Statistics = func() []window.StatRow {
				return []window.StatRow{{Label: "Network"}, {Label: "Asked", Value: fmt.Sprint(asked.Add(1))}}
			}
		})
		time.Sleep(1200 * time.Millisecond)
		b.wait("at first", nothing)
		if n := asked.Load(); n != 0 || b.StatisticsShown() {
			t.Errorf("asked %d times before", n)
		}
		begun := time.Now()
		b.ToggleStatistics()
		b.wait("figures", func(r image.Rectangle) bool { return r.Max.X == 640-12 && r.Min.Y == 12 && r.Dx() > 180 && r.Dy() > 50 })
		for asked.Load() < 3 && time.Since(begun) < 15*time.Second {
			time.Sleep(20 * time.Millisecond)
		}
		if took := time.Since(begun); took < 1500*time.Millisecond || !b.StatisticsShown() {
			t.Errorf("asked three times within %v", took)
		}
		frames := b.Counts()
		if frames.Frames == 0 || frames.Time == 0 || frames.Way == "" {
			t.Errorf("counts: %+v", frames)
		}
		b.ToggleStatistics()
		b.wait("hidden", nothing)
		n := asked.Load()
		time.Sleep(1500 * time.Millisecond)
		if asked.Load() != n {
			t.Error("figures are asked for while they are hidden")
		}
	})
}

// TestBarWithoutSide opens the menu where ebiten alone tells what happens.
func TestBarWithoutSide(t *testing.T) {
	in(t, lab{ways: []string{"gl"}}, func(t *testing.T) {
		window.WithoutSide()
		chosen := make(chan string, 10)
		b := open(t, image.Pt(640, 480), func(o *window.Options) {
			o.Commands = func() []window.Entry {
				return []window.Entry{{Label: "First", Do: func() { chosen <- "first" }}, {Label: "Last", Do: func() { chosen <- "last" }}}
			}
		})
		b.moveTo(image.Pt(320, 200))
		b.moveTo(image.Pt(320, 1))
		b.wait("the tab", func(r image.Rectangle) bool { return r == image.Rect(272, 0, 368, 20) })
		b.heard.take()
		b.moveTo(image.Pt(320, 10))
		b.xdotool("mousedown", "1", "sleep", "0.3", "mouseup", "1")
		b.wait("the menu", func(r image.Rectangle) bool { return r.Dx() >= 250 && r.Max.Y > 60 })
		b.xdotool("keydown", "l", "sleep", "0.3", "keyup", "l", "sleep", "0.3", "keydown", "Return", "sleep", "0.3", "keyup", "Return")
		expectChoice(t, chosen, "last")
		b.wait("after the choice", nothing)
		if got := only(b.heard.take(), "key"); len(got) != 0 {
			t.Errorf("the guest gets %v", got)
		}
	})
}
