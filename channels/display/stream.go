package display

import (
	"fmt"
	"image"
	"sync/atomic"
	"time"

	"saffron/codec/video"
	"saffron/render"
	"saffron/spice/wire"
)

// A Clock is the clock by which the frames of videos are stamped. Any
// goroutine.
type Clock interface {
	// Now returns the time in ms, and false if it is not known.
	Now() (ms uint32, known bool)
	// Sound returns how many ms of sound are not heard yet, and whether there
	// is sound: only then pictures wait for their time.
	Sound() (delay uint32, playing bool)
}

const (
	// maxStreams bounds the videos of a channel: ids are below.
	maxStreams = 64
	maxSide    = 1<<16 - 1
	// laneLength bounds the frames that wait for the decoder of one video.
	laneLength = 16
)

// A stream is a video that is shown on a rectangle of a surface. Frames are
// drawn on the surface itself: other operations may copy from there.
type stream struct {
	h       *Handler
	id      uint32
	codec   StreamCodec
	topDown bool
	surface uint32
	nominal image.Point   // what the server says that frames measure
	newest  atomic.Uint64 // number of the frame received last
	late    atomic.Uint32 // frames not shown since the last report
	counts  *streamCounters

	// Owned by the goroutine that calls Handle.
	report  report
	refused bool        // the server was told that it cannot be decoded
	lane    chan *frame // in order, to the decoder; nil if each frame stands for itself

	// Owned by the committer.
	dest image.Rectangle
	clip *render.Region // nil: none
	held []*frame       // not due yet, in order
	gone bool
}

// parseStream reads the messages of videos.
func (h *Handler) parseStream(typ uint16, r *wire.Reader, j *job) {
	switch typ {
	case MsgStreamCreate:
		var m StreamCreate
		m.Decode(r)
		if r.Err() == nil {
			h.createStream(&m, j)
		}
	case MsgStreamData:
		var m StreamData
		m.Decode(r)
		if r.Err() == nil {
			h.frame(&StreamDataSized{ID: m.ID, Time: m.Time, Data: m.Data}, j)
		}
	case MsgStreamDataSized:
		var m StreamDataSized
		m.Decode(r)
		if r.Err() == nil {
			h.frame(&m, j)
			if j.frame != nil {
				j.frame.sized, j.frame.dest = true, m.Dest
			}
		}
	case MsgStreamClip:
		var m StreamClip
		m.Decode(r)
		if s := h.streams[m.ID]; s != nil {
			clip := clipOf(m.Clip, m.Clipped)
			j.commit = func() error { s.clip = clip; return nil }
		}
	case MsgStreamDestroy:
		var m StreamDestroy
		m.Decode(r)
		h.endStreams(j, func(s *stream) bool { return s.id == m.ID })
	case MsgStreamDestroyAll:
		h.endStreams(j, func(*stream) bool { return true })
	case MsgStreamActivateReport:
		var m StreamActivateReport
		m.Decode(r)
		if s := h.streams[m.ID]; s != nil {
			s.report = report{active: true, unique: m.UniqueID, window: m.Window, timeout: time.Duration(m.Timeout) * time.Millisecond}
		}
	}
}

func clipOf(rects []image.Rectangle, clipped bool) *render.Region {
	if !clipped {
		return nil
	}
	return render.NewRegion(rects)
}

// createStream begins a video. An id that is in use begins anew.
func (h *Handler) createStream(m *StreamCreate, j *job) {
	if m.ID >= maxStreams {
		h.log.Debug("a stream beyond the protocol's ids", "channel", h.id.String(), "id", m.ID)
		return
	}
	h.endStreams(j, func(s *stream) bool { return s.id == m.ID })
	s := &stream{
		h: h, id: m.ID, codec: m.Codec, topDown: m.Flags&StreamTopDown != 0, surface: m.Surface,
		nominal: image.Pt(int(m.Width&maxSide), int(m.Height&maxSide)),
		dest:    m.Dest, clip: clipOf(m.Clip, m.Clipped), counts: h.stats.stream(m.Codec),
	}
	if s.codec != StreamMJPEG && CanDecode(s.codec) {
		s.lane = make(chan *frame, laneLength)
		h.pipe.start(s.decodeLane)
	}
	h.streams[m.ID] = s
}

// endStreams ends those videos that match: what they have not shown by then is
// not shown any more.
func (h *Handler) endStreams(j *job, match func(*stream) bool) {
	var ended []*stream
	for id, s := range h.streams {
		if !match(s) {
			continue
		}
		delete(h.streams, id)
		if s.lane != nil {
			close(s.lane)
		}
		ended = append(ended, s)
	}
	before := j.commit
	if len(ended) == 0 {
		return
	}
	j.commit = func() error {
		for _, s := range ended {
			h.pipe.forget(s)
		}
		if before != nil {
			return before()
		}
		return nil
	}
}

