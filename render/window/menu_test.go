package window

import (
	"fmt"
	"image"
	"slices"
	"strings"
	"testing"
	"time"
)

func domains(n int) []MenuItem {
	items := make([]MenuItem, n)
	for i := range items {
		items[i] = MenuItem{Key: fmt.Sprint("k", i), Text: fmt.Sprintf("vm%03d", i), Detail: "shut off"}
	}
	return items
}

// A choice collects what is chosen of a menu.
type choice chan string

func newMenuTest(n int, window image.Point) (*Menu, choice) {
	c := make(choice, 2)
	m := NewMenu("Open", func(key string) { c <- key })
	m.SetItems(domains(n))
	m.draw(window, 1)
	return m, c
}

func (c choice) take(t *testing.T) string {
	t.Helper()
	select {
	case key := <-c:
		return key
	case <-time.After(5 * time.Second):
		t.Fatal("nothing is chosen")
		return ""
	}
}

// do types what is in quotes and presses the other keys.
func (m *Menu) do(script string) {
	codes := map[string]uint16{"up": keyUp, "down": keyDown, "pgup": keyPageUp, "pgdn": keyPageDown, "home": keyHome, "end": keyEnd, "enter": keyEnter, "esc": keyEscape, "bs": keyBackspace}
	for _, word := range strings.Fields(script) {
		if text, ok := strings.CutPrefix(word, "'"); ok {
			m.step([]rune(strings.ReplaceAll(text, "_", " ")))
			continue
		}
		m.key(codes[word])
		for m.step(nil) {
		}
	}
}

func TestMenuKeys(t *testing.T) {
	for _, tc := range []struct{ script, selected, filter string }{
		{"", "k0", ""},
		{"down down", "k2", ""},
		{"up", "k0", ""},
		{"end", "k99", ""},
		{"end down", "k99", ""},
		{"end home", "k0", ""},
		{"pgdn", "k9", ""},
		{"pgdn pgdn pgup", "k9", ""},
		{"'05", "k5", "05"},
		{"'05 down", "k50", "05"},
		{"'05 bs", "k5", "0"},
		{"'VM05 bs", "k50", "VM0"},
		{"down '9 esc", "k9", ""},
		{"'shut_off", "k0", "shut off"},
		{"'off_vm_99", "k99", "off vm 99"},
		{"'nothing", "", "nothing"},
		{"'nothing down bs bs bs bs bs bs bs", "k0", ""},
		{"bs", "k0", ""},
	} {
		m, _ := newMenuTest(100, image.Pt(800, 600))
		m.do(tc.script)
		if m.selected != tc.selected || m.filter != tc.filter {
			t.Errorf("%q: selected %q, filter %q, want %q, %q", tc.script, m.selected, m.filter, tc.selected, tc.filter)
		}
		if i := m.index(); i >= 0 && (i < m.top || i >= m.top+m.place.rows) {
			t.Errorf("%q: row %d is not seen: %d rows from %d", tc.script, i, m.place.rows, m.top)
		}
	}
}

func TestMenuChoose(t *testing.T) {
	m, c := newMenuTest(100, image.Pt(800, 600))
	m.do("'07 down enter enter")
	if got := c.take(t); got != "k70" {
		t.Errorf("chosen: %q", got)
	}
	m, c = newMenuTest(3, image.Pt(800, 600))
	m.do("'x esc")
	m.do("esc esc")
	if got := c.take(t); got != "" {
		t.Errorf("chosen: %q", got)
	}
	select {
	case key := <-c:
		t.Errorf("chosen twice: %q", key)
	case <-time.After(10 * time.Millisecond):
	}
	m, c = newMenuTest(3, image.Pt(800, 600))
	m.do("'zzz enter")
	select {
	case key := <-c:
		t.Errorf("chosen of nothing: %q", key)
	case <-time.After(10 * time.Millisecond):
	}
}

func TestMenuMouse(t *testing.T) {
	m, c := newMenuTest(100, image.Pt(800, 600))
	p := m.place.list.Min.Add(image.Pt(20, 3*m.place.rowHeight+5))
	x, y := float64(p.X), float64(p.Y)
	if m.point(x, y-1) || m.selected != "k0" {
		t.Errorf("a pointer that was there selected %q", m.selected)
	}
	if !m.point(x, y) || m.selected != "k3" {
		t.Errorf("selected %q", m.selected)
	}
	m.do("down")
	if m.point(x, y) || m.selected != "k4" {
		t.Errorf("a pointer at rest selected %q", m.selected)
	}
	m.wheel(-2, x, y)
	if m.top != 6 || m.selected != "k9" {
		t.Errorf("the wheel: %q selected, from %d", m.selected, m.top)
	}
	m.wheel(100, x, y)
	if m.top != 0 {
		t.Errorf("the wheel, back: from %d", m.top)
	}
	m.click(1, 1)
	m.click(x, float64(m.place.list.Max.Y+1))
	m.click(x, y)
	if got := c.take(t); got != "k3" {
		t.Errorf("chosen: %q", got)
	}
}

