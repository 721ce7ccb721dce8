package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"saffron/channels"
	"saffron/libvirtctl"
	"saffron/render/window"
	"saffron/spice"
)

// A viewer is a window and the console it shows. The console's session runs in
// a goroutine of its own, since the window has the main one.
type viewer struct {
	app      *app
	flags    *openFlags
	console  *console
	input    *guestInput
	changes  <-chan struct{} // the console has changed
	ended    chan struct{}   // closed when the console's session has failed first
	endOnce  sync.Once       // closes ended
	anew     chan struct{}   // holds a wish of the user for another session
	signal   func()
	tape     *recording     // nil: nothing is recorded
	sounds   *sounds        // nil: no sound is played
	mic      *microphone    // nil: the guest has none
	micFile  *micFile       // of mic, or nil
	clip     *clipboardView // nil: there is no clipboard to share
	attached attachments    // what the guest is given
	drop     drops          // files on their way to the guest
	bindings []binding      // the window's hotkeys; set before it opens
	pause    time.Duration  // before connecting again; of serve
	kiosk    *kiosk         // nil: it is none
	pulse    pulse
	opening  atomic.Bool // the window is opened, or is open
	figures  statistics
	size     *resolution
	panes    *panes
	span     *span // nil: the window shows one monitor

	mu     sync.Mutex
	status string         // guarded by mu; for the window, "" for none
	err    error          // guarded by mu; why there is no session any more
	window *window.Window // guarded by mu; nil until it is open
	titled string         // guarded by mu; the window's title
	choice int            // guarded by mu; see profileChoices
	head   head           // guarded by mu; what the window shows
	menu   *window.Menu   // guarded by mu; what is chosen from, nil for nothing
}

func newViewer(a *app, s *settings, f *openFlags) *viewer {
	v := &viewer{app: a, flags: f, ended: make(chan struct{}), anew: make(chan struct{}, 1)}
	v.figures.viewer = v
	v.signal, v.changes = signals()
	v.console = a.newConsole(s, v.wake)
	v.console.options.ServerMouse = f.mouse == "server"
	v.console.options.Looks = f.effects.over(s.looks)
	v.console.ask.ask = v
	v.size = newResolution(v, &f.resolution, f.zoom)
	v.panes = newPanes(v, f)
	v.input = &guestInput{console: v.console, log: a.log, setLocks: func(scroll, num, caps bool) {
		v.withWindow(func(w *window.Window) { w.SetLocks(scroll, num, caps) })()
	}}
	v.kiosk = newKiosk(v)
	v.console.safe.save = f.savePass
	v.console.without(f.compat.without...)
	if d := s.domain; d != nil {
		d.keep = f.reconnect || f.kiosk.on
		d.say = func(format string, args ...any) { v.say(fmt.Sprintf(format, args...)) }
	}
	v.console.agentChanged = v.agentChanged
	v.console.opened = func(id spice.ChannelID) {
		if id.Type == spice.ChannelInputs {
			v.input.opened()
		}
	}
	return v
}

// maxMoves bounds how often a machine is followed: two servers could pass a
// client to and fro for ever.
const maxMoves = 16

// movesLeft returns how many moves still count against that after a session: none
// before one that lasted. Machines that run for months move now and then.
func movesLeft(moves int, lasted time.Duration) int {
	if lasted >= time.Minute {
		return 0
	}
	return moves
}

