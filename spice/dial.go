package spice

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

// A Transport is a connected stream over which a link can be made, once.
type Transport struct {
	conn   net.Conn
	secure bool
	value  string // the address, for messages
}

// RemoteAddr returns the address that was reached.
func (t *Transport) RemoteAddr() net.Addr { return t.conn.RemoteAddr() }

// Close gives the transport up.
func (t *Transport) Close() error { return t.conn.Close() }

// Dial opens the transport for a channel of type typ: TCP, TLS on top of it if
// this channel is to be encrypted, or a unix socket. A session may dial ahead
// of knowing its id, to save a round trip. The error is a *LinkError.
func Dial(ctx context.Context, typ ChannelType, o *Options) (*Transport, error) {
	return dial(ctx, typ, o, o.wantsTLS(typ))
}

// wantsTLS decides whether a channel starts out encrypted.
func (o *Options) wantsTLS(typ ChannelType) bool {
	t := &o.Target
	if t.Socket != "" || t.TLSPort == 0 {
		return false
	}
	return t.Port == 0 || o.mustSecure(typ) || o.TLS.Configured()
}

func (o *Options) mustSecure(typ ChannelType) bool { return o.Secure != nil && o.Secure(typ) }

func dial(ctx context.Context, typ ChannelType, o *Options, secure bool) (*Transport, error) {
	network, address := o.Target.address(secure)
	id := ChannelID{Type: typ}
	if !secure && o.mustSecure(typ) {
		return nil, &LinkError{Stage: StageConnect, Channel: id, Value: address,
			Err:  fmt.Errorf("the %s channel must be encrypted, but there is no TLS port", typ),
			Hint: "Give the server's TLS port, or do not ask for this channel to be secure."}
	}
	dialCtx, cancel := context.WithTimeout(ctx, o.connectTimeout())
	defer cancel()
	conn, err := o.dial()(dialCtx, network, address)
	if err != nil {
		return nil, connectError(ctx, id, address, err)
	}
	if tc, ok := conn.(*net.TCPConn); ok {
		tc.SetNoDelay(true)
	}
	if !secure {
		return &Transport{withFiles(conn), false, address}, nil
	}
	tlsCtx, cancelTLS := context.WithTimeout(ctx, o.linkTimeout())
	defer cancelTLS()
	tc := tls.Client(conn, o.TLS.config(o.Target.Host))
	if err := tc.HandshakeContext(tlsCtx); err != nil {
		conn.Close()
		return nil, tlsError(ctx, id, address, err)
	}
	return &Transport{tc, true, address}, nil
}

// connectError tells a name that does not resolve from a port that does not
// answer.
func connectError(ctx context.Context, id ChannelID, address string, err error) error {
	e := &LinkError{Stage: StageConnect, Channel: id, Value: address, Err: err}
	var dns *net.DNSError
	var linked *LinkError
	var op *net.OpError
	switch {
	case errors.As(err, &linked): // a dial function that knows better
		linked.Channel = id
		return err
	case errors.As(err, &dns):
		e.Stage, e.Value, e.Err = StageResolve, dns.Name, errors.New("no such host")
		if dns.IsTimeout {
			e.Err = errors.New("the name server does not answer")
		}
		e.Hint = "Check the spelling of the host name."
	case ctx.Err() != nil:
		e.Err = context.Cause(ctx)
	case isTimeout(err):
		e.Err = errors.New("no answer in time")
		e.Hint = "Check the address, and that no firewall drops the connection."
	case errors.Is(err, syscall.ECONNREFUSED):
		e.Err = errors.New("connection refused")
		e.Hint = "Nothing listens there: is the virtual machine running, and is this its SPICE port?"
	case errors.Is(err, os.ErrNotExist):
		e.Err = errors.New("no such socket")
		e.Hint = "Check the path: is the virtual machine running?"
	case errors.As(err, &op):
		e.Err = op.Err
	}
	return e
}

func tlsError(ctx context.Context, id ChannelID, address string, err error) error {
	e := &LinkError{Stage: StageTLS, Channel: id, Value: address, Err: err}
	var record tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		e.Err = context.Cause(ctx)
	case isTimeout(err):
		e.Err = errors.New("no answer in time")
		e.Hint = "Is this the TLS port? Something accepts the connection but does not speak TLS."
	case errors.As(err, &record):
		e.Err = errors.New("the server does not speak TLS on this port")
		e.Hint = "Use the server's TLS port, or a spice:// address for an unencrypted one."
	case isClosed(err):
		e.Err = errors.New("the server closed the connection during the TLS handshake")
		e.Hint = "Is this the server's TLS port?"
	default:
		e.Hint = "Give the authority that signed the server's certificate with --spice-ca-file, " +
			"or the expected subject with --spice-host-subject."
	}
	return e
}

func isTimeout(err error) bool {
	var n net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.As(err, &n) && n.Timeout()
}

// isClosed reports whether the other side ended the connection.
func isClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}

// until makes reads and writes of conn fail when ctx ends or limit passes. The
// returned function ends that watch.
func until(ctx context.Context, conn net.Conn, limit time.Duration) (stop func()) {
	conn.SetDeadline(time.Now().Add(limit))
	unwatch := context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })
	return func() {
		if unwatch() {
			conn.SetDeadline(time.Time{})
		}
	}
}
