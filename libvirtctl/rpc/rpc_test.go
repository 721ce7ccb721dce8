package rpc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"saffron/libvirtctl/internal/xdr"
)

func noError(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// replyTo makes the reply to a call.
func replyTo(h header, status uint32, body []byte) []byte {
	h.kind, h.status = typeReply, status
	return h.packet(body)
}

// wrap makes a client of one end of a pipe and gives the other.
func wrap(t *testing.T) (*Client, net.Conn) {
	t.Helper()
	near, far := net.Pipe()
	c := New(near, func(uint32, []byte) {})
	t.Cleanup(func() { c.Close(); far.Close() })
	return c, far
}

// serve answers the calls that come over a connection, in order, each by a
// function.
func serve(t *testing.T, far net.Conn, answers ...func(h header, body []byte) []byte) {
	t.Helper()
	go func() {
		for _, answer := range answers {
			h, body, err := readPacket(far)
			if err != nil {
				return
			}
			if _, err := far.Write(answer(h, body)); err != nil {
				return
			}
		}
	}()
}

func good(words ...uint32) func(header, []byte) []byte {
	return func(h header, _ []byte) []byte {
		var w xdr.Writer
		for _, v := range words {
			w.U32(v)
		}
		return replyTo(h, statusOK, w.Data())
	}
}

func refusing(code uint32, message string) []byte {
	var w xdr.Writer
	w.U32(code)
	w.U32(7)
	w.OptString(message)
	w.U32(2)
	return w.Data()
}

func TestOpen(t *testing.T) {
	for _, tt := range []struct {
		name  string
		o     OpenOptions
		args  string
		alive uint32
	}{
		{"named", OpenOptions{Name: "qemu:///system"}, "\x00\x00\x00\x01\x00\x00\x00\x0eqemu:///system\x00\x00\x00\x00\x00\x00", 0},
		{"read-only", OpenOptions{Name: "test", ReadOnly: true}, "\x00\x00\x00\x01\x00\x00\x00\x04test\x00\x00\x00\x01", 1},
		{"chosen", OpenOptions{}, "\x00\x00\x00\x00\x00\x00\x00\x00", 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, far := wrap(t)
			var args []byte
			serve(t, far, good(1, authNone), good(tt.alive), func(h header, body []byte) []byte {
				args = body
				return replyTo(h, statusOK, nil)
			})
			alive, err := c.Open(t.Context(), tt.o)
			noError(t, err)
			if string(args) != tt.args || alive != (tt.alive != 0) {
				t.Errorf("CONNECT_OPEN with %q, want %q; keepalive %v", args, tt.args, alive)
			}
		})
	}
}

// failures are what a peer may answer to the first call, and what is then said.
var failures = []struct {
	name   string
	answer func(h header) []byte
	says   string
}{
	{"refused", func(h header) []byte { return replyTo(h, statusError, refusing(45, "who are you")) }, "who are you"},
	{"an error without reason", func(h header) []byte { return replyTo(h, statusError, make([]byte, 16)) }, "gives no reason"},
	{"an error cut short", func(h header) []byte { return replyTo(h, statusError, []byte{0, 0, 0}) }, "cannot be read"},
	{"4 GiB", func(h header) []byte { return bytes.Repeat([]byte{0xff}, 64) }, "packet of 4294967295 bytes"},
	{"too small", func(h header) []byte { return []byte{0, 0, 0, 27} }, "packet of 27 bytes"},
	{"a count that lies", func(h header) []byte { return replyTo(h, statusOK, []byte{0xff, 0xff, 0xff, 0xff}) }, "kinds of authentication"},
	{"another call", func(h header) []byte { h.serial++; return replyTo(h, statusOK, nil) }, "nobody made"},
	{"another procedure", func(h header) []byte { h.procedure++; return replyTo(h, statusOK, nil) }, "nobody made"},
	{"a call", func(h header) []byte { return h.packet(nil) }, "no server sends unasked"},
	{"a stream", func(h header) []byte { h.kind = typeStream; return h.packet(nil) }, "no server sends unasked"},
	{"descriptors over a pipe", func(h header) []byte { h.kind = typeReplyWithFiles; return h.packet([]byte{0, 0, 0, 1}) }, "cannot pass any"},
	{"too many descriptors", func(h header) []byte { h.kind = typeReplyWithFiles; return h.packet([]byte{1, 0, 0, 1}) }, "at most 32"},
	{"no number of descriptors", func(h header) []byte { h.kind = typeReplyWithFiles; return h.packet(nil) }, "how many"},
}

func TestFailures(t *testing.T) {
	for _, tt := range failures {
		t.Run(tt.name, func(t *testing.T) {
			c, far := wrap(t)
			serve(t, far, func(h header, _ []byte) []byte { return tt.answer(h) })
			_, err := c.Open(t.Context(), OpenOptions{Name: "qemu:///system"})
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%v; want %q", err, tt.says)
			}
		})
	}
}

