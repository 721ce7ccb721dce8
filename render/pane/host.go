package pane

import (
	"errors"
	"fmt"
	"image"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"time"

	"saffron/render"
)

// A Source is what a pane shows. Its functions are called by a goroutine of
// the host and must not block.
type Source struct {
	Desktop *render.Desktop
	Head    func() int // index of the head, -1 while it is not there
	Cursor  *render.CursorOverlay
	State   func() State
	// Event takes what the user of the window did, by one goroutine.
	Event func(Event)
}

// A Host shows a head in a window of another process. Any goroutine may call
// its methods.
type Host struct {
	source Source
	conn   conn
	kick   chan struct{}
	done   chan struct{} // closed when the other process has ended, or has to
	heard  chan struct{} // closed when all of its events have been taken
	once   sync.Once
	busy   atomic.Bool // the guest has the memory
	cmd    *exec.Cmd
	err    error         // why the process ended; set before ended is closed
	ended  chan struct{} // closed when the process has ended
	lag    atomic.Int64  // see Lag, in ns
	sentAt time.Time     // when it got it last; owned by feed and, while busy, by read

	mu    sync.Mutex
	queue []tell // guarded by mu; to be sent before the picture

	// Owned by feed.
	mem   []byte
	size  image.Point
	whole bool // all of the picture is to be sent
	state State
	shape uint64 // of the pointer that was sent, plus 1
	point tell
}

// descriptor is the number by which the other process knows its end of the
// socket: the first after the usual three.
const descriptor = 3

// Start starts a process with a window, which is expected to call Open. The
// host ends it when it is closed.
func Start(cmd *exec.Cmd, b Begin, s Source) (*Host, error) {
	c, theirs, err := newConns()
	if err != nil {
		return nil, fmt.Errorf("pane: %w", err)
	}
	cmd.ExtraFiles = []*os.File{theirs}
	err = cmd.Start()
	theirs.Close()
	if err != nil {
		c.Close()
		return nil, fmt.Errorf("pane: %w", err)
	}
	h := newHost(c, b, s)
	h.cmd = cmd
	go func() {
		h.err = cmd.Wait()
		close(h.ended)
		h.closeRead()
	}()
	return h, nil
}

// newHost serves a connection.
func newHost(c conn, b Begin, s Source) *Host {
	h := &Host{
		source: s, conn: c,
		kick: make(chan struct{}, 1), done: make(chan struct{}), heard: make(chan struct{}), ended: make(chan struct{}),
	}
	b.State = b.State.cut()
	h.queue = []tell{{Kind: tellBegin, Begin: &b}}
	h.state = b.State
	h.Wake()
	go h.read()
	go h.feed()
	return h
}

