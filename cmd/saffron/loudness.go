package main

import (
	"fmt"
	"slices"

	"saffron/audio"
	"saffron/channels/agent"
)

// A heardStream takes note of the volume that the guest sets.
type heardStream struct {
	*audio.Stream
	sounds *sounds
}

// SetVolume implements playback.Sink.
func (h *heardStream) SetVolume(levels []uint16) {
	h.Stream.SetVolume(levels)
	h.sounds.mu.Lock()
	h.sounds.levels = slices.Clone(levels)
	heard := h.sounds.heard
	h.sounds.mu.Unlock()
	if heard != nil {
		heard()
	}
}

// guestLevels returns the guest's volume, nil if it has said none.
func (s *sounds) guestLevels() []uint16 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.levels)
}

func (s *sounds) setGuestLevels(levels []uint16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.levels = levels
}

// volumeStep is by how much the volume changes at a time.
const volumeStep = audio.MaxVolume / 20

// soundCommands are those of how loud the guest is.
func (v *viewer) soundCommands() []command {
	if v.sounds == nil {
		return nil
	}
	mixer := v.sounds.mixer
	sound := command{name: "sound", label: "Sound", sub: []command{
		{name: "mute", label: "Mute", checked: mixer.Muted, do: func() {
			mixer.SetMute(!mixer.Muted())
			v.toast(map[bool]string{true: "Muted", false: "Not muted any more"}[mixer.Muted()])
		}},
		{name: "louder", label: "Louder", do: func() { v.turnVolume(volumeStep) }},
		{name: "quieter", label: "Quieter", do: func() { v.turnVolume(-volumeStep) }},
	}}
	if v.mic != nil {
		sound.sub = append(sound.sub, separator, command{
			name: commandMicrophone, label: "Microphone for the guest", checked: v.mic.isAllowed,
			do: func() { v.mic.allow(v.app) },
		})
	}
	return []command{sound}
}

// turnVolume makes the sound louder or quieter: by the volume of the guest itself,
// if its agent takes that and the guest has shown that its volume comes back here,
// and otherwise on this side.
func (v *viewer) turnVolume(by int) {
	levels := v.sounds.guestLevels()
	s := v.console.current()
	if s != nil && len(levels) > 0 && s.Agent().Has(agent.CapVolumeSync) {
		for i := range levels {
			levels[i] = turned(levels[i], by)
		}
		s.Agent().SetVolumes(&agent.Volume{Levels: levels}, nil)
		v.sounds.setGuestLevels(levels) // where it is about to be: the next step goes on from there
		v.toast(fmt.Sprintf("Volume of the guest: %d %%", percentOf(slices.Max(levels))))
		return
	}
	volume := turned(v.sounds.mixer.Volume(), by)
	v.sounds.mixer.SetVolume(volume)
	v.toast(fmt.Sprintf("Volume: %d %%", percentOf(volume)))
}

// guestTurnedVolume notes that the guest has set its volume: what it was asked
// for is done, and nothing to ask a later agent for.
func (v *viewer) guestTurnedVolume() {
	if s := v.console.current(); s != nil {
		s.Agent().SetVolumes(nil, nil)
	}
}

func turned(volume uint16, by int) uint16 {
	return uint16(max(0, min(int(volume)+by, audio.MaxVolume)))
}

func percentOf(volume uint16) int { return (int(volume)*100 + audio.MaxVolume/2) / audio.MaxVolume }
