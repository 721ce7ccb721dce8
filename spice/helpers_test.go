package spice_test

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"saffron/spice"
	"saffron/spice/spicetest"
	"saffron/spice/wire"
)

const testMsg = spice.FirstChannelMsg

var (
	mainID    = spice.ChannelID{Type: spice.ChannelMain}
	displayID = spice.ChannelID{Type: spice.ChannelDisplay}
	inputsID  = spice.ChannelID{Type: spice.ChannelInputs}
)

// text is a message body of any bytes.
type text string

func (s text) Encode(w *wire.Writer) { w.Bytes([]byte(s)) }

// optionsFor returns options that reach s by its plain port.
func optionsFor(s *spicetest.Server) *spice.Options {
	return &spice.Options{
		Dial:   s.DialContext,
		Target: spice.Target{Host: "vm", Port: 5900, Password: s.Password},
	}
}

// connect links main, closed with the test. It fails the test on error.
func connect(t testing.TB, s *spicetest.Server) *spice.Conn {
	t.Helper()
	c, err := spice.Connect(t.Context(), mainID, 0, nil, optionsFor(s))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// wantLinkError fails the test unless err is a *LinkError of that stage.
func wantLinkError(t *testing.T, err error, stage spice.Stage) *spice.LinkError {
	t.Helper()
	var le *spice.LinkError
	if !errors.As(err, &le) {
		t.Fatalf("got %v (%T), want a *LinkError", err, err)
	}
	if le.Stage != stage {
		t.Errorf("stage %v, want %v: %v", le.Stage, stage, err)
	}
	return le
}

// counted is a DialFunc that counts its calls and notes the last address.
type counted struct {
	next    spice.DialFunc
	calls   atomic.Int32
	address atomic.Value
}

func (c *counted) dial(ctx context.Context, network, address string) (net.Conn, error) {
	c.calls.Add(1)
	c.address.Store(address)
	return c.next(ctx, network, address)
}

// script is a DialFunc to a peer that runs talk on each connection, which
// closes when talk returns.
func script(talk func(net.Conn)) spice.DialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		client, server := spicetest.Pipe()
		go func() {
			defer server.Close()
			talk(server)
		}()
		return client, nil
	}
}

// drain reads until the other side has closed.
func drain(c net.Conn) {
	var buf [4096]byte
	for {
		if _, err := c.Read(buf[:]); err != nil {
			return
		}
	}
}

// elapsed returns how long f takes, in a bubble's time.
func elapsed(f func()) time.Duration {
	start := time.Now()
	f()
	return time.Since(start)
}
