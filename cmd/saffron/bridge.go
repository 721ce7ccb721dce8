package main

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"sync"

	"saffron/channels/port"
)

// A bridge joins a port of the guest, by name, with something here: the standard
// streams, or whoever connects to a socket. Sessions and connections may come and
// go. What the guest says while nobody is here is lost, as on a line. Any
// goroutine may call its methods.
type bridge struct {
	app  *app
	name string       // of the port
	l    net.Listener // nil: the standard streams

	mu     sync.Mutex
	guest  *port.Port    // guarded by mu; nil while there is none
	opened bool          // guarded by mu; the guest's side is
	local  io.Writer     // guarded by mu; nil while nobody is here
	change chan struct{} // guarded by mu; closed and replaced when guest or opened changes
}

func newBridge(a *app, name string) *bridge {
	return &bridge{app: a, name: name, change: make(chan struct{})}
}

// openBridges opens the local ends that --port names. The caller closes what is
// returned even with an error.
func openBridges(a *app, args []string) ([]*bridge, error) {
	var all []*bridge
	for _, arg := range args {
		name, where, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return all, usageError("--port is NAME=unix:PATH, NAME=tcp:HOST:PORT or NAME=stdio, not %q", arg)
		}
		if slices.ContainsFunc(all, func(b *bridge) bool { return b.name == name || b.l == nil && where == "stdio" }) {
			return all, usageError("--port: %q is given twice", arg)
		}
		b := newBridge(a, name)
		if err := b.listen(where); err != nil {
			return all, err
		}
		all = append(all, b)
	}
	return all, nil
}

// listen opens the local end.
func (b *bridge) listen(where string) error {
	kind, address, _ := strings.Cut(where, ":")
	var err error
	switch kind {
	case "stdio":
		b.local = b.app.out
		return nil
	case "unix":
		b.l, err = listenPrivate(address)
	case "tcp":
		if strings.HasPrefix(address, ":") {
			address = "127.0.0.1" + address // others have to be asked for
		}
		b.l, err = net.Listen("tcp", address)
	default:
		return usageError("--port: %q is none of unix:PATH, tcp:HOST:PORT and stdio", where)
	}
	if err != nil {
		return usageError("--port %s: %w", b.name, err)
	}
	return nil
}

// listenPrivate listens at a path for this user alone. A socket that nobody
// listens at any more is replaced.
func listenPrivate(path string) (net.Listener, error) {
	if i, err := os.Lstat(path); err == nil && i.Mode()&os.ModeSocket != 0 {
		if c, err := net.Dial("unix", path); err == nil {
			c.Close()
			return nil, errors.New("another program listens there")
		}
		os.Remove(path)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o600); err != nil {
		l.Close()
		return nil, err
	}
	return l, nil
}

// bridgePorts is channels.Sinks.Port for bridges; other ports are left to others.
func bridgePorts(all []*bridge) func(*port.Port) port.Sink {
	return func(p *port.Port) port.Sink {
		for _, b := range all {
			if b.name == p.Name() {
				return b.attach(p)
			}
		}
		return nil
	}
}

// serve moves what is said here to the guest until ctx ends.
func (b *bridge) serve(ctx context.Context) {
	if b.l == nil {
		b.send(ctx, b.app.in)
		return
	}
	defer context.AfterFunc(ctx, b.close)()
	for {
		c, err := b.l.Accept()
		if err != nil {
			return
		}
		stop := context.AfterFunc(ctx, func() { c.Close() })
		b.setLocal(c)
		b.send(ctx, c)
		b.setLocal(nil)
		c.Close()
		stop()
	}
}

func (b *bridge) close() {
	if b.l != nil {
		b.l.Close()
	}
}

func (b *bridge) setLocal(w io.Writer) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.local = w
}

// send moves what r says to the guest until its end. It reads no faster than the
// guest does, and waits for one.
func (b *bridge) send(ctx context.Context, r io.Reader) {
	buf := make([]byte, 32<<10)
	for {
		n, err := r.Read(buf)
		if n > 0 {
			p := b.await(ctx)
			if p == nil {
				return
			}
			_, _ = p.Write(buf[:n]) // what was under way when a session ended is lost
		}
		if err != nil {
			return
		}
	}
}

// await returns the guest's port when there is one, nil if ctx ends before.
func (b *bridge) await(ctx context.Context) *port.Port {
	for {
		b.mu.Lock()
		p, change := b.guest, b.change
		b.mu.Unlock()
		if p != nil {
			return p
		}
		select {
		case <-change:
		case <-ctx.Done():
			return nil
		}
	}
}

// state returns the guest's port, or nil, whether its side is open, and what
// tells that this has changed.
func (b *bridge) state() (p *port.Port, opened bool, change <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.guest, b.opened, b.change
}

// set follows the guest.
func (b *bridge) set(p *port.Port, opened bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.setLocked(p, opened)
}

// setLocked is set for who holds mu.
func (b *bridge) setLocked(p *port.Port, opened bool) {
	b.guest, b.opened = p, opened
	close(b.change)
	b.change = make(chan struct{})
}

// leave notes that a session's port is there no more. Another session may have
// one by now.
func (b *bridge) leave(p *port.Port) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.guest == p {
		b.setLocked(nil, false)
	}
}

// attach joins the guest's port.
func (b *bridge) attach(p *port.Port) port.Sink {
	b.app.log.Info("a port of the guest", "name", p.Name(), "channel", p.ID().String())
	s := &bridgeEnd{bridge: b, port: p, queue: make(chan []byte, 16), done: make(chan struct{})}
	b.set(p, false)
	go s.pump()
	return s
}

// A bridgeEnd takes what the guest says in one session.
type bridgeEnd struct {
	*bridge
	port  *port.Port
	queue chan []byte
	done  chan struct{} // closed by Close
}

// Opened implements port.Sink.
func (s *bridgeEnd) Opened() { s.set(s.port, true) }

// Closed implements port.Sink.
func (s *bridgeEnd) Closed() { s.set(s.port, false) }

// Receive implements port.Sink. While the local end takes nothing the guest
// waits.
func (s *bridgeEnd) Receive(p []byte) error {
	select {
	case s.queue <- slices.Clone(p):
	case <-s.done:
	}
	return nil
}

// Close implements port.Sink.
func (s *bridgeEnd) Close() error {
	close(s.done)
	return nil
}

// pump writes what the guest says, all of it before the end is told.
func (s *bridgeEnd) pump() {
	defer s.leave(s.port)
	for {
		select {
		case p := <-s.queue:
			s.deliver(p)
		case <-s.done:
			for {
				select {
				case p := <-s.queue:
					s.deliver(p)
				default:
					return
				}
			}
		}
	}
}

func (s *bridgeEnd) deliver(p []byte) {
	s.mu.Lock()
	w := s.local
	s.mu.Unlock()
	if w != nil {
		_, _ = w.Write(p) // who has gone will be followed by another
	}
}
