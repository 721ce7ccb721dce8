package spice_test

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

// bothHeaders runs test in a bubble with each form of header. handler is the
// server's side.
func bothHeaders(t *testing.T, handler func(*spicetest.Channel) error, test func(*testing.T, *spice.Conn)) {
	t.Helper()
	for _, noMini := range []bool{false, true} {
		t.Run(fmt.Sprintf("noMini=%v", noMini), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &spicetest.Server{NoMiniHeader: noMini, Handler: handler}
				defer s.Close()
				c := connect(t, s)
				defer c.Close()
				test(t, c)
			})
		})
	}
}

// next returns the next message, and fails the test if it is not of that type.
func next(t *testing.T, c *spice.Conn, typ uint16) spice.Message {
	t.Helper()
	m, err := c.Next()
	if err != nil || m.Type != typ {
		t.Fatalf("got %+v, %v; want type %d", m, err, typ)
	}
	return m
}

func wantProtocolError(t *testing.T, err error, want string) {
	t.Helper()
	var pe *spice.ProtocolError
	if !errors.As(err, &pe) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want a *ProtocolError that mentions %s", err, want)
	}
}

// TestAcks counts acknowledgements in windows, over a change of the window.
func TestAcks(t *testing.T) {
	type event struct {
		typ  uint16
		sent uint64 // messages that the server had sent by then
	}
	got := make(chan []event, 1)
	handler := func(c *spicetest.Channel) error {
		var events []event
		recv := func() {
			m, err := c.Recv()
			if err != nil {
				t.Error(err)
			}
			events = append(events, event{m.Type, c.Serial()})
		}
		c.Send(testMsg, nil) // before any window
		for _, window := range []uint32{3, 1} {
			c.SetAck(window)
			recv()
			for range 2 {
				for range window {
					c.Send(testMsg, nil)
				}
				recv()
			}
		}
		c.SetAck(0)
		recv()
		c.Send(testMsg, nil)
		got <- events
		return nil
	}
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		var last spice.Message
		for {
			m, err := c.Next()
			if errors.Is(err, spice.ErrServerClosed) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if m.Serial != last.Serial+1 {
				t.Errorf("serial %d after %d", m.Serial, last.Serial)
			}
			last = m
		}
		want := []event{{1, 2}, {2, 5}, {2, 8}, {1, 9}, {2, 10}, {2, 11}, {1, 12}}
		if events := <-got; !slices.Equal(events, want) {
			t.Errorf("got %v, want %v", events, want)
		}
	})
}

// TestAckSync echoes the generation.
func TestAckSync(t *testing.T) {
	handler := func(c *spicetest.Channel) error {
		for range 3 {
			c.SetAck(5)
			m, err := c.Recv()
			if err != nil {
				return err
			}
			c.Send(testMsg, text(m.Body))
		}
		return nil
	}
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		for i := range 3 {
			next(t, c, spice.MsgSetAck)
			if m := next(t, c, testMsg); binary.LittleEndian.Uint32(m.Body) != uint32(i+1) {
				t.Errorf("generation % x, want %d", m.Body, i+1)
			}
		}
	})
}

// TestPing sends the bandwidth test of main; the padding must not come back.
func TestPing(t *testing.T) {
	handler := func(c *spicetest.Channel) error {
		for i, padding := range []int{0, 1, 256000} {
			if err := c.Ping(uint32(i), padding); err != nil {
				return err
			}
			m, err := c.Recv()
			if err != nil {
				return err
			}
			if m.Type != spice.MsgcPong {
				t.Errorf("a ping was answered with type %d", m.Type)
			}
			c.Send(testMsg, text(m.Body))
		}
		return nil
	}
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		for i, padding := range []int{0, 1, 256000} {
			ping := next(t, c, spice.MsgPing)
			if len(ping.Body) != 12+padding {
				t.Fatalf("the ping has %d bytes", len(ping.Body))
			}
			pong := next(t, c, testMsg)
			if len(pong.Body) != 12 || !slices.Equal(pong.Body, ping.Body[:12]) {
				t.Errorf("pong %d: % x to % x", i, pong.Body, ping.Body[:12])
			}
		}
	})
}

