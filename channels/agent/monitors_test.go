package agent

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"saffron/spice/wire"
)

func screens(sizes ...int) []Monitor {
	var all []Monitor
	x := 0
	for i := 0; i < len(sizes); i += 2 {
		m := Monitor{X: x, Width: sizes[i], Height: sizes[i+1], Enabled: true}
		if sizes[i] == 0 {
			m = Monitor{}
		}
		all = append(all, m)
		x += sizes[i]
	}
	return all
}

// TestMonitors: what is asked for is sent once, and again to each new agent.
func TestMonitors(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		config := func(sparse bool, m ...Monitor) received {
			return message1(msgMonitorsConfig, &monitorsConfig{m, sparse})
		}
		two := screens(800, 600, 0, 0, 1024, 768)
		if err := p.SetMonitors(two); err != nil {
			t.Error(err)
		}
		p.expect(t) // the session has not begun
		p.Connect(false, 0)
		p.expect(t, config(true, two...)) // the server may know what to do with it
		p.SetMonitors(two)
		p.expect(t)
		p.SetMonitors(screens(640, 480))
		p.expect(t, config(true, screens(640, 480)...))
		p.SetMonitors(two)
		p.heard()
		for _, caps := range []Caps{linuxCaps, newCaps(CapMonitorsConfig)} {
			p.guest.Connect()
			p.heard()
			p.say(t, msgAnnounce, &announce{0, caps})
			want := config(caps.Has(CapSparseMonitors), two...)
			p.expect(t, want)
			p.SetMonitors(two)
			p.expect(t)
			if n := wire.NewReader(want.body).U32(); (n == 3) != caps.Has(CapSparseMonitors) {
				t.Errorf("%d monitors", n)
			}
		}
		p.guest.Connect()
		p.heard()
		p.say(t, msgAnnounce, &announce{0, newCaps(CapReply)})
		if err := p.SetMonitors(two); !errors.Is(err, ErrNotAgent) {
			t.Errorf("got %v", err)
		}
		p.expect(t)
	})
}

// TestMonitorsWait: an agent that has said nothing is told nothing, and of a
// storm only the last counts.
func TestMonitorsWait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		p.guest.Connect()
		p.heard()
		for i := range 1000 {
			p.SetMonitors(screens(800+2*i, 600))
		}
		p.expect(t)
		p.say(t, msgAnnounce, &announce{0, linuxCaps})
		p.expect(t, message1(msgMonitorsConfig, &monitorsConfig{screens(2798, 600), true}))
	})
}

func TestMonitorsConfigBytes(t *testing.T) {
	want := []byte{1, 0, 0, 0, 1, 0, 0, 0, 0x58, 2, 0, 0, 0x20, 3, 0, 0, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	if got := wire.Marshal(&monitorsConfig{screens(800, 600), true}); !bytes.Equal(got, want) {
		t.Errorf("% x", got)
	}
}

func TestArrange(t *testing.T) {
	for name, tc := range map[string]struct{ in, want []Monitor }{
		"odd":      {screens(801, 601), screens(800, 600)},
		"overlap":  {[]Monitor{{0, 0, 800, 600, true}, {10, 10, 640, 480, true}}, screens(800, 600, 640, 480)},
		"negative": {[]Monitor{{-800, 0, 800, 600, true}, {0, -20, 640, 480, true}}, []Monitor{{0, 20, 800, 600, true}, {800, 0, 640, 480, true}}},
		"below":    {[]Monitor{{5, 5, 800, 600, true}, {5, 605, 800, 600, true}}, []Monitor{{0, 0, 800, 600, true}, {0, 600, 800, 600, true}}},
		"off":      {[]Monitor{{1, 2, 3, 4, false}, {9, 9, 640, 480, true}}, []Monitor{{}, {0, 0, 640, 480, true}}},
		"none":     {[]Monitor{{Enabled: false}}, []Monitor{{}}},
	} {
		got, err := arrange(tc.in)
		if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, %v, want %v", name, got, err, tc.want)
		}
	}
	for _, m := range []Monitor{
		{0, 0, 0, 600, true}, {0, 0, 800, 1, true}, {0, 0, 1 << 20, 600, true}, {0, 0, 800, -5, true},
		{1 << 40, 0, 800, 600, true}, {0, -1 << 40, 800, 600, true},
	} {
		if _, err := arrange([]Monitor{m}); err == nil {
			t.Errorf("%v: no error", m)
		}
	}
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		if p.SetMonitors(make([]Monitor, maxMonitors+1)) == nil || p.SetMonitors([]Monitor{{Enabled: true}}) == nil {
			t.Error("no error")
		}
	})
}

// TestVolumes: what is asked for is said once, and to each new agent.
func TestVolumes(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		loud, quiet := &Volume{Levels: []uint16{65535, 65535}}, &Volume{Mute: true, Levels: []uint16{100}}
		p.greeted(t, linuxCaps)
		p.SetVolumes(loud, nil)
		p.expect(t, message1(msgVolumeSync, &volumeSync{true, *loud}))
		p.SetVolumes(nil, quiet)
		p.expect(t, received{msgVolumeSync, []byte{0, 1, 1, 100, 0}})
		p.SetVolumes(nil, nil)
		p.expect(t)
		p.guest.Connect()
		p.SetVolumes(loud, loud)
		p.heard()
		p.say(t, msgAnnounce, &announce{0, linuxCaps})
		p.expect(t, message1(msgVolumeSync, &volumeSync{true, *loud}), message1(msgVolumeSync, &volumeSync{false, *loud}))
		p.guest.Connect()
		p.heard()
		p.say(t, msgAnnounce, &announce{0, newCaps(CapReply)})
		p.expect(t)
	})
}
