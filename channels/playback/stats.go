package playback

import "slices"

// Stats tell what a channel plays, and count. Times are of sound.
type Stats struct {
	Mode           Mode
	Playing        bool
	Rate, Channels int // of the last START, 0 before
	BitRate        int // bits a second of the packets, over the last second; 0: not known yet
	Volume         []uint16
	Muted          bool
	Latency        uint32 // ms that the server asks for, 0: nothing

	Packets   uint64 // that were played
	Bytes     uint64 // of them
	Dropped   uint64 // packets outside START and STOP, or in a mode that cannot be decoded
	Concealed uint64 // packets that did not decode: something was made up
	LostMS    uint64 // that never came
}

// Stats returns what was counted so far.
func (h *Handler) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	s := h.stats
	s.Volume = slices.Clone(s.Volume)
	return s
}

// gaps finds out how much sound is missing between packets, by their times.
// These are those at which the server was given the samples: they jitter by
// some packets.
type gaps struct {
	next  uint32 // time after the last packet
	carry int    // frames since next, times 1000
	begun bool
}

const (
	// gapMS is how late the time of a packet must be for sound to be missing.
	gapMS = 60
	// breakMS is how far times jump when nothing is lost but the clock was set.
	breakMS = 10_000
	// calm is by which part of the difference times are followed, so that the
	// server's two clocks may differ.
	calm = 32
)

// take takes the time of a packet and returns how many ms are missing before.
func (g *gaps) take(time uint32, frames, rate int) (lost int32) {
	late := int32(time - g.next)
	switch {
	case !g.begun || late > breakMS || late < -breakMS:
		g.next = time
	case late > gapMS:
		lost, g.next = late, time
	default:
		g.next += uint32(late / calm)
	}
	g.begun = true
	g.carry += frames * 1000
	g.next += uint32(g.carry / rate)
	g.carry %= rate
	return lost
}

// A meter measures the bit rate of packets over a second of sound.
type meter struct{ bytes, frames int }

// take counts a packet and returns the bit rate when a second is full, or 0.
func (m *meter) take(bytes, frames, rate int) int {
	m.bytes += bytes
	m.frames += frames
	if m.frames < rate {
		return 0
	}
	bits := int(int64(m.bytes) * 8 * int64(rate) / int64(m.frames))
	*m = meter{}
	return bits
}
