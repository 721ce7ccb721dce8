package window

import (
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// A barBench is a bar in a window of 800x600 with a menu that writes down what is
// chosen.
type barBench struct {
	*bar
	t      *testing.T
	size   image.Point
	asked  int
	chosen []string
	list   []Entry
}

func newBarBench(t *testing.T) *barBench {
	b := &barBench{t: t, size: image.Pt(800, 600)}
	do := func(name string) func() { return func() { b.chosen = append(b.chosen, name) } }
	b.list = []Entry{
		{Label: "Send keys", Sub: []Entry{{Label: "Del", Do: do("del")}, {Separator: true}, {Label: "F1", Do: do("f1"), Checked: true}}},
		{Separator: true},
		{Label: "Save", Do: do("save"), Disabled: true},
		{Label: "Statistics", Do: do("statistics")},
		{Label: "Quit", Do: do("quit")},
	}
	b.bar = newBar(func() []Entry { b.asked++; return b.list }, true, func() {})
	b.look(b.size, 1)
	return b
}

// draw draws, as a frame does, and returns the picture.
func (b *barBench) draw() *image.RGBA {
	d := b.look(b.size, 1)
	if d == nil {
		return nil
	}
	return d.draw()
}

// keys presses keys: names, or letters.
func (b *barBench) keys(names string) {
	codes := map[string]uint16{"up": keyUp, "down": keyDown, "left": keyLeft, "right": keyRight, "enter": keyEnter,
		"esc": keyEscape, "home": keyHome, "end": keyEnd, "pgdn": keyPageDown, "pgup": keyPageUp, "space": keySpace}
	for name := range strings.FieldsSeq(names) {
		if code, ok := codes[name]; ok {
			b.key(barKey{code: code})
		} else {
			b.key(barKey{letter: []rune(name)[0]})
		}
	}
	synctest.Wait()
}

// selected returns the label of what is selected.
func (b *barBench) selected() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pages == nil {
		return ""
	}
	p := b.pages[len(b.pages)-1]
	if p.selected < 0 {
		return "-"
	}
	return p.entries[p.selected].Label
}

func TestBarKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct{ keys, selected, chosen string }{
			{"", "-", ""},
			{"down", "Send keys", ""},
			{"down down", "Statistics", ""}, // neither the line nor what is disabled
			{"up", "Quit", ""},
			{"down up", "Quit", ""},
			{"up down", "Send keys", ""},
			{"s", "Send keys", ""},
			{"s s", "Statistics", ""},
			{"S s s", "Send keys", ""},
			{"q", "Quit", ""},
			{"s t", "Statistics", ""},
			{"s e n", "Send keys", ""},
			{"s t x", "Statistics", ""},
			{"s q", "Quit", ""},
			{"x", "-", ""},
			{"end", "Quit", ""},
			{"end home", "Send keys", ""},
			{"q enter", "", "quit"},
			{"q space", "", "quit"},
			{"enter", "-", ""},
			{"s enter", "F1", ""}, // what is checked
			{"s right up", "Del", ""},
			{"s right up enter", "", "del"},
			{"s enter left", "Send keys", ""},
			{"s enter esc", "Send keys", ""},
			{"s enter esc esc", "", ""},
			{"q right", "Quit", ""},
			{"left", "-", ""},
			{"pgdn", "Statistics", ""},
			{"pgdn pgup", "Send keys", ""},
		} {
			b := newBarBench(t)
			b.begin()
			synctest.Wait()
			b.draw()
			b.keys(c.keys)
			if got := b.selected(); got != c.selected || strings.Join(b.chosen, " ") != c.chosen || b.isOpen() != (c.selected != "") {
				t.Errorf("%q: %q, chosen %q; want %q, %q", c.keys, got, b.chosen, c.selected, c.chosen)
			}
		}
	})
}

// TestBarEarlyKeys presses keys before the menu is known.
func TestBarEarlyKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBarBench(t)
		b.begin()
		b.key(barKey{letter: 'q'})
		b.key(barKey{code: keyEnter})
		b.key(barKey{code: keyEnter})
		synctest.Wait()
		if !slices.Equal(b.chosen, []string{"quit"}) || b.isOpen() || b.asked != 1 {
			t.Errorf("chosen: %q, asked %d times", b.chosen, b.asked)
		}
	})
}

