package tunnel

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/ssh"
)

// Run starts a command at the far end and returns its input and output as a
// connection. What it says on its standard error is in the error with which
// reading ends.
func (c *Client) Run(ctx context.Context, command string) (net.Conn, error) {
	type started struct {
		p   *program
		err error
	}
	result := make(chan started, 1)
	go func() {
		p, err := c.start(command)
		result <- started{p, err}
	}()
	select {
	case s := <-result:
		if s.err != nil {
			return nil, fmt.Errorf("tunnel: run a command: %w", s.err)
		}
		return &bounded{Conn: s.p}, nil
	case <-ctx.Done():
		go func() {
			if s := <-result; s.err == nil {
				s.p.Close()
			}
		}()
		return nil, context.Cause(ctx)
	}
}

func (c *Client) start(command string) (*program, error) {
	session, err := c.ssh.NewSession()
	if err != nil {
		return nil, err
	}
	p := &program{session: session}
	session.Stderr = &p.complaint
	if p.in, err = session.StdinPipe(); err == nil {
		if p.out, err = session.StdoutPipe(); err == nil {
			err = session.Start(command)
		}
	}
	if err != nil {
		session.Close()
		return nil, err
	}
	return p, nil
}

// A program is a command at the far end, as a connection.
type program struct {
	session   *ssh.Session
	in        io.WriteCloser
	out       io.Reader
	complaint complaint

	once sync.Once
	end  error // how it ended
}

func (p *program) Read(b []byte) (int, error) {
	n, err := p.out.Read(b)
	if n == 0 && errors.Is(err, io.EOF) {
		return 0, p.wait()
	}
	return n, err
}

// wait says how the program ended: io.EOF, or what it complained of.
func (p *program) wait() error {
	p.once.Do(func() {
		err := p.session.Wait()
		p.end = io.EOF
		if said := p.complaint.String(); said != "" {
			p.end = errors.New(said)
		} else if err != nil {
			p.end = fmt.Errorf("tunnel: the command ended: %w", err)
		}
	})
	return p.end
}

func (p *program) Write(b []byte) (int, error)      { return p.in.Write(b) }
func (p *program) Close() error                     { return p.session.Close() }
func (p *program) LocalAddr() net.Addr              { return nowhere }
func (p *program) RemoteAddr() net.Addr             { return nowhere }
func (p *program) SetDeadline(time.Time) error      { return errors.ErrUnsupported }
func (p *program) SetReadDeadline(time.Time) error  { return errors.ErrUnsupported }
func (p *program) SetWriteDeadline(time.Time) error { return errors.ErrUnsupported }

// A complaint keeps the beginning of what a program says on standard error.
type complaint struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (c *complaint) Write(p []byte) (int, error) {
	const most = 1024
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text.Write(p[:min(len(p), most-min(most, c.text.Len()))])
	return len(p), nil
}

func (c *complaint) String() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return strings.TrimSpace(c.text.String())
}
