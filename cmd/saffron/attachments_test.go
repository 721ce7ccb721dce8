package main

import (
	"bytes"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"saffron/channels/port"
	"saffron/spice"
	"saffron/spice/wire"
)

func quietApp() *app {
	return &app{in: os.Stdin, out: io.Discard, errs: io.Discard, log: slog.New(slog.DiscardHandler)}
}

func TestSplitMode(t *testing.T) {
	for arg, want := range map[string]struct {
		path     string
		readOnly bool
	}{
		"dir": {"dir", false}, "dir:ro": {"dir", true}, "dir:rw": {"dir", false}, "a:b": {"a:b", false}, "x:ro:rw": {"x:ro", false},
	} {
		if path, ro := splitMode(arg); path != want.path || ro != want.readOnly {
			t.Errorf("%s: %s, %v", arg, path, ro)
		}
	}
}

// TestAttachPolicy takes away what is not allowed.
func TestAttachPolicy(t *testing.T) {
	dir := t.TempDir()
	no := false
	strict := &policyRules{}
	strict.Files.Folders, strict.USB.Disks = &[]string{realPath(dir)}, &no
	p := &policy{rules: []*policyRules{strict}}
	for _, tc := range []struct {
		f  guestFlags
		ok bool
	}{
		{guestFlags{}, true},
		{guestFlags{share: dir + ":ro"}, true},
		{guestFlags{share: filepath.Join(dir, "below")}, true},
		{guestFlags{share: filepath.Dir(dir)}, false},
		{guestFlags{cds: []string{"x.iso"}}, false},
		{guestFlags{disks: []string{"x.img:ro"}}, false},
	} {
		if err := tc.f.obey(p); (err == nil) != tc.ok {
			t.Errorf("%+v: %v", tc.f, err)
		}
		if err := tc.f.obey(nil); err != nil {
			t.Errorf("%+v without a policy: %v", tc.f, err)
		}
	}
}

// TestNoImage refuses what cannot be a disk.
func TestNoImage(t *testing.T) {
	dir := t.TempDir()
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none"), dir, empty, os.DevNull} {
		if b, err := openUSB(quietApp(), nil, []string{path}, true, nil); err == nil {
			b.close()
			t.Errorf("%s is taken", path)
		} else if !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if s, err := openSharing(quietApp(), empty, false); err == nil {
		s.close()
		t.Error("a file is shared as a folder")
	}
}

// TestImageTwice lets two read an image, and one write it.
func TestImageTwice(t *testing.T) {
	if lockImage(nil, true) == nil {
		t.Skip("images are not locked here")
	}
	path := filepath.Join(t.TempDir(), "image")
	if err := os.WriteFile(path, make([]byte, 1024), 0o600); err != nil {
		t.Fatal(err)
	}
	open := func(arg string) (*usbBus, error) { return openUSB(quietApp(), nil, []string{arg}, false, nil) }
	first, err := open(path + ":ro")
	if err != nil {
		t.Fatal(err)
	}
	second, err := open(path + ":ro")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := open(path); err == nil {
		b.close()
		t.Error("it is written while others read it")
	}
	first.close()
	second.close()
	only, err := open(path)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := open(path + ":ro"); err == nil {
		b.close()
		t.Error("it is read while another writes it")
	}
	only.close()
}

func TestBridgeFlags(t *testing.T) {
	dir := t.TempDir()
	for _, args := range [][]string{{"x"}, {"=stdio"}, {"x=file:y"}, {"x=stdio", "x=stdio"}, {"x=stdio", "y=stdio"}, {"x=tcp:no:such:port"}, {"x=unix:" + dir}} {
		all, err := openBridges(quietApp(), args)
		for _, b := range all {
			b.close()
		}
		if err == nil {
			t.Errorf("%q is taken", args)
		}
	}
	path := filepath.Join(dir, "socket")
	for range 2 { // what is left of the first is replaced
		all, err := openBridges(quietApp(), []string{"x=unix:" + path, "y=tcp::0"})
		if err != nil {
			t.Fatal(err)
		}
		if host, _, _ := net.SplitHostPort(all[1].l.Addr().String()); host != "127.0.0.1" {
			t.Errorf("others can reach %s", host)
		}
		if again, err := openBridges(quietApp(), []string{"x=unix:" + path}); err == nil {
			again[0].close()
			t.Error("two listen at one socket")
		}
		all[0].l.(*net.UnixListener).SetUnlinkOnClose(false)
		all[0].close()
		all[1].close()
	}
}