// frame takes a frame of a video. What is unknown, or cannot be decoded, is
// reported, so that the server sends images instead.
func (h *Handler) frame(m *StreamDataSized, j *job) {
	s := h.streams[m.ID]
	if s == nil {
		h.report(&StreamReport{ID: m.ID, Drops: CannotDecode})
		return
	}
	if s.codec != StreamMJPEG && s.lane == nil {
		if !s.refused {
			s.refused = true
			h.fail(fmt.Errorf("display: a video in %s, which cannot be decoded here", s.codec))
			h.report(&StreamReport{ID: m.ID, Drops: CannotDecode})
		}
		return
	}
	if len(m.Data) == 0 {
		return
	}
	s.counts.frames.Add(1)
	s.counts.bytes.Add(uint64(len(m.Data)))
	f := &frame{s: s, data: m.Data, number: s.newest.Add(1), arrived: time.Now(), done: make(chan struct{})}
	f.time = h.valid(m.Time)
	margin, wait := h.margin(f.time)
	f.hold = wait && margin > 0
	s.arrived(m.Time, margin)
	j.frame = f
}

const (
	// soon is what a frame gets whose time is not valid, in ms.
	soon = 100
	// maxWait is how far ahead a frame can be due, in ms: what is farther comes
	// of a clock that was set anew, and is shown at once.
	maxWait = 10_000
)

// valid returns when a frame is due that the server says is due at a time, at
// which 0 means none.
func (h *Handler) valid(at uint32) uint32 {
	if at != 0 || h.o.Clock == nil {
		return at
	}
	now, _ := h.o.Clock.Now()
	return now + soon
}

// margin returns how many ms are left until a frame is due by the clock, and
// whether it has to wait for that.
func (h *Handler) margin(at uint32) (ms int32, wait bool) {
	if h.o.Clock == nil {
		return 0, false
	}
	now, known := h.o.Clock.Now()
	if !known {
		return 0, false
	}
	_, sound := h.o.Clock.Sound()
	ms = int32(at - now)
	return ms, sound && ms <= maxWait
}

// CanDecode reports whether videos in a codec can be shown: MJPEG always, the
// others if this system has a library for them.
func CanDecode(c StreamCodec) bool {
	return c == StreamMJPEG || c >= StreamVP8 && c <= StreamH265 && video.Available(video.Codec(c))
}

// report sends a report if the server takes them.
func (h *Handler) report(m *StreamReport) {
	if h.o.Reports {
		_ = h.o.Send(MsgcStreamReport, m) // a link that fails is noticed by its reader
	}
}

// A report counts frames until they are reported.
type report struct {
	active         bool
	unique, window uint32
	timeout        time.Duration

	begin  time.Time // when the first of them came
	start  uint32    // its time
	frames uint32
	drops  uint32
	run    uint32 // drops in a row
}

// maxDropRun is how many frames in a row that came too late are reported at
// once.
const maxDropRun = 3

// arrived counts a frame that came margin ms before it was due, and reports
// when it is time.
func (s *stream) arrived(at uint32, margin int32) {
	r := &s.report
	if !r.active {
		return
	}
	if r.frames == 0 {
		r.start, r.begin = at, time.Now()
	}
	r.frames++
	if margin < 0 {
		r.drops++
		r.run++
	} else {
		r.run = 0
	}
	if r.frames < r.window && r.run < maxDropRun && time.Since(r.begin) < r.timeout {
		return
	}
	delay := uint32(NoSound)
	if c := s.h.o.Clock; c != nil {
		if ms, playing := c.Sound(); playing {
			delay = ms
		}
	}
	s.h.report(&StreamReport{
		ID: s.id, UniqueID: r.unique, Start: r.start, End: at, Frames: r.frames,
		Drops: min(r.frames, max(r.drops, s.late.Swap(0))), LastDelay: margin, AudioDelay: delay,
	})
	r.frames, r.drops, r.run = 0, 0, 0
}

// A StreamStats counts the videos of one codec.
type StreamStats struct {
	Streams uint64
	Frames  uint64        // received
	Bytes   uint64        // of them
	Shown   uint64        // frames
	Late    uint64        // frames that were not shown because others were due
	Failed  uint64        // frames that did not decode
	Pixels  uint64        // decoded
	Time    time.Duration // to decode them, if Options.Timed
}

type streamCounters struct{ streams, frames, bytes, shown, late, failed, pixels, nanos atomic.Uint64 }

func (c *streamCounters) snapshot() StreamStats {
	return StreamStats{
		c.streams.Load(), c.frames.Load(), c.bytes.Load(), c.shown.Load(), c.late.Load(), c.failed.Load(),
		c.pixels.Load(), time.Duration(c.nanos.Load()),
	}
}
