package mainchan

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"saffron/channels/msgtable"
	"saffron/channels/msgtable/msgtabletest"
	"saffron/spice"
	"saffron/spice/wire"
)

var samples = []wire.Message{
	new(msgtable.Empty),
	&Init{1, 2, 3, 1, 1, 10, 1159745, 0x02ffe000},
	&ChannelsList{[]spice.ChannelID{{Type: spice.ChannelDisplay, ID: 1}, {Type: spice.ChannelInputs}}},
	&MouseMode{3, 1},
	&MediaTime{123456},
	&AgentDisconnected{7},
	&AgentData{[]byte("a piece")},
	&AgentTokens{10},
	&Name{"QEMU 7.2.22"},
	&UUID{[16]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
	&DstInfo{Port: 5929, Host: "127.0.0.1"},
	&DstInfo{Port: 5929, TLSPort: 5930, Host: "dest.example", Subject: "C=IL,O=Acme,CN=dest"},
	&MigrateBeginSeamless{DstInfo{TLSPort: 5930, Host: "dest.example", Subject: "CN=dest"}, 1},
	&MigrateDstDoSeamless{1},
	&ClientInfo{1 << 40},
	&MouseModeRequest{MouseClient},
	&QualityIndicator{5},
}

func TestMessages(t *testing.T) {
	msgtabletest.Distinct(t, Messages)
	msgtabletest.RoundTrip(t, Messages, samples...)
	msgtabletest.Truncate(t, Messages, samples...)
}

func FuzzMessages(f *testing.F) { msgtabletest.Fuzz(f, Messages, samples...) }

// unhex turns hexadecimal digits with spaces, and text in quotes, into bytes.
func unhex(t *testing.T, s string) []byte {
	t.Helper()
	var out []byte
	for n, part := range strings.Split(s, `"`) {
		if n%2 == 1 {
			out = append(out, part...)
			continue
		}
		b, err := hex.DecodeString(strings.ReplaceAll(part, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, b...)
	}
	return out
}

func TestWireBytes(t *testing.T) {
	for _, tc := range []struct {
		m    wire.Message
		body string
		odd  bool // not what this package would write
	}{
		{m: &Init{0x092cc58e, 1, 1, 1, 0, 10, 0x0011b241, 0x02ffe000},
			body: `8e c5 2c 09 01 00 00 00 01 00 00 00 01 00 00 00 00 00 00 00 0a 00 00 00 41 b2 11 00 00 e0 ff 02`},
		{m: &MouseMode{3, 1}, body: `03 00 01 00`},
		{m: &MouseModeRequest{MouseClient}, body: `02 00`},
		{m: &Name{"QEMU 7.2.22"}, body: `0c 00 00 00 "QEMU 7.2.22" 00`},
		{m: &Name{""}, body: `00 00 00 00`, odd: true},
		{m: &Name{"vm"}, body: `02 00 00 00 "vm"`, odd: true},
		{m: &Name{"vm"}, body: `06 00 00 00 "vm" 00 "x" 00 00`, odd: true},
		{m: &DstInfo{Port: 5929, Host: "127.0.0.1"}, odd: true, // -1 for no port
			body: `29 17 ff ff 0a 00 00 00 14 00 00 00 00 00 00 00 00 00 00 00 "127.0.0.1" 00`},
		{m: &DstInfo{5931, 5932, "dest.example", "C=IL,O=Acme,CN=dest"},
			body: `2b 17 2c 17 0d 00 00 00 14 00 00 00 14 00 00 00 21 00 00 00 "dest.example" 00 "C=IL,O=Acme,CN=dest" 00`},
		{m: &MigrateBeginSeamless{DstInfo{Port: 5929, Host: "127.0.0.1"}, 1},
			body: `29 17 00 00 0a 00 00 00 18 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 "127.0.0.1" 00`},
	} {
		body := unhex(t, tc.body)
		got := zero(tc.m)
		if err := wire.Unmarshal(body, got); err != nil {
			t.Errorf("%s: %v", tc.body, err)
		}
		if d := cmp.Diff(tc.m, got); d != "" {
			t.Errorf("%s: %s", tc.body, d)
		}
		if out := wire.Marshal(tc.m); !tc.odd && !bytes.Equal(out, body) {
			t.Errorf("%+v: wrote %x", tc.m, out)
		}
	}
}

// zero returns an empty message of the type of m.
func zero(m wire.Message) wire.Message {
	switch m.(type) {
	case *Init:
		return new(Init)
	case *MouseMode:
		return new(MouseMode)
	case *MouseModeRequest:
		return new(MouseModeRequest)
	case *Name:
		return new(Name)
	case *DstInfo:
		return new(DstInfo)
	}
	return new(MigrateBeginSeamless)
}

func TestBadDestination(t *testing.T) {
	for name, tc := range map[string]struct {
		body string
		want error
	}{
		"no host":       {`29 17 00 00 0a 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00`, errNoHost},
		"empty host":    {`29 17 00 00 01 00 00 00 14 00 00 00 00 00 00 00 00 00 00 00 00`, errNoHost},
		"host outside":  {`29 17 00 00 0a 00 00 00 ff 00 00 00 00 00 00 00 00 00 00 00`, wire.ErrOffset},
		"host too long": {`29 17 00 00 ff ff ff ff 14 00 00 00 00 00 00 00 00 00 00 00 "x" 00`, wire.ErrCount},
		"long subject":  {`29 17 00 00 02 00 00 00 14 00 00 00 09 00 00 00 14 00 00 00 "x" 00`, wire.ErrCount},
	} {
		if err := wire.Unmarshal(unhex(t, tc.body), new(DstInfo)); !errors.Is(err, tc.want) {
			t.Errorf("%s: got %v, want %v", name, err, tc.want)
		}
	}
}

func TestUUIDString(t *testing.T) {
	id := UUID{[16]byte{0x12, 0x3e, 0x45, 0x67, 0xe8, 0x9b, 0x12, 0xd3, 0xa4, 0x56, 0x42, 0x66, 0x14, 0x17, 0x40, 0x00}}
	if got := id.String(); got != "123e4567-e89b-12d3-a456-426614174000" {
		t.Errorf("got %s", got)
	}
	if got := new(UUID).String(); got != "" {
		t.Errorf("no UUID is %s", got)
	}
}
