package main

import (
	"image"
	"log/slog"
	"sync"
	"unicode"
	"unicode/utf8"

	"saffron/channels/inputs"
	"saffron/render"
	"saffron/render/window"
)

// A guestInput hands what happens in the window to the guest. While there is
// no inputs channel it goes nowhere.
type guestInput struct {
	console *console
	log     *slog.Logger
	channel uint8           // display channel of what is shown; set before the window opens
	desktop *render.Desktop // likewise
	span    *span           // of which all is shown; nil: of one monitor. Likewise
	// setLocks makes the local lock keys what they are said to be. It is set
	// before any channel opens.
	setLocks  func(scroll, num, caps bool)
	following sync.Mutex // held while setLocks is called, and its arguments chosen

	mu       sync.Mutex
	locks    inputs.Locks // guarded by mu; the local ones, when the window got the focus
	known    bool         // guarded by mu; locks are
	lockSync string       // guarded by mu; of lockSyncs
	guest    guestLocks   // guarded by mu
}

var _ window.Input = (*guestInput)(nil)

func (g *guestInput) Key(evdev uint16, down bool) {
	code, ok := inputs.FromEvdev(evdev)
	if !ok {
		g.log.Debug("a key that guests do not have", "evdev", evdev)
		return
	}
	g.lockKey(code)
	if in := g.console.inputs(); in != nil {
		in.Key(code, down)
	}
}

func (g *guestInput) Position(n int, p image.Point) {
	if g.span != nil {
		if h, on, ok := g.span.locate(p); ok {
			g.console.point(h, on)
		}
		return
	}
	heads := g.desktop.Heads()
	if n < len(heads) {
		g.console.point(head{channel: g.channel, monitor: heads[n].ID, rect: heads[n].Rect}, p)
	}
}

// point tells the guest where on a monitor the pointer is. Without an agent the
// server moves a tablet, which knows no monitors: it has all of the first
// display's surface.
func (c *console) point(h head, p image.Point) {
	s := c.current()
	if s == nil {
		return
	}
	in := s.Inputs()
	if in == nil {
		return
	}
	if h.channel == 0 && !s.Agent().Connected() {
		p = p.Add(h.rect.Min)
	}
	in.Position(h.pointerID(), p)
}

func (g *guestInput) Motion(dx, dy int) {
	if in := g.console.inputs(); in != nil {
		in.Motion(dx, dy)
	}
}

// Button passes on what both sides number alike.
func (g *guestInput) Button(b window.Button, down bool) {
	if in := g.console.inputs(); in != nil {
		in.Button(inputs.Button(b), down)
	}
}

func (g *guestInput) Wheel(notches int) {
	if in := g.console.inputs(); in != nil {
		in.Wheel(notches)
	}
}

func (g *guestInput) ReleaseAll() {
	if in := g.console.inputs(); in != nil {
		in.ReleaseAll()
	}
}

// upperFirst makes a message a sentence.
func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
