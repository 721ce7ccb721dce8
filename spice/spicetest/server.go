package spicetest

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"slices"
	"sync"
	"syscall"

	"saffron/spice"
)

// A Server is a SPICE server. Its fields must not change once it serves. The
// zero value accepts main without a password, and keeps it open.
type Server struct {
	// Password is what tickets must hold.
	Password string
	// Session is the id that links other than main must name. 0 means that
	// the server chooses one.
	Session uint32
	// Caps are the capabilities that channels announce, by type.
	Caps map[spice.ChannelType]spice.CapSet
	// NoMiniHeader makes all messages carry full headers.
	NoMiniHeader bool
	// NoAuthSelection leaves out the authentication mechanism.
	NoAuthSelection bool
	// Channels lists what there is besides main. A link to anything else is
	// closed without a word.
	Channels []spice.ChannelID
	// Refuse, if set, may return a code other than LinkOK to refuse a link
	// with. LinkNeedSecured does not apply to links that are encrypted,
	// LinkNeedUnsecured only to those.
	Refuse func(spice.ChannelID) spice.LinkCode
	// Handler runs one linked channel, in a goroutine of its own. The
	// connection closes when it returns. Nil reads until the client leaves.
	Handler func(*Channel) error
	// TLS, if set, makes the server accept TLS besides plain links, on the
	// same connections: the first byte tells which it is.
	TLS *tls.Config
	// Log receives refusals and failures. Nil is silent.
	Log *slog.Logger

	mu      sync.Mutex
	ctx     context.Context // guarded by mu; made by the first use, ends with Close
	cancel  context.CancelFunc
	session uint32         // guarded by mu
	running sync.WaitGroup // Add only under mu and before the end of ctx
}

// begin notes that something runs, until running.Done. It returns false after
// Close.
func (s *Server) begin() (context.Context, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start()
	if s.ctx.Err() != nil {
		return nil, false
	}
	s.running.Add(1)
	return s.ctx, true
}

// start makes the state of a server that was not used yet. mu is held.
func (s *Server) start() {
	if s.ctx != nil {
		return
	}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.session = s.Session
	for s.session == 0 {
		s.session = rand.Uint32()
	}
}

// SessionID returns the id that links other than main must name. Any
// goroutine.
func (s *Server) SessionID() uint32 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.start()
	return s.session
}

// Serve accepts connections from l until Close, then returns nil, or until
// accepting fails. It closes l.
func (s *Server) Serve(l net.Listener) error {
	defer l.Close()
	ctx, ok := s.begin()
	if !ok {
		return nil
	}
	defer s.running.Done()
	defer context.AfterFunc(ctx, func() { l.Close() })()
	for {
		c, err := l.Accept()
		if ctx.Err() != nil {
			if err == nil {
				c.Close()
			}
			return nil
		}
		if err != nil {
			return err
		}
		go s.ServeConn(c)
	}
}

// ServeConn links one connection and runs its handler. It returns when both
// have ended, with conn closed. Any goroutine.
func (s *Server) ServeConn(conn net.Conn) {
	defer conn.Close()
	ctx, ok := s.begin()
	if !ok {
		return
	}
	defer s.running.Done()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer context.AfterFunc(ctx, func() { conn.Close() })()

	// Like real servers this one does not limit the time of a handshake: at the
	// other end may be a person who looks for the password.
	stream, secure, err := s.secure(ctx, conn)
	if err != nil {
		s.log().Info("TLS handshake failed", "err", err)
		return
	}
	c, err := s.link(stream, secure)
	if err != nil {
		s.log().Info("link failed", "err", err)
		return
	}
	c.ctx, c.cancel = ctx, cancel
	s.handle(c)
}

func (s *Server) handle(c *Channel) {
	run := s.Handler
	if run == nil {
		run = discard
	}
	if err := run(c); err != nil && !ended(err) {
		s.log().Warn("channel failed", "channel", c.ID.String(), "err", err)
	}
}

func discard(c *Channel) error {
	for {
		if _, err := c.Recv(); err != nil {
			return err
		}
	}
}

// ended reports whether err is one of the usual ends of a connection.
func ended(err error) bool {
	return slices.ContainsFunc([]error{
		io.EOF, io.ErrClosedPipe, net.ErrClosed, context.Canceled, syscall.ECONNRESET, syscall.EPIPE,
	}, func(end error) bool { return errors.Is(err, end) })
}

// DialContext connects to the server in memory, whatever the address. It is a
// spice.DialFunc. Any goroutine.
func (s *Server) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	client, server := Pipe()
	go s.ServeConn(server)
	return client, nil
}

// Close ends everything the server started, and waits for it. Any goroutine
// but a handler's.
func (s *Server) Close() {
	s.mu.Lock()
	s.start()
	s.cancel()
	s.mu.Unlock()
	s.running.Wait()
}

func (s *Server) log() *slog.Logger {
	if s.Log != nil {
		return s.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (s *Server) exists(id spice.ChannelID) bool {
	return id == spice.ChannelID{Type: spice.ChannelMain} || slices.Contains(s.Channels, id)
}

// A peeked is a connection of which some bytes lie in a buffer already.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (p *peeked) Read(b []byte) (int, error) { return p.r.Read(b) }

// secure puts TLS on conn if the client speaks it and the server may.
func (s *Server) secure(ctx context.Context, conn net.Conn) (net.Conn, bool, error) {
	p := &peeked{conn, bufio.NewReader(conn)}
	const handshakeRecord = 0x16
	if first, err := p.r.Peek(1); err != nil || first[0] != handshakeRecord || s.TLS == nil {
		return p, false, nil // a read error comes back in the handshake
	}
	tc := tls.Server(p, s.TLS)
	return tc, true, tc.HandshakeContext(ctx)
}
