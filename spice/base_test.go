package spice

import (
	"reflect"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"saffron/spice/wire"
)

// baseMessages is one of each, with the bytes that it has on the wire.
var baseMessages = []struct {
	message wire.Message
	body    []byte
	least   int // bytes without which it cannot be read
}{
	{&SetAck{Generation: 1, Window: 20}, []byte{1, 0, 0, 0, 20, 0, 0, 0}, 8},
	{&AckSync{Generation: 1}, []byte{1, 0, 0, 0}, 4},
	{&Ping{ID: 2, Time: 0x0102030405060708}, []byte{2, 0, 0, 0, 8, 7, 6, 5, 4, 3, 2, 1}, 12},
	{&WaitForChannels{Wait: []ChannelSerial{{ChannelID{ChannelDisplay, 1}, 9}, {ChannelID{ChannelCursor, 0}, 1 << 40}}},
		[]byte{2, 2, 1, 9, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 1, 0, 0}, 21},
	{&WaitForChannels{Wait: []ChannelSerial{}}, []byte{0}, 1},
	{&Disconnecting{Time: 3, Reason: LinkNoChannel}, []byte{3, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0}, 12},
	{&Notify{Time: 0x110ed8c1b37, Severity: 1, Visibility: 2, Text: "keyboard"},
		[]byte("\x37\x1b\x8c\xed\x10\x01\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x08\x00\x00\x00keyboard\x00"), 32},
	{&Migrate{Flags: 3}, []byte{3, 0, 0, 0}, 4},
}

func fresh(m wire.Message) wire.Message {
	return reflect.New(reflect.TypeOf(m).Elem()).Interface().(wire.Message)
}

func TestBaseMessages(t *testing.T) {
	for _, tc := range baseMessages {
		if got := wire.Marshal(tc.message); !slices.Equal(got, tc.body) {
			t.Errorf("%T: encoded as % x, want % x", tc.message, got, tc.body)
		}
		got := fresh(tc.message)
		if err := wire.Unmarshal(append(slices.Clone(tc.body), 1, 2, 3), got); err != nil {
			t.Errorf("%T: %v", tc.message, err)
		}
		if d := cmp.Diff(tc.message, got); d != "" {
			t.Errorf("%T: %s", tc.message, d)
		}
		for n := range tc.body {
			if err := wire.Unmarshal(tc.body[:n], fresh(tc.message)); (err == nil) != (n >= tc.least) {
				t.Errorf("%T cut to %d of %d bytes: %v", tc.message, n, len(tc.body), err)
			}
		}
	}
}

// checkBase decodes anything as each message; what can be read must survive a
// round trip.
func checkBase(t *testing.T, body []byte) {
	for _, tc := range baseMessages {
		m := fresh(tc.message)
		if wire.Unmarshal(body, m) != nil {
			continue
		}
		again := fresh(tc.message)
		if err := wire.Unmarshal(wire.Marshal(m), again); err != nil || !cmp.Equal(m, again) {
			t.Errorf("%T: %+v became %+v, %v", m, m, again, err)
		}
	}
}

func FuzzBaseMessages(f *testing.F) {
	for _, tc := range baseMessages {
		f.Add(tc.body)
	}
	f.Fuzz(checkBase)
}

func TestAckWindow(t *testing.T) {
	for _, window := range []uint32{0, 1, 2, 20} {
		var a ackWindow
		a.set(window)
		acks := 0
		for range 100 {
			a.count()
			if a.due() {
				acks++
			}
			if a.due() {
				t.Errorf("window %d: due twice", window)
			}
		}
		want := 0
		if window > 0 {
			want = 100 / int(window)
		}
		if acks != want {
			t.Errorf("window %d: %d acknowledgements of 100 messages, want %d", window, acks, want)
		}
	}
}

func TestCapSet(t *testing.T) {
	s := NewCapSet(0, 3, 33)
	if !slices.Equal(s, CapSet{9, 2}) || !slices.Equal(s.List(), []int{0, 3, 33}) {
		t.Errorf("got %v with %v", s, s.List())
	}
	if s.Has(1) || !s.Has(33) || s.Has(64) {
		t.Error("Has is wrong")
	}
	c := s.Clone()
	c[0] = 0
	if s[0] != 9 {
		t.Error("Clone shares memory")
	}
}

func TestChannelNames(t *testing.T) {
	for typ := range ChannelType(13) {
		got, ok := ParseChannelType(typ.String())
		if known := typ >= ChannelMain && typ <= ChannelWebDAV; ok != known || known && got != typ {
			t.Errorf("%v: %v, %v", typ, got, ok)
		}
	}
	for id, want := range map[ChannelID]string{
		{ChannelMain, 0}: "main", {ChannelDisplay, 1}: "display 1", {99, 2}: "channel-type-99 2",
	} {
		if id.String() != want {
			t.Errorf("got %q, want %q", id, want)
		}
	}
}
