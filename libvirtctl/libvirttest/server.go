package libvirttest

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"saffron/libvirtctl/internal/xdr"
)

// What libvirt's packets are made of.
const (
	program    = 0x20008086
	headerSize = 28
	mostBytes  = 32 << 20

	typeReply   = 1
	typeMessage = 2
	statusError = 1
)

// Reader and Writer read and write arguments and results in libvirt's encoding.
type (
	Reader = xdr.Reader
	Writer = xdr.Writer
)

// A Server is a daemon with simulated domains. Its methods may be called from
// any goroutine at any time.
type Server struct {
	mu       sync.Mutex
	domains  []*Domain // in libvirt's order
	byUUID   map[[16]byte]*Domain
	nextID   int32
	handlers map[uint32]Handler
	fault    Fault
	calls    map[uint32]int
	conns    map[*conn]bool
	listener net.Listener
}

// NewServer returns a server with some domains.
func NewServer(domains ...Domain) *Server {
	s := &Server{nextID: 1, byUUID: make(map[[16]byte]*Domain), handlers: standard(), calls: make(map[uint32]int), conns: make(map[*conn]bool)}
	for _, d := range domains {
		s.Add(d)
	}
	return s
}

// A Handler answers calls of one procedure: it reads the arguments from
// c.Args, writes the results to c.Results, and may fail with [Refuse]. It is
// called from a connection's goroutine.
type Handler func(c *Call) error

// A Call is a call from a client.
type Call struct {
	Server    *Server
	Procedure uint32
	Args      *Reader
	Results   *Writer

	conn *conn
}

// A Refusal is the error of a call (virErrorNumber).
type Refusal struct {
	Code    uint32
	Message string
}

func (r *Refusal) Error() string { return r.Message }

// Refuse makes a handler's error.
func Refuse(code uint32, message string) error { return &Refusal{code, message} }

// Handle answers a procedure with h from now on.
func (s *Server) Handle(procedure uint32, h Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.handlers[procedure] = h
}

// SetFault makes the server misbehave from now on; nil makes it good.
func (s *Server) SetFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Calls returns how often a procedure was called.
func (s *Server) Calls(procedure uint32) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[procedure]
}

// Listen listens on a unix socket and returns the URI to connect to. The test's
// end closes the server.
func (s *Server) Listen(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "libvirttest") // t.TempDir can be too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := filepath.Join(dir, "sock")
	if err := s.ListenAt(path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return URI(path)
}

// URI returns the URI of a server that listens at a path.
func URI(path string) string { return "test+unix:///default?socket=" + path }

// ListenAt listens on a unix socket until Close is called, after which the
// server may listen again.
func (s *Server) ListenAt(path string) error {
	l, err := net.Listen("unix", path)
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.listener = l
	s.mu.Unlock()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			s.Serve(c)
		}
	}()
	return nil
}

// Pipe returns the client's end of a new connection.
func (s *Server) Pipe() net.Conn {
	client, server := net.Pipe()
	s.Serve(server)
	return client
}

// Close stops listening and ends all connections. The domains stay.
func (s *Server) Close() {
	s.mu.Lock()
	l := s.listener
	s.listener = nil
	s.mu.Unlock()
	if l != nil {
		l.Close()
	}
	s.Drop()
}

// Drop ends all connections.
func (s *Server) Drop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		c.raw.Close()
	}
}

// Connections returns how many clients are connected.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}

// Serve serves a connection, in a goroutine of its own, until it ends.
func (s *Server) Serve(raw net.Conn) {
	c := &conn{server: s, raw: raw, callbacks: make(map[int32]int32)}
	s.mu.Lock()
	s.conns[c] = true
	s.mu.Unlock()
	go func() {
		c.read()
		raw.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
}

// A conn is a client.
type conn struct {
	server    *Server
	raw       net.Conn
	writing   sync.Mutex
	callbacks map[int32]int32 // event ids by callback ids; by Server.mu
	last      int32           // callback id; by Server.mu
}

func (c *conn) read() {
	var header [headerSize]byte
	for {
		if _, err := io.ReadFull(c.raw, header[:]); err != nil {
			return
		}
		size := binary.BigEndian.Uint32(header[:])
		if size < headerSize || size > mostBytes {
			return
		}
		body := make([]byte, size-headerSize)
		if _, err := io.ReadFull(c.raw, body); err != nil {
			return
		}
		c.answer(binary.BigEndian.Uint32(header[12:]), binary.BigEndian.Uint32(header[20:]), body)
	}
}

// answer answers a call, in its turn unless a fault delays it.
func (c *conn) answer(procedure, serial uint32, args []byte) {
	s := c.server
	s.mu.Lock()
	s.calls[procedure]++
	h, fault := s.handlers[procedure], s.fault
	s.mu.Unlock()
	results := new(Writer)
	err := Refuse(1, "unknown procedure")
	if h != nil {
		err = h(&Call{Server: s, Procedure: procedure, Args: xdr.NewReader(args), Results: results, conn: c})
	}
	status := uint32(0)
	if err != nil {
		status, results = statusError, errorBody(err)
	}
	p := &Packet{Procedure: procedure, Data: packet(procedure, typeReply, serial, status, results.Data())}
	if fault != nil {
		fault(p)
	}
	if p.Delay > 0 {
		time.AfterFunc(p.Delay, func() { c.send(p) })
		return
	}
	c.send(p)
}

func (c *conn) send(p *Packet) {
	c.writing.Lock()
	defer c.writing.Unlock()
	_, _ = c.raw.Write(p.Data) // a client that has gone is noticed by read
	if p.Close {
		c.raw.Close()
	}
}

func packet(procedure, typ, serial, status uint32, body []byte) []byte {
	var w Writer
	for _, v := range []uint32{uint32(headerSize + len(body)), program, 1, procedure, typ, serial, status} {
		w.U32(v)
	}
	return append(w.Data(), body...)
}

// errorBody is a remote_error.
func errorBody(err error) *Writer {
	refusal := &Refusal{1, err.Error()}
	errors.As(err, &refusal)
	w := new(Writer)
	w.U32(refusal.Code)
	w.U32(10) // from the QEMU driver
	w.OptString(refusal.Message)
	w.U32(2) // an error
	for range 4 {
		w.U32(0) // no domain and no strings
	}
	w.U32(0) // numbers
	w.U32(0)
	w.U32(0) // no network
	return w
}
