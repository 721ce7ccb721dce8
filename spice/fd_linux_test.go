package spice_test

import (
	"encoding/binary"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"saffron/spice"
	"saffron/spice/spicetest"
)

const msgGLScanoutUnix = 320

// scanout is the body of a scanout; only its fourcc counts here.
func scanout(fourcc uint32) text {
	return text(binary.LittleEndian.AppendUint32(make([]byte, 12), fourcc)) + "\x01\x00\x00\x00"
}

// descriptors counts the open descriptors of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

// settled waits until as many descriptors are open as before: the other end
// of a connection closes in its own time.
func settled(t *testing.T, before int) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for descriptors(t) > before {
		if time.Now().After(deadline) {
			t.Fatalf("%d descriptors are open, before there were %d", descriptors(t), before)
		}
		time.Sleep(time.Millisecond)
	}
}

// note is an open file with a text.
func note(t *testing.T, s string) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "note")
	if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// overSocket runs client against a display channel on a real unix socket, and
// fails the test if a descriptor is left open.
func overSocket(t *testing.T, server func(*spicetest.Channel) error, client func(*spice.Conn)) {
	t.Helper()
	warm, err := net.Listen("unix", filepath.Join(t.TempDir(), "warm")) // the poller's own descriptors
	if err != nil {
		t.Fatal(err)
	}
	warm.Close()
	before := descriptors(t)
	path := filepath.Join(t.TempDir(), "socket")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := &spicetest.Server{Channels: []spice.ChannelID{displayID}, Handler: server}
	go s.Serve(l)
	c, err := spice.Connect(t.Context(), displayID, s.SessionID(), nil, &spice.Options{Target: spice.Target{Socket: path}})
	if err != nil {
		t.Fatal(err)
	}
	client(c)
	c.Close()
	s.Close()
	settled(t, before)
}

// expectText checks what is in a file, nil standing for "none", and closes it.
func expectText(t *testing.T, f *os.File, want string) {
	t.Helper()
	got := "none"
	if f != nil {
		b, err := io.ReadAll(io.NewSectionReader(f, 0, 100))
		if err != nil {
			t.Fatal(err)
		}
		got = string(b)
		f.Close()
	}
	if got != want {
		t.Errorf("the descriptor is of %q, want %q", got, want)
	}
}

// TestFiles passes descriptors with some messages and not with others, so fast
// that several are read at once.
func TestFiles(t *testing.T) {
	one, two := note(t, "one"), note(t, "two")
	overSocket(t, func(c *spicetest.Channel) error {
		c.Send(testMsg, text("before"))
		c.SendFile(msgGLScanoutUnix, scanout(1), one)
		c.SendFile(msgGLScanoutUnix, scanout(1), nil)
		c.SendFile(msgGLScanoutUnix, scanout(1), two)
		c.Send(msgGLScanoutUnix, scanout(0))
		c.SendFile(msgGLScanoutUnix, scanout(1), one)
		c.Send(testMsg, text("after"))
		_, err := c.Recv()
		return err
	}, func(c *spice.Conn) {
		time.Sleep(20 * time.Millisecond)
		for _, want := range []string{"none", "one", "none", "two", "none", "one", "none"} {
			m, err := c.Next()
			if err != nil {
				t.Fatal(err)
			}
			expectText(t, m.TakeFile(), want)
			expectText(t, m.TakeFile(), "none") // it is taken once
		}
	})
}

// TestFilesLeft leaves descriptors in every place where they can be.
func TestFilesLeft(t *testing.T) {
	f := note(t, "text")
	send := func(n int) func(*spicetest.Channel) error {
		return func(c *spicetest.Channel) error {
			for range n {
				c.SendFile(msgGLScanoutUnix, scanout(1), f)
			}
			_, err := c.Recv()
			return err
		}
	}
	t.Run("not taken", func(t *testing.T) {
		overSocket(t, send(100), func(c *spice.Conn) {
			for range 100 {
				if _, err := c.Next(); err != nil {
					t.Fatal(err)
				}
			}
		})
	})
	t.Run("not read", func(t *testing.T) {
		overSocket(t, send(100), func(c *spice.Conn) {
			if _, err := c.Next(); err != nil {
				t.Fatal(err)
			}
		})
	})
	t.Run("taken after Close", func(t *testing.T) {
		overSocket(t, send(2), func(c *spice.Conn) {
			m, err := c.Next()
			if err != nil {
				t.Fatal(err)
			}
			c.Close()
			expectText(t, m.TakeFile(), "none")
		})
	})
	t.Run("the message is broken", func(t *testing.T) {
		overSocket(t, func(c *spicetest.Channel) error {
			c.SendFile(msgGLScanoutUnix, scanout(1), f)
			c.SendRaw([]byte{64, 1, 20})
			return nil
		}, func(c *spice.Conn) {
			if _, err := c.Next(); err != nil {
				t.Fatal(err)
			}
			if _, err := c.Next(); err == nil {
				t.Error("a message is cut short, and Next is content")
			}
		})
	})
	t.Run("no byte behind the message", func(t *testing.T) {
		overSocket(t, func(c *spicetest.Channel) error {
			return c.Send(msgGLScanoutUnix, scanout(1))
		}, func(c *spice.Conn) {
			if m, err := c.Next(); err == nil {
				t.Errorf("got %v", m)
			}
		})
	})
	t.Run("many for no message", func(t *testing.T) {
		overSocket(t, func(c *spicetest.Channel) error {
			for range 50 { // each is the first byte of a header, of type 256
				c.SendFile(msgGLScanoutUnix, scanout(0), f)
				c.SendRaw(append([]byte{1, 20, 0, 0, 0}, make([]byte, 20)...))
			}
			_, err := c.Recv()
			return err
		}, func(c *spice.Conn) {
			for range 100 {
				m, err := c.Next()
				if err != nil {
					t.Fatal(err)
				}
				expectText(t, m.TakeFile(), "none")
			}
		})
	})
}
