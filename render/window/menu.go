package window

import (
	"image"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A MenuItem is one that can be chosen.
type MenuItem struct {
	Key    string // tells it apart; not shown
	Text   string
	Detail string // at the right
	Lively bool   // stands out from others
}

// A Menu is a list that the window shows instead of a picture, see
// Options.Menu. The keyboard and the mouse choose from it: arrows, Page Up and
// Down, Home, End and Enter, the pointer and the wheel; typing leaves the items
// that have the words, and Escape clears that, then gives up. Any goroutine may
// call its methods.
type Menu struct {
	title  string
	chose  func(key string)
	prompt *Prompt // instead of a choice; see NewPrompt

	mu       sync.Mutex // guards everything below
	items    []MenuItem // all
	shown    []MenuItem // those that the filter leaves
	filter   string
	selected string // key; always of shown, unless that is empty
	top      int    // of shown, the first that is seen
	message  string // instead of a list; see Say
	incoming []uint16
	ready    []uint16 // keys for the next step
	keep     bool     // of a prompt: its Keep is ticked
	revision uint64   // another for each picture
	place    menuPlace
	pointer  image.Point
	over     bool // chosen, or given up
}

// NewMenu makes a menu without items. chose is called, once and by a goroutine
// of its own, with the key of what is chosen, or with "" when the user gives
// up.
func NewMenu(title string, chose func(key string)) *Menu {
	return &Menu{title: title, chose: chose, revision: 1, message: "…"}
}

// A Prompt asks for a password.
type Prompt struct {
	Title string
	Says  string // below what is typed, or ""
	Keep  string // what the user may tick, by Tab or the mouse; "" for nothing
	// Answer is called, once and by a goroutine of its own, with what was typed
	// and whether Keep was ticked, or with ok false when the user gives up.
	Answer func(text string, keep, ok bool)
}

// NewPrompt makes a menu that asks for a password instead of a choice: what is
// typed is not shown.
func NewPrompt(p Prompt) *Menu {
	return &Menu{title: p.Title, prompt: &p, revision: 1, message: p.Says}
}

// SetItems replaces the items. What is selected stays so if it is still there.
// The caller wakes the window.
func (m *Menu) SetItems(items []MenuItem) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items, m.message = slices.Clone(items), ""
	m.sift()
}

// Say shows a text instead of the items, until there are new ones.
func (m *Menu) Say(text string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.items, m.message = nil, text
	m.sift()
}

// sift finds which items are shown.
func (m *Menu) sift() {
	before := max(0, m.index())
	if m.filter != "" {
		before = 0 // what is typed is to find something: the first of it
	}
	m.shown = m.shown[:0:0]
	words := strings.Fields(strings.ToLower(m.filter))
	for _, item := range m.items {
		text := strings.ToLower(item.Text + " " + item.Detail)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			m.shown = append(m.shown, item)
		}
	}
	i := m.index()
	if i < 0 {
		i = before
	}
	m.selectIndex(i)
	m.change()
}

// index returns where the selected item is among those shown, -1 if it is not.
func (m *Menu) index() int {
	return slices.IndexFunc(m.shown, func(i MenuItem) bool { return i.Key == m.selected })
}

// selectIndex selects the nearest item to i that there is, and scrolls it into
// view.
func (m *Menu) selectIndex(i int) {
	if len(m.shown) == 0 {
		m.selected, m.top = "", 0
		return
	}
	i = max(0, min(i, len(m.shown)-1))
	m.selected = m.shown[i].Key
	if rows := m.place.rows; rows > 0 {
		m.top = max(min(m.top, i), i-rows+1)
	}
	m.change()
}

// change makes the next frame draw the menu anew.
func (m *Menu) change() {
	m.top = max(0, min(m.top, len(m.shown)-max(1, m.place.rows)))
	m.revision++
}

// now returns which picture of the menu is the right one.
func (m *Menu) now() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.revision
}

// maxFilter bounds the filter in bytes.
const maxFilter = 100

