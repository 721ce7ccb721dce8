package spice_test

import (
	"net"
	"runtime"
	"testing"
	"time"

	"saffron/spice"
	"saffron/spice/spicetest"
)

// TestRoundTrip asks for the round trip of links within this computer, after
// linking has gone there and back.
func TestRoundTrip(t *testing.T) {
	ca := newAuthority(t)
	s := &spicetest.Server{TLS: ca.config(t, ipAddress("127.0.0.1"))}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go s.Serve(l)
	t.Cleanup(func() { l.Close(); s.Close() })
	port := l.Addr().(*net.TCPAddr).Port
	for name, target := range map[string]spice.Target{
		"plain": {Host: "127.0.0.1", Port: port}, "TLS": {Host: "127.0.0.1", TLSPort: port},
	} {
		c, err := spice.Connect(t.Context(), mainID, 0, nil, &spice.Options{Target: target, TLS: spice.TLS{CAs: ca.pool}})
		if err != nil {
			t.Fatal(name, err)
		}
		got := c.RoundTrip()
		c.Close()
		switch {
		case c.Secure() != (name == "TLS"):
			t.Errorf("%s: encrypted: %t", name, c.Secure())
		case runtime.GOOS == "linux" && (got <= 0 || got > time.Second):
			t.Errorf("%s: the round trip is %v", name, got)
		}
	}
	if got := connect(t, &spicetest.Server{}).RoundTrip(); got != 0 {
		t.Errorf("in memory the round trip is %v", got)
	}
}
