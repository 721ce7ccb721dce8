package inputs

import (
	"encoding/hex"
	"strings"
	"testing"

	"saffron/channels/msgtable"
	"saffron/channels/msgtable/msgtabletest"
	"saffron/spice/wire"
)

var samples = []wire.Message{
	new(msgtable.Empty),
	&LockState{ScrollLock | CapsLock},
	&KeyCode{0x4de0},
	&KeyScancode{[]byte{0x1d, 0x38, 0xe0, 0x53, 0xe0, 0xd3, 0xb8, 0x9d}},
	&MouseMotion{-3, 4, 1},
	&MousePosition{400, 300, 2, 1},
	&MouseButton{7, 0x40},
}

func TestMessages(t *testing.T) {
	msgtabletest.Distinct(t, Messages)
	msgtabletest.RoundTrip(t, Messages, samples...)
	msgtabletest.Truncate(t, Messages, samples...)
}

func FuzzMessages(f *testing.F) { msgtabletest.Fuzz(f, Messages, samples...) }

func TestWireBytes(t *testing.T) {
	for _, tc := range []struct {
		m    wire.Message
		want string
	}{
		{&KeyCode{Scancode(0x1e).down()}, "1e 00 00 00"},
		{&KeyCode{Scancode(0x1e).up()}, "9e 00 00 00"},
		{&KeyCode{Scancode(0xe04d).down()}, "e0 4d 00 00"},
		{&KeyCode{Scancode(0xe04d).up()}, "e0 cd 00 00"},
		{&MousePosition{400, 300, 0, 0}, "90 01 00 00 2c 01 00 00 00 00 00"},
		{&MouseMotion{-1, 2, 4}, "ff ff ff ff 02 00 00 00 04 00"},
		{&MouseButton{1, 1}, "01 01 00"},
		{&LockState{NumLock}, "02 00"},
	} {
		got := hex.EncodeToString(wire.Marshal(tc.m))
		if got != strings.ReplaceAll(tc.want, " ", "") {
			t.Errorf("%+v: got %s, want %s", tc.m, got, tc.want)
		}
	}
}