// TestLists sends sub-messages, among them base messages that the link itself
// must answer.
func TestLists(t *testing.T) {
	sub := []spice.Outgoing{
		{Type: spice.MsgWaitForChannels, Body: &spice.WaitForChannels{Wait: []spice.ChannelSerial{{Channel: displayID, Serial: 4}}}},
		{Type: spice.MsgPing, Body: &spice.Ping{ID: 6}},
		{Type: 105, Body: text("items")},
	}
	handler := func(c *spicetest.Channel) error {
		for _, body := range []wire.Encoder{text("draw"), nil} {
			if err := c.SendList(sub, &spice.Outgoing{Type: 304, Body: body}); err != nil {
				return err
			}
			if m, err := c.Recv(); err != nil || m.Type != spice.MsgcPong {
				t.Errorf("the ping inside was answered with %+v, %v", m, err)
			}
		}
		return c.SendList(sub[2:], nil)
	}
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		for _, body := range []string{"draw", ""} {
			var types []uint16
			var last spice.Message
			for last.Type != 304 {
				m, err := c.Next()
				if err != nil {
					t.Fatal(err)
				}
				if m.Type == 105 && (!strings.HasPrefix(string(m.Body), "items") || m.Serial != 0) {
					t.Errorf("the sub-message is %+v", m)
				}
				if m.Type != spice.MsgList {
					types = append(types, m.Type)
				}
				last = m
			}
			if want := []uint16{5, 4, 105, 304}; !slices.Equal(types, want) {
				t.Errorf("types %v, want %v", types, want)
			}
			if !strings.HasPrefix(string(last.Body), body) {
				t.Errorf("the body is %q, want %q first", last.Body, body)
			}
		}
		next(t, c, 105)
		next(t, c, spice.MsgList)
	})
}

// TestBrokenMessages sends what must end the link for good.
func TestBrokenMessages(t *testing.T) {
	mini := func(typ uint16, size uint32, body string) string {
		b := binary.LittleEndian.AppendUint16(nil, typ)
		return string(binary.LittleEndian.AppendUint32(b, size)) + body
	}
	for name, tc := range map[string]struct{ raw, want string }{
		"4 GiB":               {mini(testMsg, 0xffffffff, ""), "4294967295"},
		"above the limit":     {mini(testMsg, 4<<20+1, ""), "the limit is 4194304"},
		"cut header":          {mini(testMsg, 5, "")[:3], "inside a message"},
		"cut body":            {mini(testMsg, 5, "1234"), "inside a message"},
		"no body":             {mini(testMsg, 5, ""), "inside a message"},
		"short SET_ACK":       {mini(spice.MsgSetAck, 7, "1234567"), "message 3: byte 4"},
		"short PING":          {mini(spice.MsgPing, 3, "123"), "message 4"},
		"short NOTIFY":        {mini(spice.MsgNotify, 24, strings.Repeat("\xff", 24)), "message 7"},
		"short DISCONNECTING": {mini(spice.MsgDisconnecting, 0, ""), "message 6"},
		"broken LIST":         {mini(spice.MsgList, 2, "\x01\x00"), "message 8: sub-message list"},
		"broken in LIST": {mini(spice.MsgList, 22, "\x02\x00\x0a\x00\x00\x00\x10\x00\x00\x00"+
			mini(testMsg, 0, "")+mini(spice.MsgSetAck, 0, "")), "message 3"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &spicetest.Server{Handler: func(c *spicetest.Channel) error {
					c.Send(testMsg, text("good"))
					return c.SendRaw([]byte(tc.raw))
				}}
				defer s.Close()
				c := connect(t, s)
				defer c.Close()
				next(t, c, testMsg)
				_, err := c.Next()
				wantProtocolError(t, err, tc.want)
				if _, again := c.Next(); again != err {
					t.Errorf("the error does not stick: %v", again)
				}
			})
		})
	}
}

// TestLastMessages come from a server that has gone before they were read, and
// before they were acknowledged.
func TestLastMessages(t *testing.T) {
	const count = 10
	handler := func(c *spicetest.Channel) error {
		c.SetAck(2)
		for range count {
			c.Send(testMsg, nil)
		}
		return c.Ping(1, 0)
	}
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		synctest.Wait()
		next(t, c, spice.MsgSetAck)
		for range count {
			next(t, c, testMsg)
		}
		next(t, c, spice.MsgPing)
		if _, err := c.Next(); !errors.Is(err, spice.ErrServerClosed) {
			t.Errorf("at the end: %v", err)
		}
		if err := c.Send(testMsg, nil); !errors.Is(err, spice.ErrServerClosed) {
			t.Errorf("Send: %v", err)
		}
	})
}

