package spice

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"
)

// A fakeProxy answers CONNECT with a fixed text, and then echoes.
type fakeProxy struct {
	net.Listener
	answer  string
	request chan []string // the lines of each request
}

func newProxy(t *testing.T, answer string, config *tls.Config) *fakeProxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	p := &fakeProxy{l, answer, make(chan []string, 10)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			p.serve(c)
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return p
}

func (p *fakeProxy) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	var lines []string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		if line == "\r\n" {
			break
		}
		lines = append(lines, strings.TrimSuffix(line, "\r\n"))
	}
	p.request <- lines
	io.WriteString(c, p.answer)
	if strings.HasPrefix(p.answer, "HTTP/1.1 200") || p.answer == "" {
		io.Copy(c, r)
	}
}

func (p *fakeProxy) url(prefix string) string { return prefix + p.Addr().String() }

func proxyDial(t *testing.T, address string) DialFunc {
	t.Helper()
	u, err := ParseProxy(address)
	if err != nil {
		t.Fatal(err)
	}
	dial, err := ProxyDial(u, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dial
}

// checkTunnel writes through the tunnel and expects it back behind early.
func checkTunnel(t *testing.T, conn net.Conn, early string) {
	t.Helper()
	defer conn.Close()
	if _, err := conn.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(early)+5)
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != early+"hello" {
		t.Errorf("the tunnel gives %q, %v; want %q", got, err, early+"hello")
	}
}

const accepted = "HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n"

