package agent

import (
	"slices"

	"saffron/spice/wire"
)

// A Volume is how loud a side plays or records.
type Volume struct {
	Mute   bool
	Levels []uint16 // of each channel of sound, 65535 for as loud as it comes
}

// maxLevels is how many channels of sound a message can have.
const maxLevels = 255

// volumeState is what the guest's agent is told of this side's volume. It is
// guarded by Agent.mu.
type volumeState struct {
	playback, record       *Volume // nil: the guest's own affair
	playbackDue, recordDue bool
}

func (s *volumeState) drop() { s.playbackDue, s.recordDue = false, false }

func (s *volumeState) greet() { s.playbackDue, s.recordDue = s.playback != nil, s.record != nil }

// SetVolumes asks the guest to play, and record, as loud as this side wants it;
// what is nil is left to the guest. An agent that comes later is told, too. What
// the guest makes of it, it says on its channels of sound; whoever follows that
// sets nil, so that a later agent is not told what is no more.
func (a *Agent) SetVolumes(playback, record *Volume) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.volume.playback, a.volume.record = playback.clone(), record.clone()
	a.volume.drop()
	if a.ready {
		a.volume.greet()
		a.notify()
	}
}

func (v *Volume) clone() *Volume {
	if v == nil {
		return nil
	}
	return &Volume{v.Mute, slices.Clone(v.Levels[:min(len(v.Levels), maxLevels)])}
}

// nextVolume returns the next volume that is due. The caller holds mu.
func (a *Agent) nextVolume() *message {
	s := &a.volume
	if !a.caps.Has(CapVolumeSync) {
		return nil
	}
	switch {
	case s.playbackDue:
		s.playbackDue = false
		return &message{typ: msgVolumeSync, head: wire.Marshal(&volumeSync{true, *s.playback})}
	case s.recordDue:
		s.recordDue = false
		return &message{typ: msgVolumeSync, head: wire.Marshal(&volumeSync{false, *s.record})}
	}
	return nil
}

// volumeSync tells a volume (VD_AGENT_AUDIO_VOLUME_SYNC).
type volumeSync struct {
	Playback bool // or of recording
	Volume
}

// Decode implements wire.Message.
func (m *volumeSync) Decode(r *wire.Reader) {
	m.Playback, m.Mute = r.U8() != 0, r.U8() != 0
	m.Levels = make([]uint16, r.Count(uint32(r.U8()), 2))
	for i := range m.Levels {
		m.Levels[i] = r.U16()
	}
}

// Encode implements wire.Message.
func (m *volumeSync) Encode(w *wire.Writer) {
	w.U8(bit(m.Playback))
	w.U8(bit(m.Mute))
	w.U8(uint8(len(m.Levels)))
	for _, l := range m.Levels {
		w.U16(l)
	}
}

func bit(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
