package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice/wire"
)

// TestGrabLayouts: the messages have the fields that both sides announced.
func TestGrabLayouts(t *testing.T) {
	for _, tc := range []struct {
		caps Caps
		l    layout
	}{
		{newCaps(CapClipboard), layout{}},
		{newCaps(CapClipboard, CapClipboardSelection), layout{selection: true}},
		{newCaps(CapClipboard, CapClipboardGrabSerial), layout{serial: true}},
		{linuxCaps, full},
	} {
		bubble(t, func(t *testing.T) {
			p := pairOf(t, Options{})
			p.greeted(t, tc.caps)
			p.local.has(Clipboard, []byte("text"))
			_ = p.Grab(Clipboard, []Format{Text, PNG})
			err := p.Grab(Primary, []Format{Text})
			want := []received{message1(msgGrab, &grab{tc.l, Clipboard, 0, []Format{Text, PNG}})}
			if tc.l.selection {
				want = append(want, message1(msgGrab, &grab{tc.l, Primary, 0, []Format{Text}}))
			}
			if (err == nil) != tc.l.selection || err != nil && !errors.Is(err, ErrNoSelection) {
				t.Errorf("primary: %v", err)
			}
			p.expect(t, want...)
			p.say(t, msgRequest, &request{tc.l, Clipboard, Text})
			p.expect(t, message1(msgClipboard, &content{request{tc.l, Clipboard, Text}, []byte("text")}))
			_ = p.Release(Clipboard)
			p.expect(t, message1(msgRelease, &release{tc.l, Clipboard}))
			_ = p.Release(Clipboard)
			p.expect(t)
		})
	}
	// The bytes themselves, as the protocol has them.
	if b := wire.Marshal(&grab{full, Primary, 5, []Format{Text}}); !bytes.Equal(b, []byte{1, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0}) {
		t.Errorf("grab: % x", b)
	}
}

// TestNoClipboard: an agent that shares none is told of none.
func TestNoClipboard(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		_ = p.Grab(Clipboard, []Format{Text})
		p.greeted(t, newCaps(CapReply))
		if err := p.Grab(Clipboard, []Format{Text}); !errors.Is(err, ErrNotAgent) {
			t.Errorf("got %v", err)
		}
		p.expect(t)
		p.say(t, msgGrab, &grab{Formats: []Format{Text}})
		p.local.expect(t)
	})
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{Local: noLocal})
		p.greeted(t, linuxCaps)
		p.guest.Say(msgGrab, make([]byte, 12))
		p.guest.Say(msgRequest, make([]byte, 8))
		p.guest.Say(msgClipboard, make([]byte, 8))
		p.guest.Say(msgRelease, make([]byte, 4))
		p.expect(t)
	})
}

// TestGrabSerials: of two who grab at once the client wins; a grab that lost is
// dropped, and the counters stay in step.
func TestGrabSerials(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		guest := func(serial uint32) { p.say(t, msgGrab, &grab{full, Clipboard, serial, []Format{Text}}) }
		client := func(serial uint32) {
			t.Helper()
			_ = p.Grab(Clipboard, []Format{PNG})
			p.expect(t, message1(msgGrab, &grab{full, Clipboard, serial, []Format{PNG}}))
		}
		guest(0)
		p.local.expect(t, "offered clipboard [text]")
		client(1)
		guest(1) // crossed ours
		p.local.expect(t)
		guest(2)
		p.local.expect(t, "offered clipboard [text]")
		client(3)
		client(4)
		guest(5)
		guest(5) // twice
		p.local.expect(t, "offered clipboard [text]")
		guest(6)
		p.local.expect(t, "offered clipboard [text]")
		client(7)
		p.guest.Disconnect()
		p.guest.Connect()
		synctest.Wait()
		p.say(t, msgAnnounce, &announce{0, linuxCaps})
		got := p.heard() // serials begin anew, and this side still holds it
		if want := message1(msgGrab, &grab{full, Clipboard, 0, []Format{PNG}}); !bytes.Equal(got[len(got)-1].body, want.body) {
			t.Errorf("the new agent was told %v", got)
		}
	})
}

