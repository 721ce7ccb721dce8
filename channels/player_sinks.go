package channels

import (
	"sync"

	"saffron/channels/cursor"
	"saffron/channels/display"
	"saffron/channels/playback"
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
	sounds   map[uint8]*playedSound  // guarded by mu
	aloud    bool                    // guarded by mu; sound is to be heard
}

// newPlayedSinks puts itself before the sinks of o.
func newPlayedSinks(o *Options) *playedSinks {
	s := &playedSinks{
		canvas: o.Sinks.canvas, cursor: o.Sinks.cursor,
		canvases: map[uint8]*playedCanvas{}, cursors: map[uint8]cursor.Sink{}, sounds: map[uint8]*playedSound{},
	}
	given := o.Sinks
	s.canvas, s.cursor = given.canvas, given.cursor
	o.Sinks.Canvas = s.canvasOf
	o.Sinks.Cursor = s.cursorOf
	if given.Playback != nil {
		o.Sinks.Playback = func(id uint8) playback.Sink { return s.soundOf(id, given.playback(id)) }
	}
	o.Sinks.Record = nil    // nothing of it is recorded
	o.Sinks.Clipboard = nil // the clipboard of then is not this one
	return s
}

// soundOf puts itself before the sink of a channel that has been opened.
func (s *playedSinks) soundOf(id uint8, sink playback.Sink) playback.Sink {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &playedSound{sink: sink, aloud: s.aloud}
	s.sounds[id] = p
	return p
}

// setAloud says whether sound is to be heard: only at the speed at which it was
// recorded, and not on the way to another position.
func (s *playedSinks) setAloud(on bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.aloud == on {
		return
	}
	s.aloud = on
	for _, p := range s.sounds {
		p.setAloud(on)
	}
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
