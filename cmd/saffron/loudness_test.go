package main

import (
	"slices"
	"testing"
	"time"

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

// TestTurnGuest: with an agent, and a guest whose volume comes back, it is the
// guest's own volume that is turned.
func TestTurnGuest(t *testing.T) {
	m := newMachine([]string{"agent"})
	v := &viewer{console: connected(t, m, nil), sounds: newSounds()}
	if err := v.console.current().Agent().Await(t.Context()); err != nil {
		t.Fatal(err)
	}
	v.sounds.heard = v.guestTurnedVolume
	v.perform1(t, "louder") // the guest has said nothing of a volume
	v.sounds.channel(0).SetVolume([]uint16{0x8000, 0xfff0})
	before := v.sounds.mixer.Volume()
	v.perform1(t, "louder")
	told(t, m, "volume 01 00 02 cc 8c ff ff\n")
	v.perform1(t, "quieter") // from where it is about to be
	told(t, m, "volume 01 00 02 cc 8c ff ff\nvolume 01 00 02 00 80 33 f3\n")
	if v.sounds.mixer.Volume() != before {
		t.Error("it was turned here, too")
	}
}

// told waits until a machine has been told so much.
func told(t *testing.T, m *machine, want string) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); m.input() != want; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the guest was told %q, want %q", m.input(), want)
		}
	}
}
