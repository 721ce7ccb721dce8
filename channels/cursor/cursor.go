package cursor

import (
	"errors"
	"fmt"
	"image"
	"sync/atomic"

	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// A Sink shows the pointer, or notes how it is to be shown. Its methods are
// called by the goroutine that calls Handle.
type Sink interface {
	// Set takes a new shape, whose hot spot lies within it or at its far edge,
	// the position of the hot spot, and whether it is to be seen. A Cursor
	// without image is no shape: nothing is to be seen.
	//
	// Positions are pixels of the display's primary surface and count in
	// server mouse mode only.
	Set(c render.Cursor, pos image.Point, visible bool)
	// Move sets the position, and shows the pointer if it was hidden.
	Move(pos image.Point)
	// Hide hides the pointer until Move, or Set with visible.
	Hide()
	// Reset forgets the shape.
	Reset()
}

// Stats count shapes.
type Stats struct {
	Decoded uint64 // shapes that came with data
	Cached  uint64 // shapes that came out of the cache
	Broken  uint64 // shapes that could not be decoded
	Missed  uint64 // shapes named by the server that the cache does not have
}

// A Cursor is the cursor channel of one display. Handle is for one goroutine;
// Stats is for any.
type Cursor struct {
	sink  Sink
	ready bool // between INIT and RESET
	cache cache

	decoded, cached, broken, missed atomic.Uint64
}

// New returns the handler of a channel that was just opened.
func New(sink Sink) *Cursor { return &Cursor{sink: sink} }

// Stats returns what was counted so far.
func (c *Cursor) Stats() Stats {
	return Stats{c.decoded.Load(), c.cached.Load(), c.broken.Load(), c.missed.Load()}
}

// Close ends the handler. It has nothing running, so it returns nil at once.
func (c *Cursor) Close() error { return nil }

// Handle takes the next message. It does not keep the body. An error is a
// message that cannot be parsed.
func (c *Cursor) Handle(m spice.Message) error {
	e, ok := Messages.Lookup(m.Type, true)
	if !ok {
		return nil
	}
	msg := e.New()
	if err := wire.Unmarshal(m.Body, msg); err != nil {
		return fmt.Errorf("cursor: %s: %w", e.Name, err)
	}
	c.handle(m.Type, msg)
	return nil
}

func (c *Cursor) handle(typ uint16, msg wire.Message) {
	switch typ {
	case MsgInit:
		c.ready = true
		c.cache.clear()
		m := msg.(*Init)
		c.set(&m.Shape, m.Pos, m.Visible != 0)
		return
	case MsgReset:
		c.ready = false
		c.cache.clear()
		c.sink.Reset()
		return
	}
	if !c.ready {
		return // says nothing that would outlive the next INIT
	}
	switch typ {
	case MsgSet:
		m := msg.(*Set)
		c.set(&m.Shape, m.Pos, m.Visible != 0)
	case MsgMove:
		c.sink.Move(msg.(*Move).Pos)
	case MsgHide:
		c.sink.Hide()
	case MsgInvalOne:
		c.cache.remove(msg.(*InvalOne).Unique)
	case MsgInvalAll:
		c.cache.clear()
	}
}

// set passes on the shape s, or that there is none.
func (c *Cursor) set(s *Shape, pos image.Point, visible bool) {
	shape, err := c.shape(s)
	switch {
	case errors.Is(err, errMiss):
		c.missed.Add(1)
	case err != nil:
		c.broken.Add(1)
	}
	c.sink.Set(shape, pos, visible)
}

var errMiss = errors.New("the shape is not in the cache")

// shape decodes s or takes it from the cache. It returns no shape with an
// error, and without one for FlagNone.
func (c *Cursor) shape(s *Shape) (render.Cursor, error) {
	switch {
	case s.Flags&FlagNone != 0:
		return render.Cursor{}, nil
	case s.Flags&FlagFromCache != 0:
		shape, ok := c.cache.get(s.Unique)
		if !ok {
			return render.Cursor{}, errMiss
		}
		c.cached.Add(1)
		return shape, nil
	}
	img, err := render.DecodeCursor(s.Type, int(s.Width), int(s.Height), s.Data)
	if err != nil {
		return render.Cursor{}, err
	}
	c.decoded.Add(1)
	hot := image.Pt(int(min(s.HotX, s.Width)), int(min(s.HotY, s.Height)))
	shape := render.Cursor{Image: img, Hot: hot}
	if s.Flags&FlagCacheMe != 0 {
		c.cache.put(s.Unique, shape)
	}
	return shape, nil
}
