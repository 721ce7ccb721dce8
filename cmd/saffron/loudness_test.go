package main

import (
	"slices"
	"testing"

	"saffron/audio"
)

// TestTurnVolume: without an agent the sound here is turned, within its bounds.
func TestTurnVolume(t *testing.T) {
	v := &viewer{sounds: newSounds(), console: new(console)}
	m := v.sounds.mixer
	for range 30 {
		v.perform1(t, "quieter")
	}
	if m.Volume() != 0 {
		t.Errorf("volume %d", m.Volume())
	}
	v.perform1(t, "louder")
	if got := percentOf(m.Volume()); got != 5 {
		t.Errorf("%d %%", got)
	}
	for range 30 {
		v.perform1(t, "louder")
	}
	if m.Volume() != audio.MaxVolume {
		t.Errorf("volume %d", m.Volume())
	}
	v.perform1(t, "mute")
	if !m.Muted() {
		t.Error("not muted")
	}
	v.perform1(t, "mute")
	if m.Muted() {
		t.Error("muted")
	}
}

func (v *viewer) perform1(t *testing.T, name string) {
	t.Helper()
	c, ok := findCommand(v.soundCommands(), name, func(string, bool) bool { return true })
	if !ok {
		t.Fatalf("there is no %s", name)
	}
	c.do()
}

// TestGuestLevels: what the guest sets is known, and told.
func TestGuestLevels(t *testing.T) {
	s := newSounds()
	told := 0
	s.heard = func() { told++ }
	s.channel(0).SetVolume([]uint16{1, 2})
	if !slices.Equal(s.guestLevels(), []uint16{1, 2}) || told != 1 {
		t.Errorf("%v, told %d times", s.guestLevels(), told)
	}
}