func TestProxy(t *testing.T) {
	for name, tc := range map[string]struct {
		user, answer, early string
		address             string
		want                []string
	}{
		"name": {"", accepted, "", "vm.example:5900",
			[]string{"CONNECT vm.example:5900 HTTP/1.0", "Host: vm.example:5900", "Proxy-Connection: keep-alive"}},
		"IPv6": {"", accepted, "", "[2001:db8::1]:5900",
			[]string{"CONNECT [2001:db8::1]:5900 HTTP/1.0", "Host: [2001:db8::1]:5900", "Proxy-Connection: keep-alive"}},
		"ticket as host": {"", accepted, "", "[pvespiceproxy:65:100:node::c1f=]:61000",
			[]string{"CONNECT pvespiceproxy:65:100:node::c1f=:61000 HTTP/1.0", "Host: pvespiceproxy:65:100:node::c1f=:61000",
				"Proxy-Connection: keep-alive"}},
		"user": {"Aladdin:open%20sesame@", accepted, "", "vm:1",
			[]string{"CONNECT vm:1 HTTP/1.0", "Host: vm:1", "Proxy-Connection: keep-alive",
				"Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}},
		"server talks first": {"", accepted + "RFB", "RFB", "vm:1",
			[]string{"CONNECT vm:1 HTTP/1.0", "Host: vm:1", "Proxy-Connection: keep-alive"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProxy(t, tc.answer, nil)
			conn, err := proxyDial(t, p.url(tc.user))(t.Context(), "tcp", tc.address)
			if err != nil {
				t.Fatal(err)
			}
			checkTunnel(t, conn, tc.early)
			if got := <-p.request; !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestProxyErrors(t *testing.T) {
	for name, tc := range map[string]struct{ answer, want, hint string }{
		"credentials": {"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", "user name and password", "user:password@"},
		"forbidden":   {"HTTP/1.1 403 Forbidden\r\n\r\n", "403 Forbidden", "rules"},
		"unreachable": {"HTTP/1.0 503 Service Unavailable\r\n\r\n", "503 Service Unavailable", "expire"},
		"not HTTP":    {"SSH-2.0-x\r\n", "not HTTP", "HTTP proxy"},
		"no code":     {"HTTP/1.1 ok\r\n\r\n", "not HTTP", ""},
		"closed":      {"HTTP/1.1 ", "closed", "HTTP proxy"},
		"in headers":  {"HTTP/1.0 200 OK\r\nA: b\r\n", "closed", ""},
		"long line":   {"HTTP/1.1 200 " + strings.Repeat("x", maxProxyLine) + "\r\n", "line of more", ""},
		"many lines":  {"HTTP/1.0 200 OK\r\n" + strings.Repeat("A: b\r\n", 2*maxProxyHeaders) + "\r\n", "more than 64 headers", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProxy(t, tc.answer, nil)
			_, err := proxyDial(t, p.url("hunter:hunter2@"))(t.Context(), "tcp", "vm:5900")
			checkProxyError(t, err, p.Addr().String(), tc.want, tc.hint)
		})
	}
}

func checkProxyError(t *testing.T, err error, proxy, want, hint string) {
	t.Helper()
	var le *LinkError
	if !errors.As(err, &le) || le.Stage != StageConnect || le.Value != "proxy "+proxy ||
		!strings.Contains(err.Error(), want) || !strings.Contains(le.Hint, hint) {
		t.Errorf("got %#v (%v), want it to mention %s", le, err, want)
	}
	if strings.Contains(fmt.Sprint(err), "hunter2") {
		t.Errorf("the error shows the password: %v", err)
	}
}

func TestProxyUnreachable(t *testing.T) {
	refused := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Err: errors.New("refused")}
	}
	dial, err := ProxyDial(&url.URL{Scheme: "http", Host: "proxy"}, refused)
	if err != nil {
		t.Fatal(err)
	}
	_, err = dial(t.Context(), "tcp", "vm:1")
	checkProxyError(t, err, "proxy:3128", "refused", "SPICE_PROXY")
	_, err = dial(t.Context(), "tcp", "[a b]:1")
	checkProxyError(t, err, "proxy:3128", "blanks", "")
	_, err = dial(t.Context(), "tcp", "vm")
	checkProxyError(t, err, "proxy:3128", "missing port", "")
	if _, err := dial(t.Context(), "unix", "/s"); err == nil || strings.Contains(err.Error(), "proxy") {
		t.Errorf("a unix socket: %v", err)
	}
}

// TestProxySilence: a proxy that says nothing is given up with the context.
func TestProxySilence(t *testing.T) {
	p := newProxy(t, "", nil)
	o := &Options{
		Target: Target{Host: "vm", Port: 5900}, Dial: proxyDial(t, p.url("")),
		ConnectTimeout: 50 * time.Millisecond,
	}
	_, err := Dial(t.Context(), ChannelMain, o)
	checkProxyError(t, err, p.Addr().String(), "not answer in time", "HTTP proxy")
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("changed my mind")
	time.AfterFunc(20*time.Millisecond, func() { cancel(reason) })
	o.ConnectTimeout = 0
	if _, err = Dial(ctx, ChannelMain, o); !errors.Is(err, reason) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestParseProxy(t *testing.T) {
	for s, want := range map[string]string{
		"proxy": "proxy:3128", "http://proxy": "proxy:3128", "https://proxy": "proxy:3129", "proxy:1": "proxy:1",
		"http://ann:pw@proxy:8080/": "proxy:8080", "[::1]:3128": "[::1]:3128", "https://[2001:db8::1]": "[2001:db8::1]:3129",
		"http://proxy:80/a/path?a=query@x:1#f": "proxy:80", "http://ann:p%40s@proxy:81?q=1": "proxy:81",
		"http://ann:p/w?d@proxy:82/path": "proxy:82", "http://ann:hunter2#@proxy": "proxy:3128",
		"socks5://proxy": "proxy:1080", "socks5h://ann:pw@[::1]:7": "[::1]:7", "SOCKS://proxy:9": "proxy:9",
	} {
		u, err := ParseProxy(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if got, err := proxyAddress(u); err != nil || got != want {
			t.Errorf("%s: got %s, %v; want %s", s, got, err, want)
		}
	}
	for _, s := range []string{"", "http://", "ftp://proxy", "socks4://proxy", "proxy:0", "proxy:x", "ann:hunter2@", "ann:hunter2://x@", "http://ann:hunter2@a b", "http://ann:hunter2@proxy:99999"} {
		if u, err := ParseProxy(s); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: got %v, %v", s, u, err)
		}
	}
	for s, want := range map[string]string{
		"http://ann:p%40s@proxy": "ann p@s", "http://ann:p@s@proxy": "ann p@s", "http://ann:100%@proxy": "ann 100%",
		"http://ann:p/w?d#e@proxy/x": "ann p/w?d#e", "http://ann@proxy": "ann ", "ann:p://w@proxy": "ann p://w",
	} {
		u, err := ParseProxy(s)
		if err != nil {
			t.Errorf("%s: %v", s, err)
			continue
		}
		if password, _ := u.User.Password(); u.User.Username()+" "+password != want {
			t.Errorf("%s: %s %s, want %s", s, u.User.Username(), password, want)
		}
	}
	if _, err := ProxyDial(&url.URL{Scheme: "ftp", Host: "x"}, nil); err == nil {
		t.Error("ftp: no error")
	}
}

// TestSecureProxy reaches the proxy itself over TLS.
func TestSecureProxy(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	p := newProxy(t, accepted, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	_, err = proxyDial(t, p.url("https://"))(t.Context(), "tcp", "vm:1")
	checkProxyError(t, err, p.Addr().String(), "TLS", "certificate")

	roots := x509.NewCertPool()
	roots.AddCert(cert)
	u, err := ParseProxy(p.url("https://"))
	if err != nil {
		t.Fatal(err)
	}
	d := &proxyDialer{url: u, address: u.Host, next: new(net.Dialer).DialContext, config: &tls.Config{RootCAs: roots}}
	conn, err := d.dial(t.Context(), "tcp", "vm:1")
	if err != nil {
		t.Fatal(err)
	}
	checkTunnel(t, conn, "")
}
