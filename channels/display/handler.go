package display

import (
	"context"
	"errors"
	"fmt"
	"image"
	"log/slog"
	"slices"
	"time"

	"saffron/codec/glz"
	"saffron/render"
	"saffron/spice"
	"saffron/spice/wire"
)

// A Canvas is drawn on. One goroutine calls it, in the channel's order.
type Canvas interface {
	CreateSurface(id uint32, width, height int, f render.Format, primary bool) error
	DestroySurface(id uint32)
	Draw(surface uint32, box image.Rectangle, clip *render.Region, op render.Op) error
	Mark()
	Reset()
	SetHeads([]render.Head)
}

// Progress is where the channels of a session tell each other how far they
// are. Its methods are called from the committer.
type Progress interface {
	// Commit says that everything up to serial has been processed.
	Commit(id spice.ChannelID, serial uint64)
	// Wait makes channel id wait. It returns when every channel listed has
	// come as far, is closed or does not exist. It fails when ctx ends, with
	// its cause, or at once if one of them waits for this channel in turn.
	Wait(ctx context.Context, id spice.ChannelID, wait []spice.ChannelSerial) error
}

// Shared is what the display channels of one session have in common. It must
// not be copied once it is used.
type Shared struct {
	Cache   *Cache
	Window  *glz.Window
	Workers *Workers

	peers peers
}

// Options are the choices of New.
type Options struct {
	Canvas   Canvas   // required
	Progress Progress // required
	Shared   *Shared  // required

	// MaxImagePixels bounds one image. It defaults to 1<<26 (8192x8192).
	MaxImagePixels int64

	// Warn, if set, is told of each image or operation that could not be
	// shown. It is called from the committer and must not block.
	Warn func(error)

	// Send sends on the channel. It is required where scanouts or
	// Reports can come.
	Send func(typ uint16, m wire.Encoder) error

	// Hidden, if set, is told when the picture cannot be shown, and why, or
	// with nil that it can be again. It is called like Warn.
	Hidden func(error)

	// Clock tells when frames of videos are due. Without one they are shown
	// when they arrive.
	Clock Clock
	// Reports says that the server takes reports on videos.
	Reports bool
	// EveryFrame shows each frame of a video even if it is late.
	EveryFrame bool

	// Timed says whether Stats is to tell how long what is decoded from now on
	// took; nil never. It is called for each image, by any goroutine.
	Timed func() bool

	// Log receives facts at Debug. Nil is silent.
	Log *slog.Logger

	delay func(at string) // of tests, see pipeline.pause
}

const (
	defaultMaxImagePixels = 1 << 26

	// queueLength bounds the jobs between reader and committer.
	queueLength = 64
	// maxSurfaces bounds those whose format is kept; servers use ids to 1023.
	maxSurfaces = 1 << 14
	// inFlight bounds the bytes of bodies and pixels that those jobs hold; a
	// single larger job goes alone.
	inFlight = 32 << 20
)

// A Handler is the state machine of one display channel.
type Handler struct {
	id  spice.ChannelID
	o   Options
	log *slog.Logger

	// Owned by the goroutine that calls Handle.
	reader   wire.Reader // of the message at hand
	palettes paletteCache
	formats  map[uint32]render.Format // of the surfaces, as far as messages are read
	streams  map[uint32]*stream       // by id

	pipe  *pipeline
	gl    scanouts
	stats counters
}

// New starts the state machine of channel id. Close ends it.
func New(id spice.ChannelID, o Options) *Handler {
	if o.MaxImagePixels <= 0 {
		o.MaxImagePixels = defaultMaxImagePixels
	}
	h := &Handler{id: id, o: o, log: o.Log, formats: map[uint32]render.Format{}, streams: map[uint32]*stream{}}
	if h.log == nil {
		h.log = slog.New(slog.DiscardHandler)
	}
	o.Shared.Join(id)
	h.pipe = newPipeline(h)
	return h
}

// Close ends the committer and the lane without waiting for what is queued,
// and returns when they have ended.
func (h *Handler) Close() error {
	h.pipe.close()
	h.gl.close()
	h.o.Shared.Leave(h.id)
	return nil
}

// Drain waits until everything handled so far is drawn.
func (h *Handler) Drain(ctx context.Context) error { return h.pipe.drain(ctx) }

// Stats returns what was received and drawn so far. Any goroutine.
func (h *Handler) Stats() Stats {
	s := h.stats.snapshot()
	s.Queued = len(h.pipe.jobs)
	return s
}

// timed reports whether decoding is timed now.
func (h *Handler) timed() bool { return h.o.Timed != nil && h.o.Timed() }

// Handle takes one message. It blocks while the queue is full; then the server
// waits. A message that does not parse is a *spice.ProtocolError; an image
// that does not decode is counted and skipped.
func (h *Handler) Handle(m spice.Message) error {
	h.stats.message(m.Type)
	j, err := h.parse(m)
	if err != nil {
		return &spice.ProtocolError{Channel: h.id, Type: m.Type,
			Err: fmt.Errorf("display: %s: %w", Messages.Name(m.Type, true), err)}
	}
	j.serial, j.message = m.Serial, m
	return h.pipe.post(j)
}

