package spice

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	proxyTimeout    = 30 * time.Second // for the answer to CONNECT, if the context has no limit
	maxProxyLine    = 4096             // bytes of a line of the answer
	maxProxyHeaders = 64               // lines of it
)

// ParseProxy reads the address of a proxy, as the SPICE_PROXY variable and
// connection files have it:
//
//	[http://|https://|socks5://][user:password@]host[:port][/path][?query]
//
// The port defaults to 3128 for http, 3129 for https, and 1080 for socks5. Path
// and query are left out: what asks for a tunnel has no place for them. User name
// and password may have their special characters percent-encoded or not. No
// error holds the password.
func ParseProxy(s string) (*url.URL, error) {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || strings.ContainsAny(scheme, ":@/") { // then it stands in a password
		scheme, rest = "http", s
	}
	u := &url.URL{Scheme: strings.ToLower(scheme)}
	if u.Scheme == "socks5h" || u.Scheme == "socks" {
		u.Scheme = "socks5" // names are the proxy's to resolve anyway
	}
	authority, beyond := rest, ""
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority, beyond = rest[:i], rest[i:]
	}
	if strings.Contains(beyond, "@") && !hostPort(authority[strings.LastIndexByte(authority, '@')+1:]) {
		// A bare '/' or '?' is part of the password.
		i := strings.LastIndexByte(rest, '@')
		authority, _, _ = strings.Cut(rest[i:], "/")
		authority, _, _ = strings.Cut(authority, "?")
		authority = rest[:i] + authority
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		user, password, _ := strings.Cut(authority[:i], ":")
		u.User = url.UserPassword(lenient(user), lenient(password))
		authority = authority[i+1:]
	}
	if u.Host = authority; !hostPort(authority) && authority != "" {
		return nil, errors.New("spice: proxy: the address is not [http://|https://|socks5://][user:password@]host[:port]")
	}
	if _, err := proxyAddress(u); err != nil {
		return nil, err
	}
	return u, nil
}

// hostPort reports whether s is a host, or a host and a port.
func hostPort(s string) bool {
	u, err := url.Parse("http://" + s)
	return err == nil && u.Host == s && u.User == nil && u.Hostname() != ""
}

// lenient decodes percent signs where that makes sense.
func lenient(s string) string {
	if decoded, err := url.PathUnescape(s); err == nil {
		return decoded
	}
	return s
}

// proxyPorts are those of proxies that do not say one.
var proxyPorts = map[string]string{"http": "3128", "https": "3129", "socks5": "1080"}

// proxyAddress returns host and port of the proxy.
func proxyAddress(u *url.URL) (string, error) {
	port, known := proxyPorts[u.Scheme]
	switch {
	case !known:
		return "", fmt.Errorf("spice: proxy: the scheme %q is not http, https or socks5", u.Scheme)
	case u.Hostname() == "":
		return "", errors.New("spice: proxy: there is no host")
	case u.Port() != "":
		port = u.Port()
	}
	if _, err := parsePort(port); err != nil {
		return "", fmt.Errorf("spice: proxy: %w", err)
	}
	return net.JoinHostPort(u.Hostname(), port), nil
}

// ProxyDial returns a DialFunc that reaches TCP addresses through an HTTP
// proxy (CONNECT) or a SOCKS5 one, which it dials with next; other networks go to
// next directly. An https proxy must have a certificate that the system trusts.
//
// The proxy resolves the host: it gets it as it is, since there are proxies to
// whom it is not a name but a ticket.
func ProxyDial(proxy *url.URL, next DialFunc) (DialFunc, error) {
	address, err := proxyAddress(proxy)
	if err != nil {
		return nil, err
	}
	if next == nil {
		next = (&Options{}).dial()
	}
	p := &proxyDialer{url: proxy, address: address, next: next}
	return p.dial, nil
}

type proxyDialer struct {
	url     *url.URL
	address string
	next    DialFunc
	config  *tls.Config // for https; nil means the system's trust
}

