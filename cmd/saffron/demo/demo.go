package demo

import (
	"context"
	"image"
	"log/slog"
	"sync"
	"time"

	"saffron/channels/display"
	"saffron/spice"
	"saffron/spice/spicetest"
)

// Options are the choices of New. The zero value works.
type Options struct {
	// Width and Height are the size of the desktop in pixels, at least
	// 640x480. They default to 1024x640.
	Width, Height int
	// Now is the clock in the top bar. It defaults to time.Now.
	Now func() time.Time
	// Log receives failures of links. Nil is silent.
	Log *slog.Logger
}

const (
	defaultWidth, defaultHeight = 1024, 640
	minWidth, minHeight         = 640, 480

	// stepTime is the time between two steps of the animation.
	stepTime = 40 * time.Millisecond
	// secondsPerStep is the same for what moves.
	secondsPerStep = 0.04
)

// A Desktop is a SPICE server with a picture of its own. Any goroutine may
// call its methods.
type Desktop struct {
	server spicetest.Server
	now    func() time.Time
	sizes  []image.Point // that F9 goes through
	kick   chan struct{} // there is input to echo

	mu      sync.Mutex // guards everything below
	changed sync.Cond  // of mu: the link's queue, the link itself, closed
	closed  bool
	paused  bool
	steps   int
	size    int // index of sizes
	screen  *screen
	layout  layout
	bar     *topBar
	orb     *orb
	term    *terminal
	tiles   []tile
	clients clients
	input   inputState
}

// New returns a desktop at rest: Run or Step make it move.
func New(o Options) *Desktop {
	d := &Desktop{now: o.Now, kick: make(chan struct{}, 1)}
	if d.now == nil {
		d.now = time.Now
	}
	first := image.Pt(defaultWidth, defaultHeight)
	if o.Width > 0 && o.Height > 0 {
		first = image.Pt(max(o.Width, minWidth), max(o.Height, minHeight))
	}
	d.sizes = []image.Point{first}
	for _, p := range []image.Point{{1280, 800}, {800, 600}, {defaultWidth, defaultHeight}} {
		if p != first && len(d.sizes) < 3 {
			d.sizes = append(d.sizes, p)
		}
	}
	d.changed.L = &d.mu
	d.server = spicetest.Server{
		Caps: map[spice.ChannelType]spice.CapSet{
			spice.ChannelDisplay: spice.NewCapSet(display.CapMonitorsConfig),
			spice.ChannelInputs:  spice.NewCapSet(capKeyScancode),
		},
		Channels: []spice.ChannelID{
			{Type: spice.ChannelDisplay}, {Type: spice.ChannelInputs}, {Type: spice.ChannelCursor},
		},
		Handler: d.handle,
		Log:     o.Log,
	}
	d.screen = &screen{link: newLink(nil, defaultGLZWindow)}
	d.bar, d.orb, d.term = newTopBar(), new(orb), newTerminal()
	d.tiles = newTiles()
	d.input.serverMode = true
	d.input.pos = first.Div(2)
	d.arrange()
	d.show()
	return d
}

// Server returns the server, to connect to by DialContext or to serve a
// listener with.
func (d *Desktop) Server() *spicetest.Server { return &d.server }

// Run animates the desktop while somebody watches, until ctx ends, and returns
// the context's error.
func (d *Desktop) Run(ctx context.Context) error {
	defer context.AfterFunc(ctx, d.wake)()
	ticker := time.NewTicker(stepTime)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-d.kick:
			d.mu.Lock()
			d.echo()
			d.mu.Unlock()
		case <-ticker.C:
			d.mu.Lock()
			if !d.paused && d.clients.display != nil && d.room(ctx) {
				d.step()
			}
			d.mu.Unlock()
		}
	}
}

// Pause makes Run hold still. Input is echoed nevertheless.
func (d *Desktop) Pause() { d.setPaused(true) }

// Resume makes Run go on.
func (d *Desktop) Resume() { d.setPaused(false) }

