package record

import "sync"

// Stats tell what a channel sends, and count.
type Stats struct {
	Mode           Mode // of the last START, 0 before
	Recording      bool // the guest records
	Rate, Channels int  // of the last START, 0 before
	BitRate        int  // bits a second of the packets, over the last second; 0: not known yet

	Packets uint64 // sent
	Bytes   uint64 // of them
}

// Stats returns what was counted so far.
func (h *Handler) Stats() Stats {
	h.counts.mu.Lock()
	defer h.counts.mu.Unlock()
	return h.counts.stats
}

type counts struct {
	mu            sync.Mutex
	stats         Stats // guarded by mu
	bytes, frames int   // guarded by mu; of the second that is measured
}

func (c *counts) begin(t *take) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.bytes, c.frames = 0, 0
	s := &c.stats
	s.Mode, s.Recording, s.Rate, s.Channels, s.BitRate = t.mode, true, t.rate, t.channels, 0
}

func (c *counts) end() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Recording = false
}

func (c *counts) sent(bytes, frames, rate int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.Packets++
	c.stats.Bytes += uint64(bytes)
	c.bytes += bytes
	c.frames += frames
	if c.frames >= rate {
		c.stats.BitRate = int(int64(c.bytes) * 8 * int64(rate) / int64(c.frames))
		c.bytes, c.frames = 0, 0
	}
}