// TestGrabsFold: what was not sent yet is replaced by what came after it.
func TestGrabsFold(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.guest.Hold = true
		for range 100 {
			_ = p.Grab(Clipboard, []Format{Text})
			synctest.Wait()
		}
		_ = p.Release(Clipboard)
		_ = p.Grab(Clipboard, []Format{PNG})
		sent := len(p.heard())
		p.guest.Grant(100)
		rest := p.heard()
		last := message1(msgGrab, &grab{full, Clipboard, uint32(sent + len(rest) - 1), []Format{PNG}})
		if sent > 10 || len(rest) > 2 || !bytes.Equal(rest[len(rest)-1].body, last.body) {
			t.Errorf("%d sent, then %v", sent, rest)
		}
	})
}

// TestGuestGrabCancels: a grab of ours that was not sent yet when the guest
// grabs is not sent any more, or both would wait for each other.
func TestGuestGrabCancels(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.guest.Hold = true
		for len(p.heard()) > 0 || p.Agent.tokens > 0 {
			_ = p.Grab(Primary, []Format{Text})
		}
		_ = p.Grab(Primary, []Format{Text}) // begun, and without a token
		synctest.Wait()
		_ = p.Grab(Clipboard, []Format{Text})
		p.say(t, msgGrab, &grab{full, Clipboard, 0, []Format{PNG}})
		p.local.expect(t, "offered clipboard [PNG]")
		p.guest.Grant(10)
		for _, m := range p.heard() {
			if m.body[0] != byte(Primary) {
				t.Errorf("sent %v", m)
			}
		}
		if err := p.Release(Clipboard); err != nil {
			t.Error(err)
		}
		p.expect(t)
	})
}

// TestRequests asks the guest in every way that it may answer.
func TestRequests(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{MaxClipboard: 1000})
		ctx := t.Context()
		ask := func(f Format) *outcome[[]byte] { return p.request(ctx, Clipboard, f) }
		give := func(f Format, data string) {
			p.say(t, msgClipboard, &content{request{full, Clipboard, f}, []byte(data)})
		}
		check := func(o *outcome[[]byte], data string, err error) {
			t.Helper()
			if !o.ended() || string(o.value) != data || !errors.Is(o.err, err) {
				t.Errorf("got %q, %v, want %q, %v", o.value, o.err, data, err)
			}
		}
		check(ask(Text), "", ErrNoAgent)
		p.greeted(t, linuxCaps)
		check(ask(Text), "", ErrNotHeld)
		p.say(t, msgGrab, &grab{full, Clipboard, 0, []Format{Text, PNG}})
		check(ask(BMP), "", ErrNotHeld)
		if _, err := p.Request(ctx, 3, Text); !errors.Is(err, ErrNoSelection) {
			t.Errorf("a fourth selection: %v", err)
		}

		o := ask(Text)
		p.expect(t, message1(msgRequest, &request{full, Clipboard, Text}))
		second := ask(PNG)
		p.expect(t) // one at a time
		give(PNG, "late, and of another request")
		p.say(t, msgClipboard, &content{request{full, Primary, Text}, []byte("of another selection")})
		if o.ended() {
			t.Error("a wrong answer was taken")
		}
		give(Text, "a\r\nb\x00\x00")
		check(o, "a\r\nb", nil)
		p.expect(t, message1(msgRequest, &request{full, Clipboard, PNG}))
		give(None, "")
		check(second, "", ErrNoData)

		o = ask(PNG)
		o.ended()
		give(PNG, "")
		check(o, "", ErrNoData)

		o = ask(PNG)
		o.ended()
		p.guest.Say(msgClipboard, make([]byte, 1009))
		var large *TooLargeError
		if o.ended(); !errors.As(o.err, &large) || large.Size != 1001 || large.Limit != 1000 {
			t.Errorf("too large: %v", o.err)
		}

		o = ask(PNG)
		o.ended()
		p.say(t, msgGrab, &grab{full, Clipboard, 1, []Format{PNG}})
		check(o, "", ErrNotHeld)

		o = ask(PNG)
		o.ended()
		_ = p.Grab(Clipboard, []Format{Text})
		check(o, "", ErrNotHeld)
		p.say(t, msgGrab, &grab{full, Clipboard, 3, []Format{PNG}})

		o = ask(PNG)
		time.Sleep(requestTimeout - time.Second)
		if o.ended() {
			t.Error("too impatient")
		}
		time.Sleep(2 * time.Second)
		check(o, "", ErrTimeout)

		o = ask(PNG)
		o.ended()
		p.guest.Disconnect()
		check(o, "", ErrGone)
	})
}

