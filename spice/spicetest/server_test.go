package spicetest

import (
	"context"
	"errors"
	"io"
	"net"
	"slices"
	"testing"
	"testing/synctest"

	"saffron/spice"
	"saffron/spice/wire"
)

const testMsg = spice.FirstChannelMsg

type bytesBody []byte

func (b bytesBody) Encode(w *wire.Writer) { w.Bytes(b) }

var (
	mainID    = spice.ChannelID{Type: spice.ChannelMain}
	displayID = spice.ChannelID{Type: spice.ChannelDisplay}
)

func options(s *Server) *spice.Options {
	return &spice.Options{Dial: s.DialContext, Target: spice.Target{Host: "vm", Port: 5900, Password: "secret"}}
}

// connect links id, with the session id that it needs.
func connect(t *testing.T, s *Server, id spice.ChannelID) *spice.Conn {
	t.Helper()
	session := s.SessionID()
	if id.Type == spice.ChannelMain {
		session = 0
	}
	c, err := spice.Connect(t.Context(), id, session, nil, options(s))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestEcho(t *testing.T) {
	for _, mini := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			s := &Server{Password: "secret", NoMiniHeader: !mini, Handler: func(c *Channel) error {
				if c.Mini() != mini {
					t.Errorf("mini headers: %v, want %v", c.Mini(), mini)
				}
				for {
					m, err := c.Recv()
					if err != nil {
						return nil
					}
					if err := c.Send(m.Type, bytesBody(m.Body)); err != nil {
						return err
					}
				}
			}}
			defer s.Close()
			c := connect(t, s, mainID)
			defer c.Close()
			for i := range 3 {
				if err := c.Send(testMsg, bytesBody{byte(i), 1, 2}); err != nil {
					t.Fatal(err)
				}
				m, err := c.Next()
				if err != nil || m.Type != testMsg || m.Serial != uint64(i+1) || !slices.Equal(m.Body, []byte{byte(i), 1, 2}) {
					t.Fatalf("got %+v, %v", m, err)
				}
			}
		})
	}
}

// TestBackPressure lets the client stop reading.
func TestBackPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const window, total = 5, 100
		var sent int
		s := &Server{Channels: []spice.ChannelID{displayID}, Handler: func(c *Channel) error {
			go func() {
				for {
					if _, err := c.Recv(); err != nil {
						return
					}
				}
			}()
			if err := c.SetAck(window); err != nil {
				return err
			}
			for sent < total {
				if err := c.WaitAcks(); err != nil {
					return err
				}
				if err := c.Send(testMsg, nil); err != nil {
					return err
				}
				sent++
			}
			<-c.Context().Done() // Recv fails when the client is gone
			return nil
		}}
		defer s.Close()
		c := connect(t, s, displayID)
		defer c.Close()
		synctest.Wait()
		if want := 2*window + 1; sent != want {
			t.Errorf("%d messages sent without an acknowledgement, want %d", sent, want)
		}
		for got := 0; got < total; {
			m, err := c.Next()
			if err != nil {
				t.Fatalf("after %d of %d messages: %v", got, total, err)
			}
			if m.Type == testMsg {
				got++
			}
		}
	})
}

// TestCloseEndsHandlers closes the server while handlers wait in each way.
func TestCloseEndsHandlers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := 0
		for _, wait := range []func(*Channel) error{
			func(c *Channel) error { _, err := c.Recv(); return err },
			func(c *Channel) error { <-c.Context().Done(); return nil },
			func(c *Channel) error {
				c.SetAck(1)
				for range 3 {
					c.Send(testMsg, nil)
				}
				return c.WaitAcks()
			},
			func(c *Channel) error { return c.Send(testMsg, make(bytesBody, 4*pipeBuffer)) },
		} {
			s := &Server{Handler: func(c *Channel) error {
				defer func() { ended++ }()
				return wait(c)
			}}
			c := connect(t, s, mainID)
			synctest.Wait()
			s.Close()
			c.Close()
			if _, err := s.DialContext(t.Context(), "tcp", "x"); err != nil {
				t.Errorf("dial after Close: %v", err) // the connection is closed at once instead
			}
		}
		if ended != 4 {
			t.Errorf("%d handlers ended", ended)
		}
	})
}

func TestServeListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{}
	served := make(chan error)
	go func() { served <- s.Serve(l) }()
	port := l.Addr().(*net.TCPAddr).Port
	o := &spice.Options{Target: spice.Target{Host: "127.0.0.1", Port: port}}
	c, err := spice.Connect(t.Context(), mainID, 0, nil, o)
	if err != nil {
		t.Fatal(err)
	}
	s.Close()
	if _, err := c.Next(); !errors.Is(err, spice.ErrServerClosed) {
		t.Errorf("after Close the client got %v", err)
	}
	if err := <-served; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if err := s.Serve(l); err != nil {
		t.Errorf("Serve after Close: %v", err)
	}
	if _, err := s.DialContext(canceled(), "tcp", "x"); !errors.Is(err, context.Canceled) {
		t.Errorf("dial with a cancelled context: %v", err)
	}
}

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

func TestRecvRefusesLargeBodies(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		got := make(chan error, 1)
		s := &Server{Handler: func(c *Channel) error {
			_, err := c.Recv()
			got <- err
			return err
		}}
		defer s.Close()
		c := connect(t, s, mainID)
		defer c.Close()
		if err := c.Send(testMsg, make(bytesBody, 4096+11*2048+1)); err != nil {
			t.Fatal(err)
		}
		var pe *spice.ProtocolError
		if err := <-got; !errors.As(err, &pe) || pe.Type != testMsg {
			t.Errorf("got %v", err)
		}
	})
}

func TestRecvTellsEnds(t *testing.T) {
	for cut, want := range map[int]error{0: io.EOF, 3: io.ErrUnexpectedEOF, 6: io.ErrUnexpectedEOF, 7: io.ErrUnexpectedEOF} {
		synctest.Test(t, func(t *testing.T) {
			client, server := Pipe()
			got := make(chan error, 1)
			s := &Server{Handler: func(c *Channel) error {
				_, err := c.Recv()
				got <- err
				return nil
			}}
			defer s.Close()
			go s.ServeConn(server)
			o := &spice.Options{Target: spice.Target{Host: "vm", Port: 1},
				Dial: func(context.Context, string, string) (net.Conn, error) { return client, nil }}
			if _, err := spice.Connect(t.Context(), mainID, 0, nil, o); err != nil {
				t.Fatal(err)
			}
			message := []byte{101, 0, 2, 0, 0, 0, 1, 2}
			client.Write(message[:cut])
			client.Close()
			if err := <-got; !errors.Is(err, want) {
				t.Errorf("cut at %d: got %v, want %v", cut, err, want)
			}
		})
	}
}

// TestUnacknowledged follows the count through a window.
func TestUnacknowledged(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		counts := make(chan uint64, 10)
		s := &Server{Handler: func(c *Channel) error {
			c.SetAck(2)
			for range 2 {
				c.Send(testMsg, nil)
			}
			counts <- c.Unacknowledged()
			for range 2 { // synchronisation and acknowledgement
				if _, err := c.Recv(); err != nil {
					return err
				}
			}
			counts <- c.Unacknowledged()
			<-c.Context().Done()
			return nil
		}}
		defer s.Close()
		c := connect(t, s, mainID)
		defer c.Close()
		go func() {
			for {
				if _, err := c.Next(); err != nil {
					return
				}
			}
		}()
		if sent, left := <-counts, <-counts; sent != 2 || left != 0 {
			t.Errorf("%d unacknowledged, then %d; want 2, 0", sent, left)
		}
	})
}
