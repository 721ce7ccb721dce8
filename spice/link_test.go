package spice_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice"
	"saffron/spice/spicetest"
)

func TestConnect(t *testing.T) {
	for _, noMini := range []bool{false, true} {
		for _, noSelection := range []bool{false, true} {
			t.Run(fmt.Sprintf("noMini=%v,noSelection=%v", noMini, noSelection), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { testConnect(t, noMini, noSelection) })
			})
		}
	}
}

func testConnect(t *testing.T, noMini, noSelection bool) {
	var seen *spicetest.Channel
	s := &spicetest.Server{
		Password: "secret", Session: 77, NoMiniHeader: noMini, NoAuthSelection: noSelection,
		Caps:     map[spice.ChannelType]spice.CapSet{spice.ChannelDisplay: {6, 1}},
		Channels: []spice.ChannelID{displayID},
		Handler: func(c *spicetest.Channel) error {
			seen = c
			m, err := c.Recv()
			if err != nil {
				return err
			}
			return c.Send(m.Type, text(m.Body))
		},
	}
	defer s.Close()
	first := spice.Outgoing{Type: testMsg, Body: text("hello")}
	c, err := spice.Connect(t.Context(), displayID, 77, spice.CapSet{5}, optionsFor(s), first)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if m, err := c.Next(); err != nil || m.Type != testMsg || string(m.Body) != "hello" {
		t.Errorf("got %+v, %v", m, err)
	}
	if seen.ID != displayID || seen.ConnectionID != 77 || !seen.ClientCaps.Channel.Has(2) || seen.Mini() == noMini {
		t.Errorf("the server sees %+v", seen)
	}
	if !slices.Equal(c.Caps().Channel, spice.CapSet{6, 1}) || c.ID() != displayID || c.Secure() || c.RemoteAddr() == nil {
		t.Errorf("the client sees %+v of %v", c.Caps(), c.ID())
	}
	if _, err := c.Next(); !errors.Is(err, spice.ErrServerClosed) {
		t.Errorf("at the end: %v", err)
	}
}

func TestPasswords(t *testing.T) {
	full := strings.Repeat("p", spice.MaxPassword)
	for name, tc := range map[string]struct {
		server, client string
		ok             bool
		dials          int32
	}{
		"right":        {"secret", "secret", true, 1},
		"none":         {"", "", true, 1},
		"not needed":   {"", "secret", true, 1},
		"wrong":        {"secret", "Secret", false, 1},
		"prefix":       {"secret", "secre", false, 1},
		"missing":      {"secret", "", false, 1},
		"60 bytes":     {full, full, true, 1},
		"60 cut to 59": {full[1:], full, true, 2},
		"60 wrong":     {"secret", full, false, 2},
		"61 bytes":     {"secret", full + "p", false, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &spicetest.Server{Password: tc.server}
				defer s.Close()
				o := optionsFor(s)
				dial := &counted{next: s.DialContext}
				o.Dial, o.Target.Password = dial.dial, tc.client
				c, err := spice.Connect(t.Context(), mainID, 0, nil, o)
				if got := dial.calls.Load(); got != tc.dials {
					t.Errorf("dialled %d times, want %d", got, tc.dials)
				}
				if tc.ok {
					if err != nil {
						t.Fatal(err)
					}
					c.Close()
					return
				}
				le := wantLinkError(t, err, spice.StageAuthenticate)
				if local := len(tc.client) > spice.MaxPassword; !local && le.Code != spice.LinkPermissionDenied || le.Hint == "" {
					t.Errorf("code %d, hint %q", le.Code, le.Hint)
				}
				if tc.client != "" && strings.Contains(err.Error(), tc.client) {
					t.Errorf("the error shows the password: %v", err)
				}
			})
		})
	}
}

func TestTicket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &spicetest.Server{Password: "asked"}
		defer s.Close()
		o := optionsFor(s)
		o.Ticket = func(context.Context) (string, error) {
			time.Sleep(time.Hour) // a person's time does not count
			return "asked", nil
		}
		c, err := spice.Connect(t.Context(), mainID, 0, nil, o)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		gaveUp := errors.New("gave up")
		o.Ticket = func(context.Context) (string, error) { return "", gaveUp }
		_, err = spice.Connect(t.Context(), mainID, 0, nil, o)
		if le := wantLinkError(t, err, spice.StageAuthenticate); !errors.Is(le, gaveUp) {
			t.Errorf("got %v", err)
		}
	})
}

