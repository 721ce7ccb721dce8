package agent

import (
	"bytes"
	"context"
	"testing"
	"time"

	"saffron/spice/wire"
)

// benchPair is a pair with an agent that is ready, outside of a bubble.
func benchPair(b *testing.B) *pair {
	b.Helper()
	p := &pair{local: &testLocal{}}
	p.Agent = New(Options{Out: p, Local: p.local})
	p.guest = newGuest(p)
	b.Cleanup(func() { p.Close() })
	p.guest.Connect()
	for p.guest.Say(msgAnnounce, wire.Marshal(&announce{Caps: linuxCaps})) != nil {
		time.Sleep(time.Millisecond) // until the stream is open
	}
	return p
}

// BenchmarkToGuest answers the guest with 100 MB, by ten tokens.
func BenchmarkToGuest(b *testing.B) {
	p := benchPair(b)
	data := make([]byte, 100_000_000)
	p.local.has(Clipboard, data)
	got := make(chan int, 1)
	p.on = func(m *received) {
		if m.typ == msgClipboard {
			got <- len(m.body)
		}
		p.mu.Lock()
		p.got = nil
		p.mu.Unlock()
	}
	_ = p.Grab(Clipboard, []Format{PNG})
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		p.guest.Say(msgRequest, wire.Marshal(&request{full, Clipboard, PNG}))
		if n := <-got; n != len(data)+maxHead {
			b.Fatal(n)
		}
	}
}

// BenchmarkFromGuest asks the guest for 100 MB.
func BenchmarkFromGuest(b *testing.B) {
	p := benchPair(b)
	body := wire.Marshal(&content{request{full, Clipboard, PNG}, make([]byte, 100_000_000)})
	p.on = func(m *received) {
		if m.typ == msgRequest {
			go p.guest.Say(msgClipboard, body)
		}
	}
	p.guest.Say(msgGrab, wire.Marshal(&grab{full, Clipboard, 0, []Format{PNG}}))
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		data, err := p.Request(context.Background(), Clipboard, PNG)
		if err != nil || !bytes.Equal(data[:1], []byte{0}) {
			b.Fatal(err)
		}
	}
}
