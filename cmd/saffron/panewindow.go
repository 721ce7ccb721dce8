package main

import (
	"context"
	"fmt"
	"image"
	"sync/atomic"

	"github.com/spf13/cobra"

	"saffron/render/pane"
	"saffron/render/window"
)

// newPaneWindow is the command by which this program, started by itself, is the
// window of a further monitor.
func newPaneWindow(a *app) *cobra.Command {
	return &cobra.Command{
		Use: paneCommand, Hidden: true,
		Short: "The window of a further monitor, for the program itself",
		Args:  cobra.NoArgs,
		RunE:  func(c *cobra.Command, _ []string) error { return a.paneWindow(c.Context()) },
	}
}

// paneWindow shows what the process that started this one tells it to.
func (a *app) paneWindow(ctx context.Context) error {
	g, err := pane.Open()
	if err != nil {
		return usageError("%w", err)
	}
	b := g.Begin()
	w := &paneView{guest: g}
	keymap, err := window.ParseKeymap(b.Keymap)
	if err != nil {
		a.log.Debug("keymap", "err", err)
	}
	opened := make(chan *window.Window, 1)
	go w.serve(opened)
	err = window.Run(ctx, &window.Options{
		Title: b.Title, Desktop: g.Desktop, Cursor: g.Cursor, Input: paneInput{g},
		Relative: func() bool { return g.State().Relative },
		Shift:    b.Shift, Fullscreen: b.Fullscreen, Screen: b.Screen, Mode: b.Mode, Filter: window.Filter(b.Filter), Width: b.Width, Height: b.Height,
		ViewOnly: b.ViewOnly, Unclosable: b.Unclosable, Log: a.log,
		Hotkeys: w.hotkeys(), Keymap: keymap, Grab: window.Grab(b.Grab), ShiftWheel: b.ShiftWheel,
		Status: func() string { return g.State().Status }, Note: func() string { return g.State().Note },
		Commands: w.commands, NoTab: b.NoTab, Dropped: w.dropped, Done: g.Done(),
		Resized: func(size image.Point) { g.Send(pane.Event{Kind: pane.EventSize, At: size}) },
		OnReady: func(open *window.Window) { opened <- open },
	})
	if err == nil {
		g.Close()
	}
	return err
}

// A paneView is a window and the guest side of its pane.
type paneView struct {
	guest  *pane.Guest
	window atomic.Pointer[window.Window] // nil until it is open
}

// serve takes what the host tells, once the window is open.
func (w *paneView) serve(opened <-chan *window.Window) {
	var open *window.Window
	select {
	case open = <-opened:
	case <-w.guest.Done():
		return
	}
	w.window.Store(open)
	shown := w.guest.Begin().State
	w.guest.Serve(func() {
		if now := w.guest.State(); now != shown {
			if now.Title != shown.Title {
				open.SetTitle(now.Title)
			}
			if now.Mode != shown.Mode {
				open.SetMode(now.Mode)
			}
			if now.Filter != shown.Filter {
				open.SetFilter(window.Filter(now.Filter))
			}
			shown = now
		}
		open.Wake()
	}, open.Toast)
	open.Close()
}

// hotkeys returns the window's own keys.
func (w *paneView) hotkeys() []window.Hotkey {
	keys := []window.Hotkey{}
	for _, k := range w.guest.Begin().Hotkeys {
		chord, err := window.ParseChord(k.Chord)
		if err != nil {
			continue
		}
		h := window.Hotkey{Chord: chord}
		switch k.Command {
		case commandFullscreen:
			h.Action = window.ToggleFullscreen
		case commandRelease:
			h.Action = window.ReleaseGrabs
		case commandMenu:
			h.Action = window.ToggleMenu
		default:
			h.Do = func() { w.guest.Send(pane.Event{Kind: pane.EventHotkey, Name: k.Command}) }
		}
		keys = append(keys, h)
	}
	return keys
}

// maxPaneDrop bounds the files and folders of one drop: each is an event.
const maxPaneDrop = 1000

// dropped hands the paths of what was dropped to the host.
func (w *paneView) dropped(paths []string) {
	if len(paths) > maxPaneDrop {
		if open := w.window.Load(); open != nil {
			open.Toast(fmt.Sprintf("Nothing was sent: that was more than\n%d files and folders at once", maxPaneDrop))
		}
		return
	}
	for i, path := range paths {
		w.guest.Send(pane.Event{Kind: pane.EventDrop, Name: path, Down: i < len(paths)-1})
	}
}

// commands returns the menu, which is the first window's but for what each does
// for itself.
func (w *paneView) commands() []window.Entry {
	list := w.entries(w.guest.Menu())
	if open := w.window.Load(); open != nil && !w.guest.Begin().Unclosable {
		list = append(list, window.Entry{Separator: true})
		if !w.guest.Begin().NoFullscreen {
			list = append(list, window.Entry{Label: "Full screen", Checked: open.Fullscreen(), Do: open.ToggleFullscreen})
		}
		list = append(list, window.Entry{Label: "Close this window", Do: open.Close})
	}
	return list
}

func (w *paneView) entries(lines []pane.Entry) []window.Entry {
	var out []window.Entry
	for _, l := range lines {
		e := window.Entry{Label: l.Label, Keys: l.Keys, Checked: l.Checked, Disabled: l.Disabled, Separator: l.Separator, Sub: w.entries(l.Sub)}
		if l.Command > 0 {
			e.Do = func() { w.guest.Send(pane.Event{Kind: pane.EventCommand, Code: l.Command}) }
		}
		out = append(out, e)
	}
	return out
}

// paneInput hands what happens in the window to the host.
type paneInput struct{ guest *pane.Guest }

var _ window.Input = paneInput{}

func (p paneInput) Key(evdev uint16, down bool) {
	p.guest.Send(pane.Event{Kind: pane.EventKey, Code: int(evdev), Down: down})
}

func (p paneInput) Position(_ int, at image.Point) {
	p.guest.Send(pane.Event{Kind: pane.EventPosition, At: at})
}

func (p paneInput) Motion(dx, dy int) {
	p.guest.Send(pane.Event{Kind: pane.EventMotion, At: image.Pt(dx, dy)})
}

func (p paneInput) Button(b window.Button, down bool) {
	p.guest.Send(pane.Event{Kind: pane.EventButton, Code: int(b), Down: down})
}

func (p paneInput) Wheel(notches int) {
	p.guest.Send(pane.Event{Kind: pane.EventWheel, Code: notches})
}

func (p paneInput) ReleaseAll() { p.guest.Send(pane.Event{Kind: pane.EventRelease}) }

func (p paneInput) Locks(scroll, num, caps bool) {
	p.guest.Send(pane.Event{Kind: pane.EventLocks, Scroll: scroll, Num: num, Caps: caps})
}