// step takes what was typed since the last frame, and then the keys that the
// frame before had: the two come by different ways, and a key must not overtake
// the text before it. It reports whether there are keys for the next frame.
func (m *Menu) step(typed []rune) (more bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range typed {
		if unicode.IsPrint(r) && len(m.filter)+utf8.RuneLen(r) <= maxFilter {
			m.filter += string(r)
			m.sift()
		}
	}
	for _, code := range m.ready {
		m.press(code)
	}
	m.ready, m.incoming = m.incoming, nil
	return len(m.ready) > 0
}

// key takes a key that was pressed, by its evdev code.
func (m *Menu) key(code uint16) {
	m.mu.Lock()
	defer m.mu.Unlock()
	const most = 64
	if len(m.incoming) < most {
		m.incoming = append(m.incoming, code)
	}
}

// Keys of a menu, as evdev codes.
const (
	keyEscape    = 1
	keyBackspace = 14
	keyTab       = 15
	keyEnter     = 28
	keyKPEnter   = 96
	keyHome      = 102
	keyUp        = 103
	keyPageUp    = 104
	keyEnd       = 107
	keyDown      = 108
	keyPageDown  = 109
)

func (m *Menu) press(code uint16) {
	at, page := m.index(), max(1, m.place.rows-1)
	switch code {
	case keyUp:
		m.selectIndex(at - 1)
	case keyDown:
		m.selectIndex(at + 1)
	case keyPageUp:
		m.selectIndex(at - page)
	case keyPageDown:
		m.selectIndex(at + page)
	case keyHome:
		m.selectIndex(0)
	case keyEnd:
		m.selectIndex(len(m.shown) - 1)
	case keyEnter, keyKPEnter:
		if at >= 0 || m.prompt != nil {
			m.choose(m.selected)
		}
	case keyTab:
		m.tick()
	case keyBackspace:
		if m.filter != "" {
			_, n := utf8.DecodeLastRuneInString(m.filter)
			m.filter = m.filter[:len(m.filter)-n]
			m.sift()
		}
	case keyEscape:
		if m.filter == "" {
			m.give()
			return
		}
		m.filter = ""
		m.sift()
	}
}

// tick ticks what a prompt offers, or no more.
func (m *Menu) tick() {
	if m.prompt != nil && m.prompt.Keep != "" {
		m.keep = !m.keep
		m.change()
	}
}

// choose chooses an item, or answers what a prompt asks.
func (m *Menu) choose(key string) {
	if m.over {
		return
	}
	m.over = true
	if p := m.prompt; p != nil {
		go p.Answer(m.filter, m.keep, true)
		return
	}
	go m.chose(key)
}

// give gives up.
func (m *Menu) give() {
	if m.over {
		return
	}
	m.over = true
	if p := m.prompt; p != nil {
		go p.Answer("", false, false)
		return
	}
	go m.chose("")
}

// point tells that the pointer has moved, in device pixels. It reports whether
// that is seen.
func (m *Menu) point(x, y float64) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	before, now := m.pointer, image.Pt(int(x), int(y))
	m.pointer = now
	i := m.at(x, y)
	if i < 0 || m.shown[i].Key == m.selected || before == now || before == (image.Point{}) {
		return false // a pointer that rests, or was there before, does not win over the keys
	}
	m.selected = m.shown[i].Key
	m.change()
	return true
}

// click chooses what is at a point.
func (m *Menu) click(x, y float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.prompt != nil && image.Pt(int(x), int(y)).In(m.keepRow()) {
		m.tick()
	} else if i := m.at(x, y); i >= 0 {
		m.selected = m.shown[i].Key
		m.change()
		m.choose(m.selected)
	}
}

// wheelRows is how many rows a notch of the wheel scrolls.
const wheelRows = 3

func (m *Menu) wheel(notches int, x, y float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.top -= notches * wheelRows
	m.change()
	if i := m.at(x, y); i >= 0 {
		m.selected = m.shown[i].Key
	}
}

// at returns which of the items shown is at a point, -1 for none.
func (m *Menu) at(x, y float64) int {
	p := &m.place
	if p.rowHeight == 0 || x < float64(p.list.Min.X) || x >= float64(p.list.Max.X) || y < float64(p.list.Min.Y) {
		return -1
	}
	row := int(y-float64(p.list.Min.Y)) / p.rowHeight
	if row >= p.rows || m.top+row >= len(m.shown) {
		return -1
	}
	return m.top + row
}