// TestRequestContext: who asked may give up, also while waiting for its turn.
func TestRequestContext(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.say(t, msgGrab, &grab{full, Clipboard, 0, []Format{PNG}})
		ctx, cancel := context.WithCancel(t.Context())
		one, two := p.request(ctx, Clipboard, PNG), p.request(ctx, Clipboard, PNG)
		if one.ended() || two.ended() {
			t.Fatal("ended by itself")
		}
		cancel()
		if !one.ended() || !two.ended() || !errors.Is(one.err, context.Canceled) || !errors.Is(two.err, context.Canceled) {
			t.Errorf("%v, %v", one.err, two.err)
		}
		three := p.request(t.Context(), Clipboard, PNG)
		three.ended()
		p.say(t, msgClipboard, &content{request{full, Clipboard, PNG}, []byte("png")})
		if !three.ended() || string(three.value) != "png" {
			t.Errorf("%q, %v", three.value, three.err)
		}
	})
}

// TestLargeFromGuest: content that keeps coming is waited for, progress is told.
func TestLargeFromGuest(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.say(t, msgGrab, &grab{full, Clipboard, 0, []Format{PNG}})
		o := p.request(t.Context(), Clipboard, PNG)
		o.ended()
		want := bytes.Repeat([]byte("picture "), 3<<17) // 3 MiB
		body := wire.Marshal(&content{request{full, Clipboard, PNG}, want})
		all := append(appendHeader(nil, msgClipboard, uint32(len(body))), body...)
		for len(all) > 0 {
			n := min(1<<18, len(all))
			p.guest.SayRaw(all[:n])
			all = all[n:]
			time.Sleep(requestTimeout - time.Second)
		}
		if !o.ended() || !bytes.Equal(o.value, want) {
			t.Fatalf("%d bytes, %v", len(o.value), o.err)
		}
		if marks := p.local.marks; len(marks) < 5 || marks[len(marks)-1] != fmt.Sprintf("clipboard false %d/%[1]d", len(body)) {
			t.Errorf("progress: %q", marks)
		}
	})
}

// TestAnswers answers the guest in every way.
func TestAnswers(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{MaxClipboard: 1000})
		p.greeted(t, linuxCaps)
		none := message1(msgClipboard, &content{request: request{full, Clipboard, PNG}})
		want := func() { p.say(t, msgRequest, &request{full, Clipboard, PNG}) }
		want() // this side holds nothing
		p.expect(t, none)
		_ = p.Grab(Clipboard, []Format{PNG, Text})
		p.heard()
		p.say(t, msgRequest, &request{full, Clipboard, BMP})
		p.expect(t, message1(msgClipboard, &content{request: request{full, Clipboard, BMP}}))
		p.local.expect(t)

		want()
		p.local.expect(t, "wanted clipboard PNG")
		answer := p.local.answer(t, Clipboard)
		want() // waits for its turn
		p.local.expect(t)
		p.expect(t)
		answer([]byte("picture"), nil)
		answer([]byte("again"), nil)
		p.expect(t, message1(msgClipboard, &content{request{full, Clipboard, PNG}, []byte("picture")}))
		p.local.expect(t, "wanted clipboard PNG")
		p.local.answer(t, Clipboard)(nil, errors.New("it is gone"))
		p.expect(t, none)

		want()
		synctest.Wait()
		p.local.answer(t, Clipboard)(make([]byte, 1001), nil)
		p.expect(t, none)
		want()
		synctest.Wait()
		p.local.answer(t, Clipboard)(nil, nil)
		p.expect(t, none)

		want() // nobody answers
		synctest.Wait()
		late := p.local.answer(t, Clipboard)
		time.Sleep(answerTimeout + time.Second)
		p.expect(t, none)
		late([]byte("late"), nil)
		p.expect(t)

		want() // the guest grabs meanwhile
		synctest.Wait()
		p.say(t, msgGrab, &grab{full, Clipboard, 1, []Format{Text}})
		p.local.answer(t, Clipboard)([]byte("old"), nil)
		p.expect(t, none)
	})
}

