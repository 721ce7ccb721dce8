package spicetest

import (
	"bytes"
	"encoding/binary"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"saffron/spice"
	"saffron/spice/wire"
)

// goodLink is the link message of main with one word of each capability set.
func goodLink() []byte {
	return []byte("REDQ\x02\x00\x00\x00\x02\x00\x00\x00\x1a\x00\x00\x00" +
		"\x00\x00\x00\x00\x01\x00\x01\x00\x00\x00\x01\x00\x00\x00\x12\x00\x00\x00\x0b\x00\x00\x00\x0f\x00\x00\x00")
}

// exchange sends bytes to a server and returns all that it answers.
func exchange(t *testing.T, send []byte) []byte {
	t.Helper()
	s := new(Server)
	defer s.Close()
	c, err := s.DialContext(t.Context(), "tcp", "vm:1")
	if err != nil {
		t.Fatal(err)
	}
	c.Write(send)
	go func() {
		synctest.Wait() // the server has answered, or waits for more
		c.(*pipeConn).CloseWrite()
	}()
	got, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	return got
}

// TestBadLinks expects the code of each mistake that a client can make.
func TestBadLinks(t *testing.T) {
	change := func(at int, with string) []byte {
		b := goodLink()
		copy(b[at:], with)
		return b
	}
	for name, tc := range map[string]struct {
		send []byte
		code spice.LinkCode
	}{
		"magic":        {change(0, "RED?"), spice.LinkInvalidMagic},
		"web browser":  {[]byte("GET / HTTP/1.1\r\n\r\n"), spice.LinkInvalidMagic},
		"version":      {change(4, "\x03"), spice.LinkVersionMismatch},
		"small":        {change(12, "\x11"), spice.LinkInvalidData},
		"large":        {change(12, "\x01\x10"), spice.LinkInvalidData},
		"words":        {change(16+6, "\xff\xff\xff\xff"), spice.LinkInvalidData},
		"more words":   {change(16+10, "\x02"), spice.LinkInvalidData},
		"words' place": {change(16+14, "\xff"), spice.LinkInvalidData},
	} {
		synctest.Test(t, func(t *testing.T) {
			got := exchange(t, tc.send)
			if want := replyHeader(errorReply(tc.code)); !bytes.Equal(got, want) {
				t.Errorf("%s: got % .24x, want code %d", name, got, tc.code)
			}
		})
	}
}

// TestTicketErrors looks at the link result.
func TestTicketErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		mechanism uint32
		code      spice.LinkCode
	}{
		"not RSA": {spice.CapAuthSpice, spice.LinkPermissionDenied},
		"SASL":    {spice.CapAuthSASL, spice.LinkInvalidData},
	} {
		synctest.Test(t, func(t *testing.T) {
			send := binary.LittleEndian.AppendUint32(goodLink(), tc.mechanism)
			got := exchange(t, append(send, make([]byte, keyBits/8)...))
			if code := binary.LittleEndian.Uint32(got[len(got)-4:]); spice.LinkCode(code) != tc.code {
				t.Errorf("%s: result %d, want %d", name, code, tc.code)
			}
		})
	}
}

// TestCutLinks stops in each byte of the client's half: the server must end.
func TestCutLinks(t *testing.T) {
	whole := binary.LittleEndian.AppendUint32(goodLink(), spice.CapAuthSpice)
	reply := len(replyHeader(okReply(spice.Caps{Common: new(Server).commonCaps()})))
	for n := range whole {
		synctest.Test(t, func(t *testing.T) {
			want := 0
			if n >= len(goodLink()) {
				want = reply
			}
			if got := exchange(t, whole[:n]); len(got) != want {
				t.Errorf("cut at %d: %d bytes of answer, want %d", n, len(got), want)
			}
		})
	}
}

// TestLog: what a server's owner should know is logged, ordinary ends are not.
func TestLog(t *testing.T) {
	for name, tc := range map[string]struct {
		send wire.Encoder
		want string
	}{
		"client leaves": {nil, ""},
		"too large":     {make(bytesBody, 1<<20), "servers take"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var log strings.Builder
			s := &Server{Log: slog.New(slog.NewTextHandler(&log, nil))}
			c := connect(t, s, mainID)
			if tc.send != nil {
				c.Send(testMsg, tc.send)
			}
			c.Close()
			synctest.Wait()
			s.Close()
			if got := log.String(); !strings.Contains(got, tc.want) || (tc.want == "") != (got == "") {
				t.Errorf("%s: the log is %q, want %q", name, got, tc.want)
			}
		})
	}
}

// TestAckOfNothing: a client that acknowledges what it did not get is wrong.
func TestAckOfNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan error, 1)
		s := &Server{Handler: func(c *Channel) error {
			c.SetAck(3)
			for {
				if _, err := c.Recv(); err != nil {
					got <- err
					return err
				}
			}
		}}
		defer s.Close()
		c := connect(t, s, mainID)
		defer c.Close()
		c.Send(spice.MsgcAck, nil) // of an earlier generation: harmless
		c.Send(spice.MsgcAckSync, &spice.AckSync{Generation: 1})
		c.Send(spice.MsgcAck, nil)
		if err := <-got; !strings.Contains(err.Error(), "not sent") {
			t.Errorf("got %v", err)
		}
	})
}

// TestListForms compares the bytes of a list with what real servers send.
func TestListForms(t *testing.T) {
	sub := []spice.Outgoing{{Type: 5, Body: bytesBody{0}}, {Type: 105, Body: bytesBody{1, 2}}}
	want := []byte{2, 0, 18, 0, 0, 0, 10, 0, 0, 0,
		105, 0, 12, 0, 0, 0, 1, 2,
		5, 0, 10, 0, 0, 0, 0}
	if got := wire.Marshal(listBody(sub)); !slices.Equal(got, want) {
		t.Errorf("got  % x\nwant % x", got, want)
	}
}
