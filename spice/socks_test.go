package spice

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// A socksScript is what a proxy expects and answers, in turn; after that it
// echoes.
type socksScript []struct{ want, answer string }

func (script socksScript) serve(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		for _, step := range script {
			got := make([]byte, len(step.want))
			if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, []byte(step.want)) {
				t.Errorf("the proxy got %q, %v; want %q", got, err, step.want)
				return
			}
			io.WriteString(c, step.answer)
		}
		io.Copy(c, c)
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String()
}

const (
	socksHello = "\x05\x01\x00"
	socksYes   = "\x05\x00\x00\x01\x7f\x00\x00\x01\x12\x34"
)

func TestSOCKS(t *testing.T) {
	for name, tc := range map[string]struct {
		user, address, early string
		script               socksScript
	}{
		"name": {"", "vm.example:5900", "", socksScript{
			{socksHello, "\x05\x00"}, {"\x05\x01\x00\x03\x0avm.example\x17\x0c", socksYes}}},
		"ticket as host": {"", "[pvespiceproxy:65:n::c=]:61000", "", socksScript{
			{socksHello, "\x05\x00"}, {"\x05\x01\x00\x03\x16pvespiceproxy:65:n::c=\xee\x48", socksYes}}},
		"IPv4": {"", "192.0.2.1:1", "", socksScript{
			{socksHello, "\x05\x00"}, {"\x05\x01\x00\x01\xc0\x00\x02\x01\x00\x01", "\x05\x00\x00\x03\x02ab\x00\x00"}}},
		"IPv6": {"", "[::1]:1", "", socksScript{
			{socksHello, "\x05\x00"}, {"\x05\x01\x00\x04" + strings.Repeat("\x00", 15) + "\x01\x00\x01", "\x05\x00\x00\x04" + strings.Repeat("x", 18)}}},
		"user": {"ann:p%20w@", "vm:1", "", socksScript{
			{"\x05\x02\x00\x02", "\x05\x02"}, {"\x01\x03ann\x03p w", "\x01\x00"}, {"\x05\x01\x00\x03\x02vm\x00\x01", socksYes}}},
		"server talks first": {"", "vm:1", "REDQ", socksScript{
			{socksHello, "\x05\x00"}, {"\x05\x01\x00\x03\x02vm\x00\x01", socksYes + "REDQ"}}},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := proxyDial(t, "socks5://"+tc.user+tc.script.serve(t))(t.Context(), "tcp", tc.address)
			if err != nil {
				t.Fatal(err)
			}
			checkTunnel(t, conn, tc.early)
		})
	}
}

func TestSOCKSFails(t *testing.T) {
	asked := "\x05\x01\x00\x03\x02vm\x00\x01"
	for want, script := range map[string]socksScript{
		"does not speak SOCKS5":            {{socksHello, "HTTP/1.0 400"}},
		"wants a user name":                {{socksHello, "\x05\xff"}},
		"rules do not allow":               {{socksHello, "\x05\x00"}, {asked, "\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00"}},
		"code 99":                          {{socksHello, "\x05\x00"}, {asked, "\x05\x63\x00\x01\x00\x00\x00\x00\x00\x00"}},
		"not SOCKS5":                       {{socksHello, "\x05\x00"}, {asked, "\x05\x00\x00\x09\x00\x00\x00\x00\x00\x00"}},
		"was not offered":                  {{socksHello, "\x05\x01"}},
		"no answer in time, or not at all": {{socksHello, "\x05"}},
	} {
		ctx := t.Context()
		dial := proxyDial(t, "socks5://"+script.serve(t))
		if strings.HasPrefix(want, "no answer") {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, 50*time.Millisecond)
			defer cancel()
			want = "proxy"
		}
		_, err := dial(ctx, "tcp", "vm:1")
		var link *LinkError
		if !errors.As(err, &link) || !strings.Contains(err.Error(), want) {
			t.Errorf("%v; want %s", err, want)
		}
	}
	refuse := socksScript{{"\x05\x02\x00\x02", "\x05\x02"}, {"\x01\x03ann\x02pw", "\x01\x01"}}
	_, err := proxyDial(t, "socks5://ann:pw@"+refuse.serve(t))(t.Context(), "tcp", "vm:1")
	if err == nil || !strings.Contains(err.Error(), "does not accept the user name") || strings.Contains(err.Error(), "pw@") {
		t.Errorf("a wrong password: %v", err)
	}
	for _, address := range []string{strings.Repeat("x", 256) + ":1", "vm:0"} {
		if _, err := proxyDial(t, "socks5://127.0.0.1:1")(t.Context(), "tcp", address); err == nil {
			t.Errorf("%.20s: no error", address)
		}
	}
}

// A tape is a connection from which fixed bytes come.
type tape struct {
	net.Conn
	r io.Reader
}

func (t tape) Read(p []byte) (int, error)  { return t.r.Read(p) }
func (t tape) Write(p []byte) (int, error) { return len(p), nil }

// FuzzSOCKS has a proxy that answers anything.
func FuzzSOCKS(f *testing.F) {
	f.Add([]byte("\x05\x00" + socksYes))
	f.Add([]byte("\x05\x02\x01\x00\x05\x00\x00\x03\x02ab\x00\x00"))
	f.Add([]byte("\x05\x00\x05\x00\x00\x04"))
	u, err := ParseProxy("socks5://ann:pw@proxy")
	if err != nil {
		f.Fatal(err)
	}
	p := &proxyDialer{url: u, address: "proxy:1080"}
	ask, err := p.socksRequest("vm:1")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		conn, err := ask(tape{r: bytes.NewReader(answer)})
		if (conn == nil) != (err != nil) {
			t.Errorf("%v, %v", conn, err)
		}
	})
}

// FuzzProxy reads addresses of proxies: none of them may show its password.
func FuzzProxy(f *testing.F) {
	for _, s := range []string{"proxy", "http://ann:hunter2@proxy:1/x?y", "socks5://[::1]", "https://a:b@c:d", "http://ann:hun/ter2@p"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		u, err := ParseProxy(s)
		if err != nil {
			return
		}
		if _, err := ProxyDial(u, nil); err != nil {
			t.Errorf("%q is an address, and cannot be dialled: %v", s, err)
		}
	})
}