// parse makes a job of a message. A message without effect is a job too: its
// serial counts.
func (h *Handler) parse(m spice.Message) (*job, error) {
	r := &h.reader
	r.Reset(m.Body)
	j := h.pipe.newJob()
	switch m.Type {
	case spice.MsgWaitForChannels:
		var wait spice.WaitForChannels
		wait.Decode(r)
		j.commit = h.waiting(wait.Wait, nil)
	case MsgInvalAllPixmaps:
		var inval InvalAllPixmaps
		inval.Decode(r)
		j.commit = h.waiting(inval.Wait, h.o.Shared.Cache.Clear)
	case MsgInvalList:
		var list InvalList
		list.Decode(r)
		j.commit, j.prompt = func() error { h.evict(list); return nil }, true
	case MsgInvalPalette:
		var inval InvalPalette
		inval.Decode(r)
		h.palettes.remove(inval.ID)
	case MsgInvalAllPalettes:
		h.palettes.clear()
	case MsgMode, MsgSurfaceCreate, MsgSurfaceDestroy, MsgMark, MsgReset, MsgMonitorsConfig:
		h.parseSurface(m.Type, r, j)
	case MsgGLScanoutUnix, MsgGLDraw:
		h.parseGL(m, r, j)
	case MsgStreamCreate, MsgStreamData, MsgStreamDataSized, MsgStreamClip,
		MsgStreamDestroy, MsgStreamDestroyAll, MsgStreamActivateReport:
		h.parseStream(m.Type, r, j)
	default:
		h.parseDraw(m.Type, r, j)
	}
	return j, r.Err()
}

// channelWait bounds how long a channel waits for others to come as far as its
// server says.
const channelWait = 30 * time.Second

var errChannelWait = errors.New("another channel does not come as far as it should")

// waiting returns a commit that holds this channel back, then does what
// follows. The channel does not wait for itself. If the wait is in vain, it goes
// on all the same: an image may be evicted too early then, but that is better
// than a picture that stands still.
func (h *Handler) waiting(wait []spice.ChannelSerial, then func()) func() error {
	wait = slices.DeleteFunc(wait, func(w spice.ChannelSerial) bool { return w.Channel == h.id })
	return func() error {
		ctx, cancel := context.WithTimeoutCause(h.pipe.ctx, channelWait, errChannelWait)
		defer cancel()
		err := h.o.Progress.Wait(ctx, h.id, wait)
		if h.pipe.ctx.Err() != nil {
			return context.Cause(h.pipe.ctx)
		}
		if err != nil {
			h.fail(fmt.Errorf("display: wait for other channels: %w", err))
		}
		if then != nil {
			then()
		}
		return nil
	}
}

func (h *Handler) evict(list InvalList) {
	for _, res := range list.Resources {
		if res.Type == resourcePixmap {
			h.o.Shared.Cache.Remove(res.ID)
		}
	}
}

// parseSurface reads the messages that make and arrange surfaces.
func (h *Handler) parseSurface(typ uint16, r *wire.Reader, j *job) {
	c := h.o.Canvas
	switch typ {
	case MsgMode:
		var m Mode
		m.Decode(r)
		format := uint32(32)
		if m.Bits == 16 {
			format = 16
		}
		h.create(SurfaceCreate{Width: m.Width, Height: m.Height, Format: format, Flags: SurfacePrimary}, r, j)
	case MsgSurfaceCreate:
		var m SurfaceCreate
		m.Decode(r)
		h.create(m, r, j)
	case MsgSurfaceDestroy:
		var m SurfaceDestroy
		m.Decode(r)
		delete(h.formats, m.Surface)
		j.commit = func() error {
			c.DestroySurface(m.Surface)
			if m.Surface == 0 {
				h.gl.lose()
			}
			return nil
		}
		j.prompt = m.Surface != 0 && len(h.streams) == 0
		h.endStreams(j, func(s *stream) bool { return s.surface == m.Surface })
	case MsgMark:
		j.commit = func() error { c.Mark(); return nil }
	case MsgReset:
		h.palettes.clear()
		j.commit = func() error { c.Reset(); return nil }
	case MsgMonitorsConfig:
		var m MonitorsConfig
		m.Decode(r)
		heads := renderHeads(m)
		if len(heads) > 0 {
			j.commit = func() error { c.SetHeads(heads); return nil }
		}
	}
}

func (h *Handler) create(m SurfaceCreate, r *wire.Reader, j *job) {
	if r.Err() != nil {
		return
	}
	f, err := render.FormatOf(m.Format)
	if err != nil {
		r.Fail(err)
		return
	}
	if len(h.formats) < maxSurfaces {
		h.formats[m.Surface] = f
	}
	j.prompt = m.Flags&SurfacePrimary == 0
	j.commit = func() error {
		if m.Flags&SurfacePrimary != 0 {
			h.gl.end(h)
		}
		err := h.o.Canvas.CreateSurface(m.Surface, int(m.Width), int(m.Height), f, m.Flags&SurfacePrimary != 0)
		if err != nil {
			h.fail(fmt.Errorf("display: surface %d: %w", m.Surface, err))
		}
		return nil
	}
}

func renderHeads(m MonitorsConfig) []render.Head {
	count := len(m.Heads)
	if m.MaxAllowed > 0 {
		count = min(count, int(m.MaxAllowed))
	}
	heads := make([]render.Head, 0, min(count, 256))
	for _, head := range m.Heads[:min(count, 256)] {
		at := image.Pt(int(int32(head.X)), int(int32(head.Y)))
		size := image.Pt(int(head.Width&0x7fffffff), int(head.Height&0x7fffffff))
		heads = append(heads, render.Head{
			ID: head.Monitor, Surface: head.Surface,
			Rect: image.Rectangle{Min: at, Max: at.Add(size)},
		})
	}
	return heads
}

// fail counts and reports something that could not be shown.
func (h *Handler) fail(err error) {
	h.stats.failed.Add(1)
	h.log.Debug("not shown", "channel", h.id.String(), "err", err)
	if h.o.Warn != nil {
		h.o.Warn(err)
	}
}
