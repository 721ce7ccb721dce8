package window

import (
	"image"
	"sync"
	"sync/atomic"
	"time"
)

// When the tab at the upper edge comes, and when it becomes the menu.
const (
	edgeRest = 500 * time.Millisecond // of the pointer at the edge
	tabRest  = 600 * time.Millisecond // of the pointer on the tab
)

// A barState says what is seen of a bar.
type barState uint8

const (
	barHidden barState = iota
	barTab
	barOpen
)

// A bar is the window's own menu at its upper edge: a tab, which appears while
// the pointer rests at that edge, and the menu, which a click on the tab opens,
// or a rest on it, or a hotkey. While it is hidden nothing runs for it.
//
// Any goroutine may call its methods. With mu locked it calls nobody but wake.
type bar struct {
	commands func() []Entry
	tabbed   bool // the pointer brings the tab
	wake     func()
	opened   func() // a rest on the tab has opened the menu

	seen atomic.Bool // state is not barHidden

	mu       sync.Mutex // guards everything below
	state    barState
	window   image.Point // as drawn last
	scale    float64     // likewise
	pointer  image.Point // as told last
	known    bool        // pointer is where it is
	rest     *time.Timer // runs out when the pointer has rested; nil while it need not
	resting  uint64      // counts rests, so that one that is over does nothing
	revision uint64      // another for each picture

	pages    []page // from the top of the menu to the one that is seen
	incoming []barKey
	place    barPlace
}

// A barKey is a key that was pressed, and the letter on it, if any.
type barKey struct {
	code   uint16
	letter rune
}

func newBar(commands func() []Entry, tabbed bool, wake func()) *bar {
	if commands == nil {
		return nil
	}
	return &bar{commands: commands, tabbed: tabbed, wake: wake, opened: func() {}, scale: 1}
}

// isOpen reports whether the menu takes the keyboard and the mouse.
func (b *bar) isOpen() bool {
	if b == nil || !b.seen.Load() {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.state == barOpen
}

// look returns what the bar looks like in a window, nil while it is hidden.
func (b *bar) look(window image.Point, scale float64) drawing {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.window, b.scale = window, scale
	if b.state == barHidden || b.state == barOpen && b.pages == nil {
		return nil
	}
	return barLook{b, b.revision, window, scale}
}

// change shows another picture.
func (b *bar) change() {
	b.revision++
	b.wake()
}

// set changes the state.
func (b *bar) set(s barState) {
	b.unrest()
	b.state = s
	b.seen.Store(s != barHidden)
	if s != barOpen {
		b.pages, b.incoming = nil, nil
	}
	b.change()
}

// unrest stops waiting for the pointer to rest.
func (b *bar) unrest() {
	b.resting++
	if b.rest != nil {
		b.rest.Stop()
		b.rest = nil
	}
}

// await calls f, by a goroutine of its own, when the pointer has rested from now
// on.
func (b *bar) await(d time.Duration, f func()) {
	b.unrest()
	n := b.resting
	b.rest = time.AfterFunc(d, func() {
		b.mu.Lock()
		over := n != b.resting
		b.mu.Unlock()
		if !over {
			f()
		}
	})
}

// px converts from pixels of usual density.
func (b *bar) px(v float64) int { return int(v*b.scale + 0.5) }

// tab returns where the tab is, or would be.
func (b *bar) tab() image.Rectangle {
	w, h := b.px(tabWidth), b.px(tabHeight)
	return image.Rect((b.window.X-w)/2, 0, (b.window.X-w)/2+w, h)
}

// point tells that the pointer is somewhere in the window, in device pixels, and
// that nothing is pressed. It reports whether the pointer is over the bar, and so
// not the guest's.
func (b *bar) point(x, y float64) (over bool) {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := image.Pt(int(x), int(y))
	if x < 0 || y < 0 || !p.In(image.Rectangle{Max: b.window}) {
		b.away()
		return b.state == barOpen
	}
	moved := !b.known || p != b.pointer
	b.pointer, b.known = p, true
	switch b.state {
	case barOpen:
		if moved {
			b.hover(p)
		}
		return true
	case barTab:
		over = p.In(b.tab())
		switch {
		case p.Y >= b.px(tabReach):
			b.set(barHidden)
		case over && moved:
			b.await(tabRest, b.open)
			b.change()
		case !over && moved:
			b.unrest()
			b.change()
		}
		return over
	}
	switch {
	case p.Y >= b.px(edgeHeight):
		if b.rest != nil {
			b.unrest()
		}
	case moved && b.tabbed:
		b.await(edgeRest, b.offer)
	}
	return false
}

// away tells that the pointer has left the window.
func (b *bar) away() {
	b.known = false
	switch {
	case b.state == barTab:
		b.set(barHidden)
	case b.rest != nil:
		b.unrest()
	}
}

// leave is away for those who have not locked the bar.
func (b *bar) leave() {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.away()
}

// offer shows the tab, if there is a menu behind it.
func (b *bar) offer() {
	if len(b.commands()) == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == barHidden && b.known {
		b.set(barTab)
	}
}

// begin opens the menu, of which nothing is seen before its entries are known;
// but it takes the keys from now on. It reports whether it was closed before.
func (b *bar) begin() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state == barOpen {
		return false
	}
	b.set(barOpen)
	go b.fill()
	return true
}

// open is begin for the bar itself, which has to tell of it.
func (b *bar) open() {
	if b.begin() {
		b.opened()
	}
}

// fill asks for the entries of the menu.
func (b *bar) fill() {
	entries := b.commands()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.state != barOpen || b.pages != nil {
		return
	}
	if len(entries) == 0 {
		b.set(barHidden)
		return
	}
	b.pages = []page{newPage("", entries)}
	keys := b.incoming
	b.incoming = nil
	for _, k := range keys {
		if b.state == barOpen {
			b.press(k)
		}
	}
	b.change()
}

// close closes the menu, and hides the tab.
func (b *bar) close() {
	if b == nil || !b.seen.Load() {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set(barHidden)
}

// key takes a key that was pressed while the menu is open.
func (b *bar) key(k barKey) {
	b.mu.Lock()
	defer b.mu.Unlock()
	const most = 64
	switch {
	case b.state != barOpen:
	case b.pages != nil:
		b.press(k)
	case k.code == keyEscape: // whoever is to say what is in the menu takes long
		b.set(barHidden)
	case len(b.incoming) < most:
		b.incoming = append(b.incoming, k)
	}
}

// click tells that a button was pressed. It reports whether that was the bar's,
// and whether it is to be opened.
func (b *bar) click(button Button, x, y float64) (taken, open bool) {
	if b == nil || !b.seen.Load() {
		return false, false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	p := image.Pt(int(x), int(y))
	switch {
	case b.state == barOpen:
		if b.pages != nil {
			b.choose(button, p)
		}
		return true, false
	case b.state == barTab && p.In(b.tab()):
		return true, button == Left
	case b.state == barTab:
		b.set(barHidden) // the user is at something else
	}
	return false, false
}
