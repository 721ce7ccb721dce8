package agent

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice/wire"
)

// bubble runs a test with a clock of its own, in which everything that a pair
// starts has to end.
func bubble(t *testing.T, f func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, f)
}

// TestAnnouncement: the stream is opened and announced once for each agent, and
// nothing else is sent before the agent has said what it can do.
func TestAnnouncement(t *testing.T) {
	bubble(t, func(t *testing.T) {
		var states []bool
		p := pairOf(t, Options{})
		p.o.Changed = func() { states = append(states, p.Connected(), p.Ready()) }
		mine := message1(msgAnnounce, &announce{1, Caps{0x35076}})
		_ = p.Grab(Clipboard, []Format{Text})
		p.expect(t)
		for range 2 { // the second time without having been seen to go
			p.guest.Connect()
			p.expect(t, mine)
			if !p.Connected() || p.Ready() || p.Caps() != nil || p.Has(CapReply) {
				t.Error("an agent that has said nothing is known")
			}
			p.say(t, msgAnnounce, &announce{0, Caps{1<<CapMaxClipboard | 1<<CapDisplayConfig | 1<<CapClipboard}})
			if !p.Ready() || !p.Has(CapClipboard) || p.Has(CapReply) {
				t.Error("what the agent can do is not known")
			}
			p.expect(t, message1(msgDisplayConfig, new(displayConfig)), message1(msgMaxClipboard, &maxClipboard{DefaultMaxClipboard}),
				message1(msgGrab, &grab{Formats: []Format{Text}}))
		}
		p.say(t, msgAnnounce, &announce{1, Caps{1 << CapReply}}) // it has begun anew behind the same port
		p.expect(t, message1(msgAnnounce, &announce{0, p.own}))
		if !p.Has(CapReply) || p.Has(CapClipboard) {
			t.Error("the capabilities are not replaced")
		}
		p.guest.Disconnect()
		synctest.Wait()
		if p.Connected() || p.Ready() || p.Caps() != nil {
			t.Error("an agent that has gone is there")
		}
		if want := []bool{true, false, true, true, true, false, true, true, false, false}; !slices.Equal(states, want) {
			t.Errorf("told of %v, want %v", states, want)
		}
	})
}

// TestOwnCapabilities: with a clipboard they are those of the reference, without
// one nothing is said of it.
func TestOwnCapabilities(t *testing.T) {
	if c := ownCaps(true); !slices.Equal(c, Caps{0x00035076}) {
		t.Errorf("%08x", c)
	}
	if c := ownCaps(false); !slices.Equal(c, Caps{0x5016}) {
		t.Errorf("%08x", c)
	}
	names := Caps{1<<CapReply | 1<<31, 1}.Names()
	if want := []string{"reply", "cap-31", "cap-32"}; !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

// TestLooks: what the desktop leaves out is said once.
func TestLooks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal, Looks: Looks{NoWallpaper: true, NoAnimation: true, Depth: 16}})
		p.guest.Connect()
		p.heard()
		p.say(t, msgAnnounce, &announce{0, newCaps(CapDisplayConfig, CapMaxClipboard)})
		p.expect(t, message1(msgDisplayConfig, &displayConfig{1 | 4 | 8, 16}))
	})
}

// TestTokens: never more pieces than tokens, whole messages in pieces as servers
// take them, and nothing lost.
func TestTokens(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		text := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
		p.local.has(Clipboard, text)
		_ = p.Grab(Clipboard, []Format{Text})
		p.heard()
		p.guest.Hold = true
		p.say(t, msgRequest, &request{full, Clipboard, Text})
		var got []received
		for range 100 { // the rest of the window, then one at a time: pair watches that none is too many
			if got = p.heard(); len(got) > 0 {
				break
			}
			p.guest.Grant(1)
		}
		want := message1(msgClipboard, &content{request{full, Clipboard, Text}, text})
		if len(got) != 1 || !bytes.Equal(got[0].body, want.body) {
			t.Errorf("got %d messages", len(got))
		}
	})
}

// TestStuck: an agent that takes nothing is noticed after half a minute, nobody
// waits for it then, and it may wake up.
func TestStuck(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.guest.Hold = true
		p.say(t, msgGrab, &grab{full, Clipboard, 0, []Format{Text}})
		for range 10 {
			p.SetMonitors([]Monitor{{Width: 100, Height: 100 + 2*len(p.heard()), Enabled: true}})
			_ = p.Grab(Primary, []Format{Text})
			synctest.Wait()
		}
		p.heard()
		time.Sleep(stuckAfter - time.Second)
		if p.Stuck() {
			t.Error("stuck too early")
		}
		time.Sleep(2 * time.Second)
		synctest.Wait()
		if !p.Stuck() {
			t.Fatal("not stuck")
		}
		if _, err := p.Request(t.Context(), Clipboard, Text); !errors.Is(err, ErrStuck) {
			t.Errorf("a request: %v", err)
		}
		if err := p.SendFile(t.Context(), "a", 0, nil, nil); !errors.Is(err, ErrStuck) {
			t.Errorf("a file: %v", err)
		}
		p.guest.Grant(5)
		synctest.Wait()
		if p.Stuck() {
			t.Error("stuck for ever")
		}
	})
}

// TestIdleIsNotStuck: an agent that has no tokens but also nothing to take.
func TestIdleIsNotStuck(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		p.guest.Hold, p.guest.Window = true, 1
		p.greeted(t, linuxCaps) // costs the one
		time.Sleep(2 * stuckAfter)
		if p.Stuck() {
			t.Error("stuck")
		}
	})
}

