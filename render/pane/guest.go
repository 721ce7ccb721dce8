package pane

import (
	"fmt"
	"image"
	"io"
	"os"
	"slices"
	"sync"

	"saffron/render"
)

// A Guest is the side with the window. Any goroutine may call its methods.
type Guest struct {
	// Desktop and Cursor are what the host shows, as one head.
	Desktop *render.Desktop
	Cursor  *render.CursorOverlay

	conn    conn
	begin   Begin
	changed func()
	toast   func(string)
	out     chan Event
	done    chan struct{} // closed when the host is gone
	once    sync.Once

	mu    sync.Mutex
	state State        // guarded by mu
	menu  chan []Entry // guarded by mu; nil unless somebody waits

	// Owned by serve.
	mem  []byte
	size image.Point
}

// Open connects to the host that started this process, and waits for what the
// window begins with.
func Open() (*Guest, error) {
	f := os.NewFile(descriptor, "pane")
	if f == nil {
		return nil, errNoHost
	}
	c, err := openConn(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNoHost, err)
	}
	return newGuest(c)
}

var errNoHost = fmt.Errorf("pane: this command is for the program itself, which starts it for the windows of further monitors")

func newGuest(c conn) (*Guest, error) {
	packet, file, err := c.receive(make([]byte, maxPacket))
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("pane: %w", err)
	}
	closeFile(file)
	t, err := decodeTell(packet)
	if err == nil && t.Kind != tellBegin {
		err = fmt.Errorf("%s at the beginning", t.Kind)
	}
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("pane: %w", err)
	}
	const ahead = 4096
	g := &Guest{
		conn: c, begin: *t.Begin, state: t.Begin.State,
		out: make(chan Event, ahead), done: make(chan struct{}),
	}
	g.changed, g.toast = func() {}, func(string) {}
	g.Desktop = render.NewDesktop(render.DesktopOptions{Changed: func() { g.changed() }})
	g.Cursor = &render.CursorOverlay{Changed: func() { g.changed() }}
	go g.write()
	return g, nil
}

// Begin returns what the window begins with.
func (g *Guest) Begin() Begin { return g.begin }

// State returns what the window says now.
func (g *Guest) State() State {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.state
}

// Done is closed when there is no host any more.
func (g *Guest) Done() <-chan struct{} { return g.done }

// Serve takes what the host tells until that ends. changed is called when there
// is something new to show, toast with texts to show for a while.
func (g *Guest) Serve(changed func(), toast func(string)) {
	g.changed, g.toast = changed, toast
	defer g.close()
	defer func() { freeMemory(g.mem) }()
	buf := make([]byte, maxPacket)
	for {
		packet, file, err := g.conn.receive(buf)
		if err != nil {
			return
		}
		t, err := decodeTell(packet)
		if err == nil {
			err = g.take(t, file)
		} else {
			closeFile(file)
		}
		if err != nil {
			return
		}
	}
}

func (g *Guest) close() {
	g.once.Do(func() {
		close(g.done)
		g.conn.Close()
	})
}

// Send tells the host what the user did. It does not block: a host that takes
// nothing for that long is gone.
func (g *Guest) Send(e Event) {
	select {
	case g.out <- e:
	default:
		g.close()
	}
}

// Close says that the user has closed the window, and returns when that has
// been sent.
func (g *Guest) Close() {
	g.Send(Event{Kind: EventClosed})
	<-g.done
}

// write sends events in order.
func (g *Guest) write() {
	defer g.close()
	for {
		select {
		case <-g.done:
			return
		case e := <-g.out:
			if err := g.conn.send(&e, nil); err != nil || e.Kind == EventClosed {
				return
			}
		}
	}
}

// Menu asks the host for the menu and waits for it, or for the end.
func (g *Guest) Menu() []Entry {
	answer := make(chan []Entry, 1)
	g.mu.Lock()
	g.menu = answer
	g.mu.Unlock()
	g.Send(Event{Kind: EventMenu})
	select {
	case entries := <-answer:
		return entries
	case <-g.done:
		return nil
	}
}

// take does what a message says. It closes the file.
func (g *Guest) take(t *tell, file *os.File) error {
	switch t.Kind {
	case tellMemory:
		return g.takeMemory(t.Size, file)
	case tellShape:
		return g.takeShape(t, file)
	}
	closeFile(file)
	switch t.Kind {
	case tellDamage:
		return g.takeDamage(t.Rects)
	case tellPointer:
		g.Cursor.SetServer(t.Server)
		g.Cursor.Move(t.Pos)
		if !t.Visible {
			g.Cursor.Hide()
		}
	case tellState:
		g.mu.Lock()
		g.state = *t.State
		g.mu.Unlock()
		g.changed()
	case tellMenu:
		g.mu.Lock()
		answer := g.menu
		g.menu = nil
		g.mu.Unlock()
		if answer != nil {
			answer <- t.Entries
		}
	case tellToast:
		g.toast(t.Text)
	default:
		return fmt.Errorf("%s is no message", t.Kind)
	}
	return nil
}

func (g *Guest) takeMemory(size image.Point, file *os.File) error {
	mem, err := openMemory(file, size)
	if err != nil {
		return err
	}
	freeMemory(g.mem)
	g.mem, g.size = mem, size
	return g.Desktop.CreateSurface(0, size.X, size.Y, render.FormatXRGB, true)
}

// takeDamage copies what has changed, and gives the memory back.
func (g *Guest) takeDamage(rects []image.Rectangle) error {
	if g.mem == nil {
		return io.ErrUnexpectedEOF
	}
	img := &image.RGBA{Pix: g.mem, Stride: 4 * g.size.X, Rect: image.Rectangle{Max: g.size}}
	for _, r := range rects {
		if r = r.Intersect(img.Rect); r.Empty() {
			continue
		}
		err := g.Desktop.Draw(0, r, nil, &render.Copy{Src: render.Source{Image: img}, SrcArea: r, Rop: render.RopPut})
		if err != nil {
			return err
		}
	}
	g.Send(Event{Kind: eventDrawn})
	return nil
}

func (g *Guest) takeShape(t *tell, file *os.File) error {
	if t.Size == (image.Point{}) {
		closeFile(file)
		g.Cursor.SetShape(render.Cursor{})
		return nil
	}
	mem, err := openMemory(file, t.Size)
	if err != nil {
		return err
	}
	img := &image.RGBA{Pix: slices.Clone(mem), Stride: 4 * t.Size.X, Rect: image.Rectangle{Max: t.Size}}
	freeMemory(mem)
	g.Cursor.SetShape(render.Cursor{Image: img, Hot: t.Hot})
	return nil
}