// serve keeps a session until it fails or ctx ends. When the machine moves, it
// follows.
func (v *viewer) serve(ctx context.Context) {
	defer v.end()
	for d := v.console.settings.domain; d != nil && d.name() == ""; {
		err := v.choose(ctx)
		if errors.Is(err, errNothingChosen) {
			v.close()
			return
		}
		if err != nil && !v.failed(ctx, err) {
			return
		}
	}
	for moves := 0; ; {
		begun := time.Now()
		err := v.session(ctx)
		moves = movesLeft(moves, time.Since(begun))
		var moved *channels.MovedError
		if errors.As(err, &moved) && ctx.Err() == nil && moves < maxMoves {
			moves++
			v.app.log.Info("the machine has moved", "host", moved.Host)
			v.endRecording("the machine has moved to another host")
			err = v.console.follow(moved)
		}
		if ctx.Err() != nil {
			return
		}
		if v.wantsAnew() {
			v.endRecording("another session begins")
			moves = 0
			continue
		}
		if err != nil {
			if !v.again(ctx, err) && (ctx.Err() != nil || !v.failed(ctx, err)) {
				return
			}
			moves = 0
		}
	}
}

// failed says why there is no session, and waits until the user wants another.
// It reports whether they do: false means that ctx has ended, or that the window
// closes.
func (v *viewer) failed(ctx context.Context, err error) bool {
	v.fail(err)
	v.end()
	if v.quits() {
		return false
	}
	select {
	case <-v.anew:
	case <-ctx.Done():
		return false
	}
	v.mu.Lock()
	v.err = nil
	v.mu.Unlock()
	v.console.ask.forget(err)
	v.endRecording("another session begins")
	return true
}

// end tells those who wait for the session that it has failed.
func (v *viewer) end() { v.endOnce.Do(func() { close(v.ended) }) }

// endRecording ends the recording, if there is one.
func (v *viewer) endRecording(why string) {
	if v.tape != nil && v.console.options.Link.Tap != nil {
		v.app.warn("the recording ends here: %s", why)
		v.console.options.Link.Tap = nil
	}
}

// again reports whether to connect to the domain once more, after a while if
// that did not succeed the last time.
func (v *viewer) again(ctx context.Context, err error) bool {
	if v.kiosk != nil {
		return v.kiosk.again(ctx, err)
	}
	if !v.flags.reconnect || v.console.current() == nil {
		return false
	}
	var ended *endedError
	var link *spice.LinkError
	switch {
	case errors.As(err, &ended):
		v.pause = firstPause
		v.endRecording("the connection has ended")
		v.app.log.Info("the connection has ended", "err", err)
	case errors.As(err, &link) && linkExit(link) == exitConnect, errors.Is(err, libvirtctl.ErrLost):
		v.pause = min(2*v.pause, lastPause)
	default:
		return false
	}
	v.say("The connection to " + v.console.label() + " has ended.\nConnecting again …")
	select {
	case <-time.After(v.pause):
	case <-v.anew:
	case <-ctx.Done():
	}
	return true
}

// setMenu shows a menu, or none.
func (v *viewer) setMenu(m *window.Menu) {
	v.mu.Lock()
	v.menu = m
	v.mu.Unlock()
	v.wake()
}

func (v *viewer) menuNow() *window.Menu {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.menu
}

// close closes the window.
func (v *viewer) close() {
	v.mu.Lock()
	w := v.window
	v.mu.Unlock()
	if w != nil {
		w.Close()
	}
}

// session connects and returns why that failed or the session ended.
func (v *viewer) session(ctx context.Context) error {
	v.connecting()
	v.say("Connecting to " + v.console.label() + " …")
	if err := v.console.connect(ctx); err != nil {
		return err
	}
	defer v.console.close()
	defer context.AfterFunc(ctx, v.console.close)()
	v.connected()
	go v.rememberOpened(ctx)
	v.say("")
	v.useFilter()
	v.input.sync()
	go v.attachedAll(v.console.current())
	v.attachClipboard()
	return v.awaitEnd()
}

// ask asks for a password: on the terminal, and says in the window that the
// question waits there, or in the window if there is no terminal.
func (v *viewer) ask(ctx context.Context, prompt string) (string, error) {
	if v.kiosk != nil {
		return nobodyToAsk{}.ask(ctx, prompt)
	}
	v.say("The server wants a password.\nIt is asked for on the terminal.")
	text, err := v.app.password.ask(ctx, prompt)
	if errors.Is(err, errNoTerminal) && v.canAsk() {
		return v.askInWindow(ctx, prompt)
	}
	if err == nil {
		v.say("Connecting …")
	}
	return text, err
}