func (d *Desktop) setPaused(paused bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.paused = paused
}

// Step does n steps of the animation, 25 of which are meant for a second. It
// waits while the client does not keep up.
func (d *Desktop) Step(n int) {
	for range n {
		d.mu.Lock()
		d.room(context.Background())
		d.step()
		d.mu.Unlock()
	}
}

// step moves everything. mu is held.
func (d *Desktop) step() {
	d.steps++
	d.echo()
	d.orb.step(d.screen, d.steps)
	for _, t := range d.tiles {
		t.step(d.screen, d.steps)
	}
	d.changed.Broadcast()
}

// echo shows what input has changed, and the time. mu is held.
func (d *Desktop) echo() {
	if d.input.keys.resize {
		d.input.keys.resize = false
		d.size = (d.size + 1) % len(d.sizes)
		d.screen.link.send(display.MsgSurfaceDestroy, &display.SurfaceDestroy{Surface: primary})
		d.arrange()
		d.begin()
	}
	d.bar.refresh(d.screen, d.now())
	d.term.refresh(d.screen, &d.input)
	d.changed.Broadcast()
}

// room waits until the queue to the client is short. It returns false if ctx
// has ended, or the desktop. mu is held, and released meanwhile.
func (d *Desktop) room(ctx context.Context) bool {
	for d.screen.link.full() && !d.closed && ctx.Err() == nil {
		d.changed.Wait()
	}
	return !d.closed && ctx.Err() == nil
}

// wake makes everybody who waits look again.
func (d *Desktop) wake() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changed.Broadcast()
}

// Snapshot returns the picture that a client shows once it has caught up.
func (d *Desktop) Snapshot() *image.RGBA {
	d.mu.Lock()
	defer d.mu.Unlock()
	return cloneImage(d.screen.img)
}

// Typed returns what was typed, as the terminal shows it: characters of a US
// keyboard, "\n" for Enter, names in angle brackets for other keys.
func (d *Desktop) Typed() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.input.keys.text()
}

// Pointer returns where the pointer is and the mask of its buttons: 1 left,
// 2 middle, 4 right.
func (d *Desktop) Pointer() (image.Point, uint16) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.input.pos, d.input.buttons
}

// Close ends the server and returns when everything it started has ended.
func (d *Desktop) Close() {
	d.mu.Lock()
	d.closed = true
	d.changed.Broadcast()
	d.mu.Unlock()
	d.server.Close()
}

// arrange lays everything out for the present size. mu is held.
func (d *Desktop) arrange() {
	d.layout = newLayout(d.sizes[d.size], d.tiles)
	d.screen.img = cloneImage(d.layout.base)
	d.bar.place(&d.layout)
	d.term.place(d.layout.term)
	d.orb.place(&d.layout)
	for i, t := range d.tiles {
		t.place(d.layout.contents[i])
	}
	d.input.bound(d.sizes[d.size])
}

// begin makes the primary surface and sends the whole picture, in the order of
// real servers. mu is held.
func (d *Desktop) begin() {
	l, size := d.screen.link, d.sizes[d.size]
	l.createSurface(primary, size, display.SurfacePrimary)
	if d.layout.image == nil {
		d.layout.image = quicImage(d.layout.base)
	}
	l.draw(primary, d.layout.base.Rect, nil, d.layout.image)
	d.show()
	l.monitors(size)
	l.send(display.MsgMark, nil)
	d.changed.Broadcast()
}

// show sends everything that lies over the base picture. mu is held.
func (d *Desktop) show() {
	d.bar.shown = ""
	d.bar.refresh(d.screen, d.now())
	d.term.forget()
	d.term.refresh(d.screen, &d.input)
	d.orb.show(d.screen)
	for _, t := range d.tiles {
		t.show(d.screen)
	}
}

func cloneImage(img *image.RGBA) *image.RGBA {
	c := *img
	c.Pix = append([]byte(nil), img.Pix...)
	return &c
}
