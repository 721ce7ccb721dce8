package main

import (
	"context"
	"sync"
	"sync/atomic"

	"saffron/channels/agent"
	"saffron/render/clipboard"
)

// A clipboardView is the clipboard of a window: what is shared, and what its
// user has to say about it.
type clipboardView struct {
	share *clipboardShare
	board *clipboard.Board

	typing atomic.Pointer[context.CancelFunc] // ends the typing; nil: there is none

	mu      sync.Mutex
	way     string // guarded by mu; the direction, as asked for
	primary bool   // guarded by mu; what is selected is shared, too
	chosen  bool   // guarded by mu; the user of the window has said so
}

// openClipboard begins to share the clipboard, if the desktop has one. It comes
// before the window, see clipboard.Open, and before the first session.
func (v *viewer) openClipboard() {
	limit := v.clipboardLimit()
	c := &clipboardView{way: v.clipboardDirection(), primary: v.flags.clipboard.primary}
	c.share = newClipboardShare(v.app.log, v.clipboardRules(c.way, c.primary), v.toast, v.wake)
	c.share.limit = limit
	board, err := clipboard.Open(&clipboard.Options{Max: limit, Changed: c.share.desktopChanged, Log: v.app.log})
	if err != nil {
		v.app.log.Info("there is no clipboard to share", "err", err)
		return
	}
	c.board, c.share.board = board, board
	c.share.run()
	v.clip = c
	v.console.options.Sinks.Clipboard, v.console.options.MaxClipboard = c.share, limit
}

// close ends that. The session has ended.
func (c *clipboardView) close() {
	if c != nil {
		c.board.Close()
		c.share.close()
	}
}

// attachClipboard shares the clipboard with the guest of the session that has
// just begun. By now the machine is known, and what is remembered of it.
func (v *viewer) attachClipboard() {
	c, session := v.clip, v.console.current()
	if c == nil || session == nil {
		return
	}
	c.mu.Lock()
	chosen, primary := c.chosen, c.primary
	c.mu.Unlock()
	if !chosen {
		v.useClipboard(v.clipboardDirection(), primary)
	}
	c.share.attach(session.Agent())
}

// useClipboard shares the clipboard like this from now on.
func (v *viewer) useClipboard(way string, primary bool) {
	c := v.clip
	c.mu.Lock()
	c.way, c.primary = way, primary
	c.mu.Unlock()
	c.share.setRules(v.clipboardRules(way, primary))
}

// setClipboard does so because the user says so.
func (v *viewer) setClipboard(way string, primary bool) {
	v.clip.mu.Lock()
	v.clip.chosen = true
	v.clip.mu.Unlock()
	v.useClipboard(way, primary)
	v.remember("clipboard", way)
}

// clipboardCommands are those of the clipboard.
func (v *viewer) clipboardCommands() []command {
	if v.clip == nil {
		return nil
	}
	v.clip.mu.Lock()
	current, primary := v.clip.way, v.clip.primary
	v.clip.mu.Unlock()
	way := func(value, label string) command {
		c := chosen("clipboard-"+value, label, value, current, func(way string) { v.setClipboard(way, primary) })
		c.available = func() bool { return v.console.settings.policy.clipboardDirection(value) == value }
		return c
	}
	says := func(name, text string) command {
		return command{name: name, label: text, do: func() {}, available: func() bool { return false }}
	}
	c := command{name: "clipboard", label: "Clipboard", sub: []command{
		way("both", "Share both ways"), way("to-guest", "To the guest only"), way("to-client", "From the guest only"), way("off", "Not shared"),
	}}
	c.sub = append(c.sub, separator, says("clipboard-holder", v.holderText()))
	if v.clip.board.HasPrimary() {
		if primary {
			c.sub = append(c.sub, says("clipboard-selected", "Selected by "+v.clip.share.held(agent.Primary)))
		}
		c.sub = append(c.sub, command{
			name: "clipboard-primary", label: "Share what is selected, too",
			do:      func() { v.setClipboard(current, !primary) },
			checked: func() bool { return primary },
		})
	}
	c.sub = append(c.sub, separator, v.typeCommand())
	return []command{c}
}

// holderText says who holds the clipboard, or why it is not shared.
func (v *viewer) holderText() string {
	switch s := v.console.current(); {
	case s == nil || !s.Agent().Connected():
		return "The guest has no agent: nothing is shared"
	case !s.Agent().Ready():
		return "The guest's agent has not answered yet"
	case !s.Agent().Has(agent.CapClipboard):
		return "The guest shares no clipboard"
	}
	return "Held by " + v.clip.share.held(agent.Clipboard)
}

func (v *viewer) typeCommand() command {
	c := command{name: "type-clipboard", label: "Type the clipboard as keys", do: v.typeClipboard, available: v.canType}
	if v.clip.typing.Load() != nil {
		c.label = "End typing the clipboard"
	}
	return c
}

// note says how far a transfer is, "" if there is none.
func (c *clipboardView) note() string {
	if c == nil {
		return ""
	}
	return c.share.note()
}