func TestUnknownMessagesPass(t *testing.T) {
	handler := func(c *spicetest.Channel) error {
		c.Send(9999, text("future"))
		return c.Send(testMsg, nil)
	}
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		next(t, c, 9999)
		next(t, c, testMsg)
	})
}

func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &spicetest.Server{Handler: func(c *spicetest.Channel) error {
			c.Send(spice.MsgNotify, &spice.Notify{Severity: 1, Text: "keyboard channel is insecure"})
			c.Send(spice.MsgNotify, &spice.Notify{Text: strings.Repeat("\x1b[2Jé", 1<<16)})
			return c.Send(spice.MsgDisconnecting, &spice.Disconnecting{Reason: spice.LinkFailed})
		}}
		defer s.Close()
		var log strings.Builder
		o := optionsFor(s)
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		c, err := spice.Connect(t.Context(), mainID, 0, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		next(t, c, spice.MsgNotify)
		next(t, c, spice.MsgNotify)
		next(t, c, spice.MsgDisconnecting)
		if len(log.String()) > 4096 || strings.Contains(log.String(), "\x1b") {
			t.Errorf("the log has %d bytes", log.Len())
		}
		if s := log.String(); !strings.Contains(s, "keyboard channel is insecure") || !strings.Contains(s, "general error") {
			t.Errorf("the log holds %s", s)
		}
	})
}

// TestClose closes from another goroutine while Next waits.
func TestClose(t *testing.T) {
	bothHeaders(t, nil, func(t *testing.T, c *spice.Conn) {
		time.AfterFunc(time.Hour, func() { c.Close() }) // an idle link has no time limit
		var err error
		if took := elapsed(func() { _, err = c.Next() }); took != time.Hour {
			t.Errorf("Next returned after %v: %v", took, err)
		}
		if !errors.Is(err, spice.ErrClosed) || !errors.Is(err, net.ErrClosed) {
			t.Errorf("Next: %v", err)
		}
		if err := c.Send(testMsg, nil); !errors.Is(err, spice.ErrClosed) {
			t.Errorf("Send: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Errorf("closing again: %v", err)
		}
	})
}

// TestStuckServer stops reading: Send must not wait for ever, and wake Next.
func TestStuckServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &spicetest.Server{Handler: func(c *spicetest.Channel) error {
			<-c.Context().Done()
			return nil
		}}
		defer s.Close()
		c := connect(t, s)
		defer c.Close()
		woken := make(chan error, 1)
		go func() {
			_, err := c.Next()
			woken <- err
		}()
		var err error
		took := elapsed(func() {
			for err == nil {
				err = c.Send(testMsg, text(make([]byte, 60_000)))
			}
		})
		if !errors.Is(err, spice.ErrLost) {
			t.Errorf("got %v, want spice.ErrLost", err)
		}
		if took != 30*time.Second {
			t.Errorf("after %v", took)
		}
		if again := c.Send(testMsg, nil); again != err {
			t.Errorf("the error does not stick: %v", again)
		}
		if err := <-woken; err == nil {
			t.Error("Next goes on")
		}
	})
}

func TestSendAfterServerClosed(t *testing.T) {
	handler := func(*spicetest.Channel) error { return nil }
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		synctest.Wait()
		if err := c.Send(testMsg, nil); !errors.Is(err, spice.ErrServerClosed) {
			t.Errorf("got %v", err)
		}
	})
}

