package display

import (
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"saffron/spice"
)

// An ImageStats counts the images of one type.
type ImageStats struct {
	Count  uint64
	Bytes  uint64        // encoded
	Pixels uint64        // decoded
	Time   time.Duration // to decode them, if Options.Timed
}

// Stats are what a display channel received and drew.
type Stats struct {
	Messages map[string]uint64      // by the protocol's name; those of the link itself as "base"
	Undrawn  map[string]uint64      // received, but not implemented
	Images   map[string]ImageStats  // by type
	Videos   map[string]StreamStats // by codec
	Failed   uint64                 // images and operations that could not be shown
	Queued   int                    // messages that are not drawn yet
}

type counters struct {
	failed atomic.Uint64

	mu       sync.Mutex
	messages map[uint16]uint64               // guarded by mu
	skipped  map[uint16]uint64               // guarded by mu
	images   map[ImageType]*ImageStats       // guarded by mu
	videos   map[StreamCodec]*streamCounters // guarded by mu
}

func (c *counters) message(typ uint16) { c.add(&c.messages, typ) }
func (c *counters) undrawn(typ uint16) { c.add(&c.skipped, typ) }

func (c *counters) add(m *map[uint16]uint64, typ uint16) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if *m == nil {
		*m = map[uint16]uint64{}
	}
	(*m)[typ]++
}

func (c *counters) image(img *Image, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.images == nil {
		c.images = map[ImageType]*ImageStats{}
	}
	s := c.images[img.Type]
	if s == nil {
		s = new(ImageStats)
		c.images[img.Type] = s
	}
	s.Count++
	s.Bytes += uint64(len(img.Data))
	s.Time += took
	s.Pixels += uint64(img.Width) * uint64(img.Height)
}

// stream counts a video and returns the counters of its codec.
func (c *counters) stream(codec StreamCodec) *streamCounters {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.videos == nil {
		c.videos = map[StreamCodec]*streamCounters{}
	}
	s := c.videos[codec]
	if s == nil {
		s = new(streamCounters)
		c.videos[codec] = s
	}
	s.streams.Add(1)
	return s
}

func (c *counters) snapshot() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	s := Stats{Images: map[string]ImageStats{}, Videos: map[string]StreamStats{}, Failed: c.failed.Load()}
	s.Messages, s.Undrawn = named(c.messages), named(c.skipped)
	for t, n := range maps.All(c.images) {
		s.Images[t.String()] = *n
	}
	for codec, n := range c.videos {
		s.Videos[codec.String()] = n.snapshot()
	}
	return s
}

func named(counts map[uint16]uint64) map[string]uint64 {
	out := make(map[string]uint64, len(counts))
	for typ, n := range counts {
		if typ < spice.FirstChannelMsg {
			out["base"] += n
			continue
		}
		out[Messages.Name(typ, true)] += n
	}
	return out
}