func TestRefusals(t *testing.T) {
	for code, stage := range map[spice.LinkCode]spice.Stage{
		spice.LinkFailed: spice.StageLink, spice.LinkInvalidMagic: spice.StageLink, spice.LinkVersionMismatch: spice.StageLink,
		spice.LinkNeedSecured: spice.StageLink, spice.LinkPermissionDenied: spice.StageAuthenticate,
		spice.LinkNoChannel: spice.StageChannel, 99: spice.StageLink,
	} {
		synctest.Test(t, func(t *testing.T) {
			s := &spicetest.Server{Refuse: func(spice.ChannelID) spice.LinkCode { return code }}
			defer s.Close()
			_, err := spice.Connect(t.Context(), mainID, 0, nil, optionsFor(s))
			if le := wantLinkError(t, err, stage); le.Code != code || le.Value != "vm:5900" {
				t.Errorf("code %d at %q, want %d", le.Code, le.Value, code)
			}
		})
	}
}

func TestChannelErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &spicetest.Server{Session: 5, Channels: []spice.ChannelID{displayID}}
		defer s.Close()
		_, err := spice.Connect(t.Context(), inputsID, 5, nil, optionsFor(s))
		le := wantLinkError(t, err, spice.StageChannel)
		if le.Channel != inputsID || !strings.Contains(err.Error(), "inputs") {
			t.Errorf("a channel that does not exist: %v", err)
		}
		_, err = spice.Connect(t.Context(), displayID, 6, nil, optionsFor(s))
		if le := wantLinkError(t, err, spice.StageChannel); le.Code != spice.LinkBadConnectionID {
			t.Errorf("another session's id: %v", err)
		}
	})
}

// TestAliens connects to what is no SPICE server.
func TestAliens(t *testing.T) {
	for banner, hint := range map[string]string{
		"RFB 003.008\n":                        "VNC",
		"SSH-2.0-OpenSSH_9.6\r\n":              "SSH",
		"HTTP/1.1 400 Bad Request\r\n\r\n":     "web",
		"\x15\x03\x03\x00\x02\x02\x16":         "spice+tls",
		"+OK":                                  "another service",
		"220 mail.example.com ESMTP ready\r\n": "another service",
	} {
		for _, hang := range []bool{false, true} {
			synctest.Test(t, func(t *testing.T) {
				o := &spice.Options{Target: spice.Target{Host: "vm", Port: 1}, Dial: script(func(c net.Conn) {
					c.Write([]byte(banner))
					if hang {
						drain(c)
					}
				})}
				_, err := spice.Connect(t.Context(), mainID, 0, nil, o)
				if le := wantLinkError(t, err, spice.StageLink); !strings.Contains(le.Hint, hint) {
					t.Errorf("%q: %v, hint %q", banner, err, le.Hint)
				}
			})
		}
	}
}

func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &spice.Options{Target: spice.Target{Host: "vm", Port: 1}, Dial: script(drain)}
		var err error
		took := elapsed(func() { _, err = spice.Connect(t.Context(), mainID, 0, nil, o) })
		if le := wantLinkError(t, err, spice.StageLink); took != 15*time.Second || le.Hint == "" {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// A limited connection writes n bytes, then closes or hangs.
type limited struct {
	net.Conn
	n    int
	hang bool
}

func (l *limited) Write(p []byte) (int, error) {
	n, err := l.Conn.Write(p[:min(len(p), l.n)])
	l.n -= n
	if n == len(p) || err != nil {
		return n, err
	}
	if l.hang {
		return len(p), nil // the server believes that all is well
	}
	l.Conn.Close()
	return n, io.ErrClosedPipe
}

// TestInterruptedHandshake stops the server at each byte that it sends up to
// the link result.
func TestInterruptedHandshake(t *testing.T) {
	const reply, total = 16 + 178 + 4, 16 + 178 + 4 + 4
	const timeout = 7 * time.Second
	for _, id := range []spice.ChannelID{mainID, displayID} {
		for n := range total {
			for _, hang := range []bool{false, true} {
				stage := spice.StageLink
				switch {
				case n >= reply:
					stage = spice.StageAuthenticate
				case n == 0 && !hang && id != mainID:
					stage = spice.StageChannel
				}
				synctest.Test(t, func(t *testing.T) {
					s := &spicetest.Server{Session: 9, Channels: []spice.ChannelID{displayID}}
					defer s.Close()
					o := optionsFor(s)
					o.LinkTimeout = timeout
					o.Dial = func(context.Context, string, string) (net.Conn, error) {
						client, server := spicetest.Pipe()
						go s.ServeConn(&limited{server, n, hang})
						return client, nil
					}
					var err error
					took := elapsed(func() { _, err = spice.Connect(t.Context(), id, 9, nil, o) })
					wantLinkError(t, err, stage)
					if want := map[bool]time.Duration{true: timeout}[hang]; took != want {
						t.Errorf("%v, %d bytes, hang %v: took %v, want %v", id, n, hang, took, want)
					}
				})
			}
		}
	}
}

// TestCancel ends the context at each step.
func TestCancel(t *testing.T) {
	reason := errors.New("changed my mind")
	hang := func(n int) spice.DialFunc {
		return func(context.Context, string, string) (net.Conn, error) {
			client, server := spicetest.Pipe()
			go new(spicetest.Server).ServeConn(&limited{server, n, true})
			return client, nil
		}
	}
	for name, tc := range map[string]struct {
		dial  spice.DialFunc
		tls   bool
		stage spice.Stage
	}{
		"connect": {func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, false, spice.StageConnect},
		"TLS":          {script(drain), true, spice.StageTLS},
		"link":         {hang(0), false, spice.StageLink},
		"reply":        {hang(100), false, spice.StageLink},
		"authenticate": {hang(16 + 178 + 4), false, spice.StageAuthenticate},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				time.AfterFunc(3*time.Second, func() { cancel(reason) })
				o := &spice.Options{Dial: tc.dial, Target: spice.Target{Host: "vm", Port: 5900}}
				if tc.tls {
					o.Target = spice.Target{Host: "vm", TLSPort: 5901}
				}
				var err error
				took := elapsed(func() { _, err = spice.Connect(ctx, mainID, 0, nil, o) })
				le := wantLinkError(t, err, tc.stage)
				if !errors.Is(err, reason) || took != 3*time.Second || le.Hint != "" {
					t.Errorf("after %v: %v, hint %q", took, err, le.Hint)
				}
			})
		})
	}
}