// TestManySenders sends from many goroutines: messages must stay whole, those
// of SendAll together, and serials in order.
func TestManySenders(t *testing.T) {
	const senders, each = 20, 50
	done := make(chan error, 1)
	handler := func(c *spicetest.Channel) error {
		counts := map[string]int{}
		for i := range 2 * senders * each {
			m, err := c.Recv()
			if err != nil {
				done <- err
				return err
			}
			if want := uint16(testMsg + i%2); m.Type != want || m.Serial != uint64(i+1) {
				done <- fmt.Errorf("message %d: type %d, serial %d", i, m.Type, m.Serial)
				return nil
			}
			counts[string(m.Body)]++
		}
		for name, n := range counts {
			if n != 2*each {
				done <- fmt.Errorf("%q came %d times", name, n)
			}
		}
		close(done)
		return nil
	}
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		done = make(chan error, senders)
		var wg sync.WaitGroup
		for i := range senders {
			wg.Go(func() {
				body := text(strings.Repeat(string(rune('a'+i)), i))
				for range each {
					if err := c.SendAll(spice.Outgoing{Type: testMsg, Body: body}, spice.Outgoing{Type: testMsg + 1, Body: body}); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		for err := range done {
			t.Error(err)
		}
		if got := c.Stats(); got.Sent != 2*senders*each {
			t.Errorf("%d messages counted", got.Sent)
		}
	})
}

// A recorder is a Tap.
type recorder struct {
	mu   sync.Mutex
	list []string
}

func (r *recorder) add(dir string, id spice.ChannelID, f spice.Frame) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, fmt.Sprintf("%s %v %d %d %d", dir, id, f.Serial, f.Type, len(f.Body)))
}

func (r *recorder) Opened(id spice.ChannelID, _ spice.Caps, secure bool) {
	r.add(fmt.Sprintf("open secure=%v", secure), id, spice.Frame{})
}
func (r *recorder) Closed(id spice.ChannelID)                  { r.add("close", id, spice.Frame{}) }
func (r *recorder) Received(id spice.ChannelID, f spice.Frame) { r.add("S", id, f) }
func (r *recorder) Sent(id spice.ChannelID, f spice.Frame)     { r.add("C", id, f) }

// TestTap sees everything, in the order of each direction.
func TestTap(t *testing.T) {
	for _, noMini := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := &spicetest.Server{NoMiniHeader: noMini, Channels: []spice.ChannelID{inputsID}, Handler: func(c *spicetest.Channel) error {
				c.Recv()
				c.Ping(1, 100)
				c.Recv()
				return c.Send(testMsg, text("hello"))
			}}
			defer s.Close()
			var tap recorder
			o := optionsFor(s)
			o.Tap = &tap
			c, err := spice.Connect(t.Context(), inputsID, s.SessionID(), nil, o, spice.Outgoing{Type: 101, Body: text("init")})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			next(t, c, spice.MsgPing)
			next(t, c, testMsg)
			if _, err := c.Next(); err != spice.ErrServerClosed {
				t.Error(err)
			}
			c.Close() // is not told twice
			want := []string{"C inputs 1 101 4", "open secure=false inputs 0 0 0", "S inputs 1 4 112", "C inputs 2 3 12",
				"S inputs 2 101 5", "close inputs 0 0 0"}
			if !slices.Equal(tap.list, want) {
				t.Errorf("got  %q\nwant %q", tap.list, want)
			}
			header := uint64(6)
			if noMini {
				header = 18
			}
			if got, want := c.Stats(), (spice.Stats{2, 2, 2*header + 117, 2*header + 16}); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
}

// TestBodiesBelongToTheReceiver frees some and keeps others.
func TestBodiesBelongToTheReceiver(t *testing.T) {
	const n = 200
	handler := func(c *spicetest.Channel) error {
		for i := range n {
			c.Send(testMsg, text(strings.Repeat(string(rune('A'+i%50)), 1+i*31%5000)))
		}
		return nil
	}
	bothHeaders(t, handler, func(t *testing.T, c *spice.Conn) {
		kept := map[int]spice.Message{}
		for i := range n {
			m := next(t, c, testMsg)
			if i%3 == 0 {
				m.Free()
				m.Free() // harmless
				continue
			}
			kept[i] = m
		}
		for i, m := range kept {
			if string(m.Body) != strings.Repeat(string(rune('A'+i%50)), 1+i*31%5000) {
				t.Fatalf("the body of message %d has changed", i)
			}
		}
	})
}

// TestContextEndsWithConnect: a context of Connect must not end the link later.
func TestContextEndsWithConnect(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &spicetest.Server{Handler: func(c *spicetest.Channel) error {
			time.Sleep(time.Minute)
			return c.Send(testMsg, nil)
		}}
		defer s.Close()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		c, err := spice.Connect(ctx, mainID, 0, nil, optionsFor(s))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		cancel()
		next(t, c, testMsg)
	})
}