func (v *viewer) say(status string) {
	v.mu.Lock()
	v.status = status
	v.mu.Unlock()
	v.kiosk.tell(status)
	v.wake()
}

func (v *viewer) fail(err error) {
	_, message, hint := explain(err)
	v.mu.Lock()
	v.err = err
	v.mu.Unlock()
	if hint != "" {
		message += "\n" + hint
	}
	v.say(upperFirst(message))
	if v.quits() {
		v.close()
	}
}

// quits reports whether the window closes when there is no session any more.
func (v *viewer) quits() bool {
	if v.kiosk != nil {
		return v.kiosk.quits()
	}
	return v.flags.compat.endsWell(v.failure())
}

// failure returns why there is no session any more, or nil.
func (v *viewer) failure() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.err
}

// statusOf returns what the window says over the head it shows.
func (v *viewer) statusOf(h head) string {
	v.mu.Lock()
	status := v.status
	v.mu.Unlock()
	if reason, hint := v.console.hiddenPicture(h.channel); status == "" && reason != "" {
		return upperFirst(reason) + ".\n" + hint
	}
	if width, _ := h.screen.desktop.HeadSize(h.index); status == "" && width == 0 {
		return "Waiting for a picture …"
	}
	return v.wayBack(status)
}

// switchProfile asks the server for the encodings of the next profile.
func (v *viewer) switchProfile() {
	v.mu.Lock()
	next := (v.choice + 1) % len(profileChoices(v.console.settings.prefer))
	v.mu.Unlock()
	v.setProfile(next)
}

// setProfile asks the server for the encodings of a profile.
func (v *viewer) setProfile(n int) {
	c := profileChoices(v.console.settings.prefer)[n]
	v.mu.Lock()
	v.choice = n
	v.mu.Unlock()
	v.console.prefer(c.prefer)
	v.toast(c.note)
}

// shownWindow returns the window, or nil as long as there is none.
func (v *viewer) shownWindow() *window.Window {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.window
}

// shownHead returns what the window shows.
func (v *viewer) shownHead() head {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.head
}

// ready takes the open window.
func (v *viewer) ready(w *window.Window) {
	v.app.log.Info("the window is open")
	v.mu.Lock()
	v.window = w
	v.mu.Unlock()
	v.wake()
	v.kiosk.ready()
	if v.quits() && v.failure() != nil {
		w.Close()
	}
}

// wake brings the window up to date. Any goroutine.
func (v *viewer) wake() {
	v.signal()
	v.size.stir()
	v.panes.stir()
	if v.span != nil {
		v.span.stir()
	}
	v.mu.Lock()
	w, titled := v.window, v.titled
	v.mu.Unlock()
	if w == nil {
		return
	}
	if title := v.title(); title != titled {
		v.mu.Lock()
		v.titled = title
		v.mu.Unlock()
		w.SetTitle(title)
	}
	w.Wake()
}

// headGrace is how long a head may come later than the first.
const headGrace = 2 * time.Second

// awaitHead returns head n when it has a picture.
func (v *viewer) awaitHead(ctx context.Context, n int) (head, error) {
	var late <-chan time.Time // once there is a head
	for {
		heads := v.console.heads()
		if n < len(heads) {
			return heads[n], nil
		}
		if late == nil && len(heads) > 0 {
			late = time.After(headGrace)
		}
		select {
		case <-v.changes:
		case <-late:
			return head{}, errNoHead(n, len(v.console.heads()))
		case <-v.ended:
			return head{}, v.failure()
		case <-ctx.Done():
			return head{}, ctx.Err()
		}
	}
}