func TestConnectErrors(t *testing.T) {
	for name, tc := range map[string]struct {
		err   error
		stage spice.Stage
		want  string
	}{
		"name":    {&net.OpError{Op: "dial", Err: &net.DNSError{Name: "vm", IsNotFound: true}}, spice.StageResolve, "no such host"},
		"dns":     {&net.DNSError{Name: "vm", IsTimeout: true}, spice.StageResolve, "name server"},
		"refused": {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, spice.StageConnect, "refused"},
		"socket":  {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ENOENT)}, spice.StageConnect, "no such socket"},
		"other":   {&net.OpError{Op: "dial", Err: errors.New("odd")}, spice.StageConnect, "odd"},
		"own":     {&spice.LinkError{Stage: spice.StageResolve, Err: errors.New("no route"), Hint: "ask"}, spice.StageResolve, "no route"},
	} {
		o := &spice.Options{Target: spice.Target{Host: "vm", Port: 1}}
		o.Dial = func(context.Context, string, string) (net.Conn, error) { return nil, tc.err }
		_, err := spice.Connect(t.Context(), inputsID, 1, nil, o)
		le := wantLinkError(t, err, tc.stage)
		if !strings.Contains(err.Error(), tc.want) || le.Channel != inputsID {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConnectTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := &spice.Options{Target: spice.Target{Host: "vm", Port: 1}}
		o.Dial = func(ctx context.Context, _, _ string) (net.Conn, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		var err error
		took := elapsed(func() { _, err = spice.Connect(t.Context(), mainID, 0, nil, o) })
		if le := wantLinkError(t, err, spice.StageConnect); took != 10*time.Second || le.Hint == "" {
			t.Errorf("after %v: %v", took, err)
		}
	})
}

// TestUnixSocket uses a real one, and the default dialler.
func TestUnixSocket(t *testing.T) {
	path := t.TempDir() + "/s"
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	s := new(spicetest.Server)
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	o := &spice.Options{Target: spice.Target{Socket: path}}
	c, err := spice.Connect(t.Context(), mainID, 0, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	s.Close()
	if err := <-served; err != nil {
		t.Error(err)
	}
	_, err = spice.Connect(t.Context(), mainID, 0, nil, o)
	if le := wantLinkError(t, err, spice.StageConnect); !strings.Contains(le.Hint, "running") {
		t.Errorf("a socket that is gone: %v, hint %q", err, le.Hint)
	}
	o.Secure = func(spice.ChannelType) bool { return true }
	_, err = spice.Connect(t.Context(), mainID, 0, nil, o)
	if !strings.Contains(wantLinkError(t, err, spice.StageConnect).Error(), "encrypted") {
		t.Errorf("a secure channel over a socket: %v", err)
	}
}
