package main

import (
	"context"
	"errors"
	"fmt"
	"image"
	"maps"
	"slices"
	"sync"
	"time"

	"saffron/channels"
	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/channels/inputs"
	"saffron/render"
	"saffron/spice"
)

// A screen is what one display channel shows.
type screen struct {
	desktop *render.Desktop
	cursor  *render.CursorOverlay
}

// A console is one machine as the commands see it: a session, a screen for
// each of its display channels, and what has happened. Screens outlive
// sessions, so that the last picture stays. Any goroutine may call its methods,
// but only one at a time connect.
type console struct {
	app      *app
	settings *settings
	options  channels.Options // of the next session; owned by connect
	ask      passwords        // owned by connect
	safe     safe             // owned by connect

	// changed is told that a picture, a pointer or something else has changed.
	// It must not block.
	changed func()
	// opened, if set, is told of each channel that opens. It must not block.
	opened func(spice.ChannelID)
	// agentChanged, if set, is told of the guest's agent. It must not block.
	agentChanged func(channels.AgentChanged)

	tellName func()          // tells named
	named    <-chan struct{} // the machine has told its name or UUID

	mu        sync.Mutex
	session   *channels.Session    // guarded by mu; nil before the first
	screens   map[uint8]*screen    // guarded by mu
	name      string               // guarded by mu; of the machine
	domain    string               // guarded by mu; UUID of the domain that is opened, "" if there is none
	server    bool                 // guarded by mu; the server draws the pointer
	problems  map[string]int       // guarded by mu; what could not be shown, by reason
	hidden    map[uint8]bool       // guarded by mu; display channels whose picture cannot be shown
	onMode    func(server bool)    // guarded by mu; see taking
	preferred *display.Preferences // guarded by mu; nil: those of the settings
}

// maxProblems bounds the reasons that are told apart.
const maxProblems = 10

// newConsole prepares a console; changed may be nil.
func (a *app) newConsole(s *settings, changed func()) *console {
	if changed == nil {
		changed = func() {}
	}
	c := &console{
		app: a, settings: s, changed: changed,
		ask:     passwords{given: s.password, target: s.link.Target.String(), ask: a.password},
		screens: map[uint8]*screen{}, problems: map[string]int{}, hidden: map[uint8]bool{},
	}
	c.safe.console, c.ask.saved = c, c.safe.open
	c.tellName, c.named = signals()
	if s.domain != nil {
		c.name, c.ask.target = s.domain.name(), s.domain.name()
	}
	c.options = channels.Options{
		Link: s.link,
		Sinks: channels.Sinks{
			Canvas: func(id uint8) display.Canvas { return c.screen(id).desktop },
			Cursor: func(id uint8) cursor.Sink { return c.screen(id).cursor },
		},
		Disabled: s.disabled,
		Prefer:   s.prefer,
		OnEvent:  c.event,
		Workers:  s.workers,
		Looks:    s.looks,
	}
	return c
}

// without makes sessions leave out channels that a command has no use for.
func (c *console) without(types ...spice.ChannelType) {
	before := c.options.Disabled
	c.options.Disabled = func(t spice.ChannelType) bool {
		return slices.Contains(types, t) || before != nil && before(t)
	}
}

