package window

import "unicode"

// setBar gives the control the bar, before anything happens. nil is none.
func (c *control) setBar(b *bar) {
	c.bar = b
	if b != nil {
		b.opened = c.yield
	}
}

// yield lets go of the guest's keyboard and mouse, now that the menu has opened.
func (c *control) yield() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.yieldNow()
}

// yieldNow is yield with the control locked.
func (c *control) yieldNow() {
	c.setCaptured(false)
	c.letGo()
	c.leavePicture()
	c.arrange()
}

// toggleBar opens the menu, or closes it.
func (c *control) toggleBar() {
	switch {
	case c.bar == nil || c.menu() != nil:
	case c.bar.isOpen():
		c.bar.close()
		c.arrange()
	default:
		c.bar.begin()
		c.yieldNow()
	}
}

// flipBar is toggleBar for those who have not locked the control.
func (c *control) flipBar() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.toggleBar()
}

// clickBar gives the bar a button, if it is the bar's.
func (c *control) clickBar(b Button, down bool, x, y float64) (taken bool) {
	if !down {
		return c.bar.isOpen()
	}
	taken, open := c.bar.click(b, x, y)
	if open {
		c.bar.begin()
		c.yieldNow()
	}
	if taken {
		c.hot.interrupt()
		c.arrange()
	}
	return taken
}

// leave tells that the pointer has left the window.
func (c *control) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bar.leave()
}

// letter returns the letter on a key, 0 if there is none.
func (l layout) letter(code uint16) rune {
	s := l.symbol(code, false)
	r := rune(s)
	if s >= unicodeSymbol {
		r = rune(s - unicodeSymbol)
	}
	if s >= 0x100 && s < unicodeSymbol || !unicode.IsLetter(r) && !unicode.IsDigit(r) {
		return 0
	}
	return r
}