func TestBarEmpty(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBarBench(t)
		b.list = nil
		b.point(400, 0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if b.draw() != nil {
			t.Error("there is a tab without a menu")
		}
		none := newBarBench(t)
		none.tabbed = false
		none.point(400, 0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if none.draw() != nil || none.rest != nil {
			t.Error("there is a tab although there is to be none")
		}
		b.begin()
		synctest.Wait()
		if b.isOpen() || b.draw() != nil {
			t.Error("there is a menu without entries")
		}
	})
}

// TestBarTab rests at the edge, and on the tab.
func TestBarTab(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBarBench(t)
		rest := func(x, y float64, d time.Duration) { b.point(x, y); time.Sleep(d); synctest.Wait() }
		state := func(what string, want barState) {
			t.Helper()
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.state != want {
				t.Errorf("%s: %d, want %d", what, b.state, want)
			}
		}
		const short = 200 * time.Millisecond
		rest(400, 300, time.Minute)
		state("in the middle", barHidden)
		rest(100, 1, short)
		rest(101, 1, short)
		rest(102, 1, short)
		state("along the edge", barHidden)
		rest(102, 90, time.Minute)
		state("and away", barHidden)
		rest(100, 0, short)
		b.leave()
		time.Sleep(time.Minute)
		state("out of the window", barHidden)
		if b.asked != 0 {
			t.Errorf("the menu was asked for %d times", b.asked)
		}

		rest(100, 1, edgeRest)
		state("at the edge", barTab)
		if img := b.draw(); img.Rect != b.tab() || img.RGBAAt(400, 2) != cardFill {
			t.Errorf("the tab is at %v", img.Rect)
		}
		rest(100, 0, time.Minute)
		state("still at the edge", barTab)
		rest(100, 50, short)
		state("near the edge", barTab)
		rest(100, 60, 0)
		state("away", barHidden)

		rest(400, 0, edgeRest)
		if !b.point(400, 1) || b.point(100, 1) || !b.point(401, 2) {
			t.Error("the pointer is over the tab, and it is not")
		}
		rest(402, 5, tabRest-time.Millisecond)
		state("on the tab", barTab)
		rest(403, 5, tabRest)
		state("rests on the tab", barOpen)
		b.close()

		rest(404, 0, edgeRest)
		state("again", barTab)
		if taken, open := b.click(Left, 100, 30); taken || open {
			t.Error("a click beside the tab is the tab's")
		}
		state("clicked beside", barHidden)
		rest(405, 0, edgeRest)
		if taken, open := b.click(Left, 400, 10); !taken || !open {
			t.Error("a click on the tab is not")
		}
		b.leave()
		state("out of the window", barHidden)
	})
}

func TestBarMouse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBarBench(t)
		b.begin()
		synctest.Wait()
		b.draw()
		middle := func(label string) (x, y float64) {
			b.draw()
			for _, l := range b.place.lines {
				if b.pages[len(b.pages)-1].entries[l.entry].Label == label {
					p := l.rect.Min.Add(l.rect.Max).Div(2)
					return float64(p.X), float64(p.Y)
				}
			}
			t.Fatal("there is no ", label)
			return 0, 0
		}
		click := func(label string) { x, y := middle(label); b.point(x, y); b.click(Left, x, y); synctest.Wait() }
		b.point(middle("Statistics"))
		if b.selected() != "Statistics" {
			t.Errorf("selected: %q", b.selected())
		}
		b.keys("down")
		b.point(middle("Statistics")) // it has not moved
		if b.selected() != "Quit" {
			t.Errorf("selected: %q", b.selected())
		}
		click("Save")
		if b.selected() != "-" || !b.isOpen() {
			t.Errorf("what is disabled is selected: %q", b.selected())
		}
		click("Send keys")
		b.draw()
		title := b.place.title.Min.Add(b.place.title.Max).Div(2)
		b.point(float64(title.X), float64(title.Y))
		if taken, _ := b.click(Left, float64(title.X), float64(title.Y)); !taken || len(b.pages) != 1 {
			t.Error("the title does not lead back")
		}
		click("Send keys")
		click("Del")
		if !slices.Equal(b.chosen, []string{"del"}) || b.isOpen() {
			t.Errorf("chosen: %q", b.chosen)
		}
		b.begin()
		synctest.Wait()
		b.draw()
		if taken, _ := b.click(Left, 10, 500); !taken || b.isOpen() {
			t.Error("a click beside the menu does not close it")
		}
	})
}

