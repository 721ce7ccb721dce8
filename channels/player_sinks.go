package channels

import (
	"sync"

	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/render"
)

// playedSinks are the sinks of a player: they can be made as they were before
// the recording began.
type playedSinks struct {
	canvas func(uint8) display.Canvas
	cursor func(uint8) cursor.Sink

	mu       sync.Mutex
	canvases map[uint8]*playedCanvas // guarded by mu
	cursors  map[uint8]cursor.Sink   // guarded by mu
}

// newPlayedSinks puts itself before the sinks of o.
func newPlayedSinks(o *Options) *playedSinks {
	s := &playedSinks{
		canvas: o.Sinks.canvas, cursor: o.Sinks.cursor,
		canvases: map[uint8]*playedCanvas{}, cursors: map[uint8]cursor.Sink{},
	}
	given := o.Sinks
	s.canvas, s.cursor = given.canvas, given.cursor
	o.Sinks.Canvas = s.canvasOf
	o.Sinks.Cursor = s.cursorOf
	return s
}

func (s *playedSinks) canvasOf(id uint8) display.Canvas {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.canvases[id]
	if c == nil {
		c = &playedCanvas{Canvas: s.canvas(id), surfaces: map[uint32]bool{}}
		s.canvases[id] = c
	}
	return c
}

func (s *playedSinks) cursorOf(id uint8) cursor.Sink {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cursors[id] == nil {
		s.cursors[id] = s.cursor(id)
	}
	return s.cursors[id]
}

// reset makes the sinks as they were. Nothing plays into them meanwhile.
func (s *playedSinks) reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.canvases {
		c.reset()
	}
	for _, c := range s.cursors {
		c.Reset()
	}
}

// A playedCanvas knows its surfaces.
type playedCanvas struct {
	display.Canvas
	surfaces map[uint32]bool // owned by the committer
}

func (c *playedCanvas) CreateSurface(id uint32, width, height int, f render.Format, primary bool) error {
	err := c.Canvas.CreateSurface(id, width, height, f, primary)
	if err == nil {
		c.surfaces[id] = true
	}
	return err
}

func (c *playedCanvas) DestroySurface(id uint32) {
	c.Canvas.DestroySurface(id)
	delete(c.surfaces, id)
}

func (c *playedCanvas) reset() {
	for id := range c.surfaces {
		c.DestroySurface(id)
	}
	c.SetHeads(nil)
}