// TestAnswersAreBounded: a guest that asks without end, and takes nothing, makes
// no memory fill.
func TestAnswersAreBounded(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.local.has(Clipboard, []byte("text"))
		_ = p.Grab(Clipboard, []Format{Text})
		p.heard()
		p.guest.Hold = true
		for i := range 10_000 {
			p.say(t, msgRequest, &request{full, Selection(i % 3), Format(i % 5)})
		}
		synctest.Wait()
		p.mu0(func() {
			if n := len(p.queue); n > 3 {
				t.Errorf("%d messages wait", n)
			}
			for _, s := range p.held {
				if len(s.asked) > maxAsked {
					t.Errorf("%d requests wait", len(s.asked))
				}
			}
		})
		p.guest.Hold = false
		p.guest.Grant(5)
		if got := p.heard(); len(got) < 3*maxAsked-3 || len(got) > 3*maxAsked+10 {
			t.Errorf("%d answers", len(got))
		}
	})
}

// TestReleases of agents that release before each grab, and of those that do
// not.
func TestReleases(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.say(t, msgRelease, &release{full, Clipboard})
		p.local.expect(t)
		p.say(t, msgGrab, &grab{full, Clipboard, 0, []Format{Text}})
		p.say(t, msgRelease, &release{full, Clipboard})
		p.local.expect(t, "offered clipboard [text]", "withdrawn clipboard")
		p.say(t, msgRelease, &release{full, Clipboard})
		_ = p.Grab(Clipboard, []Format{Text})
		p.say(t, msgRelease, &release{full, Clipboard})
		p.local.expect(t)
		p.say(t, msgGrab, &grab{full, Clipboard, 2, []Format{Text}})
		p.say(t, msgGrab, &grab{full, Clipboard, 3, nil}) // nothing that we know
		p.local.expect(t, "offered clipboard [text]", "withdrawn clipboard")
	})
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		caps := newCaps(CapClipboard, CapClipboardSelection)
		l := layout{selection: true}
		p.greeted(t, caps)
		grabs := func() { p.say(t, msgGrab, &grab{l, Clipboard, 0, []Format{Text}}) }
		releases := func() { p.say(t, msgRelease, &release{l, Clipboard}) }
		grabs()
		p.local.expect(t, "offered clipboard [text]")
		releases()
		time.Sleep(releaseDelay - time.Millisecond)
		grabs()
		time.Sleep(time.Second)
		p.local.expect(t, "offered clipboard [text]")
		releases()
		releases()
		p.local.expect(t)
		time.Sleep(releaseDelay)
		p.local.expect(t, "withdrawn clipboard")
		grabs()
		releases()
		_ = p.Grab(Clipboard, []Format{Text}) // ours: what the guest had is gone anyway
		time.Sleep(time.Second)
		p.local.expect(t, "offered clipboard [text]")
		grabs()
		releases()
		p.guest.Disconnect()
		time.Sleep(time.Second)
		p.local.expect(t, "offered clipboard [text]", "withdrawn clipboard")
	})
}