// connect opens a session, asking for a password if the server wants one.
func (c *console) connect(ctx context.Context) error {
	if err := c.prepare(ctx); err != nil {
		return err
	}
	password := c.ask.given
	c.mu.Lock()
	if c.preferred != nil {
		c.options.Prefer = *c.preferred
	}
	c.mu.Unlock()
	for tries := 1; ; tries++ {
		c.options.Link.Ticket = func(context.Context) (string, error) { return password, nil }
		s, err := channels.Connect(ctx, &c.options)
		if err == nil {
			if err := c.identify(ctx, s); err != nil {
				s.Close()
				return err
			}
			c.mu.Lock()
			c.session = s
			c.mu.Unlock()
			c.safe.accepted(ctx, password)
			return nil
		}
		if d := c.settings.domain; d != nil {
			if tries < startTries && d.early(err, password) {
				select {
				case <-time.After(startPause):
					continue
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			err = d.explain(err)
		}
		if password, err = c.ask.again(ctx, err); err != nil {
			return err
		}
	}
}

// prepare finds the way to a domain as it is now.
func (c *console) prepare(ctx context.Context) error {
	d := c.settings.domain
	if d == nil || d.moved {
		return nil
	}
	if err := d.prepare(ctx, c.settings); err != nil {
		return err
	}
	from := &c.settings.link
	to := &c.options.Link
	to.Target, to.Dial, to.Secure, to.TLS = from.Target, from.Dial, from.Secure, from.TLS
	c.ask.target = d.name()
	if c.settings.password == "" && (c.ask.asked == 0 || d.console.Password != "") {
		c.ask.given, c.ask.asked = d.console.Password, 0
	}
	c.mu.Lock()
	c.name, c.domain = d.name(), d.found.UUID.String()
	c.mu.Unlock()
	return nil
}

// identityTime is how long a server may take to say which machine it has. They
// do so at once.
const identityTime = 3 * time.Second

// identify refuses a session with a machine that is not the domain. What a
// server does not say is not held against it.
func (c *console) identify(ctx context.Context, s *channels.Session) error {
	d := c.settings.domain
	if d == nil {
		return nil
	}
	late := time.After(identityTime)
	for {
		if info := s.Info(); info.UUID != "" {
			return d.check(info.Name, info.UUID)
		}
		select {
		case <-c.named:
		case <-late:
			if info := s.Info(); info.Name != "" {
				return d.check(info.Name, "")
			}
			return nil
		case <-s.Done():
			return &endedError{s.Wait()}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// follow makes the next session one on the host to which the machine moved.
// Encryption is not given up on the way.
func (c *console) follow(m *channels.MovedError) error {
	t := c.options.Link.Target
	secure := t.Socket == "" && (t.Port == 0 || c.options.Link.TLS.Configured())
	t.Socket, t.Addr, t.Host, t.Port, t.TLSPort = "", "", m.Host, m.Port, m.TLSPort
	if secure {
		t.Port = 0
	}
	if t.Port == 0 && t.TLSPort == 0 {
		return &failure{exitConnect, fmt.Errorf("the machine has moved to %s, where no port fits", m.Host), ""}
	}
	c.options.Link.Target = t
	if d := c.settings.domain; d != nil { // what leads to the old host does not lead there
		d.moved, c.options.Link.Dial, c.options.Link.Secure = true, d.dial, d.secure
	}
	if m.Subject != "" {
		c.options.Link.TLS.HostSubject = m.Subject
	}
	return nil
}

// prefer asks the server for other encodings, in this session and the next.
func (c *console) prefer(p display.Preferences) {
	c.mu.Lock()
	c.preferred = &p
	c.mu.Unlock()
	if s := c.current(); s != nil {
		s.Prefer(p)
	}
}

// close ends the session, if there is one.
func (c *console) close() {
	if s := c.current(); s != nil {
		s.Close()
	}
}

// current returns the session, or nil before the first.
func (c *console) current() *channels.Session {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session
}

// wait returns when the session has ended, with the reason.
func (c *console) wait() error { return &endedError{c.current().Wait()} }

// inputs returns the keyboard and mouse of the guest, or nil if they are not
// there now.
func (c *console) inputs() *inputs.Inputs {
	if s := c.current(); s != nil {
		return s.Inputs()
	}
	return nil
}

// screen returns the screen of a display channel.
func (c *console) screen(id uint8) *screen {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.screens[id]
	if s == nil {
		s = &screen{
			desktop: render.NewDesktop(render.DesktopOptions{Changed: c.changed, MaxTotalPixels: maxPixels(id)}),
			cursor:  new(render.CursorOverlay),
		}
		s.cursor.SetServer(c.server)
		s.cursor.Changed = c.changed // not before: mu is locked
		c.screens[id] = s
	}
	return s
}

// maxPixels bounds the surfaces of a display channel: the first may be a huge
// desktop with many surfaces, and a server must not get as much for each of many.
func maxPixels(id uint8) int64 {
	if id == 0 {
		return 1 << 27
	}
	return 1 << 25
}

// A head is a monitor of the machine that has a picture.
type head struct {
	channel uint8
	index   int    // within its desktop
	monitor uint32 // as the server numbers it
	rect    image.Rectangle
	screen  *screen
}

// pointerID returns by which number the server knows the head when it is told
// positions of the pointer.
func (h *head) pointerID() uint8 {
	if h.channel != 0 {
		return h.channel
	}
	return uint8(h.monitor)
}

// slot returns by which number the guest's monitors are asked for what this
// head shows.
func (h head) slot() int {
	if heads := h.screen.desktop.Heads(); h.index < len(heads) {
		h.monitor = heads[h.index].ID
	}
	return int(h.pointerID())
}

// heads returns the heads of all display channels, those of channel 0 first.
func (c *console) heads() []head {
	c.mu.Lock()
	screens := maps.Clone(c.screens)
	c.mu.Unlock()
	var heads []head
	for _, id := range slices.Sorted(maps.Keys(screens)) {
		for i, h := range screens[id].desktop.Heads() {
			heads = append(heads, head{id, i, h.ID, h.Rect, screens[id]})
		}
	}
	return heads
}

// machine returns the machine's name, or "".
func (c *console) machine() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.name
}

// label returns what the console is called: the machine's name or, as long as
// that is not known, the address. It is "" for a domain that is yet to be chosen.
func (c *console) label() string {
	if name := c.machine(); name != "" || c.settings.domain != nil {
		return name
	}
	return c.settings.link.Target.String()
}

// serverMouse reports whether the server draws the pointer.
func (c *console) serverMouse() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.server
}

// event follows the session. Its goroutines call it.
func (c *console) event(e channels.Event) {
	log := c.app.log
	switch e := e.(type) {
	case channels.Connected:
		log.Info("connected", "session", e.Session)
	case channels.Named:
		log.Debug("the machine has a name", "name", e.Name, "uuid", e.UUID)
		c.mu.Lock()
		c.name = e.Name
		c.mu.Unlock()
		c.tellName()
	case channels.MouseMode:
		log.Debug("mouse mode", "server", e.Server, "supported", e.Supported)
		c.setMouse(e.Server)
	case channels.AgentChanged:
		log.Info("guest agent", "connected", e.Connected, "ready", e.Ready, "stuck", e.Stuck)
		if c.agentChanged != nil {
			c.agentChanged(e)
		}
	case channels.ChannelOpened:
		log.Info("channel opened", "channel", e.ID.String())
		if c.opened != nil {
			c.opened(e.ID)
		}
	case channels.ChannelFailed:
		_, message, _ := explain(e.Err)
		c.app.warn("there is no %s channel any more: %s", e.ID, message)
	case channels.Warning:
		log.Debug("could not be shown", "channel", e.ID.String(), "err", e.Err)
		c.problem(e.Err)
	case channels.Hidden:
		c.mu.Lock()
		c.hidden[e.ID.ID] = e.Err != nil
		c.mu.Unlock()
	}
	c.changed()
}

func (c *console) setMouse(server bool) {
	c.mu.Lock()
	c.server = server
	screens := slices.Collect(maps.Values(c.screens))
	onMode := c.onMode
	c.mu.Unlock()
	for _, s := range screens {
		s.cursor.SetServer(server)
	}
	if onMode != nil {
		onMode(server)
	}
}

// hiddenPicture says why the picture of a display channel cannot be shown, or
// is "" if it can.
func (c *console) hiddenPicture(channel uint8) (reason, hint string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.hidden[channel] {
		return "", ""
	}
	return display.ErrGPUMemory.Error(), "Switch GL off for its display (gl=off), or connect over TCP."
}

// problem counts what could not be shown. Texts differ in numbers without
// end: those beyond the first few count as others.
func (c *console) problem(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := err.Error()
	if c.problems[text] == 0 && len(c.problems) >= maxProblems {
		text = "other reasons"
	}
	c.problems[text]++
}

// brokenPictures warns of what could not be shown, and returns an error if
// there was anything.
func (c *console) brokenPictures() error {
	c.mu.Lock()
	problems := maps.Clone(c.problems)
	c.mu.Unlock()
	total := 0
	for _, text := range slices.Sorted(maps.Keys(problems)) {
		c.app.warn("%d times: %s", problems[text], text)
		total += problems[text]
	}
	if total == 0 {
		return nil
	}
	return &failure{code: exitProtocol, err: errors.New("the picture is not complete: the server sent what could not be shown")}
}
