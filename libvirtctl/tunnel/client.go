package tunnel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/crypto/ssh"
)

// A Config says how a host is reached. What is not set is taken from the ssh
// configuration, and then from ssh's defaults.
type Config struct {
	Host string // name, address, or alias of the ssh configuration
	Port int
	User string
	// KeyFile is the only private key file to use, if set.
	KeyFile string
	// KnownHosts is the only file with keys of hosts, if set.
	KnownHosts string
	// HostKeys says what to do with a key that is not known.
	HostKeys HostKeys
	// Methods are those of authentication to use, in order: MethodAgent, ….
	// Nil is all.
	Methods []string
	// ConfigFile replaces the user's and the system's configuration, if set.
	ConfigFile string
	// Ask asks a person; secret answers are not to be shown. nil: nobody is
	// there.
	Ask func(ctx context.Context, text string, secret bool) (string, error)
	// Log is told what is left out; nil is silent.
	Log *slog.Logger
}

// Methods of authentication, by libvirt's names.
const (
	MethodAgent       = "agent"
	MethodKey         = "privkey"
	MethodPassword    = "password"
	MethodInteractive = "keyboard-interactive"
)

// AllMethods are all methods, in the usual order.
var AllMethods = []string{MethodAgent, MethodKey, MethodInteractive, MethodPassword}

// An AuthError is a user whom the server does not let in.
type AuthError struct {
	Err  error
	Hint string
}

func (e *AuthError) Error() string { return e.Err.Error() }
func (e *AuthError) Unwrap() error { return e.Err }

// A Client is an ssh connection. Its methods may be called from any goroutine.
type Client struct {
	ssh  *ssh.Client
	jump *Client // what it goes through, or nil
	done context.Context
	end  context.CancelCauseFunc
	stop sync.Once
}

// maxJumps bounds chains of ProxyJump, which may go in circles.
const maxJumps = 8

// Dial connects and logs in. It returns when that is done or ctx has ended.
func Dial(ctx context.Context, c Config) (*Client, error) {
	return dial(ctx, c, nil, 0)
}

// dial connects by way of the jumps, or if there are none, as the configuration
// of the host says.
func dial(ctx context.Context, c Config, jumps []string, depth int) (*Client, error) {
	if depth > maxJumps {
		return nil, fmt.Errorf("tunnel: %s: ProxyJump leads through more than %d hosts", c.Host, maxJumps)
	}
	s, err := loadSettings(c)
	if err != nil {
		return nil, err
	}
	if jumps == nil {
		jumps = s.jumps
	}
	client := new(Client)
	if n := len(jumps); n > 0 {
		hop, err := jumpConfig(c, jumps[n-1])
		if err == nil {
			client.jump, err = dial(ctx, hop, before(jumps), depth+1)
		}
		if err != nil {
			return nil, fmt.Errorf("by way of %s: %w", jumps[n-1], err)
		}
	}
	conn, err := client.reach(ctx, s)
	if err == nil {
		err = client.login(ctx, conn, c, s)
	}
	if err != nil {
		client.closeJump()
		return nil, err
	}
	return client, nil
}

// before are the jumps on the way to the last one. If there are none, its own
// configuration says how to reach it.
func before(jumps []string) []string {
	if len(jumps) == 1 {
		return nil
	}
	return jumps[:len(jumps)-1]
}

// reach opens the transport.
func (c *Client) reach(ctx context.Context, s *settings) (net.Conn, error) {
	if c.jump != nil {
		return c.jump.Dial(ctx, "tcp", s.address())
	}
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", s.address())
	if err != nil {
		return nil, fmt.Errorf("tunnel: %w", err)
	}
	return conn, nil
}

// login makes a connection a client's.
func (c *Client) login(ctx context.Context, conn net.Conn, config Config, s *settings) error {
	keys, err := newHostKeys(ctx, config, s)
	if err != nil {
		conn.Close()
		return err
	}
	a := &authenticator{ctx: ctx, config: config, settings: s}
	defer a.close()
	methods, err := a.methods()
	if err != nil {
		conn.Close()
		return err
	}
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	link, chans, requests, err := ssh.NewClientConn(conn, s.address(), &ssh.ClientConfig{
		User:              s.user,
		Auth:              methods,
		HostKeyCallback:   keys.check,
		HostKeyAlgorithms: keys.algorithms(),
		BannerCallback:    ssh.BannerCallback(func(string) error { return nil }),
	})
	if !stop() {
		conn.Close()
		return fmt.Errorf("tunnel: ssh to %s: %w", s.alias, context.Cause(ctx))
	}
	if err != nil {
		conn.Close()
		return a.failed(err)
	}
	c.ssh = ssh.NewClient(link, chans, requests)
	c.done, c.end = context.WithCancelCause(context.Background())
	go func() {
		err := c.ssh.Wait()
		if err == nil {
			err = errors.New("the server closed the connection")
		}
		c.end(fmt.Errorf("tunnel: ssh to %s: %w", s.alias, err))
		c.closeJump()
	}()
	return nil
}

// Done returns a context that ends with the connection; its cause says why.
func (c *Client) Done() context.Context { return c.done }

// Close ends the connection and all that goes through it.
func (c *Client) Close() error {
	c.stop.Do(func() { c.ssh.Close() })
	c.closeJump()
	return nil
}

func (c *Client) closeJump() {
	if c.jump != nil {
		c.jump.Close()
	}
}

// Dial connects to an address from the far end; network is "tcp" or "unix".
func (c *Client) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if network != "tcp" && network != "unix" {
		return nil, fmt.Errorf("tunnel: network %q: only tcp and unix can be reached through ssh", network)
	}
	conn, err := c.ssh.DialContext(ctx, network, address)
	if err == nil {
		return &bounded{Conn: conn}, nil
	}
	var refused *ssh.OpenChannelError
	if errors.As(err, &refused) {
		return nil, &RefusedError{Address: address, Forbidden: refused.Reason == ssh.Prohibited, Reason: refused.Message}
	}
	return nil, fmt.Errorf("tunnel: %w", err)
}

// A RefusedError is an address that the server did not connect to. It does not
// always tell whether it must not or could not.
type RefusedError struct {
	Address   string
	Forbidden bool   // the server's configuration forbids it
	Reason    string // the server's own words
}

func (e *RefusedError) Error() string {
	if e.Forbidden {
		return fmt.Sprintf("the ssh server does not forward to %s: %s", e.Address, e.Reason)
	}
	return fmt.Sprintf("the ssh server could not connect to %s: %s", e.Address, e.Reason)
}

// jumpConfig is how a hop of ProxyJump is reached: [user@]host[:port], or the
// same as a URI of ssh.
func jumpConfig(c Config, hop string) (Config, error) {
	next := Config{HostKeys: c.HostKeys, KnownHosts: c.KnownHosts, ConfigFile: c.ConfigFile, Ask: c.Ask, Log: c.Log}
	rest := strings.TrimPrefix(hop, "ssh://")
	if at := strings.LastIndexByte(rest, '@'); at >= 0 {
		next.User, rest = rest[:at], rest[at+1:]
	}
	next.Host = strings.Trim(rest, "[]")
	if host, port, err := net.SplitHostPort(rest); err == nil {
		n, err := strconv.Atoi(port)
		if err != nil || n < 1 || n > 65535 {
			return next, fmt.Errorf("tunnel: ProxyJump %q: bad port", hop)
		}
		next.Host, next.Port = host, n
	}
	if next.Host == "" {
		return next, fmt.Errorf("tunnel: ProxyJump %q names no host", hop)
	}
	return next, nil
}
