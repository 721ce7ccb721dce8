package libvirtctl

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"time"

	"github.com/digitalocean/go-libvirt"
	"github.com/digitalocean/go-libvirt/socket/dialers"

	"saffron/libvirtctl/rpc"
	"saffron/libvirtctl/uri"
)

// Options say how to connect. The zero value is good.
type Options struct {
	// ReadOnly opens a connection that cannot change anything, nor see
	// passwords.
	ReadOnly bool
	// NoAliases takes the name as a URI even if it is an alias.
	NoAliases bool
	// ConnectTimeout bounds connecting, with logging in, if the context does
	// not. Waiting for a person's answer counts. It defaults to 1 minute.
	ConnectTimeout time.Duration
	// CallTimeout bounds every call that its context does not bound. It
	// defaults to 30 s.
	CallTimeout time.Duration
	// KeepAlive is how long the daemon may be silent before it is asked for a
	// sign of life; after five more without one the connection counts as lost.
	// It defaults to 5 s. Negative: never.
	KeepAlive time.Duration
	// AuthFile has user names and passwords, in the format of libvirt's
	// auth.conf. Without it the usual places are searched.
	AuthFile string
	// Ask asks a person; nil: nobody is there.
	Ask func(ctx context.Context, q Question) (string, error)
	// SSHConfig replaces the user's and the system's ssh configuration, if set.
	SSHConfig string
	// Log is told of milestones; nil is silent.
	Log *slog.Logger
}

// A Question is for a person.
type Question struct {
	Text   string // as in "Password for admin at host: "
	Secret bool   // the answer is not to be shown
}

const (
	defaultConnectTimeout = time.Minute
	defaultCallTimeout    = 30 * time.Second
	defaultKeepAlive      = 5 * time.Second
	keepAliveCount        = 5
)

// set makes the defaults explicit.
func (o *Options) set() {
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = defaultConnectTimeout
	}
	if o.CallTimeout == 0 {
		o.CallTimeout = defaultCallTimeout
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = defaultKeepAlive
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}

// A Host is a connection to a libvirt daemon. Its methods may be called from
// any goroutine at any time.
type Host struct {
	target  *uri.URI // R/O after creation, like all that follows
	uri     string
	options Options
	rpc     *rpc.Client
	l       *libvirt.Libvirt
	events  eventHub
	far     *far // nil: not over ssh

	closing sync.Once
}

// Connect connects to the daemon that name says: a URI, an alias of
// libvirt.conf, or "" for the one that libvirt's own clients would take. It
// returns when the connection is open or ctx has ended. o may be nil. An error
// is a *ConnectError.
func Connect(ctx context.Context, name string, o *Options) (*Host, error) {
	h := new(Host)
	if o != nil {
		h.options = *o
	}
	h.options.set()
	if _, bounded := ctx.Deadline(); !bounded {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, h.options.ConnectTimeout, fmt.Errorf("the host has not answered within %v", h.options.ConnectTimeout))
		defer cancel()
	}
	if err := h.connect(ctx, name); err != nil {
		if h.rpc != nil {
			h.rpc.Close()
		}
		h.far.close()
		return nil, err
	}
	return h, nil
}

func (h *Host) connect(ctx context.Context, name string) error {
	d := &dialer{resolver: uri.System(), options: &h.options}
	target, conf, err := d.resolver.Resolve(name, h.options.NoAliases)
	if err != nil {
		return &ConnectError{Stage: StageResolve, Err: err}
	}
	h.target, d.target, d.conf = target, target, conf
	conn, err := d.dial(ctx)
	h.far = d.far
	if err != nil {
		return d.failed(ctx, StageDial, err)
	}
	h.rpc = rpc.New(conn, h.events.message)
	keepAlive, err := h.rpc.Open(ctx, rpc.OpenOptions{Name: target.Daemon(), ReadOnly: h.options.ReadOnly, SASL: d.sasl})
	if err == nil {
		h.uri, err = h.opened(ctx)
	}
	if err != nil {
		return d.failed(ctx, StageOpen, err)
	}
	if keepAlive && h.options.KeepAlive > 0 {
		h.rpc.KeepAlive(h.options.KeepAlive, keepAliveCount)
	}
	h.l = libvirt.NewWithDialer(dialers.NewAlreadyConnected(h.rpc.Conn()))
	if err := h.l.ConnectToURI(""); err != nil { // answered by h.rpc
		return d.failed(ctx, StageOpen, err)
	}
	h.rpc.Attached()
	h.options.Log.Debug("connected to libvirt", "host", target.String(), "transport", target.Transport)
	if h.far != nil {
		context.AfterFunc(h.far.ended(), func() { h.rpc.Close() })
	}
	return nil
}

// opened returns the URI of the connection. Where the daemon chose, it says what.
func (h *Host) opened(ctx context.Context) (string, error) {
	if h.target.Driver != "" {
		return h.target.String(), nil
	}
	return h.rpc.URI(ctx)
}

// URI returns the URI of the connection, after aliases and without passwords.
func (h *Host) URI() string { return h.uri }

// RemoteName returns the host that the URI names, without port, or "" if the
// daemon is on this machine. Over ssh it may be an alias of the user's ssh
// configuration.
func (h *Host) RemoteName() string { return h.target.Host }

// ReadOnly reports whether the connection can change nothing.
func (h *Host) ReadOnly() bool { return h.options.ReadOnly }

// OverSSH reports whether the daemon is reached by ssh, and so what is only
// reachable from its host, by DialFar.
func (h *Host) OverSSH() bool { return h.far != nil }

// DialFar connects to an address from the far end of the ssh connection;
// network is "tcp" or "unix". Everything goes over the one ssh connection of
// the host. Without ssh it fails.
func (h *Host) DialFar(ctx context.Context, network, address string) (net.Conn, error) {
	if h.far == nil {
		return nil, fmt.Errorf("libvirtctl: %s is reached without ssh, so %s cannot be reached from there: use a URI such as qemu+ssh://host/system", h.uri, address)
	}
	conn, err := h.far.dial(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("libvirtctl: connect to %s from %s: %w", address, h.target.Host, err)
	}
	return conn, nil
}

// Lost returns a channel that is closed when the connection has ended.
func (h *Host) Lost() <-chan struct{} { return h.rpc.Done() }

// LostCause says why the connection has ended; nil before.
func (h *Host) LostCause() error { return h.rpc.Err() }

// Close ends the connection, and with it what DialFar opened. It may be called
// more than once.
func (h *Host) Close() error {
	h.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second) // a daemon may not answer
		defer cancel()
		h.rpc.Bye(ctx)
		h.far.close()
	})
	return nil
}

// lostError is the error of what the end of the connection cut off.
func (h *Host) lostError(op string) error {
	return fmt.Errorf("libvirtctl: %s: %w: %w", op, ErrLost, h.rpc.Err())
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
	go func() { done <- guard(func() error { return f(h.l) }) }()
	select {
	case err := <-done:
		if err != nil && h.rpc.Err() != nil {
			return h.lostError(op)
		}
		return wrap(op, err)
	case <-h.Lost():
		return h.lostError(op)
	case <-ctx.Done():
		return fmt.Errorf("libvirtctl: %s: %w", op, context.Cause(ctx))
	}
}

// guard makes a panic of the library, which a lying server could cause, an
// error.
func guard(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("libvirt's answer cannot be read: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
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