func (p *proxyDialer) dial(ctx context.Context, network, address string) (net.Conn, error) {
	if !strings.HasPrefix(network, "tcp") {
		return p.next(ctx, network, address)
	}
	ask := p.connectRequest
	if p.url.Scheme == "socks5" {
		ask = p.socksRequest
	}
	tunnel, err := ask(address)
	if err != nil {
		return nil, p.failure(err, "")
	}
	conn, err := p.connect(ctx)
	if err != nil {
		return nil, err
	}
	stop := until(ctx, conn, proxyTimeout)
	open, err := tunnel(conn)
	stop()
	if ctx.Err() != nil {
		err = p.ioFailure(context.Cause(ctx))
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return open, nil
}

// A tunneller asks for a tunnel on a connection to the proxy.
type tunneller func(net.Conn) (net.Conn, error)

// connectRequest returns what asks an HTTP proxy for a tunnel to address.
func (p *proxyDialer) connectRequest(address string) (tunneller, error) {
	request, err := p.request(address)
	return func(conn net.Conn) (net.Conn, error) { return p.tunnel(conn, request) }, err
}

// failure is an error of the proxy rather than of the server behind it.
func (p *proxyDialer) failure(err error, hint string) error {
	return &LinkError{Stage: StageConnect, Value: "proxy " + p.address, Err: err, Hint: hint}
}

// connect opens the transport to the proxy itself.
func (p *proxyDialer) connect(ctx context.Context) (net.Conn, error) {
	conn, err := p.next(ctx, "tcp", p.address)
	if err != nil {
		err := connectError(ctx, ChannelID{}, p.address, err)
		var le *LinkError
		if errors.As(err, &le) {
			le.Value = "proxy " + p.address
			le.Hint = "Check the address of the proxy (SPICE_PROXY, or the connection file)."
		}
		return nil, err
	}
	if p.url.Scheme != "https" {
		return conn, nil
	}
	config := p.config.Clone()
	if config == nil {
		config = new(tls.Config)
	}
	config.ServerName = p.url.Hostname()
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		conn.Close()
		return nil, p.failure(fmt.Errorf("TLS: %w", err), "Is this an https proxy, and does the system trust its certificate?")
	}
	return secure, nil
}

// request returns what asks for a tunnel to address.
func (p *proxyDialer) request(address string) (string, error) {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return "", err
	}
	if strings.ContainsFunc(host, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "", fmt.Errorf("the host %q cannot be asked for: it has blanks or control characters", host)
	}
	target := host + ":" + port
	if ip, err := netip.ParseAddr(host); err == nil && ip.Is6() {
		target = net.JoinHostPort(host, port)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "CONNECT %s HTTP/1.0\r\nHost: %s\r\nProxy-Connection: keep-alive\r\n", target, target)
	if u := p.url.User; u != nil {
		password, _ := u.Password()
		pair := base64.StdEncoding.EncodeToString([]byte(u.Username() + ":" + password))
		fmt.Fprintf(&b, "Proxy-Authorization: Basic %s\r\n", pair)
	}
	b.WriteString("\r\n")
	return b.String(), nil
}

// tunnel sends the request and reads the answer. What follows belongs to the
// server.
func (p *proxyDialer) tunnel(conn net.Conn, request string) (net.Conn, error) {
	if _, err := conn.Write([]byte(request)); err != nil {
		return nil, p.ioFailure(err)
	}
	r := bufio.NewReaderSize(conn, maxProxyLine)
	status, err := proxyLine(r)
	if err != nil {
		return nil, p.ioFailure(err)
	}
	if err := p.status(status); err != nil {
		return nil, err
	}
	for range maxProxyHeaders {
		line, err := proxyLine(r)
		if err != nil {
			return nil, p.ioFailure(err)
		}
		if line != "" {
			continue
		}
		if r.Buffered() == 0 {
			return conn, nil
		}
		return &readAhead{conn, r}, nil
	}
	return nil, p.failure(fmt.Errorf("its answer has more than %d headers", maxProxyHeaders), "")
}

func (p *proxyDialer) ioFailure(err error) error {
	switch {
	case isTimeout(err):
		return p.failure(errors.New("the proxy does not answer in time"), p.question())
	case isClosed(err):
		return p.failure(errors.New("the proxy closed the connection instead of answering"), p.question())
	}
	return p.failure(err, "")
}

// status judges the first line of the answer.
func (p *proxyDialer) status(line string) error {
	version, rest, _ := strings.Cut(line, " ")
	word, _, _ := strings.Cut(strings.TrimLeft(rest, " "), " ")
	code, err := strconv.Atoi(word)
	if !strings.HasPrefix(version, "HTTP/1.") || err != nil || len(word) != 3 {
		return p.failure(fmt.Errorf("it answered %.80q, which is not HTTP", line), p.question())
	}
	switch code {
	case 200:
		return nil
	case 407:
		return p.failure(errors.New("the proxy does not accept the user name and password"),
			"Put them into the proxy's address: http://user:password@host:port.")
	case 403, 405:
		return p.failure(fmt.Errorf("the proxy refuses the connection: %.80q", rest),
			"Its rules may not allow CONNECT to this host and port.")
	}
	return p.failure(fmt.Errorf("the proxy cannot connect to the server: %.80q", rest),
		"Tickets for a proxy often expire after a minute or two: ask for a new connection file.")
}

// proxyLine reads one line without its end.
func proxyLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("its answer has a line of more than %d bytes", maxProxyLine)
	}
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(line), "\r\n"), nil
}

// A readAhead is a connection of which a reader has taken some bytes already.
type readAhead struct {
	net.Conn
	r *bufio.Reader
}

func (c *readAhead) Read(p []byte) (int, error) { return c.r.Read(p) }

// question asks whether the proxy is one of the kind it is taken for.
func (p *proxyDialer) question() string {
	if p.url.Scheme == "socks5" {
		return "Is this a SOCKS5 proxy?"
	}
	return "Is this an HTTP proxy?"
}