// Wake tells that something of the source has changed.
func (h *Host) Wake() {
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

// Toast says a short text in the window.
func (h *Host) Toast(text string) { h.tell(tell{Kind: tellToast, Text: text[:min(len(text), 1<<10)]}) }

// Menu answers EventMenu.
func (h *Host) Menu(entries []Entry) {
	h.tell(tell{Kind: tellMenu, Entries: entries[:min(len(entries), maxEntries)]})
}

func (h *Host) tell(t tell) {
	const most = 64 // what a guest that does not read is owed at most
	h.mu.Lock()
	if len(h.queue) < most {
		h.queue = append(h.queue, t)
	}
	h.mu.Unlock()
	h.Wake()
}

// Close closes the window.
func (h *Host) Close() {
	h.once.Do(func() {
		close(h.done)
		h.conn.Close()
	})
}

// closeRead closes what the other process has closed, when its last events have
// been taken.
func (h *Host) closeRead() {
	select {
	case <-h.heard:
	case <-h.done:
	case <-time.After(closing):
	}
	h.Close()
}

// closing is how long a process may take to end when its window is closed.
const closing = 3 * time.Second

// Wait returns when the process has ended, with the error if that was not in
// order. It ends one that does not do so when it is closed.
func (h *Host) Wait() error {
	<-h.done
	select {
	case <-h.ended:
	case <-time.After(closing):
		_ = h.cmd.Process.Kill()
		<-h.ended
	}
	return h.err
}

// Lag returns how long the window lately took for taking a change, a mean in
// which the last ones count most.
func (h *Host) Lag() time.Duration { return time.Duration(h.lag.Load()) }

// read takes the guest's events.
func (h *Host) read() {
	defer h.Close()
	defer close(h.heard)
	buf := make([]byte, maxPacket)
	for {
		packet, file, err := h.conn.receive(buf)
		if err != nil {
			return
		}
		closeFile(file)
		e, err := decodeEvent(packet)
		if err != nil {
			return
		}
		if e.Kind != eventDrawn {
			h.source.Event(e)
			continue
		}
		if h.busy.Load() {
			took := int64(time.Since(h.sentAt))
			if before := h.lag.Load(); before > 0 {
				took = (7*before + took) / 8
			}
			h.lag.Store(took)
			h.busy.Store(false)
			h.Wake()
		}
	}
}

// feed tells the guest what is new.
func (h *Host) feed() {
	defer h.closeRead()
	defer func() { freeMemory(h.mem) }()
	for {
		select {
		case <-h.done:
			return
		case <-h.kick:
		}
		for _, step := range []func() error{h.sendQueue, h.sendState, h.sendPointer, h.sendPicture} {
			if err := step(); err != nil {
				return
			}
		}
	}
}

func (h *Host) sendQueue() error {
	h.mu.Lock()
	queue := h.queue
	h.queue = nil
	h.mu.Unlock()
	for i := range queue {
		if err := h.conn.send(&queue[i], nil); err != nil {
			return err
		}
	}
	return nil
}

func (h *Host) sendState() error {
	s := h.source.State().cut()
	if s == h.state {
		return nil
	}
	h.state = s
	return h.conn.send(&tell{Kind: tellState, State: &s}, nil)
}

func (h *Host) sendPointer() error {
	s := h.source.Cursor.Snapshot()
	if !s.Known {
		return nil
	}
	if h.shape != s.Shape+1 {
		h.shape = s.Shape + 1
		if err := h.sendShape(s.Cursor); err != nil {
			return err
		}
	}
	p := tell{Kind: tellPointer, Pos: s.Pos.Sub(h.corner()), Visible: s.Visible, Server: s.Server}
	if p.Pos == h.point.Pos && p.Visible == h.point.Visible && p.Server == h.point.Server && h.point.Kind != "" {
		return nil
	}
	h.point = p
	return h.conn.send(&p, nil)
}

// corner returns where in its surface the head begins.
func (h *Host) corner() image.Point {
	heads := h.source.Desktop.Heads()
	if n := h.source.Head(); n >= 0 && n < len(heads) {
		return heads[n].Rect.Min
	}
	return image.Point{}
}

func (h *Host) sendShape(c render.Cursor) error {
	if c.Image == nil || !within(c.Image.Rect.Size(), maxShape) {
		return h.conn.send(&tell{Kind: tellShape}, nil)
	}
	size := c.Image.Rect.Size()
	mem, file, err := newMemory(size)
	if err != nil {
		return err
	}
	defer file.Close()
	defer freeMemory(mem)
	copyRect(mem, size, c.Image, image.Rectangle{Max: size})
	return h.conn.send(&tell{Kind: tellShape, Size: size, Hot: c.Hot}, file)
}

// sendPicture sends what has changed, unless the guest has the memory still.
func (h *Host) sendPicture() error {
	head := h.source.Head()
	if h.busy.Load() || head < 0 {
		return nil
	}
	var size image.Point
	size.X, size.Y = h.source.Desktop.HeadSize(head)
	if size.X == 0 {
		return nil
	}
	if size != h.size {
		if err := h.resize(size); err != nil {
			return err
		}
	}
	var rects []image.Rectangle
	h.source.Desktop.Frame(head, func(pix *image.RGBA, changed []image.Rectangle) {
		if pix == nil || pix.Rect.Size() != h.size {
			h.whole = true // it has changed since
			h.Wake()
			return
		}
		if h.whole {
			changed = []image.Rectangle{pix.Rect}
		}
		for _, r := range changed {
			copyRect(h.mem, h.size, pix, r)
		}
		rects = append(rects, changed...)
		h.whole = false
	})
	if len(rects) == 0 {
		return nil
	}
	h.sentAt = time.Now()
	h.busy.Store(true)
	return h.conn.send(&tell{Kind: tellDamage, Rects: rects}, nil)
}

// resize gives the picture other memory.
func (h *Host) resize(size image.Point) error {
	if !within(size, maxPixels) {
		return errors.New("the picture is too large")
	}
	mem, file, err := newMemory(size)
	if err != nil {
		return err
	}
	defer file.Close()
	freeMemory(h.mem)
	h.mem, h.size, h.whole = mem, size, true
	return h.conn.send(&tell{Kind: tellMemory, Size: size}, file)
}

// copyRect copies a part of an image to the same place in memory of a size.
// Coordinates count from the image's top-left corner.
func copyRect(mem []byte, size image.Point, img *image.RGBA, r image.Rectangle) {
	r = r.Intersect(image.Rectangle{Max: size}).Intersect(image.Rectangle{Max: img.Rect.Size()})
	for y := r.Min.Y; y < r.Max.Y; y++ {
		row := img.Pix[img.PixOffset(img.Rect.Min.X+r.Min.X, img.Rect.Min.Y+y):]
		copy(mem[4*(y*size.X+r.Min.X):][:4*r.Dx()], row)
	}
}

func closeFile(f *os.File) {
	if f != nil {
		f.Close()
	}
}