// TestGoesInTheMiddle: an agent goes while it is sent something long; the next
// one gets nothing of that.
func TestGoesInTheMiddle(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.local.has(Clipboard, make([]byte, 1<<20))
		_ = p.Grab(Clipboard, []Format{PNG})
		p.heard()
		p.guest.Hold = true
		p.say(t, msgRequest, &request{full, Clipboard, PNG})
		p.heard()
		p.guest.Hold = false
		for range 2 {
			p.guest.Disconnect()
			p.greeted(t, linuxCaps)
			p.expect(t)
		}
		p.say(t, msgRequest, &request{full, Clipboard, PNG})
		if got := p.heard(); len(got) != 1 || len(got[0].body) != 1<<20+8 {
			t.Errorf("the next agent got %d messages", len(got))
		}
		p.local.mu.Lock()
		defer p.local.mu.Unlock()
		if marks := p.local.marks; !slices.Contains(marks, "clipboard true -1/1048576") || marks[len(marks)-1] != "clipboard true 1048576/1048576" {
			t.Errorf("progress: %q", marks)
		}
	})
}

// TestPieces: messages of the agent are put together however they were cut.
func TestPieces(t *testing.T) {
	for cut := 1; cut < 70; cut++ {
		bubble(t, func(t *testing.T) {
			p := pairOf(t, Options{})
			p.greeted(t, linuxCaps)
			var b []byte
			for i := range uint32(3) {
				body := wire.Marshal(&grab{full, Clipboard, i, []Format{Text, Format(i + 2)}})
				b = append(appendHeader(b, msgGrab, uint32(len(body))), body...)
				b = appendHeader(b, 99, 0)
			}
			for len(b) > 0 {
				n := min(cut, len(b))
				p.Data(bytes.Clone(b[:n]))
				b = b[n:]
			}
			p.local.expect(t, "offered clipboard [text PNG]", "offered clipboard [text BMP]", "offered clipboard [text TIFF]")
		})
	}
}

// TestGarbage: what is no message is skipped, and what follows is not.
func TestGarbage(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.guest.SayRaw(bytes.Repeat([]byte{7}, 3000))         // another protocol
		p.guest.Say(msgGrab, make([]byte, maxBody+1))         // too large
		p.guest.Say(msgRequest, []byte{1, 2})                 // too short
		p.guest.Say(msgFileStatus, nil)                       // likewise
		p.guest.Say(msgClipboard, make([]byte, 100_000))      // not asked for
		p.say(t, msgRequest, &request{full, 3, Text})         // no such selection
		p.say(t, msgRelease, &release{full, 200})             // likewise
		p.say(t, msgGrab, &grab{full, 77, 0, []Format{Text}}) // likewise
		p.say(t, msgGrab, &grab{full, Clipboard, 0, []Format{99, Text, Text, 0}})
		p.local.expect(t, "offered clipboard [text]")
		p.expect(t)
		if cap(p.in.body) > 0 {
			t.Errorf("%d bytes are kept", cap(p.in.body))
		}
	})
}

// TestGrantsAgain: a session does not run out of pieces that it lets the server
// send.
func TestGrantsAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.mu0(func() { p.received = grantAgain - 1 })
		p.say(t, msgReply, &reply{2, 1})
		synctest.Wait()
		if p.grantDue != 0 || p.received != 0 {
			t.Errorf("granted: %d due, %d received", p.grantDue, p.received)
		}
	})
}

func (p *pair) mu0(f func()) {
	p.Agent.mu.Lock()
	defer p.Agent.mu.Unlock()
	f()
}

// TestClosed: after the end nothing works and nothing waits.
func TestClosed(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.say(t, msgGrab, &grab{full, Primary, 0, []Format{PNG}})
		p.local.expect(t, "offered primary [PNG]")
		asked := p.request(t.Context(), Primary, PNG)
		sent := start(func() (int, error) { return 0, p.SendFile(t.Context(), "f", 3, nil, nil) })
		awaited := start(func() (int, error) {
			q := pairOf(t, Options{})
			defer time.AfterFunc(time.Second, func() { q.Close() }).Stop()
			return 0, q.Await(t.Context())
		})
		if asked.ended() || sent.ended() {
			t.Fatal("something ended by itself")
		}
		p.Close()
		if !asked.ended() || !sent.ended() || !errors.Is(asked.err, ErrClosed) || !errors.Is(sent.err, ErrClosed) {
			t.Errorf("request: %v, file: %v", asked.err, sent.err)
		}
		p.local.expect(t, "withdrawn primary")
		time.Sleep(2 * time.Second)
		if !awaited.ended() || !errors.Is(awaited.err, ErrClosed) {
			t.Errorf("wait: %v", awaited.err)
		}
		p.Data([]byte("x"))
		p.Tokens(1)
		p.Connect(true, 10)
		if p.Connected() || !errors.Is(p.Grab(Clipboard, nil), ErrClosed) || !errors.Is(p.Release(Clipboard), ErrClosed) ||
			!errors.Is(p.SetMonitors(nil), ErrClosed) {
			t.Error("it works after the end")
		}
	})
}

// TestAwait returns when the agent is ready, or with the context.
func TestAwait(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := p.Await(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
		o := start(func() (int, error) { return 0, p.Await(t.Context()) })
		p.greeted(t, linuxCaps)
		if !o.ended() || o.err != nil {
			t.Errorf("ready: %v", o.err)
		}
	})
}
