package fleet

import (
	"context"
	"fmt"
	"time"

	"saffron/libvirtctl"
)

// A Host is where a daemon is.
type Host struct {
	Name string // for people; if "", the URI of the connection
	URI  string // as Connect takes it
}

// Options say how to work with hosts. The zero value is good.
type Options struct {
	Connect libvirtctl.Options
	// Timeout bounds how long a host may take to connect, and again to list its
	// domains. It defaults to 15 s.
	Timeout time.Duration
	// Want chooses domains; nil is all.
	Want func(*libvirtctl.Domain, libvirtctl.State) bool
	// Retry is how long after the loss of a host the next attempt begins; each
	// further one waits twice as long, up to 30 s. It defaults to 0.5 s.
	Retry time.Duration
}

const (
	defaultTimeout = 15 * time.Second
	defaultRetry   = 500 * time.Millisecond
	mostRetry      = 30 * time.Second
)

func (o *Options) set() Options {
	var all Options
	if o != nil {
		all = *o
	}
	if all.Timeout == 0 {
		all.Timeout = defaultTimeout
	}
	if all.Retry == 0 {
		all.Retry = defaultRetry
	}
	return all
}

// An Answer is what a host says.
type Answer struct {
	Host    Host // with its name
	Entries []libvirtctl.Entry
	Err     error // why there are no entries, or not all
	Took    time.Duration
}

// List asks all hosts for their domains at once. The channel has one answer of
// each, as they come, and is closed after the last. Who stops reading ends ctx.
func List(ctx context.Context, hosts []Host, options *Options) <-chan Answer {
	o := options.set()
	answers := make(chan Answer, len(hosts)) // so nobody waits for the reader
	left := make(chan struct{}, len(hosts))
	for _, host := range hosts {
		go func() {
			answers <- o.list(ctx, host)
			left <- struct{}{}
		}()
	}
	go func() {
		for range hosts {
			<-left
		}
		close(answers)
	}()
	return answers
}

// list connects to a host, lists its domains and leaves.
func (o *Options) list(ctx context.Context, host Host) Answer {
	began := time.Now()
	h, err := o.connect(ctx, &host)
	if err != nil {
		return Answer{Host: host, Err: err, Took: time.Since(began)}
	}
	entries, err := o.inventory(ctx, h)
	took := time.Since(began)
	go h.Close() // a daemon may take its time
	return Answer{Host: host, Entries: entries, Err: err, Took: took}
}

// connect connects to a host and names it, if it has no name.
func (o *Options) connect(ctx context.Context, host *Host) (*libvirtctl.Host, error) {
	ctx, cancel := o.within(ctx)
	defer cancel()
	connect := o.Connect
	h, err := libvirtctl.Connect(ctx, host.URI, &connect)
	if host.Name == "" {
		host.Name = host.URI
		if err == nil {
			host.Name = h.URI()
		}
	}
	return h, err
}

// within bounds what a host is asked.
func (o *Options) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, o.Timeout, fmt.Errorf("the host has not answered within %v", o.Timeout))
}

func (o *Options) inventory(ctx context.Context, h *libvirtctl.Host) ([]libvirtctl.Entry, error) {
	ctx, cancel := o.within(ctx)
	defer cancel()
	var entries []libvirtctl.Entry
	for e, err := range h.Inventory(ctx, o.Want) {
		if err != nil {
			return entries, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}
