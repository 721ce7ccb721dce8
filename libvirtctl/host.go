package libvirtctl

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"time"

	"github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"
)

// Options say how to connect. The zero value is good.
type Options struct {
	// ReadOnly opens a connection that cannot change anything, nor see
	// passwords.
	ReadOnly bool
	// NoAliases takes the name as a URI even if it is an alias.
	NoAliases bool
	// CallTimeout bounds every call that its context does not bound. It
	// defaults to 30 s.
	CallTimeout time.Duration
	// Log is told of milestones; nil is silent.
	Log *slog.Logger
}

const defaultCallTimeout = 30 * time.Second

// A Host is a connection to a libvirt daemon. Its methods may be called from
// any goroutine at any time.
type Host struct {
	uri     string // R/O after creation
	options Options
	l       *libvirt.Libvirt
	events  eventHub

	closing sync.Once
	lost    chan struct{} // closed when the connection has ended
}

// Connect connects to the daemon that name, a URI, says. It returns when the
// connection is open or ctx has ended. o may be nil.
func Connect(ctx context.Context, name string, o *Options) (*Host, error) {
	if o == nil {
		o = new(Options)
	}
	h := &Host{uri: name, options: *o, lost: make(chan struct{})}
	if h.options.CallTimeout == 0 {
		h.options.CallTimeout = defaultCallTimeout
	}
	conn, uri, err := dial(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("libvirtctl: connect to %s: %w", name, err)
	}
	h.l = libvirt.NewWithDialer(dialers.NewAlreadyConnected(&tap{Conn: conn, message: h.events.message}))
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	err = h.l.ConnectToURI(libvirt.ConnectURI(uri))
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, wrap("connect to "+name, err)
	}
	go func() {
		<-h.l.Disconnected()
		close(h.lost)
	}()
	return h, nil
}

// dial opens the transport of a URI and returns it with the URI that the
// daemon is to open.
func dial(ctx context.Context, name string) (net.Conn, string, error) {
	u, err := url.Parse(name)
	if err != nil {
		return nil, "", err
	}
	path := u.Query().Get("socket")
	if path == "" {
		path = "/var/run/libvirt/libvirt-sock"
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	u.RawQuery = ""
	return conn, u.String(), err
}

// URI returns the URI of the connection, after aliases.
func (h *Host) URI() string { return h.uri }

// Lost returns a channel that is closed when the connection has ended.
func (h *Host) Lost() <-chan struct{} { return h.lost }

// Close ends the connection. It may be called more than once.
func (h *Host) Close() error {
	h.closing.Do(func() { go func() { _ = h.l.Disconnect() }() })
	select {
	case <-h.lost:
	case <-time.After(time.Second): // a daemon that does not answer
	}
	return nil
}

// call makes a call of go-libvirt, whose calls know no contexts: when ctx or
// the time for a call ends, call returns, and f goes on until the daemon
// answers or the connection ends. So f must not write to what the caller uses
// after a failure.
func (h *Host) call(ctx context.Context, op string, f func(l *libvirt.Libvirt) error) error {
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, h.options.CallTimeout, fmt.Errorf("libvirt has not answered within %v", h.options.CallTimeout))
		defer cancel()
	}
	done := make(chan error, 1)
	go func() { done <- f(h.l) }()
	select {
	case err := <-done:
		return wrap(op, err)
	case <-h.lost:
		return fmt.Errorf("libvirtctl: %s: %w", op, ErrLost)
	case <-ctx.Done():
		return fmt.Errorf("libvirtctl: %s: %w", op, context.Cause(ctx))
	}
}

// ask makes a call that has a result.
func ask[T any](ctx context.Context, h *Host, op string, f func(l *libvirt.Libvirt) (T, error)) (T, error) {
	var result T
	answer := make(chan T, 1)
	err := h.call(ctx, op, func(l *libvirt.Libvirt) error {
		r, err := f(l)
		answer <- r
		return err
	})
	if err == nil {
		result = <-answer
	}
	return result, err
}