// TestLineEnds of guests with CR LF and of others, both ways.
func TestLineEnds(t *testing.T) {
	for _, crlf := range []bool{false, true} {
		bubble(t, func(t *testing.T) {
			p := pairOf(t, Options{})
			caps := slices.Clone(linuxCaps)
			own, guest := []byte("a\nb\r\n\nc\x00"), []byte("a\nb\r\n\nc")
			back := "a\r\nb\nc"
			if crlf {
				caps[0] |= 1 << CapLineEndCRLF
				guest, back = []byte("a\r\nb\r\n\r\nc"), "a\nb\nc"
			}
			if runtime.GOOS == "windows" {
				t.Skip("has line ends of its own")
			}
			p.greeted(t, caps)
			p.local.has(Primary, own)
			_ = p.Grab(Primary, []Format{Text})
			p.heard()
			p.say(t, msgRequest, &request{full, Primary, Text})
			p.expect(t, message1(msgClipboard, &content{request{full, Primary, Text}, guest}))
			p.say(t, msgGrab, &grab{full, Primary, 1, []Format{Text}})
			o := p.request(t.Context(), Primary, Text)
			o.ended()
			p.say(t, msgClipboard, &content{request{full, Primary, Text}, []byte("a\r\nb\nc\x00\x00")})
			if !o.ended() || string(o.value) != back {
				t.Errorf("got %q, %v, want %q", o.value, o.err, back)
			}
		})
	}
	if got := fromGuest([]byte("a\xffb\x00c\x00"), true); string(got) != "a\uFFFDb\x00c" {
		t.Errorf("%q", got)
	}
}

// TestTextGrowsOverLimit: the limit counts for what is sent, too.
func TestTextGrowsOverLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{MaxClipboard: 100})
		caps := slices.Clone(linuxCaps)
		caps[0] |= 1 << CapLineEndCRLF
		p.greeted(t, caps)
		p.local.has(Clipboard, bytes.Repeat([]byte("\n"), 51))
		_ = p.Grab(Clipboard, []Format{Text})
		p.heard()
		p.say(t, msgRequest, &request{full, Clipboard, Text})
		p.expect(t, message1(msgClipboard, &content{request: request{full, Clipboard, None}}))
		p.SetMaxClipboard(102)
		p.expect(t, message1(msgMaxClipboard, &maxClipboard{102}))
		p.say(t, msgRequest, &request{full, Clipboard, Text})
		p.expect(t, message1(msgClipboard, &content{request{full, Clipboard, Text}, bytes.Repeat([]byte("\r\n"), 51)}))
		p.SetMaxClipboard(102)
		p.expect(t)
		p.SetMaxClipboard(-1)
		p.expect(t, message1(msgMaxClipboard, &maxClipboard{-1}))
		if p.MaxClipboard() != maxUint31-maxHead {
			t.Error(p.MaxClipboard())
		}
	})
}

// TestSelectionsStandAlone: what happens to one does not touch the others.
func TestSelectionsStandAlone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		p := pairOf(t, Options{})
		p.greeted(t, linuxCaps)
		p.say(t, msgGrab, &grab{full, Primary, 0, []Format{Text}})
		p.say(t, msgGrab, &grab{full, Clipboard, 0, []Format{Text}})
		a, b := p.request(t.Context(), Primary, Text), p.request(t.Context(), Clipboard, Text)
		a.ended()
		p.say(t, msgClipboard, &content{request{full, Clipboard, Text}, []byte("clipboard")})
		p.say(t, msgClipboard, &content{request{full, Primary, Text}, []byte("primary")})
		if !a.ended() || !b.ended() || string(a.value) != "primary" || string(b.value) != "clipboard" {
			t.Errorf("%q %v, %q %v", a.value, a.err, b.value, b.err)
		}
		_ = p.Grab(Secondary, []Format{Text})
		p.guest.Disconnect()
		p.local.expect(t, "offered primary [text]", "offered clipboard [text]", "withdrawn clipboard", "withdrawn primary")
	})
}

func TestNamesOfClipboards(t *testing.T) {
	got := fmt.Sprint(Clipboard, Primary, Secondary, Selection(9), None, Text, FileList, Format(77), &TooLargeError{1500000, 1 << 20})
	if want := "clipboard primary secondary selection 9 none text file list format 77 the clipboard has 1.5 MB, more than the limit of 1.0 MB"; got != want {
		t.Errorf("%s", got)
	}
}
