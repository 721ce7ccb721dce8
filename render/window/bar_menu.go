package window

import (
	"image"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// A page is a menu, or a submenu of it.
type page struct {
	title    string // of a submenu
	entries  []Entry
	selected int // -1: none
	top      int // the first that is seen

	typed   string // letters of a word that is being typed
	typedAt time.Time
}

// back is what is selected when the pointer is over the title of a submenu.
const back = -2

func newPage(title string, entries []Entry) page {
	return page{title: title, entries: entries, selected: -1}
}

// can reports whether an entry can be selected.
func can(e Entry) bool { return !e.Separator && !e.Disabled && (e.Do != nil || len(e.Sub) > 0) }

// step selects the next entry that can be, forwards or backwards, around the end.
func (p *page) step(by int) {
	n := len(p.entries)
	at := p.selected
	if at < 0 && by < 0 {
		at = n
	} else if at < 0 {
		at = -1
	}
	for range n {
		at = (at + by + n + 1) % (n + 1) // n stands for the end
		if at < n && can(p.entries[at]) {
			p.selected = at
			return
		}
	}
}

// leap selects an entry that can be near to a place, preferably in a direction.
func (p *page) leap(to, by int) {
	to = max(0, min(to, len(p.entries)-1))
	for i := to; i >= 0 && i < len(p.entries); i += by {
		if can(p.entries[i]) {
			p.selected = i
			return
		}
	}
	for i := to; i >= 0 && i < len(p.entries); i -= by {
		if can(p.entries[i]) {
			p.selected = i
			return
		}
	}
}

// typingPause is how long a user may take between the letters of a word.
const typingPause = time.Second

// letter selects the entry that begins with the letters typed lately, or, if none
// does, the next one that begins with this one.
func (p *page) letter(r rune, now time.Time) {
	if now.Sub(p.typedAt) > typingPause {
		p.typed = ""
	}
	p.typedAt = now
	p.typed += string(unicode.ToLower(r))
	if utf8.RuneCountInString(p.typed) > 1 && p.seek(p.typed, max(p.selected, 0)) {
		return
	}
	if p.seek(string(unicode.ToLower(r)), p.selected+1) {
		p.typed = string(unicode.ToLower(r))
	}
}

// seek selects the first entry from a place on, around the end, that begins with
// a text. It reports whether there is one.
func (p *page) seek(text string, from int) bool {
	n := len(p.entries)
	for i := range n {
		at := (max(from, 0) + i) % n
		if can(p.entries[at]) && strings.HasPrefix(strings.ToLower(p.entries[at].Label), text) {
			p.selected = at
			return true
		}
	}
	return false
}

// Keys of the menu that a chooser has no use for, as evdev codes.
const (
	keySpace   = 57
	keyLeft    = 105
	keyRight   = 106
	keyKPUp    = 72
	keyKPLeft  = 75
	keyKPRight = 77
	keyKPDown  = 80
)

// press does what a key means. The bar is locked and has pages.
func (b *bar) press(k barKey) {
	p := &b.pages[len(b.pages)-1]
	rows := max(1, b.place.rows-1)
	switch k.code {
	case keyUp, keyKPUp:
		p.step(-1)
	case keyDown, keyKPDown:
		p.step(1)
	case keyPageUp:
		p.leap(p.selected-rows, -1)
	case keyPageDown:
		p.leap(p.selected+rows, 1)
	case keyHome:
		p.leap(0, 1)
	case keyEnd:
		p.leap(len(p.entries)-1, -1)
	case keyEnter, keyKPEnter, keySpace:
		b.activate(p.selected)
		return
	case keyRight, keyKPRight:
		if p.selected >= 0 && len(p.entries[p.selected].Sub) > 0 {
			b.activate(p.selected)
		}
		return
	case keyLeft, keyKPLeft, keyBackspace:
		b.goBack()
		return
	case keyEscape:
		if len(b.pages) == 1 {
			b.set(barHidden)
			return
		}
		b.goBack()
		return
	default:
		if k.letter == 0 {
			return
		}
		p.letter(k.letter, time.Now())
	}
	b.reveal(p)
	b.change()
}

// reveal scrolls what is selected into view.
func (b *bar) reveal(p *page) {
	if n := b.place.rows; n > 0 && p.selected >= 0 {
		p.top = max(min(p.top, p.selected), p.selected-n+1)
	}
}

// goBack leaves a submenu.
func (b *bar) goBack() {
	if n := len(b.pages); n > 1 {
		b.pages = b.pages[:n-1]
		b.change()
	}
}

// activate does what the entry i says.
func (b *bar) activate(i int) {
	p := &b.pages[len(b.pages)-1]
	if i == back {
		b.goBack()
		return
	}
	if i < 0 || i >= len(p.entries) || !can(p.entries[i]) {
		return
	}
	p.selected = i
	if e := p.entries[i]; len(e.Sub) > 0 {
		sub := newPage(e.Label, e.Sub)
		sub.step(1)
		if i := slices.IndexFunc(e.Sub, func(e Entry) bool { return e.Checked && can(e) }); i >= 0 {
			sub.selected = i
		}
		b.pages = append(b.pages, sub)
		b.change()
	} else {
		b.set(barHidden)
		go e.Do()
	}
}

// hover selects what the pointer has moved to.
func (b *bar) hover(at image.Point) {
	if b.pages == nil {
		return
	}
	p := &b.pages[len(b.pages)-1]
	i := b.place.at(at)
	if i >= 0 && !can(p.entries[i]) {
		i = -1
	}
	if i != p.selected {
		p.selected = i
		b.change()
	}
}

// choose does what a click says.
func (b *bar) choose(button Button, at image.Point) {
	switch {
	case !at.In(b.place.card):
		b.set(barHidden)
	case button == Left:
		b.activate(b.place.at(at))
	}
}

// wheel scrolls.
func (b *bar) wheel(notches int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pages == nil {
		return
	}
	p := &b.pages[len(b.pages)-1]
	p.top = max(0, min(p.top-notches*wheelRows, len(p.entries)-b.place.rows))
	p.selected = -1
	b.change()
}