// TestBarFits draws menus in all windows: everything can be reached, and what is
// selected is seen.
func TestBarFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, size := range []image.Point{{1, 1}, {320, 200}, {640, 400}, {1024, 768}} {
			for _, scale := range []float64{1, 1.5, 2.5} {
				b := newBarBench(t)
				b.list = nil
				for i := range 40 {
					b.list = append(b.list, Entry{Label: fmt.Sprint("Entry ", i, strings.Repeat(" long", i%9)), Keys: "Ctrl+Alt+F12", Do: func() {}, Separator: i%5 == 4})
				}
				b.begin()
				synctest.Wait()
				draw := func() *image.RGBA { return b.look(size, scale).draw() }
				draw()
				seen := map[int]bool{}
				for range 40 {
					b.keys("down")
					draw()
					selected := b.pages[0].selected
					for _, l := range b.place.lines {
						if l.entry == selected && (l.rect.In(image.Rectangle{Max: size}) || size.Y < 100) {
							seen[selected] = true
						}
					}
				}
				if len(seen) != 32 {
					t.Errorf("%v at %v: %d of 32 entries are seen when they are selected", size, scale, len(seen))
				}
				b.wheel(-100)
				if draw(); b.place.lines[len(b.place.lines)-1].entry != 39 {
					t.Errorf("%v at %v: the end cannot be scrolled to", size, scale)
				}
				b.wheel(100)
				if draw(); b.place.lines[0].entry != 0 {
					t.Errorf("%v at %v: the beginning cannot be scrolled to", size, scale)
				}
			}
		}
	})
}

// TestControlBar keeps what is for the menu from the guest, and the rest not.
func TestControlBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBarBench(t)
		c, l := newTestControl(&Options{Hotkeys: []Hotkey{{Chord: mustChord("shift+f9"), Action: ToggleMenu}}})
		c.setBar(b.bar)
		b.size = testView.Window
		b.draw()
		c.focus(locks{})
		c.show(testView, true)
		l.list = nil
		c.position(50, 50)
		c.key(keyLeftShift, true)
		l.expect(t, "before", "over true", "position 0: 25 25", "key 42 true")
		c.key(67, true) // F9
		synctest.Wait()
		l.expect(t, "opened", "grab false", "release all", "over false")
		b.draw()
		c.key(67, false)
		c.key(keyLeftShift, false)
		c.key(16, true) // q
		c.key(16, false)
		if b.selected() != "Quit" {
			t.Errorf("selected: %q", b.selected())
		}
		c.position(50, 51)
		c.wheel(1, 50, 51)
		c.button(Right, true, 50, 51)
		c.button(Right, false, 50, 51)
		c.key(keyEnd, true)
		c.key(keyEnter, true)
		synctest.Wait()
		l.expect(t, "chosen", "grab true")
		c.key(keyEnter, true) // repeats
		c.key(keyEnter, false)
		c.key(30, true)
		c.key(30, false)
		l.expect(t, "afterwards", "key 30 true", "key 30 false")
		if !slices.Equal(b.chosen, []string{"quit"}) {
			t.Errorf("chosen: %q", b.chosen)
		}

		// Neither a drag nor a captured pointer brings the tab.
		c.position(50, 50)
		c.button(Left, true, 50, 50)
		c.position(50, 0)
		time.Sleep(time.Minute)
		synctest.Wait()
		if b.draw() != nil {
			t.Error("the tab comes while a button is held")
		}
		c.button(Left, false, 50, 0)
		c.position(50, 1)
		time.Sleep(time.Minute)
		synctest.Wait()
		l.list = nil
		c.position(50, 2)
		l.expect(t, "over the tab") // the pointer was beside the picture before
		c.button(Left, true, 50, 2)
		c.button(Left, false, 50, 2)
		synctest.Wait()
		if !c.bar.isOpen() {
			t.Error("a click on the tab opens nothing")
		}
		l.expect(t, "clicked on the tab", "grab false", "release all")
		c.blur()
		if c.bar.isOpen() {
			t.Error("the menu stays when the window loses the focus")
		}
	})
}
