package spice_test

import (
	"testing"

	"saffron/spice"
	"saffron/spice/spicetest"
)

// flood links to a server that sends messages of size bytes for ever.
func flood(b *testing.B, size int) *spice.Conn {
	body := text(make([]byte, size))
	s := &spicetest.Server{Channels: []spice.ChannelID{displayID}, Handler: func(c *spicetest.Channel) error {
		for c.Send(testMsg, body) == nil {
		}
		return nil
	}}
	b.Cleanup(s.Close)
	c, err := spice.Connect(b.Context(), displayID, s.SessionID(), nil, optionsFor(s))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

func benchmarkNext(b *testing.B, size int) {
	c := flood(b, size)
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		m, err := c.Next()
		if err != nil {
			b.Fatal(err)
		}
		m.Free()
	}
}

func BenchmarkNextSmall(b *testing.B) { benchmarkNext(b, 60) }
func BenchmarkNextLarge(b *testing.B) { benchmarkNext(b, 8<<20) }

func BenchmarkSend(b *testing.B) {
	s := new(spicetest.Server)
	b.Cleanup(s.Close)
	c := connect(b, s)
	b.Cleanup(func() { c.Close() })
	body := &spice.Ping{ID: 1}
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Send(testMsg, body); err != nil {
			b.Fatal(err)
		}
	}
}
