package spice_test

import (
	"context"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"saffron/spice"
	"saffron/spice/spicetest"
)

// farAway is a DialFunc to s over a network that takes delay each way. As with
// TCP the connection is there after one round trip.
func farAway(s *spicetest.Server, delay time.Duration) spice.DialFunc {
	return func(context.Context, string, string) (net.Conn, error) {
		client, near := spicetest.Pipe()
		far, server := spicetest.Pipe()
		go s.ServeConn(server)
		go carry(far, near, delay)
		go carry(near, far, delay)
		time.Sleep(2 * delay)
		return client, nil
	}
}

// carry moves bytes from one connection to the other, each delay later.
func carry(to, from net.Conn, delay time.Duration) {
	type parcel struct {
		due  time.Time
		body []byte
	}
	road := make(chan parcel, 1000)
	go func() {
		defer close(road)
		for {
			buf := make([]byte, 64<<10)
			n, err := from.Read(buf)
			if err != nil {
				return
			}
			road <- parcel{time.Now().Add(delay), buf[:n]}
		}
	}()
	defer to.Close()
	for p := range road {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.body); err != nil {
			return
		}
	}
}

// TestRoundTrips counts how often a link waits for the other side of the
// world until its first message is there.
func TestRoundTrips(t *testing.T) {
	const delay = 100 * time.Millisecond
	ca := newAuthority(t)
	config := ca.config(t, commonName("vm"))
	hello := func(c *spicetest.Channel) error {
		c.Send(testMsg, nil)
		<-c.Context().Done()
		return nil
	}
	// A display server is silent until it has the client's first message.
	asked := func(c *spicetest.Channel) error {
		if _, err := c.Recv(); err != nil {
			return err
		}
		return hello(c)
	}
	first := []spice.Outgoing{{Type: testMsg}}
	for name, tc := range map[string]struct {
		id      spice.ChannelID
		handler func(*spicetest.Channel) error
		first   []spice.Outgoing
		secure  bool
		ahead   bool
		want    int
	}{
		"main":                   {id: mainID, handler: hello, want: 3},
		"main over TLS":          {id: mainID, handler: hello, secure: true, want: 4},
		"display":                {id: displayID, handler: asked, first: first, want: 3},
		"display, dialled ahead": {id: displayID, handler: asked, first: first, ahead: true, want: 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				defer time.Sleep(10 * delay) // until nothing is under way any more
				s := &spicetest.Server{Session: 1, Handler: tc.handler, Channels: []spice.ChannelID{displayID}, TLS: config}
				defer s.Close()
				o := &spice.Options{Dial: farAway(s, delay), Target: spice.Target{Host: "vm", Port: 5900}}
				if tc.secure {
					o.Target, o.TLS.CAs = spice.Target{Host: "vm", TLSPort: 5901}, ca.pool
				}
				var tr *spice.Transport
				if tc.ahead {
					var err error
					if tr, err = spice.Dial(t.Context(), tc.id.Type, o); err != nil {
						t.Fatal(err)
					}
				}
				start := time.Now()
				if tr == nil {
					tr = dialled(t, tc.id, o)
				}
				c, err := spice.ConnectOver(t.Context(), tr, tc.id, 1, nil, o, tc.first...)
				if err != nil {
					t.Fatal(err)
				}
				defer c.Close()
				next(t, c, testMsg)
				if took := time.Since(start); took != time.Duration(tc.want)*2*delay {
					t.Errorf("the first message took %v, want %d round trips of %v", took, tc.want, 2*delay)
				}
			})
		})
	}
}

func dialled(t *testing.T, id spice.ChannelID, o *spice.Options) *spice.Transport {
	t.Helper()
	tr, err := spice.Dial(t.Context(), id.Type, o)
	if err != nil {
		t.Fatal(err)
	}
	return tr
}
