package display_test

import (
	"reflect"
	"testing"
	"testing/synctest"

	"saffron/channels/display"
	"saffron/spice"
	"saffron/spice/wire"
)

// handleAny gives a channel with two surfaces any message. Whatever comes of
// it, the channel can be closed, or goes on.
func handleAny(t *testing.T, typ uint16, body []byte) {
	synctest.Test(t, func(t *testing.T) {
		s := newRoom(t, 1).open(t, 0, nil)
		s.create(16, 16)
		s.send(display.MsgSurfaceCreate, &display.SurfaceCreate{Surface: 1, Width: 8, Height: 8, Format: 16})
		s.serial++
		if s.Handle(spice.Message{Type: typ, Serial: s.serial, Body: body}) == nil {
			s.send(display.MsgMark, nil)
			s.picture()
		}
	})
}

func handleSeeds(t testing.TB) []spice.Message {
	var seeds []spice.Message
	for _, m := range samples() {
		for _, e := range display.Messages {
			if e.FromServer && e.New != nil && sameType(e.New(), m) {
				seeds = append(seeds, spice.Message{Type: e.Type, Body: wire.Marshal(m)})
			}
		}
	}
	kinds := map[uint16]int{}
	for _, rec := range recordings(t) {
		for _, m := range messages(t, file(t, rec.Channels[0].File)) {
			if kinds[m.Type]++; kinds[m.Type] <= 10 && len(m.Body) < 2000 {
				seeds = append(seeds, m)
			}
		}
	}
	return seeds
}

// TestHandleAny gives all seeds to a channel that is not in their state.
func TestHandleAny(t *testing.T) {
	for _, m := range handleSeeds(t) {
		handleAny(t, m.Type, m.Body)
	}
}

func FuzzHandle(f *testing.F) {
	for _, m := range handleSeeds(f) {
		f.Add(m.Type, m.Body)
	}
	f.Fuzz(handleAny)
}

func sameType(a, b wire.Message) bool { return reflect.TypeOf(a) == reflect.TypeOf(b) }
