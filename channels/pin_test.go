package channels

import (
	"context"
	"net"
	"testing"

	"saffron/spice"
)

func TestPinned(t *testing.T) {
	dial := func(context.Context, string, string) (net.Conn, error) { return nil, nil }
	tcp := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5900}
	for _, tc := range []struct {
		addr net.Addr
		dial spice.DialFunc
		want string
	}{
		{tcp, nil, "192.0.2.1"},
		{&net.TCPAddr{IP: net.ParseIP("fe80::1"), Zone: "eth0"}, nil, "fe80::1%eth0"},
		{tcp, dial, ""},
		{&net.UnixAddr{Name: "/s"}, nil, ""},
	} {
		o := spice.Options{Dial: tc.dial, Target: spice.Target{Host: "vm"}}
		if got := pinned(o, tc.addr).Target; got.Addr != tc.want || got.Host != "vm" || o.Target.Addr != "" {
			t.Errorf("%v: got %+v", tc.addr, got)
		}
	}
}
