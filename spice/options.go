package spice

import (
	"context"
	"log/slog"
	"net"
	"time"
)

// A DialFunc opens a transport, like (*net.Dialer).DialContext. network is
// "tcp" or "unix". It must give up when ctx ends.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Options say how links are opened. One Options value serves all links of a
// session; it is not changed by this package and must not be changed by others
// while links use it.
type Options struct {
	// Target is the server.
	Target Target

	// Dial opens a transport. It defaults to a net.Dialer with keep-alive.
	Dial DialFunc

	// TLS says how a server's certificate is judged.
	TLS TLS

	// Secure reports whether channels of a type must be encrypted. It
	// defaults to none: a channel is encrypted if the target has only a TLS
	// port, if TLS trust is given, or if the server asks for it.
	Secure func(ChannelType) bool

	// Ticket returns the password. It may ask a person, and is called before
	// each link; an error from it ends the link. It defaults to the
	// password of Target.
	Ticket func(context.Context) (string, error)

	// ConnectTimeout bounds resolving and connecting. It defaults to 10 s.
	ConnectTimeout time.Duration

	// LinkTimeout bounds everything from the connected transport to the link
	// result, without the time Ticket takes. It defaults to 15 s.
	LinkTimeout time.Duration

	// Limits bounds sizes that come from the server.
	Limits Limits

	// Log receives milestones at Info and facts at Debug. Nil is silent.
	Log *slog.Logger

	// Tap, if set, sees every message in both directions.
	Tap Tap
}

// A Tap watches the messages of links: a recorder, a monitor. Its methods are
// called from the link's own goroutines, hold the link up while they run, and
// must not keep the body after returning.
type Tap interface {
	// Opened comes when a link is open, before anything is received on it, but
	// after what was sent together with the ticket. caps are the server's.
	Opened(id ChannelID, caps Caps, secure bool)
	// Closed comes once, when the link has ended, from whichever side. A
	// message that was under way may follow it.
	Closed(ChannelID)
	Received(ChannelID, Frame)
	Sent(ChannelID, Frame)
}

func (o *Options) log() *slog.Logger {
	if o.Log != nil {
		return o.Log
	}
	return slog.New(slog.DiscardHandler)
}

func (o *Options) connectTimeout() time.Duration {
	if o.ConnectTimeout > 0 {
		return o.ConnectTimeout
	}
	return 10 * time.Second
}

func (o *Options) linkTimeout() time.Duration {
	if o.LinkTimeout > 0 {
		return o.LinkTimeout
	}
	return 15 * time.Second
}

func (o *Options) dial() DialFunc {
	if o.Dial != nil {
		return o.Dial
	}
	d := &net.Dialer{KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 30 * time.Second, Interval: 15 * time.Second, Count: 3,
	}}
	return d.DialContext
}

func (o *Options) ticket(ctx context.Context) (string, error) {
	if o.Ticket != nil {
		return o.Ticket(ctx)
	}
	return o.Target.Password, nil
}
