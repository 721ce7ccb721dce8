package main

import (
	"cmp"
	"context"
	"image"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"saffron/render/monitors"
	"saffron/render/pane"
	"saffron/render/window"
)

// monitorFlags say how many of the guest's monitors are shown, and where.
type monitorFlags struct {
	how     string // of monitorWays; "" is the first
	mapping string
}

// monitorWays are what --monitors can be.
var monitorWays = []string{"all", "one", "span"}

func (f *monitorFlags) add(c *cobra.Command) {
	s := c.Flags()
	s.StringVar(&f.how, "monitors", "", "a window for each monitor of the guest (all, the default),\nonly for the first (one), or one window over all (span)")
	s.StringVar(&f.mapping, "monitor-mapping", "", "which monitor of this computer shows which of the guest on the\nfull screen, as in 1:2,2:1 (guest:here)")
	_ = c.RegisterFlagCompletionFunc("monitors", cobra.FixedCompletions(monitorWays, cobra.ShellCompDirectiveNoFileComp))
}

func (f *monitorFlags) check() error {
	if f.how != "" && !slices.Contains(monitorWays, f.how) {
		return usageError("--monitors is %s, not %q", anyOf(monitorWays), f.how)
	}
	if f.mapping != "" {
		if _, err := monitors.ParseMapping(f.mapping); err != nil {
			return usageError("--monitor-mapping: %w", err)
		}
	}
	return nil
}

// panes are the windows of the guest's monitors besides the first, each in a
// process of its own.
type panes struct {
	view       *viewer
	wanted     bool // there are to be any
	fullscreen bool // they begin so
	mapping    monitors.Mapping
	screens    []window.Screen
	stir       func() // makes run look
	stirred    <-chan struct{}

	mu   sync.Mutex
	open map[int]*paneWindow // guarded by mu; by slot
}

// A paneWindow is the window of a monitor in another process.
type paneWindow struct {
	view    *viewer
	slot    int
	head    head
	host    *pane.Host
	closed  bool      // by its user; of Event
	actions []func()  // of the menu that was asked for last; of Event
	held    bool      // keys may be held; of Event
	gone    time.Time // since when there is no such monitor, zero while there is; of step
	dropped []string  // paths of a drop that is coming; of Event
}

func newPanes(v *viewer, f *openFlags) *panes {
	p := &panes{view: v, open: map[int]*paneWindow{}}
	p.stir, p.stirred = signals()
	p.wanted = f.display == 0
	return p
}

// way returns which of monitorWays is wanted.
func (v *viewer) way() string {
	return cmp.Or(v.flags.monitors.how, v.pref("monitors"), monitorWays[0])
}

// prepare finds out where windows are to be before the first one opens, and
// returns the monitor of this computer for that, "" for any.
func (p *panes) prepare(fullscreen bool) (screen string) {
	v := p.view
	p.wanted = p.wanted && v.way() == "all"
	p.fullscreen = fullscreen
	text := cmp.Or(v.flags.monitors.mapping, v.pref("monitor-mapping"))
	if text != "" {
		m, err := monitors.ParseMapping(text)
		if err != nil {
			v.app.warn("monitor-mapping: %v", err)
		}
		p.mapping = m
	}
	if !fullscreen {
		return ""
	}
	var err error
	if p.screens, err = window.Screens(); err != nil {
		v.app.log.Debug("the monitors here are not known", "err", err)
	}
	if (p.wanted && pane.Supported || p.spans()) && len(p.screens) > 1 {
		p.arrange()
	}
	at, _ := p.screen(0)
	if p.mapping == nil && !p.wanted {
		return ""
	}
	return at.Name
}

// spans reports whether one window shows all monitors.
func (p *panes) spans() bool { return p.view.flags.display == 0 && p.view.way() == "span" }

// cover returns the part of the desktop that one window over all monitors has
// on the full screen, empty if there is only one monitor here.
func (p *panes) cover() (all image.Rectangle) {
	if len(p.screens) < 2 || !p.spans() {
		return all
	}
	for n := range p.screens {
		if at, ok := p.screen(n); ok {
			all = all.Union(at.Rect)
		}
	}
	return all
}

// arrange asks the guest for a monitor for each of this computer, in its place.
func (p *panes) arrange() {
	for n := range p.screens {
		if at, ok := p.screen(n); ok {
			p.view.size.place(n, at.Rect)
		}
	}
}

// screen returns the monitor of this computer that shows one of the guest on
// the full screen, and false if there is none for it.
func (p *panes) screen(n int) (window.Screen, bool) {
	if p.mapping != nil {
		to, ok := p.mapping[n]
		if !ok {
			return window.Screen{}, false
		}
		n = to
	}
	if n >= len(p.screens) {
		return window.Screen{}, false
	}
	return p.screens[n], true
}