// TestMenuItems changes the items while one is selected.
func TestMenuItems(t *testing.T) {
	m, _ := newMenuTest(5, image.Pt(800, 600))
	m.do("down down")
	items := domains(5)
	m.SetItems(append([]MenuItem{{Key: "new", Text: "new"}}, items...))
	if m.selected != "k2" {
		t.Errorf("selected %q", m.selected)
	}
	m.SetItems(items[:2])
	if m.selected != "k1" {
		t.Errorf("after it is gone: %q", m.selected)
	}
	m.SetItems(nil)
	if m.selected != "" {
		t.Errorf("without items: %q", m.selected)
	}
}

// TestMenuDraw draws menus of all sizes with names that hosts make up.
func TestMenuDraw(t *testing.T) {
	long := strings.Repeat("long\x1b[31m", 100)
	for _, size := range []image.Point{{1, 1}, {50, 40}, {320, 200}, {800, 600}, {1600, 1200}} {
		for _, scale := range []float64{1, 1.5} {
			m, _ := newMenuTest(30, size)
			m.SetItems(append([]MenuItem{{Key: "x", Text: long, Detail: long, Lively: true}}, domains(30)...))
			m.do("'" + long + " esc end")
			if got := m.draw(size, scale).Rect.Size(); got != size {
				t.Errorf("%v at %v: %v", size, scale, got)
			}
			m.Say(long)
			m.draw(size, scale)
		}
	}
}

// TestControlMenu keeps what is for the menu from the guest.
func TestControlMenu(t *testing.T) {
	c, l := newTestControl(&Options{})
	m, chosen := newMenuTest(3, image.Pt(800, 600))
	shown := m
	c.menu = func() *Menu { return shown }
	c.key(keyDown, true)
	c.key(keyDown, false)
	c.key(keyEnter, true)
	c.position(100, 100)
	c.button(Left, true, 1, 1)
	c.button(Left, false, 1, 1)
	c.wheel(1, 1, 1)
	for m.step(nil) {
	}
	if got := chosen.take(t); got != "k1" {
		t.Errorf("chosen: %q", got)
	}
	shown = nil
	c.key(keyEnter, true) // repeats
	c.key(keyEnter, false)
	c.key(30, true)
	c.key(30, false)
	l.expect(t, "after the menu", "key 30 true", "key 30 false")
}

// TestPrompt answers what a prompt asks, and shows nothing of it.
func TestPrompt(t *testing.T) {
	type answer struct {
		text     string
		keep, ok bool
	}
	answers := make(chan answer, 1)
	ask := func() *Menu {
		return NewPrompt(Prompt{Title: "Password for vm", Says: "Not that one", Keep: "Keep it",
			Answer: func(text string, keep, ok bool) { answers <- answer{text, keep, ok} }})
	}
	press := func(m *Menu, code uint16) {
		m.key(code)
		m.step(nil)
		m.step(nil)
	}
	m := ask()
	m.step([]rune("söt"))
	press(m, keyBackspace)
	size := image.Pt(800, 600)
	seen := m.draw(size, 1)
	other := ask()
	other.step([]rune("ab"))
	if !slices.Equal(seen.Pix, other.draw(size, 1).Pix) {
		t.Error("two passwords of the same length look different")
	}
	press(m, keyTab)
	if slices.Equal(seen.Pix, m.draw(size, 1).Pix) {
		t.Error("what is ticked looks as if it were not")
	}
	row := m.keepRow()
	m.click(float64(row.Min.X+1), float64(row.Min.Y+1))
	m.click(float64(row.Min.X+1), float64(row.Min.Y+1))
	press(m, keyEnter)
	press(m, keyEnter)
	if got := <-answers; got != (answer{"sö", true, true}) {
		t.Errorf("%+v", got)
	}
	press(other, keyEscape) // clears what was typed
	press(other, keyEscape)
	if got := <-answers; got != (answer{}) {
		t.Errorf("given up: %+v", got)
	}
	if len(answers) > 0 {
		t.Error("it answers twice")
	}
}