// A deafServer takes what is sent to a port.
type deafServer struct{ got chan []byte }

func (s *deafServer) Caps() spice.Caps { return spice.Caps{} }
func (s *deafServer) Send(_ uint16, m wire.Encoder) error {
	s.got <- wire.Marshal(m)
	return nil
}

// TestBridgeSessions joins a socket with a port over two sessions.
func TestBridgeSessions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	all, err := openBridges(quietApp(), []string{"x=unix:" + path})
	if err != nil {
		t.Fatal(err)
	}
	b := all[0]
	ctx := t.Context()
	go b.serve(ctx)
	defer b.close()
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(10 * time.Second))
	for session := range 2 {
		server := &deafServer{make(chan []byte, 10)}
		h, err := port.New(port.Options{Out: server, Named: true, Open: bridgePorts(all)})
		if err != nil {
			t.Fatal(err)
		}
		h.Handle(spice.Message{Type: port.MsgInit, Body: wire.Marshal(&port.Init{Name: "x"})})
		if p, opened, _ := b.state(); p == nil || opened {
			t.Error("the state is wrong")
		}
		conn.Write([]byte("to the guest"))
		if got := <-server.got; string(got) != "to the guest" {
			t.Errorf("session %d: %q", session, got)
		}
		h.Handle(spice.Message{Type: port.MsgData, Body: []byte("from the guest")})
		got := make([]byte, 14)
		if _, err := io.ReadFull(conn, got); err != nil || !bytes.Equal(got, []byte("from the guest")) {
			t.Errorf("session %d: %q, %v", session, got, err)
		}
		h.Close()
		for p, _, change := b.state(); p != nil; p, _, change = b.state() {
			<-change
		}
	}
	other, _ := port.New(port.Options{Out: &deafServer{}, Named: true, Open: bridgePorts(all)})
	if err := other.Handle(spice.Message{Type: port.MsgInit, Body: wire.Marshal(&port.Init{Name: "y"})}); err == nil {
		t.Error("a port that nobody asked for is kept")
	}
}

// stuckWriter takes nothing until it is closed.
type stuckWriter chan struct{}

func (w stuckWriter) Write(p []byte) (int, error) { <-w; return len(p), nil }

// TestBridgeSlowEnd has a session end while the local end takes nothing: when it
// does again, the next session's port is still there.
func TestBridgeSlowEnd(t *testing.T) {
	b := newBridge(quietApp(), "x")
	stuck := make(stuckWriter)
	b.setLocal(stuck)
	session := func() *port.Handler {
		h, err := port.New(port.Options{Out: &deafServer{make(chan []byte, 10)}, Named: true, Open: bridgePorts([]*bridge{b})})
		if err != nil {
			t.Fatal(err)
		}
		h.Handle(spice.Message{Type: port.MsgInit, Body: wire.Marshal(&port.Init{Name: "x"})})
		return h
	}
	first := session()
	old, _, _ := b.state()
	end := &bridgeEnd{bridge: b, port: old, queue: make(chan []byte, 1), done: make(chan struct{})}
	end.queue <- []byte("late")
	ended := make(chan struct{})
	go func() { defer close(ended); end.pump() }()
	end.Close()
	first.Close()
	for p, _, change := b.state(); p != nil; p, _, change = b.state() {
		<-change
	}
	defer session().Close()
	close(stuck)
	<-ended
	if p, _, _ := b.state(); p == nil || p == old {
		t.Error("the port of the second session is forgotten")
	}
}

func TestLeavingReader(t *testing.T) {
	left := false
	r := &leavingReader{strings.NewReader("abc\x1ddef"), func() { left = true }}
	got, err := io.ReadAll(r)
	if string(got) != "abc" || err != nil || !left {
		t.Errorf("%q, %v, left %v", got, err, left)
	}
}