// run opens and closes windows until ctx ends.
func (p *panes) run(ctx context.Context) {
	defer p.closeAll()
	if !p.wanted {
		return
	}
	said := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.stirred:
		}
		heads := p.view.console.heads()
		if len(heads) > 1 && !pane.Supported && !said {
			said = true
			p.view.app.warn("this system shows one window for a machine: --display chooses the monitor")
		}
		if pane.Supported && p.view.shownHead().screen != nil { // else there is no window yet
			p.step(ctx, heads)
		}
	}
}

// step opens the windows that are missing, closes those whose monitor has gone,
// and tells the rest that something may have changed.
func (p *panes) step(ctx context.Context, heads []head) {
	shown := p.view.shownHead()
	if shown.screen == nil {
		return // the first window still waits for its head
	}
	first := shown.slot()
	there := map[int]bool{}
	for _, h := range heads {
		n := h.slot()
		there[n] = true
		if n == first || p.view.size.off(n) {
			continue
		}
		if p.fullscreen && len(p.screens) > 0 {
			if _, ok := p.screen(n); !ok {
				continue
			}
		}
		p.mu.Lock()
		_, open := p.open[n]
		p.mu.Unlock()
		if !open && p.view.shownWindow() != nil {
			p.start(ctx, n, h)
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for n, w := range p.open {
		if w.host == nil {
			continue
		}
		switch {
		case there[n] && !p.view.size.off(n):
			w.gone = time.Time{}
			w.host.Wake()
		case w.gone.IsZero():
			w.gone = time.Now()
			time.AfterFunc(goneGrace, p.stir)
		case time.Since(w.gone) >= goneGrace:
			w.host.Close()
		}
	}
}

// goneGrace is how long a window stays without its monitor: guests that arrange
// their monitors do without some for a moment.
const goneGrace = time.Second

// paneCommand is the name of the command by which this program is a pane.
const paneCommand = "monitor-window"

// start opens the window of a monitor.
func (p *panes) start(ctx context.Context, n int, h head) {
	v := p.view
	w := &paneWindow{view: v, slot: n, head: h}
	path, err := os.Executable()
	if err == nil {
		cmd := exec.Command(path, paneCommand)
		cmd.Stderr = os.Stderr
		ownGroup(cmd)
		w.host, err = pane.Start(cmd, p.begin(w), pane.Source{
			Desktop: h.screen.desktop, Cursor: h.screen.cursor,
			Head: w.index, State: w.state, Event: w.event,
		})
	}
	if err != nil {
		v.app.warn("there is no window for monitor %d: %v", n+1, err)
		v.size.switchOff(n)
		return
	}
	p.mu.Lock()
	p.open[n] = w
	p.mu.Unlock()
	go p.await(ctx, w)
}

// again is how long a monitor whose window has failed goes without.
const againPause = time.Second

// await follows a window to its end.
func (p *panes) await(ctx context.Context, w *paneWindow) {
	err := w.host.Wait()
	v := p.view
	v.app.log.Debug("the window of a monitor has ended", "monitor", w.slot, "err", err, "lag", w.host.Lag())
	w.release()
	v.size.resized(w.slot, image.Point{})
	if w.closed {
		v.size.switchOff(w.slot)
		v.toast("Monitor " + monitorName(w.slot) + " is off. The menu switches it on.")
	} else if err != nil && ctx.Err() == nil {
		v.app.warn("the window of monitor %d has failed: %v", w.slot+1, err)
		select {
		case <-time.After(againPause):
		case <-ctx.Done():
		}
	}
	p.mu.Lock()
	delete(p.open, w.slot)
	p.mu.Unlock()
	p.stir()
}

// closeAll closes all windows and waits for them.
func (p *panes) closeAll() {
	p.mu.Lock()
	var hosts []*pane.Host
	for _, w := range p.open {
		w.host.Close()
		hosts = append(hosts, w.host)
	}
	p.mu.Unlock()
	for _, h := range hosts {
		_ = h.Wait()
	}
}

// begin returns what a window begins with.
func (p *panes) begin(w *paneWindow) pane.Begin {
	v := p.view
	f := &v.flags.keyboard
	b := pane.Begin{
		State: w.state(), Fullscreen: p.fullscreen, ViewOnly: v.flags.viewOnly, Unclosable: v.kiosk != nil, NoTab: v.noTab(),
		NoFullscreen: !v.console.settings.policy.allows(commandFullscreen),
		Keymap:       cmp.Or(f.keymap, v.pref("keymap")), ShiftWheel: f.shiftWheel,
		Grab: uint8(grabs[cmp.Or(f.grab, noGrab(), v.pref("grab"))]),
	}
	const step = 48
	b.Shift = image.Pt(step, step).Mul(w.slot) // so that no window hides another
	if p.fullscreen {
		at, _ := p.screen(w.slot)
		b.Screen = at.Name
	}
	for _, one := range v.bindings {
		if _, ok := v.hotkeyOf(one); ok && one.command != commandMicrophone { // only the first window asks for it
			b.Hotkeys = append(b.Hotkeys, pane.Hotkey{Chord: strings.ToLower(one.chord.String()), Command: one.command})
		}
	}
	return b
}

// index returns where the monitor is among the heads of its display, -1 if it
// is not.
func (w *paneWindow) index() int {
	for i, h := range w.head.screen.desktop.Heads() {
		if h.ID == w.head.monitor {
			return i
		}
	}
	return -1
}

// state returns what the window says now.
func (w *paneWindow) state() pane.State {
	v := w.view
	h := w.head
	h.index = w.index()
	s := pane.State{Title: v.titleOf(w.slot), Note: v.note(), Relative: v.console.serverMouse()}
	if h.index >= 0 {
		s.Status = v.statusOf(h)
	}
	if first := v.shownWindow(); first != nil {
		s.Mode, s.Filter = first.Mode(), uint8(first.Filter())
	}
	return s
}

// event takes what the user of the window did.
func (w *paneWindow) event(e pane.Event) {
	v := w.view
	switch e.Kind {
	case pane.EventKey:
		w.held = true
		v.input.Key(uint16(e.Code), e.Down)
	case pane.EventPosition:
		for _, now := range w.head.screen.desktop.Heads() {
			if now.ID == w.head.monitor {
				v.console.point(head{channel: w.head.channel, monitor: now.ID, rect: now.Rect}, e.At)
				break
			}
		}
	case pane.EventMotion:
		v.input.Motion(e.At.X, e.At.Y)
	case pane.EventButton:
		w.held = true
		v.input.Button(window.Button(e.Code), e.Down)
	case pane.EventWheel:
		v.input.Wheel(e.Code)
	case pane.EventRelease:
		w.release()
	case pane.EventLocks:
		v.input.Locks(e.Scroll, e.Num, e.Caps)
	case pane.EventSize:
		v.size.resized(w.slot, e.At)
	case pane.EventHotkey:
		if e.Name == commandScreenshot && v.console.settings.policy.allows(e.Name) {
			go w.saveScreenshot()
		} else {
			v.hotkey(e.Name)
		}
	case pane.EventMenu:
		w.host.Menu(w.menu())
	case pane.EventCommand:
		if n := e.Code - 1; n >= 0 && n < len(w.actions) && w.actions[n] != nil {
			go w.actions[n]()
		}
	case pane.EventDrop:
		if w.dropped = append(w.dropped, e.Name); !e.Down {
			go v.dropped(w.dropped)
			w.dropped = nil
		}
	case pane.EventClosed:
		w.closed = true
	}
}

// release releases what is held by this window.
func (w *paneWindow) release() {
	if w.held {
		w.held = false
		w.view.input.ReleaseAll()
	}
}

// hotkey does what a hotkey of that name means.
func (v *viewer) hotkey(name string) {
	for _, b := range v.bindings {
		if h, ok := v.hotkeyOf(b); ok && b.command == name && h.Do != nil {
			if h.Available == nil || h.Available() {
				go h.Do()
			}
			return
		}
	}
}

// ownCommands are those that each window does for itself.
var ownCommands = []string{commandFullscreen, commandRelease, "zoom", "statistics"}

// menu returns the lines of the first window's menu that mean the same here.
func (w *paneWindow) menu() []pane.Entry {
	v := w.view
	list := slices.DeleteFunc(v.commands(), func(c command) bool { return slices.Contains(ownCommands, c.name) })
	for i := range list {
		if list[i].name == commandScreenshot {
			list[i].do, list[i].available = w.saveScreenshot, nil
		}
	}
	w.actions = nil
	return w.lines(entriesOf(list, v.console.settings.policy.permits, v.keysOf))
}

// saveScreenshot writes what this window shows of the guest to a file.
func (w *paneWindow) saveScreenshot() {
	h := w.head
	h.index = w.index()
	w.view.saveHead(h, w.host.Toast)
}

func (w *paneWindow) lines(entries []window.Entry) []pane.Entry {
	var out []pane.Entry
	for _, e := range entries {
		line := pane.Entry{Label: e.Label, Keys: e.Keys, Checked: e.Checked, Disabled: e.Disabled, Separator: e.Separator}
		if line.Sub = w.lines(e.Sub); e.Do != nil && len(e.Sub) == 0 {
			w.actions = append(w.actions, e.Do)
			line.Command = len(w.actions)
		}
		out = append(out, line)
	}
	return out
}
