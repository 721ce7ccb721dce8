// Package msgtabletest tests what holds for every message of a channel: that it
// survives a round trip, that no prefix of it is misread, and that no body at
// all makes its decoder fail otherwise than by an error.
//
// Samples are filled messages. Each is tried as every entry of the table whose
// constructor returns its type, and each entry with a constructor must find at
// least one.
package msgtabletest

import (
	"bytes"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"saffron/channels/msgtable"
	"saffron/spice/wire"
)

// equal takes a nil slice for an empty one: on the wire they are the same.
var equal = cmpopts.EquateEmpty()

// Distinct checks that no two entries share number and direction, and that
// names do not repeat in one direction.
func Distinct(t *testing.T, table msgtable.Table) {
	t.Helper()
	numbers, names := map[any]bool{}, map[any]bool{}
	for _, e := range table {
		number, name := [2]any{e.Type, e.FromServer}, [2]any{e.Name, e.FromServer}
		if numbers[number] || names[name] {
			t.Errorf("%s (%d, from the server: %v) is there twice", e.Name, e.Type, e.FromServer)
		}
		numbers[number], names[name] = true, true
	}
}

// RoundTrip checks that what is encoded is decoded the same.
func RoundTrip(t *testing.T, table msgtable.Table, samples ...wire.Message) {
	t.Helper()
	each(t, table, samples, func(t *testing.T, e msgtable.Entry, m wire.Message) {
		got := e.New()
		if err := wire.Unmarshal(wire.Marshal(m), got); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(m, got, equal); d != "" {
			t.Error(d)
		}
	})
}

// Truncate checks that a body cut short anywhere is either an error or, for
// messages that end with whatever is left, another message that encodes to
// just that body.
func Truncate(t *testing.T, table msgtable.Table, samples ...wire.Message) {
	t.Helper()
	each(t, table, samples, func(t *testing.T, e msgtable.Entry, m wire.Message) {
		body := wire.Marshal(m)
		for n := range body {
			short := e.New()
			if wire.Unmarshal(body[:n:n], short) == nil && !bytes.Equal(wire.Marshal(short), body[:n]) {
				t.Errorf("%d of %d bytes are taken for %+v", n, len(body), short)
			}
		}
	})
}

// Check decodes any body as the message with the given number and direction.
// If that goes well the result must survive a round trip.
func Check(t *testing.T, table msgtable.Table, typ uint16, fromServer bool, body []byte) {
	t.Helper()
	e, ok := table.Lookup(typ, fromServer)
	if !ok || e.New == nil {
		return
	}
	first := e.New()
	if wire.Unmarshal(body, first) != nil {
		return
	}
	again := e.New()
	if err := wire.Unmarshal(wire.Marshal(first), again); err != nil {
		t.Fatalf("%s: decoded, encoded, and now: %v\n%+v", e.Name, err, first)
	}
	if d := cmp.Diff(first, again, equal); d != "" {
		t.Fatalf("%s: %s", e.Name, d)
	}
}

// Fuzz feeds all decoders of the table with bodies that begin as the samples.
func Fuzz(f *testing.F, table msgtable.Table, samples ...wire.Message) {
	for _, e := range table {
		for _, m := range of(e, samples) {
			f.Add(e.Type, e.FromServer, wire.Marshal(m))
		}
	}
	f.Fuzz(func(t *testing.T, typ uint16, fromServer bool, body []byte) {
		Check(t, table, typ, fromServer, body)
	})
}

// each runs check as a subtest for every entry and every sample of its type.
func each(t *testing.T, table msgtable.Table, samples []wire.Message, check func(*testing.T, msgtable.Entry, wire.Message)) {
	t.Helper()
	for _, e := range table {
		if e.New == nil {
			continue
		}
		t.Run(e.Name, func(t *testing.T) {
			own := of(e, samples)
			if len(own) == 0 {
				t.Errorf("no sample of %T", e.New())
			}
			for _, m := range own {
				check(t, e, m)
			}
		})
	}
}

// of returns the samples that have the type of e.
func of(e msgtable.Entry, samples []wire.Message) []wire.Message {
	if e.New == nil {
		return nil
	}
	var own []wire.Message
	for _, m := range samples {
		if reflect.TypeOf(m) == reflect.TypeOf(e.New()) {
			own = append(own, m)
		}
	}
	return own
}