// TestTruncated cuts an answer at every byte.
func TestTruncated(t *testing.T) {
	for cut := range headerSize + 8 {
		c, far := wrap(t)
		go func() {
			h, _, err := readPacket(far)
			if err == nil {
				far.Write(good(1, authNone)(h, nil)[:cut])
			}
			far.Close()
		}()
		_, err := c.Open(t.Context(), OpenOptions{})
		if err == nil {
			t.Fatalf("an answer of %d bytes will do", cut)
		}
		if cut > 0 && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("an answer of %d bytes: %v", cut, err)
		}
		<-c.Done()
	}
}

func TestSilence(t *testing.T) {
	c, far := wrap(t)
	go io.Copy(io.Discard, far)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Open(ctx, OpenOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a server that never answers: %v", err)
	}
}

func TestKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, far := wrap(t)
		c.KeepAlive(5*time.Second, 5)
		began := time.Now()
		var pings atomic.Int32
		go func() { // answers the first three
			for {
				h, _, err := readPacket(far)
				if err != nil {
					return
				}
				if h.program != programKeepAlive || h.procedure != keepAlivePing {
					continue
				}
				if pings.Add(1) <= 3 {
					far.Write(header{program: programKeepAlive, version: 1, procedure: keepAlivePong, kind: typeMessage}.packet(nil))
				}
			}
		}()
		<-c.Done()
		if d := time.Since(began); pings.Load() < 8 || d > 80*time.Second || !strings.Contains(c.Err().Error(), "silent") {
			t.Errorf("after %v and %d pings: %v", d, pings.Load(), c.Err())
		}
		far.Close()
		synctest.Wait()
	})
}

// TestPinged answers a ping of the daemon's.
func TestPinged(t *testing.T) {
	_, far := wrap(t)
	go far.Write(header{program: programKeepAlive, version: 1, procedure: keepAlivePing, kind: typeMessage}.packet(nil))
	h, _, err := readPacket(far)
	if err != nil || h.program != programKeepAlive || h.procedure != keepAlivePong {
		t.Errorf("the answer to a ping: %+v, %v", h, err)
	}
}

// TestConn is used as go-libvirt uses it: its login is answered here, and its
// calls go to the daemon, however they are cut.
func TestConn(t *testing.T) {
	c, far := wrap(t)
	conn := c.Conn()
	call := func(procedure uint32, serial int32) []byte {
		return header{program: programRemote, version: 1, procedure: procedure, serial: serial}.packet(nil)
	}
	for _, procedure := range []uint32{procAuthList, procOpen} {
		_, err := conn.Write(call(procedure, 1))
		noError(t, err)
		h, _, err := readPacket(conn)
		if err != nil || h.procedure != procedure || h.kind != typeReply {
			t.Fatalf("procedure %d: %+v, %v", procedure, h, err)
		}
	}
	c.Attached()
	serve(t, far, func(h header, _ []byte) []byte { return replyTo(h, statusError, refusing(42, "no such domain")) })
	for _, b := range call(23, 7) {
		_, err := conn.Write([]byte{b})
		noError(t, err)
	}
	h, body, err := readPacket(conn)
	if err != nil || h.serial != 7 || h.status != statusError || !strings.Contains(parseError(body).Error(), "no such domain") {
		t.Errorf("%+v, %q, %v", h, body, err)
	}
	far.Close()
	if _, _, err := readPacket(conn); !errors.Is(err, io.EOF) {
		t.Errorf("after the end: %v", err)
	}
}

// feed lets a peer say anything to a client that has made a call.
func feed(t *testing.T, said []byte) {
	c, far := wrap(t)
	conn := c.Conn()
	go io.Copy(io.Discard, far)
	_, err := conn.Write(header{program: programRemote, version: 1, procedure: 273, serial: 1}.packet(nil))
	noError(t, err)
	c.Attached()
	go func() {
		far.Write(said)
		far.Close()
	}()
	for {
		h, body, err := readPacket(conn)
		if err != nil {
			break
		}
		if h.serial != 1 || h.kind != typeReply || checkReply(273, h.status, body) != nil {
			t.Errorf("passed on: %+v %q", h, body)
		}
	}
	<-c.Done()
}

func FuzzFilter(f *testing.F) {
	h := header{program: programRemote, version: 1, procedure: 273, serial: 1}
	f.Add(replyTo(h, statusOK, make([]byte, 8)))
	f.Add(replyTo(h, statusError, refusing(1, "no")))
	for _, tt := range failures {
		f.Add(tt.answer(h))
	}
	f.Fuzz(feed)
}
