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

	mu    sync.Mutex
	locks inputs.Locks // guarded by mu; the local ones
	known bool         // guarded by mu; locks are
}

var _ window.Input = (*guestInput)(nil)

func (g *guestInput) Key(evdev uint16, down bool) {
	code, ok := inputs.FromEvdev(evdev)
	if !ok {
		g.log.Debug("a key that guests do not have", "evdev", evdev)
		return
	}
	if in := g.console.inputs(); in != nil {
		in.Key(code, down)
	}
}

func (g *guestInput) Position(n int, p image.Point) {
	in := g.console.inputs()
	heads := g.desktop.Heads()
	if in == nil || n >= len(heads) {
		return
	}
	h := head{channel: g.channel, monitor: heads[n].ID}
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

func (g *guestInput) Locks(scroll, num, caps bool) {
	var l inputs.Locks
	for lock, on := range map[inputs.Locks]bool{inputs.ScrollLock: scroll, inputs.NumLock: num, inputs.CapsLock: caps} {
		if on {
			l |= lock
		}
	}
	g.mu.Lock()
	g.locks, g.known = l, true
	g.mu.Unlock()
	g.sync()
}

// sync makes the guest's lock keys what they are here, if the window has had
// the focus yet. It is called when a channel opens, too.
func (g *guestInput) sync() {
	g.mu.Lock()
	locks, known := g.locks, g.known
	g.mu.Unlock()
	if in := g.console.inputs(); in != nil && known {
		in.SetLocks(locks)
	}
}

// upperFirst makes a message a sentence.
func upperFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
